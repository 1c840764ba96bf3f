"""Signals that a task cannot put off: of faults, of single steps, of seccomp.

After ``force_sig_info_to_task``, and what x86 makes of PTRACE_SINGLESTEP: ``exc_debug_user``,
``syscall_exit_work``, ``signal_setup_done``.
"""

from __future__ import annotations

from typing import Final

from conformance.abi.ptrace import TRAP_CODES
from conformance.abi.signals import SIG_DFL, SIG_IGN, SIGTRAP
from conformance.abi.waiting import CLD_TRAPPED
from conformance.reference.exit import Exit
from conformance.reference.ptracestop import SYSCALL_EXIT
from conformance.reference.sigsets import bit
from conformance.reference.task import Task
from conformance.reference.values import Action, Phase, SigInfo, Trap, TrapKind

SA_IMMUTABLE: Final = 0x00800000
"""The kernel's own flag of an action that nobody can change, and no tracer sees."""


class Forced(Exit):
    """Signals that come whatever mask and action say."""

    def force_signal(self, task: Task, info: SigInfo, *, fatally: bool = False) -> None:
        """Raise a signal that cannot be put off (``force_sig_info_to_task``).

        Ignored or blocked, it is unblocked and gets its default action (KILL-105, KILL-106, KILL-341). One
        that is to be fatal always gets it, and no tracer comes between (PTRACE-348).
        """
        group, action = task.group, task.group.action(info.signo)
        if action.handler == SIG_IGN or task.blocked & bit(info.signo) or fatally:
            default = Action(SIG_DFL, action.flags | (SA_IMMUTABLE if fatally else 0), action.mask)
            self.set_action(group, info.signo, default)
            task.blocked &= ~bit(info.signo)
            self.look_for_signals(task)
        if group.action(info.signo).handler == SIG_DFL and (fatally or not task.tracing.tracer):
            group.unkillable = False  # not even the init of a namespace survives
        self.send_to_thread(info, task)

    def is_immutable(self, task: Task, signo: int) -> bool:
        """Say whether a signal does what it does without its tracer."""
        return bool(task.group.action(signo).flags & SA_IMMUTABLE)

    # -- single steps ----------------------------------------------------------------------------

    def is_in_a_step(self, task: Task) -> bool:
        """Say whether a task in user mode is to make one instruction: idle, it makes them all the time."""
        return task.phase is Phase.IDLE and task.tracing.step

    def trap_step(self, task: Task, code: str) -> None:
        """Trap for PTRACE_SINGLESTEP: after an instruction by TRAP_TRACE (PTRACE-340), at the end of a system
        call by TRAP_BRKPT (PTRACE-341).
        """
        self.force_signal(task, SigInfo(SIGTRAP, TRAP_CODES[code]))

    def step_into_handler(self, task: Task) -> None:
        """Stop before the first instruction of a handler; with that the step is done (PTRACE-343)."""
        task.tracing = task.tracing._replace(step=False)
        own = self.own_siginfo(task, SIGTRAP, SIGTRAP)
        self.ptrace_stop(task, Trap(TrapKind.EVENT, SIGTRAP, own), CLD_TRAPPED)

    def report_exit(self, task: Task) -> None:
        """Tell the tracer of the end of a system call: by a trap if it makes single steps, else by a
        syscall-stop if it wants one (``syscall_exit_work``; PTRACE-085).
        """
        if task.fatal:
            return
        if task.tracing.step:
            self.trap_step(task, "TRAP_BRKPT")
        elif task.tracing.syscalls:
            self.syscall_stop(task, SYSCALL_EXIT)
