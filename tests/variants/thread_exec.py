"""execve with several threads."""

from __future__ import annotations

from conformance.abi.signals import SIGKILL
from conformance.reference.kernel import Kernel
from conformance.reference.task import Task
from conformance.trace import Fields


class B25ExecSparesTheFirstThread(Kernel):
    """An execve of another thread does not end the first, and waits for it."""

    def is_spared(self, task: Task) -> bool:
        """Say whether it is the first thread, and another's execve is under way."""
        group = task.group
        return task.tid == group.tgid and group.exec_task not in (0, task.tid) and not group.group_exit

    def kill_thread(self, task: Task) -> None:
        """Pass it over."""
        if not self.is_spared(task):
            super().kill_thread(task)

    def signal_pending(self, task: Task) -> bool:
        """Let it go on."""
        return not self.is_spared(task) and super().signal_pending(task)


class B23SigkillIsLostToExec(Kernel):
    """While an execve is under way SIGKILL counts for nothing."""

    def prepare_signal(self, signo: int, task: Task, *, force: bool) -> bool:
        """Drop it."""
        lost = signo == SIGKILL and task.group.exec_task
        return not lost and super().prepare_signal(signo, task, force=force)


class SigkillForAnEndedThreadCounts(Kernel):
    """SIGKILL for a thread that an execve has ended ends the process."""

    def is_killed_alone(self, signo: int, task: Task) -> bool:
        """Count it as any other."""
        return False

    def can_queue(self, task: Task) -> bool:
        """Take it though the thread has begun to end."""
        return bool(task.group.exec_task) or super().can_queue(task)

    def choose_taker(self, signo: int, task: Task, *, thread_only: bool) -> Task | None:
        """Let anybody take it."""
        amid = signo == SIGKILL and task.group.exec_task
        return super().choose_taker(signo, task, thread_only=thread_only and not amid)


class ExecTakesTheFirstThreadsMask(Kernel):
    """Mask, signals and death signal after a thread's execve are those of the thread whose place it takes."""

    def take_over_leader(self, task: Task) -> None:
        """Become the first thread altogether."""
        leader = self.leader(task.group)
        task.blocked, task.pending, task.pdeath_signal = leader.blocked, leader.pending, leader.pdeath_signal
        super().take_over_leader(task)


class SecondExecTakesOver(Kernel):
    """A second thread that calls execve ends the first that did."""

    def sys_exec(self, task: Task) -> Fields | None:
        """Begin anew."""
        if task.group.exec_task not in (0, task.tid):
            task.group.exec_task = 0
        return super().sys_exec(task)


class ExecWaitsForNoTracer(Kernel):
    """A thread that its tracer has not reaped does not hold an execve up."""

    def is_last_for_exec(self, task: Task) -> bool:
        """Count the living."""
        return self.live_threads(task.group) == [task]


class WaitForATracedLeaderEndsAtExec(Kernel):
    """An execve tells whoever waits for the traced first thread that it is gone."""

    def take_over_leader(self, task: Task) -> None:
        """Tell it by the number that it had."""
        leader = self.leader(task.group)
        tracer = self.tasks.get(leader.tracing.tracer)
        if tracer is not None and leader is not task:
            self.wake_waiters(leader, tracer)
        super().take_over_leader(task)
