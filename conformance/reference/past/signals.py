"""Sending signals as it was."""

from __future__ import annotations

from conformance.abi.signals import SENDERLESS
from conformance.reference.kernel import Kernel
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import SigInfo


class SendersNumberIsItsOwn(Kernel):
    """kill tells the number that its caller has for itself, whoever is told."""

    def info_of_kill(self, info: SigInfo) -> SigInfo:
        """Make it once, for all."""
        return info


class OneSiginfoForAll(Kernel):
    """Who cannot see the sender spoils the siginfo of one kill for all receivers after him."""

    def info_for_the_next(self, info: SigInfo, group: ThreadGroup) -> SigInfo:
        """Keep what was made of it."""
        has_sender = info.code not in SENDERLESS
        return info._replace(pid=0) if has_sender and self.comes_from_outside(group.tgid) else info


class SignalsOfTheDeadCount(Kernel):
    """A signal for a dead thread alone is generated: SIGCONT continues its process.

    It is pending where nobody takes it.
    """

    def can_queue(self, task: Task) -> bool:
        """Look at nothing."""
        return True
