"""Whether files are the shards of one run, and which of these are missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from conformance.publish.jsonl import Results, ResultsError
from conformance.publish.selected import SHARD, Choice, choice_of

Content = Mapping[str, Any]


class CannotMerge(ResultsError):
    """The files are not parts of one run; ``str()`` says which two differ, and in what."""


class Shard(NamedTuple):
    """A part of a selection, as the file at ``path`` has it; ``asked`` is what its cases are selected by."""

    number: int
    of: int
    path: str
    asked: Choice


def runs_in(part: Results) -> list[Content]:
    """Return the runs that a file holds: those that it was merged from, or just its own."""
    merged = part.header.get("parts")
    if merged is None:
        return [{key: part.header[key] for key in ("argv", "started", "shard") if key in part.header}]
    if not isinstance(merged, list) or not all(isinstance(run, dict) for run in merged):
        raise CannotMerge(f"{part.path}: the `parts` of its header are no list of objects")
    return merged


def missing_shards(parts: Sequence[Results]) -> tuple[str, ...]:
    """Name the shards that are not there, of those that the headers tell of; one file alone is what it is.

    Raises :class:`CannotMerge` for files that cannot be the shards of one run.
    """
    if len(parts) == 1:
        return ()
    found = [(part.path, _shard(part, run)) for part in parts for run in runs_in(part)]
    shards = sorted(shard for _, shard in found if shard)
    if not shards:
        return ()
    for path, shard in found:
        if shard is None:
            raise CannotMerge(f"{_told(shards[0])}, but {path} is of a whole run")
    for one, other in pairwise(shards):
        _check_neighbours(one, other)
    return tuple(_gaps([shard.number for shard in shards], shards[0].of))


def _shard(part: Results, run: Content) -> Shard | None:
    said = run.get("shard")
    if not said:
        return None
    match = SHARD.fullmatch(str(said))
    if match is None or int(match[1]) > int(match[2]):
        raise CannotMerge(f"{part.path}: {said!r} is no shard")
    return Shard(int(match[1]), int(match[2]), part.path, choice_of(run.get("argv")))


def _check_neighbours(one: Shard, other: Shard) -> None:
    """Compare two shards of a sorted row: if all neighbours are of one run, all are."""
    both = f"{_told(one)} and {_told(other)}"
    if one.of != other.of:
        raise CannotMerge(f"{both}: these are not parts of one run")
    if one.number == other.number:
        raise CannotMerge(f"{both}: these are the same part")
    if one.asked != other.asked:
        asked = "; ".join(shard.asked.words or "all cases" for shard in (one, other))
        raise CannotMerge(f"{both}, but of other selections: {asked}")


def _told(shard: Shard) -> str:
    return f"{shard.path} is shard {shard.number}/{shard.of}"


def _gaps(numbers: Sequence[int], of: int) -> Iterator[str]:
    """Name what is missing in a sorted row of numbers from 1 to ``of``."""
    for before, after in pairwise((0, *numbers, of + 1)):
        first, last = before + 1, after - 1
        if first == last:
            yield f"shard {first}/{of} is missing"
        elif first < last:
            yield f"shards {first}/{of} to {last}/{of} are missing"
