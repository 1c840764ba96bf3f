"""Who used how much: what getrusage and the wait family tell. After ``getrusage`` in ``kernel/sys.c`` and the
accounting in ``wait_task_zombie``.
"""

from __future__ import annotations

from conformance.abi.usage import RUSAGE_CHILDREN, RUSAGE_SELF, RUSAGE_THREAD
from conformance.abi.waiting import WNOWAIT
from conformance.reference.children import Report
from conformance.reference.results import OK, failure
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import Usage, WaitOpts
from conformance.reference.wait import GIVEN, Wait, usage_fields
from conformance.trace import Fields


class Accounting(Wait):
    """Usage is a process's own until it is reaped; then it is also its parent's children's."""

    # -- what a wait tells and adds ----------------------------------------------------------------

    def consider(self, opts: WaitOpts, child: Task) -> Report | None:
        """Tell with every report, also of a stop or continue, what the child used so far (WAIT-116)."""
        report = super().consider(opts, child)
        return report and report._replace(usage=self.usage_in_report(child.group))

    def usage_in_report(self, group: ThreadGroup) -> Usage:
        """Return a child's own usage and that of the children it reaped (RUSAGE_BOTH; WAIT-113, WAIT-114)."""
        return group.usage.with_usage(group.children_usage)

    def take_zombie(self, opts: WaitOpts, child: Task) -> Report | None:
        """Add a child's usage to its parent's children's in the moment of reaping (WAIT-111).

        Not for WNOWAIT (WAIT-112), nor where nobody reaps (WAIT-115), nor by a tracer (PTRACE-117). What is
        written to the caller comes later, so a fault there changes nothing (WAIT-320).
        """
        reparented, leads = self.is_reparented(child), child.tid == child.group.tgid
        report = super().take_zombie(opts, child)
        if report is not None and not opts.flags & WNOWAIT and leads and not reparented:
            reaper = self.tasks[child.parent].group
            reaper.children_usage = reaper.children_usage.with_usage(self.usage_in_report(child.group))
        return report

    # -- system calls ------------------------------------------------------------------------------

    def sys_work(self, task: Task, faults: int) -> Fields:
        """Touch memory, all of it resident at the end."""
        task.faults += faults
        task.group.usage = task.group.usage.with_usage(Usage(faults, faults))
        return OK

    def sys_getrusage(self, task: Task, who: int, rusage: int) -> Fields:
        """getrusage(2): ``who`` is checked before the buffer (WAIT-327, WAIT-328)."""
        group = task.group
        usage = {
            RUSAGE_SELF: group.usage,
            RUSAGE_CHILDREN: group.children_usage,
            RUSAGE_THREAD: group.usage._replace(faults=task.faults),
        }.get(who)
        if usage is None:
            return failure("EINVAL") + usage_fields(rusage, None)
        return (OK if rusage == GIVEN else failure("EFAULT")) + usage_fields(rusage, usage)
