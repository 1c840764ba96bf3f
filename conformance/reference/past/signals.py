"""Sending signals as it was."""

from __future__ import annotations

from conformance.reference.kernel import Kernel
from conformance.reference.task import ThreadGroup
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
        return info._replace(pid=0) if self.comes_from_outside(group.tgid) else info
