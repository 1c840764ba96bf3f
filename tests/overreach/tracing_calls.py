"""Rules of what a tracer sees of calls and instructions, overdone: syscall-stops, steps, filters."""

from __future__ import annotations

from conformance.abi.ptrace import (
    PTRACE_O_TRACESYSGOOD,
)
from conformance.abi.signals import SIG_DFL, SIGTRAP
from conformance.reference.ptracestop import SYSCALL_ENTRY
from conformance.reference.task import Task
from conformance.reference.values import TrapKind
from conformance.trace import Fields
from tests.overreach.overreach import Overreach


class SysgoodAlways(Overreach):
    """Syscall-stops have their bit without the option."""

    RULES = ("PTRACE-088",)

    def syscall_stop(self, task: Task, message: int) -> None:
        """Set the option."""
        options = task.tracing.options
        task.tracing = task.tracing._replace(options=options | PTRACE_O_TRACESYSGOOD)
        super().syscall_stop(task, message)
        task.tracing = task.tracing._replace(options=options)


class SyscallStopsForEver(Overreach):
    """Once resumed by PTRACE_SYSCALL a tracee stops at all its calls."""

    RULES = ("PTRACE-085",)

    def go_on(self, task: Task, request: int, signo: int) -> Fields:
        """Keep the flag."""
        syscalls = task.tracing.syscalls
        result = super().go_on(task, request, signo)
        if syscalls:
            task.tracing = task.tracing._replace(syscalls=True)
        return result


class NoExitStops(Overreach):
    """No call stops at its exit."""

    RULES = ("PTRACE-338", "PTRACE-347")

    def syscall_stop(self, task: Task, message: int) -> None:
        """Stop at the entry."""
        if message == SYSCALL_ENTRY:
            super().syscall_stop(task, message)


class SignalsAtAnyStopAreSent(Overreach):
    """A signal given along is always sent to the tracee anew."""

    RULES = ("PTRACE-339",)

    def leave_trap(self, task: Task) -> None:
        """Take every stop for a syscall-stop."""
        if task.resuming is not None:
            task.resuming = task.resuming._replace(kind=TrapKind.SYSCALL)
        super().leave_trap(task)


class HandlersAlwaysReturnToTheTracer(Overreach):
    """The return from a handler stops under PTRACE_CONT too."""

    RULES = ("PTRACE-336",)

    def run_handler(self, task: Task) -> None:
        """Take it for PTRACE_SYSCALL."""
        tracing = task.tracing
        task.tracing = tracing._replace(syscalls=bool(tracing.tracer) and not tracing.step)
        super().run_handler(task)
        task.tracing = tracing


class StepsEndEverywhereByTrapBrkpt(Overreach):
    """Every step ends as that out of a call does."""

    RULES = ("PTRACE-341",)

    def trap_step(self, task: Task, code: str) -> None:
        """Say TRAP_BRKPT."""
        super().trap_step(task, "TRAP_BRKPT")


class StepsEndEverywhereByTrapTrace(Overreach):
    """Every step ends as that in user mode does."""

    RULES = ("PTRACE-340",)

    def trap_step(self, task: Task, code: str) -> None:
        """Say TRAP_TRACE."""
        super().trap_step(task, "TRAP_TRACE")


class StepsAlwaysTakeTheHandler(Overreach):
    """A single step takes the handler of SIGTRAP away, blocked or not."""

    RULES = ("PTRACE-344",)

    def trap_step(self, task: Task, code: str) -> None:
        """Set the default."""
        self.set_action(task.group, SIGTRAP, task.group.action(SIGTRAP)._replace(handler=SIG_DFL))
        super().trap_step(task, code)


class SigsysIsHidden(Overreach):
    """No SIGSYS is shown to a tracer."""

    RULES = ("PTRACE-348",)

    def is_immutable(self, task: Task, signo: int) -> bool:
        """Look at the number."""
        return signo == 31


class FiltersEndProcesses(Overreach):
    """Whatever a filter kills is the whole process."""

    RULES = ("PTRACE-348",)

    def end_for_call(self, task: Task, *, whole: bool) -> None:
        """End it all."""
        super().end_for_call(task, whole=True)


class FiltersEndThreads(Overreach):
    """Whatever a filter kills is the thread alone."""

    RULES = ("PTRACE-091",)

    def end_for_call(self, task: Task, *, whole: bool) -> None:
        """End the thread."""
        super().end_for_call(task, whole=False)


class NoCallWithoutATracer(Overreach):
    """A call that was referred to a tracer who goes away fails."""

    RULES = ("PTRACE-090",)

    def passes_filters(self, task: Task) -> bool:
        """Refer everything to the tracer."""
        if not task.filters or task.call is None or task.call.name != "getppid":
            return super().passes_filters(task)
        return self.ask_tracer(task, 0)


class FiltersAreTheProcesss(Overreach):
    """A filter is installed for all threads."""

    RULES = ("PTRACE-316",)

    def sys_seccomp(self, task: Task, action: int, data: int) -> Fields:
        """Give it to all."""
        result = super().sys_seccomp(task, action, data)
        for thread in self.live_threads(task.group):
            thread.filters = task.filters
        return result


class TheYoungestFilterDecides(Overreach):
    """The youngest filter's answer counts, whatever the others say."""

    RULES = ("PTRACE-317",)

    def passes_filters(self, task: Task) -> bool:
        """Ask that one."""
        filters, task.filters = task.filters, task.filters[-1:]
        passed = super().passes_filters(task)
        task.filters = filters
        return passed


class FiltersAreNeverAsked(Overreach):
    """A tracer suspends the filters of its tracee by being there."""

    RULES = ("PTRACE-319",)

    def passes_filters(self, task: Task) -> bool:
        """Ask only where there is no tracer."""
        return bool(task.tracing.tracer) or super().passes_filters(task)


class FilteredTracersMayNothing(Overreach):
    """Nobody may trace who has filters."""

    RULES = ("PTRACE-318",)

    def may_have_options(self, caller: Task, options: int) -> bool:
        """Refuse to trace the filtered."""
        filtered = any(task.filters for task in self.tasks.values())
        return super().may_have_options(caller, options) and not filtered
