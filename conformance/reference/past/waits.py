"""Waiting as it was."""

from __future__ import annotations

from conformance.abi.waiting import P_PGID
from conformance.reference.kernel import Kernel


class GroupZeroIsInvalid(Kernel):
    """waitid(P_PGID, 0) is EINVAL: nothing stands for the caller's own group."""

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Want a positive number."""
        return super().waitid_error(idtype, pid or -1 if idtype == P_PGID else pid, options)
