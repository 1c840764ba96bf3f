"""Several parts of one run made one, and the cells of sweeps folded into counts.

What comes out depends on what the parts hold, not on the order in which they are given: cases are sorted by
area and id. To fold what is folded, or to merge a single whole file again, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any, Final

from conformance.case.evidence import base_id
from conformance.publish.jsonl import Fault, Results, count_cases, record_line
from conformance.publish.records import FOLDED, SCHEMA, Record, footer_record
from conformance.publish.shardset import CannotMerge, Content, missing_shards, runs_in
from conformance.verdict.model import CONFORMS

_CUT: Final = frozenset({"missing-footer", "cut-line", "cut-gzip"})
"""The faults of a run that was cut off; any other means that the file cannot be trusted."""
_PLAIN: Final = frozenset({"id", "area", "verdict", "rules", "level", "duration_us"})
"""What a cell may say and be folded: all but the time it took is kept."""


@dataclass(frozen=True, slots=True)
class Merged:
    """One file of several: its lines, and why it is not a whole run (then the last line is no footer)."""

    lines: tuple[bytes, ...]
    lacks: tuple[str, ...]

    @property
    def data(self) -> bytes:
        """The file."""
        return b"".join(self.lines)


def merge(parts: Sequence[Results], *, fold: bool) -> Merged:
    """Merge the parts of a run, at least one; with ``fold`` conforming cells of sweeps become counts.

    Raises:
        CannotMerge: they differ in suite, target or oracle; a case is in two of them; one is damaged;
            they are shards, but not those of one selection.
    """
    for part in parts:
        _check_sound(part)
        _check_same(parts[0], part)
    cases, folded = _all_cases(parts), _all_folded(parts)
    if fold:
        cases, folded = fold_cells(cases, folded)
    lacks = (*_cut_off(parts), *missing_shards(parts))
    header = _header(parts, FOLDED if folded else SCHEMA)
    records = [{"header": header}, *_sorted(cases, folded)]
    if not lacks:
        records.append(footer_record(count_cases(cases, folded)))
    return Merged(tuple(map(record_line, records)), lacks)


def _check_sound(part: Results) -> None:
    fault: Fault | None = next((fault for fault in part.faults if fault.kind not in _CUT), None)
    if fault is not None:
        raise CannotMerge(fault.message)


def _check_same(first: Results, other: Results) -> None:
    """Compare what the parts of one run have in common."""
    for subject in ("suite", "target", "oracle"):
        ours, theirs = _facts(first, subject), _facts(other, subject)
        for key in sorted({*ours, *theirs}):
            if ours.get(key) != theirs.get(key):
                raise CannotMerge(
                    f"{first.path} and {other.path} are not parts of one run: {subject} {key} is "
                    f"{ours.get(key)!r} in the first and {theirs.get(key)!r} in the other"
                )


def _facts(part: Results, subject: str) -> Content:
    found = part.header.get(subject)
    if not isinstance(found, dict):
        raise CannotMerge(f"{part.path}: its header does not say what the {subject} was")
    return found


def _all_cases(parts: Sequence[Results]) -> list[Content]:
    found: dict[str, Content] = {}
    places: dict[str, str] = {}
    for part in parts:
        for case in part.cases:
            name = case["id"]
            if name in found:
                raise CannotMerge(f"the case {name} is in {places[name]} and in {part.path}")
            found[name], places[name] = case, part.path
    return list(found.values())


def _all_folded(parts: Sequence[Results]) -> list[Content]:
    """Return the folded cells. Which they are is not known any more: no other file may have any of them."""
    for part, other in permutations(parts, 2):
        sweeps = {cells["id"] for cells in part.folded}
        theirs = (cells["id"] for cells in (*other.folded, *other.cases)) if sweeps else ()
        both = min(sweeps & set(map(base_id, theirs)), default="")
        if both:
            raise CannotMerge(
                f"cells of {both} are folded in {part.path} and also in {other.path}: "
                "whether one is in both cannot be told; merge first, then fold"
            )
    return [cells for part in parts for cells in part.folded]


def fold_cells(cases: Sequence[Content], folded: Sequence[Content]) -> tuple[list[Content], list[Content]]:
    """Return the cases that stay, and ``cells`` records for the others and for those folded before.

    A conforming cell of a sweep is folded if it says no more than others do. Cells of one sweep that
    differ in rules, area or level, which no suite has, stay as they are.
    """
    counts = {cells["id"]: cells for cells in folded}
    groups: dict[str, list[Content]] = {}
    for case in cases:
        if base_id(case["id"]) != case["id"] and case["verdict"] == CONFORMS and set(case) <= _PLAIN:
            groups.setdefault(base_id(case["id"]), []).append(case)
    gone: set[str] = set()
    for sweep, cells in groups.items():
        alike = [_cells_record(sweep, cell) for cell in cells]
        before = dict(counts.get(sweep, alike[0]))
        if all(one == before | {"count": 0} for one in alike):
            counts[sweep] = before | {"count": before["count"] + len(cells)}
            gone |= {cell["id"] for cell in cells}
    return [case for case in cases if case["id"] not in gone], list(counts.values())


def _cells_record(sweep: str, cell: Content) -> dict[str, Any]:
    """Return a record of no cells yet, with what they will have in common."""
    common = {key: cell[key] for key in ("area", "verdict", "rules", "level") if key in cell}
    return {"id": sweep, **common, "count": 0}


def _sorted(cases: Sequence[Content], folded: Sequence[Content]) -> Iterator[Record]:
    named: list[tuple[str, str, Record]] = [
        *((str(case.get("area", "")), case["id"], {"case": case}) for case in cases),
        *((str(cells.get("area", "")), cells["id"], {"cells": cells}) for cells in folded),
    ]
    for _, _, record in sorted(named, key=lambda one: (one[:2], "case" in one[2])):
        yield record


def _cut_off(parts: Sequence[Results]) -> Iterator[str]:
    for part in parts:
        if part.faults:  # others than these were refused
            yield f"{part.path} was cut off"


def _header(parts: Sequence[Results], schema: int) -> Content:
    """Return the header: of one part its own, of several the first's, with what was run in each of them."""
    if len(parts) == 1:
        return {**parts[0].header, "schema": schema}
    runs = sorted((run for part in parts for run in runs_in(part)), key=_order)
    common = {key: value for key, value in parts[0].header.items() if key not in ("shard", "parts")}
    common |= {key: runs[0][key] for key in ("argv", "started") if key in runs[0]}
    return {**common, "schema": schema, "parts": runs}


def _order(run: Content) -> tuple[int, str, str, str]:
    shard = str(run.get("shard", ""))
    number = shard.partition("/")[0]
    place = int(number) if number.isascii() and number.isdecimal() else 0
    return place, shard, str(run.get("started", "")), str(run.get("argv", ""))
