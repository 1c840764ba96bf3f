"""Who takes a signal: which thread is told of one, and what a change of its mask makes of that.

After ``wants_signal`` and the choice in ``complete_signal``, ``recalc_sigpending``,
``retarget_shared_pending`` and ``__set_task_blocked``. A signal for the process is in a queue that all its
threads share; who is ``notified`` looks there on its way to user mode.
"""

from __future__ import annotations

from conformance.abi.signals import SIGKILL
from conformance.reference.sigsets import bit, pending_set
from conformance.reference.task import Task
from conformance.reference.traps import Traps
from conformance.reference.values import Jobctl


class Takers(Traps):
    """TIF_SIGPENDING: who looks for signals."""

    # -- choosing --------------------------------------------------------------------------------

    def choose_taker(self, signo: int, task: Task, *, thread_only: bool) -> Task | None:
        """Return the thread that is woken for a signal: the one it was sent to, else the next that wants it.

        THREAD-020, THREAD-021.
        """
        group = task.group
        if self.wants_signal(signo, task):
            return task
        if thread_only or group.threads == (task.tid,):
            return None
        for thread in self.threads_from(self.tasks[group.curr_target]):
            if self.wants_signal(signo, thread):
                group.curr_target = thread.tid
                return thread
        return None

    def wants_signal(self, signo: int, task: Task) -> bool:
        """Say whether a thread would act on a signal now (``wants_signal``)."""
        if self.is_dying(task) or task.blocked & bit(signo):
            return False
        if signo == SIGKILL:
            return True
        return not self.is_stopped_or_traced(task) and not self.is_busy(task)

    def is_busy(self, task: Task) -> bool:
        """Say whether a task has been told to look for signals already: it is not bothered again, unless it
        is the one that runs.
        """
        return task.tid != self.current and (task.resuming is not None or task.notified)

    # -- looking ---------------------------------------------------------------------------------

    def signal_pending(self, task: Task) -> bool:
        """Say whether a task is to look for signals on its way to user mode (TIF_SIGPENDING).

        It may find that another thread took them before it (THREAD-065).
        """
        group = task.group
        if group.group_exit or task.jobctl & Jobctl.PENDING:
            return True
        if group.exec_task:
            return group.exec_task != task.tid
        if task.notified or not task.pending:
            return task.notified
        return bool(pending_set(task.pending) & ~task.blocked)

    def look_for_signals(self, task: Task) -> None:
        """Note whether anything is pending that a thread would take (``recalc_sigpending``).

        Of the process's own queue a thread learns only so, or when it is chosen (THREAD-022).
        """
        queued = pending_set(task.pending) | pending_set(task.group.pending)
        task.notified = bool(task.jobctl & Jobctl.PENDING or queued & ~task.blocked)

    def set_mask(self, task: Task, mask: int) -> None:
        """Change a signal mask (``__set_task_blocked``): what is unblocked may be taken now, and what is
        blocked goes to other threads (THREAD-023).
        """
        if mask == task.blocked:
            return
        if self.signal_pending(task):
            self.pass_on(task, mask & ~task.blocked)
        task.blocked = mask
        self.look_for_signals(task)

    def pass_on(self, task: Task, mask: int) -> None:
        """Tell the other threads of what a thread will not take any more (``retarget_shared_pending``).

        Each signal is told to one thread: the next after this one that wants it.
        """
        left = pending_set(task.group.pending) & mask
        for other in self.threads_from(task)[1:]:
            wanted = left & ~other.blocked
            if wanted and not self.is_dying(other):
                left &= ~wanted
                other.notified = True
