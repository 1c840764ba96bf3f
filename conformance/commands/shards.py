"""Parts of a selection, for several machines that share a run.

Cases are dealt out in rounds: of N cases that follow each other in the selection, each shard gets one. So the
sizes of shards differ by one at most, and their shares of one sweep by two. Who gets the first case of a
round is as good as drawn by lot, from the number of the round: were it always the same, shards would go in
step with the variables of sweeps, and if the last one has two values, one of two shards would get all the
cells that sleep. A hash of the case's id would avoid that too, and keep a case in its shard whatever else is
selected, but of 15 cases it gave 2 to one shard and 13 to the other.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import re
from collections.abc import Callable
from typing import Final, NamedTuple

_SHARD: Final = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")


class Shard(NamedTuple):
    """The ``number``-th (from 1) of ``of`` parts."""

    number: int
    of: int

    def __str__(self) -> str:
        """Return it as it is written: ``2/8``."""
        return f"{self.number}/{self.of}"

    def dealer(self) -> Callable[[str], bool]:
        """Return what tells of the ids of a selection, one after the other, whether they are in this part."""
        places = itertools.count()
        return lambda _: self.holds(next(places))

    def holds(self, place: int) -> bool:
        """Tell whether the case at a place of the selection, from 0, is in this part; it is in one only."""
        number, seat = divmod(place, self.of)
        lot = int.from_bytes(hashlib.sha256(str(number).encode()).digest()[:8], "big")
        return (seat + lot) % self.of == self.number - 1


def shard(text: str) -> Shard:
    """Read ``I/N``; raises what argparse reports."""
    match = _SHARD.fullmatch(text)
    if match is None or int(match[1]) > int(match[2]):
        raise argparse.ArgumentTypeError(f"`{text}` is not I/N with I from 1 to N")
    return Shard(int(match[1]), int(match[2]))
