"""clone and clone3 as they were."""

from __future__ import annotations

from conformance.abi.processes import CLONE_CLEAR_SIGHAND
from conformance.case.model import Fd
from conformance.reference.kernel import Kernel
from conformance.reference.results import failure
from conformance.reference.task import Task
from conformance.trace import Fields


class NoClone3(Kernel):
    """There is no clone3."""

    def sys_clone3(
        self, task: Task, child: str, exit_signal: int, set_tid: int, flags: int, pidfd: Fd | int
    ) -> Fields | None:
        """Know no such system call."""
        return failure("ENOSYS")


class NoChoiceOfPids(Kernel):
    """clone3 has a smaller structure, without set_tid, and no CLONE_CLEAR_SIGHAND."""

    def sys_clone3(
        self, task: Task, child: str, exit_signal: int, set_tid: int, flags: int, pidfd: Fd | int
    ) -> Fields | None:
        """Refuse what is beyond its end unless it is zero."""
        if set_tid:
            return failure("E2BIG")
        return super().sys_clone3(task, child, exit_signal, set_tid, flags, pidfd)

    def unknown_to_clone3(self) -> int:
        """Refuse the flag."""
        return super().unknown_to_clone3() | CLONE_CLEAR_SIGHAND


class AnyExitSignal(Kernel):
    """clone takes an exit signal that is none; the child dies silently."""

    def exit_signal_error(self, exit_signal: int) -> str | None:
        """Take it."""
        return None
