"""What a tracer is told of births and ends, and of an execve; and by which numbers."""

from __future__ import annotations

from typing import Self

from conformance.abi.ptrace import (
    PTRACE_EVENT_EXEC,
    PTRACE_EVENT_EXIT,
    PTRACE_SEIZE,
    PTRACE_SETOPTIONS,
)
from conformance.abi.signals import SIGKILL
from conformance.reference.children import Report
from conformance.reference.kernel import Kernel
from conformance.reference.ptracestop import SYSCALL_EXIT
from conformance.reference.results import failure
from conformance.reference.task import Task
from conformance.reference.values import Trap, WaitOpts
from conformance.trace import Environment, Fields


class S7WaitidTellsTheSignalAlone(Kernel):
    """In si_status of an event stop the event is missing."""

    def take_ptrace_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Cut the stop code off."""
        report = super().take_ptrace_stop(opts, child)
        return report and report._replace(si_status=report.si_status & 0xFF)


class G12WaitidTellsTheEventAlone(Kernel):
    """In si_status of an event stop the signal is missing, and elsewhere it is 0."""

    def take_ptrace_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Take the event from where it is in the status."""
        report = super().take_ptrace_stop(opts, child)
        return report and report._replace(si_status=report.si_status >> 8)


class B10NoOptionsOfEnds(Kernel):
    """PTRACE_SETOPTIONS refuses PTRACE_O_TRACEEXEC and PTRACE_O_TRACEEXIT."""

    def sys_ptrace(self, caller: Task, request: int, pid: int, data: int, addr: int) -> Fields | None:
        """Give EINVAL."""
        unknown = 1 << PTRACE_EVENT_EXEC | 1 << PTRACE_EVENT_EXIT
        if request in (PTRACE_SETOPTIONS, PTRACE_SEIZE) and data & unknown:
            return failure("EINVAL")
        return super().sys_ptrace(caller, request, pid, data, addr)


class B11B72NoSeize(Kernel):
    """There is no PTRACE_SEIZE."""

    def sys_ptrace(self, caller: Task, request: int, pid: int, data: int, addr: int) -> Fields | None:
        """Give EINVAL."""
        if request == PTRACE_SEIZE:
            return failure("EINVAL")
        return super().sys_ptrace(caller, request, pid, data, addr)


class B13TracersLoseChildren(Kernel):
    """The child of an attached tracee runs off before its tracer has a hold on it."""

    def trace_newborn(self, parent: Task, child: Task, *, wanted: bool) -> None:
        """Send no SIGSTOP."""
        super().trace_newborn(parent, child, wanted=wanted)
        child.pending = ()


class B38ExecEndsBeforeItsEvent(Kernel):
    """The exit of an execve is shown before its event."""

    def exec_stop(self, task: Task, former_tid: int) -> None:
        """Show the exit first; the event takes its place."""
        if task.tracing.syscalls:
            self.syscall_stop(task, SYSCALL_EXIT)
        else:
            super().exec_stop(task, former_tid)


class B38SeizeForgetsItsOptions(Kernel):
    """The options of PTRACE_SEIZE are not set."""

    def link(self, tracer: Task, task: Task, *, seized: bool, options: int = 0) -> None:
        """Drop them."""
        super().link(tracer, task, seized=seized, options=0 if seized else options)


class B70SigkillEndsTheStopAtTheEnd(Kernel):
    """SIGKILL gets a tracee out of its PTRACE_EVENT_EXIT, as before Linux 6.1."""

    def prepare_signal(self, signo: int, task: Task, *, force: bool) -> bool:
        """Let it go."""
        if signo == SIGKILL and task.group.group_exit:
            self.leave_stop(task)
        return super().prepare_signal(signo, task, force=force)


class ThreadsAreForks(Kernel):
    """PTRACE_EVENT_CLONE is unknown."""

    def event_stop(self, task: Task, event: int, message: int) -> bool:
        """Make no difference between the three."""
        return super().event_stop(task, 1 if event in (2, 3) else event, message)


class NoMessageOfTheFormerId(Kernel):
    """The message of PTRACE_EVENT_EXEC is the id that the tracee has now."""

    def exec_stop(self, task: Task, former_tid: int) -> None:
        """Tell that."""
        super().exec_stop(task, task.tid)


class ExecIsTrustedAtOnce(Kernel):
    """Requests reach a tracee that has another's id before its tracer knows, as before Linux 5.13."""

    def is_unexpected(self, task: Task) -> bool:
        """Never."""
        return False


class ExecWaitsForNoTracer(Kernel):
    """An execve does not wait for the tracers of the other threads."""

    def is_last_for_exec(self, task: Task) -> bool:
        """Look for the living only."""
        return len(self.live_threads(task.group)) == 1


class VforkHasNoEnd(Kernel):
    """There is no PTRACE_EVENT_VFORK_DONE where PTRACE_O_TRACEVFORK is off."""

    def end_vfork_wait(self, task: Task) -> None:
        """Ask for both options."""
        options = task.tracing.options
        if not options & 1 << 2:
            task.tracing = task.tracing._replace(options=options & ~(1 << 5))
        super().end_vfork_wait(task)
        task.tracing = task.tracing._replace(options=options)


class KilledParentsReturn(Kernel):
    """A parent that is killed in vfork tells of the end of its wait."""

    def end_vfork_wait(self, task: Task) -> None:
        """Do not look at SIGKILL."""
        fatal, task.fatal = task.fatal, False
        super().end_vfork_wait(task)
        task.fatal = fatal


class TheEndOfOneIsTheEndOfNone(Kernel):
    """The stop of an exiting thread holds out against the end of its process."""

    def kill_thread(self, task: Task) -> None:
        """Leave it there."""
        trap = task.trap
        super().kill_thread(task)
        if trap is not None and trap.code >> 8 == PTRACE_EVENT_EXIT:
            task.trap, task.resuming = trap, None


class MessagesStay(Kernel):
    """The message of an event is still there at the next stop, as before Linux 5.18."""

    def __init__(self, root: str, environment: Environment) -> None:
        """Make a world without messages."""
        self.messages: dict[int, int] = {}
        super().__init__(root, environment)

    def copy(self) -> Self:
        """Copy them too."""
        twin = super().copy()
        twin.messages = dict(self.messages)
        return twin

    def ptrace_stop(self, task: Task, trap: Trap, why: int) -> None:
        """Keep it."""
        self.messages[task.tid] = trap.message or self.messages.get(task.tid, 0)
        super().ptrace_stop(task, trap._replace(message=self.messages[task.tid]), why)


class NewbornsReturnFromClone(Kernel):
    """A newborn stops at the exit of the clone that made it, if its creator is to."""

    def trace_newborn(self, parent: Task, child: Task, *, wanted: bool) -> None:
        """Stop there first."""
        super().trace_newborn(parent, child, wanted=wanted)
        if child.tracing.tracer and parent.tracing.syscalls:
            self.syscall_stop(child, SYSCALL_EXIT)
