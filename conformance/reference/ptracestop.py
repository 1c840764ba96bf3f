"""The states of a tracee: how it comes into a ptrace-stop, who is told, and how it gets out.

After ``ptrace_stop``, ``do_jobctl_trap``, ``ptrace_event`` and ``ptrace_report_syscall``. A tracee is either
running (in user mode, in a call, or asleep), or in one of the ptrace-stops of :class:`TrapKind`, each of
which it enters by :meth:`PtraceStops.ptrace_stop`. It leaves by a request of its tracer, by the tracer's
end, or by SIGKILL; what it does then is what it was about to do: see :meth:`Delivery.leave_trap`.
"""

from __future__ import annotations

from conformance.abi.ptrace import (
    PTRACE_EVENT_EXEC,
    PTRACE_EVENT_STOP,
    PTRACE_O_TRACESYSGOOD,
    SYSGOOD,
    stop_code,
)
from conformance.abi.signals import SI_CODES, SIGTRAP
from conformance.abi.waiting import CLD_STOPPED, CLD_TRAPPED
from conformance.reference.jobctl import JobControl
from conformance.reference.task import Task
from conformance.reference.values import Jobctl, Notice, SigInfo, Trap, TrapKind

SYSCALL_ENTRY, SYSCALL_EXIT = 1, 2
"""The message of a syscall-stop (PTRACE_EVENTMSG_SYSCALL_ENTRY and its kin)."""


class PtraceStops(JobControl):
    """Entering ptrace-stops."""

    def ptrace_stop(self, task: Task, trap: Trap, why: int) -> None:
        """Enter a ptrace-stop, and tell the tracer; ``why`` is the si_code of that SIGCHLD.

        A group stop that is complete with this is also told to the parent, unless that is the tracer
        (PTRACE-110, PTRACE-113). Without a tracer, or with SIGKILL in the queue, the task goes on at once.
        """
        task.exit_code = trap.code
        if not task.tracing.tracer or task.fatal:
            task.resuming = trap
            return
        task.trap = trap
        completed = why == CLD_STOPPED and task.jobctl & Jobctl.STOP_PENDING and self.take_part_in_stop(task)
        self.clear_jobctl(task, Jobctl.TRAP_STOP)
        if trap.code >> 8 == PTRACE_EVENT_STOP:
            self.clear_jobctl(task, Jobctl.TRAP_NOTIFY)
        task.telling += (Notice(why, task.tid),)
        if completed and self.is_reparented(task):
            task.telling += (Notice(CLD_STOPPED),)

    # -- the stops -------------------------------------------------------------------------------

    def signal_delivery_stop(self, task: Task, info: SigInfo, *, shared: bool) -> None:
        """Show a signal to the tracer before anything is done about it (``ptrace_signal``).

        If it is to stop the tracee, a SIGCONT that comes meanwhile prevents that.
        """
        task.jobctl |= Jobctl.STOP_DEQUEUED
        self.ptrace_stop(task, Trap(TrapKind.SIGNAL, info.signo, info, shared=shared), CLD_TRAPPED)

    def group_stop(self, task: Task) -> None:
        """Trap for the group stop, or because the tracer wants it (``do_jobctl_trap``).

        A seized tracee shows PTRACE_EVENT_STOP: with the signal of the group stop that is in effect, else
        with SIGTRAP (PTRACE-026, PTRACE-029, PTRACE-035). An attached one shows the bare signal, and has no
        siginfo (PTRACE-039).
        """
        signo = task.jobctl & Jobctl.SIGNAL
        if not task.tracing.seized:
            self.ptrace_stop(task, Trap(TrapKind.GROUP, signo), CLD_STOPPED)
            return
        if not task.group.stop_count and not task.group.stop_stopped:
            signo = SIGTRAP
        code = stop_code(signo, PTRACE_EVENT_STOP)
        self.ptrace_stop(task, Trap(TrapKind.EVENT, code, self.own_siginfo(task, signo, code)), CLD_STOPPED)

    def event_stop(self, task: Task, event: int, message: int) -> bool:
        """Stop for an event that the tracer asked for; say whether it did (``ptrace_event``)."""
        if not task.tracing.tracer or not task.tracing.options >> event & 1:
            return False
        code = stop_code(SIGTRAP, event)
        self.ptrace_stop(
            task, Trap(TrapKind.EVENT, code, self.own_siginfo(task, SIGTRAP, code), message), CLD_TRAPPED
        )
        return True

    def exec_stop(self, task: Task, former_tid: int) -> None:
        """Tell of an execve: by an event, or a tracer that attached by a plain SIGTRAP (PTRACE-060 ff.)."""
        asked = self.event_stop(task, PTRACE_EVENT_EXEC, former_tid)
        if not asked and task.tracing.tracer and not task.tracing.seized:
            info = SigInfo(SIGTRAP, SI_CODES["SI_USER"], task.group.tgid, self.uid_told(task))
            self.send_to_thread(info, task)

    def syscall_stop(self, task: Task, message: int) -> None:
        """Stop at the entry or exit of a system call (``ptrace_report_syscall``; PTRACE-085)."""
        code = SIGTRAP | (SYSGOOD if task.tracing.options & PTRACE_O_TRACESYSGOOD else 0)
        self.ptrace_stop(
            task, Trap(TrapKind.SYSCALL, code, self.own_siginfo(task, SIGTRAP, code), message), CLD_TRAPPED
        )

    def own_siginfo(self, task: Task, signo: int, code: int) -> SigInfo:
        """Return the siginfo of a stop that no signal caused: the tracee's own (``ptrace_do_notify``)."""
        return SigInfo(signo, code, self.number(task.tid, self.space_of(task.tid)), self.uid_told(task))
