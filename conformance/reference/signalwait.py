"""Waiting for signals: rt_sigtimedwait and rt_sigsuspend (``kernel/signal.c``)."""

from __future__ import annotations

from typing import Final

from conformance.reference.results import SLEEP, failure
from conformance.reference.signalcalls import SignalCalls
from conformance.reference.sigsets import UNBLOCKABLE_MASK
from conformance.reference.task import Task
from conformance.reference.values import Phase, SigInfo
from conformance.trace import Fields

AT_ONCE: Final = 0


class SignalWait(SignalCalls):
    """The calls that sleep until a signal comes."""

    def sys_sigtimedwait(self, task: Task, wanted: int, timeout: int) -> Fields | None:
        """sigtimedwait(2): take a pending signal of the set, blocked or not (``do_sigtimedwait``).

        None pending, it sleeps with the set unblocked, and looks again when it is woken; what wakes it
        otherwise, a handler or a stop, is EINTR, and it is never restarted (KILL-333, KILL-335, KILL-336).
        """
        wanted &= ~UNBLOCKABLE_MASK
        woken = task.phase is Phase.BLOCKED
        if woken:
            self.block_again(task)
        taken = self.dequeue(task, wanted)
        if taken is not None:
            return self.taken(taken[0])
        if woken:
            return failure("EINTR")
        if timeout == AT_ONCE:
            return failure("EAGAIN")
        task.real_blocked = task.blocked
        task.blocked &= ~wanted
        self.look_for_signals(task)
        if not self.signal_pending(task):
            return SLEEP
        self.block_again(task)
        return failure("EINTR")

    def block_again(self, task: Task) -> None:
        """Give a task that slept for signals its mask back."""
        mask, task.real_blocked = task.real_blocked, 0
        self.set_mask(task, mask)

    def taken(self, info: SigInfo) -> Fields:
        """Return the signal's number and its siginfo; no handler is run (KILL-334)."""
        return (("ret", info.signo), *self.siginfo_fields(info))

    def sys_sigsuspend(self, task: Task, mask: int) -> None:
        """sigsuspend(2): sleep with another mask; a handler returns to the old one (KILL-337, KILL-338)."""
        if task.phase is not Phase.BLOCKED:
            task.saved_mask = task.blocked
            self.set_mask(task, mask & ~UNBLOCKABLE_MASK)
