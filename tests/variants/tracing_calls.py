"""What a tracer sees of calls and instructions: syscall-stops, single steps, filters."""

from __future__ import annotations

from conformance.abi.ptrace import (
    PTRACE_CONT,
    PTRACE_EVENT_SECCOMP,
    PTRACE_O_TRACESYSGOOD,
)
from conformance.reference.kernel import Kernel
from conformance.reference.ptracestop import SYSCALL_EXIT
from conformance.reference.results import OK
from conformance.reference.task import Task
from conformance.reference.values import UNTRACED, SigInfo
from conformance.trace import Fields


class B13B72NoSysgood(Kernel):
    """PTRACE_O_TRACESYSGOOD changes nothing."""

    def syscall_stop(self, task: Task, message: int) -> None:
        """Forget the option."""
        options = task.tracing.options
        task.tracing = task.tracing._replace(options=options & ~PTRACE_O_TRACESYSGOOD)
        super().syscall_stop(task, message)
        task.tracing = task.tracing._replace(options=options)


class B13StepsForEver(Kernel):
    """A single step never ends."""

    def is_in_a_step(self, task: Task) -> bool:
        """Run on."""
        return False


class B70FiltersGoFirst(Kernel):
    """Filters are asked before the entry is shown, as before Linux 4.8."""

    def enter_call(self, task: Task) -> bool:
        """Show the event and nothing else."""
        filtered = task.filters and task.call is not None and task.call.name == "getppid"
        if not filtered:
            return super().enter_call(task)
        tracing, task.tracing = task.tracing, task.tracing._replace(syscalls=False)
        passed = super().enter_call(task)
        task.tracing = tracing
        return passed


class HandlersReturnUnseen(Kernel):
    """The return from a handler is no system call."""

    def run_handler(self, task: Task) -> None:
        """Hide it."""
        tracing, task.tracing = task.tracing, task.tracing._replace(syscalls=False)
        super().run_handler(task)
        task.tracing = tracing


class InfoWithoutSysgood(Kernel):
    """PTRACE_GET_SYSCALL_INFO knows every syscall-stop."""

    def sys_ptrace_get_syscall_info(self, caller: Task, pid: int) -> Fields:
        """Look at the message."""
        trap = self.trap_at_hand(caller, pid)
        if trap is None or trap.message not in (1, 2) or trap.code != 5:
            return super().sys_ptrace_get_syscall_info(caller, pid)
        return (*OK, ("op", "entry" if trap.message == 1 else "exit"))


class StepsKnowNoHandlers(Kernel):
    """A single step into a handler ends after its first instruction."""

    def step_into_handler(self, task: Task) -> None:
        """Go on."""


class StepsEndInsideCalls(Kernel):
    """A single step that begins a call anew ends there."""

    def report_exit(self, task: Task) -> None:
        """Forget the step at the end of the call."""
        if not task.tracing.step:
            super().report_exit(task)


class StepsCanBeBlocked(Kernel):
    """The SIGTRAP of a single step is a signal like any other."""

    def force_signal(self, task: Task, info: SigInfo, *, fatally: bool = False) -> None:
        """Send it."""
        if fatally:
            super().force_signal(task, info, fatally=fatally)
        else:
            self.send_to_thread(info, task)


class StepsEndWithTheTracer(Kernel):
    """Nobody goes on to make single steps without a tracer."""

    def unlink(self, task: Task) -> None:
        """Clear the flag."""
        super().unlink(task)
        task.tracing = UNTRACED


class TracersSeeSigsys(Kernel):
    """The SIGSYS of a filter is shown to the tracer, as before Linux 5.16."""

    def is_immutable(self, task: Task, signo: int) -> bool:
        """Never."""
        return False


class EldestFilterAnswers(Kernel):
    """Of equal answers the eldest filter's counts."""

    def passes_filters(self, task: Task) -> bool:
        """Ask in the other order."""
        filters, task.filters = task.filters, task.filters[::-1]
        passed = super().passes_filters(task)
        task.filters = filters
        return passed


class NoTracerNoFilter(Kernel):
    """A call that is referred to a tracer is made where there is none."""

    def ask_tracer(self, task: Task, data: int) -> bool:
        """Make it."""
        return not self.event_stop(task, PTRACE_EVENT_SECCOMP, data) or super().ask_tracer(task, data)


class SyscallStopsRemember(Kernel):
    """A call that stopped at its entry stops at its exit, however it was resumed."""

    def go_on(self, task: Task, request: int, signo: int) -> Fields:
        """Keep on."""
        entered = task.trap is not None and task.trap.message == 1
        result = super().go_on(task, request, signo)
        if request == PTRACE_CONT and entered:
            task.tracing = task.tracing._replace(syscalls=True)
        return result


class StepsAreSyscallStops(Kernel):
    """At the end of a call a single step stops as PTRACE_SYSCALL does."""

    def trap_step(self, task: Task, code: str) -> None:
        """Make it a stop of its own."""
        if code != "TRAP_BRKPT":
            super().trap_step(task, code)
        else:
            self.syscall_stop(task, SYSCALL_EXIT)
