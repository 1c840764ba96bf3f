"""Rules of execve with threads, overdone."""

from __future__ import annotations

from conformance.abi.signals import SIGKILL
from conformance.reference.task import Task
from conformance.reference.values import Phase, SigInfo
from conformance.trace import Fields
from tests.overreach.overreach import Overreach
from tests.variants.threads import ExitEndsTheProcess


class ExecTakesSignalsAway(Overreach):
    """An execve takes the signals of all who share memory away."""

    RULES = ("THREAD-036",)

    def exec(self, task: Task) -> None:
        """Throw them away."""
        shared = task.group.sighand
        for other in self.tasks.values():
            if other is not task and other.group.sighand == shared:
                other.pending = ()
        super().exec(task)


class ExecHasTheYoungestThreadsMask(Overreach):
    """After an execve mask and death signal are those of the youngest thread, whoever called it."""

    RULES = ("THREAD-037", "THREAD-038")

    def end_other_threads(self, task: Task) -> None:
        """Take them."""
        youngest = self.tasks[task.group.threads[-1]]
        task.blocked, task.pdeath_signal = youngest.blocked, youngest.pdeath_signal
        super().end_other_threads(task)


class ExecTakesTheParentsNumber(Overreach):
    """Who shares memory and calls execve ends the others who do."""

    RULES = ("ZOMBIE-120", "THREAD-041", "THREAD-045")

    def exec(self, task: Task) -> None:
        """Kill them."""
        for group in tuple(self.groups.values()):
            if group.sighand == task.group.sighand and group is not task.group:
                self.send_to_process(SigInfo(SIGKILL, 0x80), group, force=True)
        super().exec(task)


class ExecHearsEverySignal(Overreach):
    """An execve that waits is broken off by any signal."""

    RULES = ("THREAD-043",)

    def can_run(self, task: Task) -> bool:
        """Wake up for it."""
        waits = task.phase is Phase.KILLABLE and not task.vfork_child
        if waits and task.group.pending:
            self.begin_group_exit(task.group, task.group.pending[0].signo)
        return super().can_run(task)


class ExecsOfSharersExclude(Overreach):
    """Of two processes that share handlers one cannot call execve after the other has."""

    RULES = ("THREAD-044",)

    def exec(self, task: Task) -> None:
        """End those who share them."""
        shared = [group for group in self.groups.values() if group.sighand == task.group.sighand]
        super().exec(task)
        for group in shared:
            if group is not task.group:
                self.begin_group_exit(group, 0)


class ExitIsInTheWayOfExec(ExitEndsTheProcess, Overreach):
    """The exit of a thread ends the execve of another as exit_group does."""

    RULES = ("THREAD-046", "ZOMBIE-114", "ZOMBIE-105", "ZOMBIE-122")


class ExecWaitsForEveryThread(Overreach):
    """The threads that an execve ends are to be reaped, traced or not."""

    RULES = ("THREAD-056",)

    def nobody_waits_for(self, task: Task) -> bool:
        """Wait for somebody."""
        return not task.group.exec_task and super().nobody_waits_for(task)


class SigkillForOneThreadEndsOne(Overreach):
    """SIGKILL for one thread ends no more than this thread."""

    RULES = ("THREAD-057",)

    def sys_tgkill(self, task: Task, tgid: int, tid: int, signo: int) -> Fields:
        """Kill it alone."""
        thread = self.tasks.get(tid)
        if signo == SIGKILL and thread is not None and len(thread.group.threads) > 1:
            thread.fatal = True
            return (("ret", 0),)
        return super().sys_tgkill(task, tgid, tid, signo)


class NoTracerHearsOfExec(Overreach):
    """An execve that replaces a traced first thread wakes no wait of its tracer."""

    RULES = ("THREAD-058",)

    def wake_waiters(self, child: Task, parent: Task) -> None:
        """Leave it asleep."""
        if not child.group.exec_task:
            super().wake_waiters(child, parent)
