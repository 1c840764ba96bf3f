"""Parts of a selection, for several machines that share a run.

A case is in a shard by a hash of its id, not by its place in the selection. Places go round in step with the
variables of sweeps: if the last one has two values, every second cell has the same, and one of two shards
would get all the cells that sleep. A hash scatters the values of all variables alike; and a case stays in
its shard whatever else is selected or added to the suite, so that a shard can be compared with itself of
yesterday. The price: the sizes of shards differ by a few cases, about the square root of their number.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from typing import Final, NamedTuple

_SHARD: Final = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")


class Shard(NamedTuple):
    """The ``number``-th (from 1) of ``of`` parts."""

    number: int
    of: int

    def __str__(self) -> str:
        """Return it as it is written: ``2/8``."""
        return f"{self.number}/{self.of}"

    def holds(self, case_id: str) -> bool:
        """Tell whether a case is in this part; it is in exactly one."""
        scattered = int.from_bytes(hashlib.sha256(case_id.encode()).digest()[:8], "big")
        return scattered % self.of == self.number - 1


def shard(text: str) -> Shard:
    """Read ``I/N``; raises what argparse reports."""
    match = _SHARD.fullmatch(text)
    if match is None or int(match[1]) > int(match[2]):
        raise argparse.ArgumentTypeError(f"`{text}` is not I/N with I from 1 to N")
    return Shard(int(match[1]), int(match[2]))
