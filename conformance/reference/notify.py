"""Telling a parent: SIGCHLD and its kin, and the wake-up of waiters.

After ``do_notify_parent``, ``do_notify_parent_cldstop`` and ``__wake_up_parent``.
"""

from __future__ import annotations

from conformance.abi.signals import SA_NOCLDSTOP, SA_NOCLDWAIT, SIG_IGN, SIGCHLD, SIGCONT
from conformance.abi.waiting import (
    CLD_CONTINUED,
    CLD_DUMPED,
    CLD_EXITED,
    CLD_KILLED,
    CLD_STOPPED,
    CORE_FLAG,
    P_ALL,
    P_PGID,
    WNOTHREAD,
)
from conformance.reference.signals import Signals
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import Notice, SigInfo, WaitOpts


def exit_cause(status: int) -> tuple[int, int]:
    """Split a wait status of a death into ``si_code`` and ``si_status`` (WAIT-048, WAIT-043)."""
    if status & 0x7F == 0:
        return CLD_EXITED, status >> 8
    return (CLD_DUMPED if status & CORE_FLAG else CLD_KILLED), status & 0x7F


class Notify(Signals):
    """Notifications from child to parent, and from tracee to tracer."""

    def notify_parent_of_exit(self, task: Task, signo: int) -> bool:
        """Send the exit signal and wake the waiters; return True if nobody will wait (autoreap).

        It is the tracer who is told of a tracee, and tracing turns auto-reaping off (PTRACE-118, PTRACE-119).
        """
        self.notify_pidfd(task.tid)
        parent = self.parent_of(task)
        if parent is None:  # init, whose parent is outside
            return False
        signo = self.exit_signal_for(task, signo, parent)
        code, status = exit_cause(task.exit_code)
        untraced = not task.tracing.tracer
        reaps_itself = untraced and task.group.autoreap  # PIDFD-360
        autoreap = untraced and signo == SIGCHLD and self.reaps_automatically(parent.group)
        dropped = reaps_itself or (untraced and self.ignores_sigchld_exit(signo, parent.group))
        if self.valid_signal(signo) and signo and not dropped:
            info = SigInfo(signo, code, task.tid, self.uid_told(task), status)
            self.send_to_process(info, parent.group, via=parent)
        self.wake_up_parent(task)
        return autoreap or reaps_itself

    def exit_signal_for(self, task: Task, signo: int, parent: Task) -> int:
        """Return the signal of a child's end, or SIGCHLD if the parent has exec'd since (ZOMBIE-144)."""
        if signo != SIGCHLD and task.parent_exec_id != parent.group.exec_id:
            return SIGCHLD
        return signo

    def reaps_automatically(self, parent: ThreadGroup) -> bool:
        """Say whether a parent's children leave no zombie: SIGCHLD ignored or SA_NOCLDWAIT.

        Only children whose exit signal is SIGCHLD are meant (ZOMBIE-020, ZOMBIE-024, ZOMBIE-029).
        """
        action = parent.action(SIGCHLD)
        return action.handler == SIG_IGN or bool(action.flags & SA_NOCLDWAIT)

    def ignores_sigchld_exit(self, signo: int, parent: ThreadGroup) -> bool:
        """Say whether SIGCHLD is not even generated: only under SIG_IGN (ZOMBIE-025, ZOMBIE-028)."""
        return signo == SIGCHLD and parent.action(SIGCHLD).handler == SIG_IGN

    def notify_of_stop(self, task: Task, notice: Notice) -> None:
        """Report a stop or continue: always as SIGCHLD, unless SA_NOCLDSTOP (ZOMBIE-044, ZOMBIE-055).

        The parent hears of the process, the tracer of the thread (``do_notify_parent_cldstop``). Waiters are
        woken in any case (ZOMBIE-046).
        """
        task = self.tasks[notice.tracee or task.group.tgid]
        parent = self.tasks.get(task.tracing.tracer if notice.tracee else task.parent)
        if parent is None:  # init, whose parent is outside; or the tracer has gone
            return
        action = parent.group.action(SIGCHLD)
        if action.handler != SIG_IGN and not action.flags & SA_NOCLDSTOP:
            status = self.status_told(task, notice.why)
            info = SigInfo(SIGCHLD, notice.why, task.tid, self.uid_told(task), status)
            self.send_to_process(info, parent.group, via=parent)
        self.wake_waiters(task, parent)

    def status_told(self, task: Task, why: int) -> int:
        """Return the ``si_status`` of a stop or continue: of a ptrace-stop only the signal (PTRACE-146)."""
        if why == CLD_CONTINUED:
            return SIGCONT
        return (task.group.group_exit_code if why == CLD_STOPPED else task.exit_code) & 0x7F

    def report_stop(self, task: Task) -> None:
        """Make a stop waitable (JOBCTL-001); it supersedes an unreported continue (WAIT-074).

        The parent is told a moment later, under another lock (``do_signal_stop``): a wait may fetch the stop,
        or a SIGCONT end it, before SIGCHLD is sent.
        """
        task.group.stop_stopped = True
        task.group.stop_continued = False
        task.group.cld_pending = 0

    def wake_up_parent(self, child: Task) -> None:
        """Wake the threads of the parent, or tracer, that sleep in a wait which this child could end."""
        parent = self.parent_of(child)
        if parent is not None:
            self.wake_waiters(child, parent)

    def wake_waiters(self, child: Task, parent: Task) -> None:
        """Wake the threads of a process that wait for this child (``__wake_up_parent``)."""
        for task in self.live_threads(parent.group):
            if task.waiting is not None and self.child_should_wake(task, task.waiting, child):
                task.woken = True

    def child_should_wake(self, waiter: Task, opts: WaitOpts, child: Task) -> bool:
        """Say whether a child's news wakes a waiter (``pid_child_should_wake``).

        A child that left the selected group does not, so its waiter sleeps on (WAIT-091, WAIT-123).
        """
        if opts.flags & WNOTHREAD and (child.tracing.tracer or child.parent) != waiter.tid:
            return False
        return self.eligible_pid(opts, child)

    def eligible_pid(self, opts: WaitOpts, child: Task) -> bool:
        """Say whether a wait's selector names this child (``eligible_pid``)."""
        if opts.kind == P_ALL:
            return True
        return (child.group.pgid if opts.kind == P_PGID else child.tid) == opts.pid
