"""Stops and continues."""

from __future__ import annotations

from conformance.abi.signals import SIGCHLD, SIGSTOP, STOP_SIGNALS
from conformance.abi.waiting import CLD_CONTINUED
from conformance.reference.kernel import Kernel
from conformance.reference.sigsets import STOP_MASK, pending_set
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import ExitState, SigInfo


class G13ContinueHasNoStatus(Kernel):
    """SIGCHLD for a continue carries the stop signal, not SIGCONT."""

    def send_to_process(
        self, info: SigInfo, group: ThreadGroup, *, force: bool = False, via: Task | None = None
    ) -> str | None:
        """Spoil the siginfo."""
        if info.signo == SIGCHLD and info.code == CLD_CONTINUED:
            info = info._replace(status=19)
        return super().send_to_process(info, group, force=force, via=via)


class G17OrphansStop(Kernel):
    """SIGTSTP stops a process of an orphaned group."""

    def stop_is_discarded(self, task: Task, signo: int) -> bool:
        """Never discard."""
        return False


class A13StoppedProcessesHandle(Kernel):
    """Signals act on a stopped process."""

    def can_run(self, task: Task) -> bool:
        """Run for a signal."""
        if task.stopped and task.exit_state is ExitState.ALIVE and (task.frames or self.signal_pending(task)):
            return True
        return super().can_run(task)

    def signal_pending(self, task: Task) -> bool:
        """See what came since the stop."""
        queued = pending_set(task.pending + task.group.pending)
        return bool(queued & ~task.blocked) if task.stopped else super().signal_pending(task)

    def stop(self, task: Task, signo: int) -> None:
        """Stop anew."""
        task.stopped = task.group.stop_stopped = False
        super().stop(task, signo)


class B07ContinueLeavesPendingStop(Kernel):
    """SIGCONT does not discard a stop signal that was not taken yet."""

    def discard(self, group: ThreadGroup, mask: int) -> None:
        """Keep stop signals."""
        super().discard(group, mask & ~STOP_MASK)


class B31B63StopSignalsKill(Kernel):
    """The default action of a stop signal is to end the process."""

    def stop(self, task: Task, signo: int) -> None:
        """End it."""
        self.begin_group_exit(task.group, signo)


class B31SigstopKills(Kernel):
    """SIGSTOP ends the process with code 1."""

    def stop(self, task: Task, signo: int) -> None:
        """End it."""
        self.begin_group_exit(task.group, 0x100 if signo == SIGSTOP else signo)


class B36AStopWaitsForTheNextCall(Kernel):
    """A process that stops itself goes on until it makes its next call."""

    def act_on(self, task: Task, info: SigInfo) -> None:
        """Miss one's own stops."""
        if info.pid == task.tid and info.signo in STOP_SIGNALS:
            return
        super().act_on(task, info)
