"""Sending signals as it was."""

from __future__ import annotations

from conformance.reference.kernel import Kernel
from conformance.reference.task import ThreadGroup
from conformance.reference.values import SigInfo


class OneSiginfoForAll(Kernel):
    """Who cannot see the sender spoils the siginfo of one kill for all receivers after him."""

    def info_for_the_next(self, info: SigInfo, group: ThreadGroup) -> SigInfo:
        """Keep what was made of it."""
        return info._replace(pid=0) if self.comes_from_outside(group.tgid) else info
