"""What is counted for a child, for whom and when, and what /proc shows of it."""

from __future__ import annotations

from conformance.abi.waiting import WNOWAIT
from conformance.reference.children import Found, Report
from conformance.reference.kernel import Kernel
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import Usage, WaitOpts
from conformance.reference.wait import BAD
from conformance.trace import Fields


class S3CountsAgainAtTheRetry(Kernel):
    """A faulting wait4 adds the child's usage, and so does the next wait, though the child is gone."""

    def wait4_result(self, found: Found, status: int, rusage: int) -> Fields:
        """Remember what was added in vain and add it at the next wait once more."""
        task = next(
            task for task in self.tasks.values() if task.call is not None and task.call.name == "wait4"
        )
        lost = getattr(self, "lost", Usage())
        task.group.children_usage = task.group.children_usage.with_usage(lost)
        self.lost = found.usage if isinstance(found, Report) and status == BAD else Usage()
        return super().wait4_result(found, status, rusage)


class A10OwnUsageOnly(Kernel):
    """The rusage of a child leaves out its own children."""

    def usage_in_report(self, group: ThreadGroup) -> Usage:
        """Take the child alone."""
        return group.usage


class UsageAddedAtDeath(Kernel):
    """RUSAGE_CHILDREN grows when a child dies."""

    def notify_parent_of_exit(self, task: Task, signo: int) -> bool:
        """Add at once."""
        parent = self.tasks.get(task.parent)
        if parent is not None:
            parent.group.children_usage = parent.group.children_usage.with_usage(task.group.usage)
        return super().notify_parent_of_exit(task, signo)


class SizesAddUp(Kernel):
    """ru_maxrss of children is a sum."""

    def take_zombie(self, opts: WaitOpts, child: Task) -> Report | None:
        """Add the size to what is there."""
        group = self.tasks[child.parent].group
        before = group.children_usage.peak
        report = super().take_zombie(opts, child)
        if report is not None and not opts.flags & WNOWAIT:
            peak = before + self.usage_in_report(child.group).peak
            group.children_usage = group.children_usage._replace(peak=peak)
        return report


class StoppedHasNoExitCode(Kernel):
    """Field 52 of a stopped process is 0."""

    def shown_exit_code(self, task: Task) -> int:
        """Show a death only."""
        return task.group.group_exit_code if task.group.group_exit else 0
