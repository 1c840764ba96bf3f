"""What depends on the machine: next to nothing, since the life of processes is no affair of the processor.

The kernel itself answers as on x86-64. An entry is about what a case can see;
``docs/releases.md`` shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from conformance.abi.machines import USUAL
from conformance.abi.ptrace import PTRACE_SINGLESTEP
from conformance.abi.signals import SI_CODES, SIGTRAP
from conformance.reference.kernel import Kernel
from conformance.reference.results import failure
from conformance.reference.task import Task
from conformance.reference.values import SigInfo
from conformance.trace import Fields


class StepsEndAnonymously(Kernel):
    """A single step that ends with a system call is told by a SIGTRAP that looks as if pid 0 had sent it."""

    def trap_step(self, task: Task, code: str) -> None:
        """Tell of the end of a call as ``user_single_step_report`` does, of an instruction as elsewhere."""
        if code == "TRAP_BRKPT":
            self.force_signal(task, SigInfo(SIGTRAP, SI_CODES["SI_USER"]))
        else:
            super().trap_step(task, code)


class HandlersAreSteppedToo(Kernel):
    """A step into a handler leaves the stepping on: only a tracer's next request sets it anew."""

    def step_into_handler(self, task: Task) -> None:
        """Stop before the handler, and keep on."""
        tracing = task.tracing
        super().step_into_handler(task)
        task.tracing = task.tracing._replace(step=tracing.step)


class NoSingleSteps(Kernel):
    """The processor cannot step: PTRACE_SINGLESTEP fails."""

    def go_on(self, task: Task, request: int, signo: int) -> Fields:
        """Refuse it (``arch_has_single_step``)."""
        return failure("EIO") if request == PTRACE_SINGLESTEP else super().go_on(task, request, signo)


@dataclass(frozen=True, slots=True)
class Peculiarity:
    """What a machine does otherwise than x86-64: the ``rules`` that say it, where it can be read, and the
    ``kernel`` that does it.
    """

    rules: str
    source: str
    kernel: type[Kernel]


PECULIARITIES: Final[Mapping[str, tuple[Peculiarity, ...]]] = {
    USUAL: (),
    "aarch64": (
        Peculiarity(
            "PTRACE-341a",
            "include/linux/ptrace.h user_single_step_report, the general one",
            StepsEndAnonymously,
        ),
        Peculiarity(
            "PTRACE-345b",
            "arch/arm64/kernel/signal.c handle_signal (user_fastforward_single_step)",
            HandlersAreSteppedToo,
        ),
    ),
    "riscv64": (
        Peculiarity(
            "PTRACE-340a", "include/linux/ptrace.h arch_has_single_step, the general one", NoSingleSteps
        ),
    ),
}
"""By machine, as uname(2) calls it."""
