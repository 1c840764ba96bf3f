"""Threads: ends, stops and continues of their process."""

from __future__ import annotations

from conformance.abi.signals import SIGKILL
from conformance.abi.waiting import CLD_CONTINUED, CLD_STOPPED
from conformance.reference.cloning import CloneArgs
from conformance.reference.kernel import Kernel
from conformance.reference.results import outcome
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import Jobctl, Notice, Phase
from conformance.trace import Fields


class B49SleepersLiveOn(Kernel):
    """Threads that sleep in a call outlive the end of their process."""

    def kill_thread(self, task: Task) -> None:
        """Let them sleep."""
        if task.phase is not Phase.BLOCKED or len(task.group.threads) == 1:
            super().kill_thread(task)

    def signal_pending(self, task: Task) -> bool:
        """Do not wake them."""
        asleep = task.phase is Phase.BLOCKED and task.group.group_exit and not task.fatal
        return not asleep and super().signal_pending(task)


class B51SiblingsDecideTheStatus(Kernel):
    """A process that a signal ends has the status of the threads that were killed for it."""

    def begin_group_exit(self, group: ThreadGroup, status: int) -> None:
        """Take SIGKILL where there are others."""
        super().begin_group_exit(group, SIGKILL if len(group.threads) > 1 else status)


class FatalSignalsEndOneThread(Kernel):
    """A signal that was directed at a thread ends that thread only."""

    def complete_signal(self, signo: int, task: Task, *, thread_only: bool) -> None:
        """Spare the others."""
        if thread_only and self.is_fatal(signo, task) and self.wants_signal(signo, task):
            self.begin_exit(task, signo)
        else:
            super().complete_signal(signo, task, thread_only=thread_only)


class B50StopsAreOfEachThread(Kernel):
    """A stop can be waited for as soon as the first thread has stopped."""

    def take_part_in_stop(self, task: Task) -> bool:
        """Do not count the others."""
        task.group.stop_count = min(task.group.stop_count, 1)
        return super().take_part_in_stop(task)


class B67StopsAreOfOneThread(Kernel):
    """A stop signal stops the thread that takes it."""

    def begin_stop_alone(self, task: Task, signo: int) -> None:
        """Count it alone."""
        group = task.group
        group.group_exit_code, group.stop_count = signo, 1
        self.set_jobctl(task, signo | Jobctl.STOP_PENDING | Jobctl.STOP_CONSUME)

    def stop(self, task: Task, signo: int) -> None:
        """Leave the others be."""
        self.begin_stop_alone(task, signo)
        self.join_stop(task)


class B67ContinuesOneThread(Kernel):
    """SIGCONT lets go on only the thread that was named."""

    def prepare_signal(self, signo: int, task: Task, *, force: bool) -> bool:
        """Keep the others stopped."""
        stopped = [
            thread for thread in self.live_threads(task.group) if thread.stopped and thread is not task
        ]
        queued = super().prepare_signal(signo, task, force=force)
        for thread in stopped:
            thread.stopped = True
        return queued


class B50EndsCompleteNoStop(Kernel):
    """A stop is not complete when the last thread that was to stop ends."""

    def leave_signals(self, task: Task) -> None:
        """Do not count it off."""
        self.clear_jobctl(task, Jobctl.STOP_PENDING)
        super().leave_signals(task)


class EarlyContinuesAreContinues(Kernel):
    """SIGCONT before all threads have stopped is told as a continue."""

    def resume(self, group: ThreadGroup) -> None:
        """Tell so."""
        super().resume(group)
        if group.cld_pending == CLD_STOPPED:
            group.cld_pending = CLD_CONTINUED


class EarlyContinuesAreNothing(Kernel):
    """SIGCONT before all threads have stopped is not told, and cannot be waited for."""

    def resume(self, group: ThreadGroup) -> None:
        """Forget the stop."""
        if not group.stop_stopped:
            group.stop_count = 0
        super().resume(group)


class NewbornsGoOn(Kernel):
    """A thread that is born in a stopped process does not stop."""

    def join_stop_at_birth(self, parent: Task, child: Task) -> None:
        """Let it be."""


class NewbornsAlwaysStop(Kernel):
    """A new process stops with its maker's."""

    def clone_into(self, task: Task, name: str, args: CloneArgs) -> Fields | None:
        """Make it although a signal is pending."""
        pending = task.notified, task.jobctl
        task.notified, task.jobctl = False, 0
        result = super().clone_into(task, name, args)
        task.notified, task.jobctl = pending
        return result


class TerminalAsksTheLeader(Kernel):
    """Whether a background read fails is decided by the leader's mask."""

    def is_refused_signal(self, task: Task, signo: int) -> bool:
        """Ask it."""
        return super().is_refused_signal(self.leader(task.group), signo)


class TerminalGoesWithTheLeader(Kernel):
    """A session loses its terminal when the leading thread of its leader ends."""

    def leave_signals(self, task: Task) -> None:
        """Take it away."""
        super().leave_signals(task)
        if task.tid == task.group.tgid:
            self.leave_terminal(task.group)


class CgroupsHoldThreads(Kernel):
    """A thread's id cannot be written to cgroup.procs."""

    def sys_cgroup_join(self, caller: Task, pid: int, place: int) -> Fields:
        """Look for leaders only."""
        if pid and pid not in self.groups:
            return outcome("ESRCH")
        return super().sys_cgroup_join(caller, pid, place)


class B50StopsTellEachThread(Kernel):
    """The parent gets SIGCHLD for each thread that stops."""

    def join_stop(self, task: Task) -> None:
        """Tell of each."""
        told = len(task.telling)
        super().join_stop(task)
        if len(task.telling) == told and not task.tracing.tracer:
            task.telling += (Notice(CLD_STOPPED),)
