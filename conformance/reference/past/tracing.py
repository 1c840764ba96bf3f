"""Tracing, and the ends that tracers watch, as they were."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Self

from conformance.abi.ptrace import PTRACE_EVENT_STOP
from conformance.abi.signals import CORE_SIGNALS
from conformance.abi.waiting import CORE_FLAG
from conformance.reference.kernel import Kernel
from conformance.reference.results import OK, failure
from conformance.reference.seccomp import SIGSYS
from conformance.reference.sigsets import bit
from conformance.reference.task import Task
from conformance.reference.values import Phase, Trap, TrapKind
from conformance.trace import Fields


class KillOfTheRunningIsNothing(Kernel):
    """PTRACE_KILL does nothing to a tracee that is not in a ptrace-stop, and still succeeds."""

    def request_kill(self, caller: Task, task: Task, data: int) -> Fields:
        """Look whether it is."""
        return OK if task.trap is None else super().request_kill(caller, task, data)


class MessageStays(Kernel):
    """PTRACE_GETEVENTMSG tells of the last event in later stops too, until a syscall-stop sets it to 0."""

    messages: Mapping[int, int] = MappingProxyType({})

    def copy(self) -> Self:
        """Take the messages along."""
        twin = super().copy()
        twin.messages = self.messages
        return twin

    def key(self) -> tuple[object, ...]:
        """Tell worlds with other messages apart."""
        return (*super().key(), tuple(self.messages.items()))

    def ptrace_stop(self, task: Task, trap: Trap, why: int) -> None:
        """Keep the message of an event, and show it with what has none."""
        if trap.kind is TrapKind.SYSCALL:
            self.messages = {**self.messages, task.tid: 0}
        elif trap.kind is TrapKind.EVENT and trap.code >> 8 not in (0, PTRACE_EVENT_STOP):
            self.messages = {**self.messages, task.tid: trap.message}
        else:
            trap = trap._replace(message=self.messages.get(task.tid, 0))
        super().ptrace_stop(task, trap, why)


class SyscallStopsHaveNoMessage(MessageStays):
    """A syscall-stop has no message of its own either."""

    def ptrace_stop(self, task: Task, trap: Trap, why: int) -> None:
        """Keep the last event's."""
        kept = self.messages
        super().ptrace_stop(task, trap, why)
        if trap.kind is TrapKind.SYSCALL:
            self.messages = kept
            if task.trap is not None:
                task.trap = task.trap._replace(message=kept.get(task.tid, 0))


class NoSyscallInfo(Kernel):
    """There is no PTRACE_GET_SYSCALL_INFO."""

    def sys_ptrace_get_syscall_info(self, caller: Task, pid: int) -> Fields:
        """Look for the tracee before the request."""
        result = super().sys_ptrace_get_syscall_info(caller, pid)
        return failure("EIO") if result[0] != ("ret", -1) else result


class AnyIdWillDo(Kernel):
    """A tracee that has got its leader's id by an execve takes requests at once."""

    def is_unexpected(self, task: Task) -> bool:
        """Take none for another's."""
        return False


class SigsysIsShown(Kernel):
    """The SIGSYS by which a filter kills is shown to the tracer as any signal is."""

    def is_immutable(self, task: Task, signo: int) -> bool:
        """Know no such action."""
        return False


class InjectedSignalsAreTheThreads(Kernel):
    """A signal that the tracer lets pass, and that is blocked by now, is queued for the thread, whosever it
    was.
    """

    def inject(self, task: Task, trap: Trap, signo: int) -> None:
        """Queue only what is blocked, as the thread's own."""
        if task.blocked & bit(signo):
            super().inject(task, trap._replace(shared=False), signo)
            return
        fatal, task.fatal = task.fatal, False
        super().inject(task, trap, signo)
        task.fatal = fatal or task.fatal


class DumpsWait(Kernel):
    """A core dump waits until the other threads are past their stop of PTRACE_EVENT_EXIT.

    Not modelled: who is past that stop becomes no zombie before the dump is over, and a dump also kills other
    processes with the same memory.
    """

    dumping: Mapping[int, int] = MappingProxyType({})

    def copy(self) -> Self:
        """Take along who waits."""
        twin = super().copy()
        twin.dumping = self.dumping
        return twin

    def key(self) -> tuple[object, ...]:
        """Tell worlds apart in which others wait."""
        return (*super().key(), tuple(self.dumping.items()))

    def others(self, task: Task) -> list[Task]:
        """Return the other threads of a process that have not exited."""
        return [thread for thread in self.live_threads(task.group) if thread is not task]

    def group_exit(self, task: Task, status: int) -> None:
        """Mark the process, and wait."""
        group = task.group
        dumps = status & 0x7F in CORE_SIGNALS and group.dumpable
        if not dumps or group.group_exit or group.exec_task or not self.others(task):
            super().group_exit(task, status)
            return
        self.begin_group_exit(group, status & ~CORE_FLAG)
        task.fatal, task.phase = False, Phase.KILLABLE
        self.dumping = {**self.dumping, task.tid: status}

    def has_come(self, task: Task) -> bool:
        """Say whether the others are past their stops."""
        if task.tid not in self.dumping:
            return super().has_come(task)
        return all(self.is_dying(thread) for thread in self.others(task))

    def go_on_after_sleep(self, task: Task) -> None:
        """Dump the core, and come to the own end."""
        if task.tid not in self.dumping:
            super().go_on_after_sleep(task)
            return
        left = dict(self.dumping)
        status = left.pop(task.tid)
        self.dumping = left
        task.group.group_exit_code = status
        self.begin_exit(task, status)


class SeccompEndsAtOnce(Kernel):
    """A filter that kills ends the process without a signal, and a leader that is dead counts as a thread."""

    def end_for_call(self, task: Task, *, whole: bool) -> None:
        """End it amid the call."""
        if not whole and len(task.group.threads) > 1:
            self.begin_exit(task, SIGSYS)
            return
        status = self.fatal_status(task, SIGSYS)
        self.begin_group_exit(task.group, status)
        task.fatal = False
        self.begin_exit(task, status if whole else SIGSYS)
