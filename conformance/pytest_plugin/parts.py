"""How the cases of a file are cut into parts that one worker runs as a batch.

The controller of pytest-xdist and its workers cut alike, from nothing but the ids of the items.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

PART: Final = 64
"""Cases at most in a part: a batch of the executor."""

Part = tuple[str, str, int]
"""File, target, number of the part."""


def parts(node_ids: Iterable[str]) -> dict[str, Part]:
    """Return the part of each item that is a case, by node id (``cases/a.yaml::case-id[target]``)."""
    seen: Counter[tuple[str, str]] = Counter()
    found = {}
    for node_id in node_ids:
        file, _, name = node_id.partition("::")
        if not file.endswith(".yaml"):
            continue
        target = name.rpartition("[")[2]
        found[node_id] = (file, target, seen[file, target] // PART)
        seen[file, target] += 1
    return found
