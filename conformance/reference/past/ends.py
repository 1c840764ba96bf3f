"""How processes and threads ended, and what was told of it."""

from __future__ import annotations

from conformance.abi.signals import CORE_SIGNALS, SIGKILL
from conformance.abi.waiting import WNOWAIT
from conformance.reference.children import Report
from conformance.reference.kernel import Kernel
from conformance.reference.notify import exit_cause
from conformance.reference.task import Task
from conformance.reference.values import WaitOpts


class LeaderAnnouncesItsOwnEnd(Kernel):
    """SIGCHLD about a process whose leader died before other threads tells how the leader ended."""

    def settle_leader_code(self, leader: Task) -> None:
        """Leave its own code."""


class LeaderDecides(Kernel):
    """A process of which every thread has called exit ends as its leader did, not as the last thread.

    exit_group marks only a process of several threads, or one that dumps its core (``do_group_exit``).
    """

    def synchronize_group_exit(self, task: Task, status: int) -> None:
        """Leave the process unmarked."""

    def mark_for_group_exit(self, task: Task, status: int) -> None:
        """Leave a lone thread's process unmarked."""
        dumps = status & 0x7F in CORE_SIGNALS and task.group.dumpable
        if len(task.group.threads) > 1 or dumps:
            super().mark_for_group_exit(task, status)

    def leave_signals(self, task: Task) -> None:
        """Pass nothing on where there is nobody else (``thread_group_empty``)."""
        if task.group.threads != (task.tid,):
            super().leave_signals(task)


class TheDyingAreSignalled(Kernel):
    """Signals to a process that is marked for its end are queued; SIGKILL wakes it even from the stop of
    PTRACE_EVENT_EXIT.
    """

    def prepare_signal(self, signo: int, task: Task, *, force: bool) -> bool:
        """Queue them, without what else their generation does."""
        if task.group.group_exit:
            return not self.sig_ignored(signo, task, force=force)
        return super().prepare_signal(signo, task, force=force)

    def complete_signal(self, signo: int, task: Task, *, thread_only: bool) -> None:
        """Wake somebody for it."""
        if not task.group.group_exit:
            super().complete_signal(signo, task, thread_only=thread_only)
            return
        taker = self.choose_taker(signo, task, thread_only=thread_only)
        if taker is not None:
            taker.notified = True
            if signo == SIGKILL:
                self.leave_stop(taker)


class PeekShowsTheLeader(Kernel):
    """waitid with WNOWAIT tells how the leader ended, whatever ended the process."""

    def take_zombie(self, opts: WaitOpts, child: Task) -> Report | None:
        """Tell another status than the reaping wait."""
        report = super().take_zombie(opts, child)
        if report is None or not opts.flags & WNOWAIT:
            return report
        code, si_status = exit_cause(child.exit_code)
        return report._replace(status=child.exit_code, code=code, si_status=si_status)


class StatShowsTheLeader(Kernel):
    """Field 52 of /proc/PID/stat is the first thread's own code, whatever ended or stopped the process."""

    def shown_exit_code(self, task: Task) -> int:
        """Show it."""
        return task.exit_code


class ExecEndsQuietly(Kernel):
    """A thread that another's execve ends passes no signals on."""

    def leave_signals(self, task: Task) -> None:
        """Take part in nothing any more."""
        if not task.group.exec_task:
            super().leave_signals(task)
