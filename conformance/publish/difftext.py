"""A difference between two runs, in words and as a JSON object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from conformance.publish.diff import KINDS, Change, Difference
from conformance.publish.recorded import Recorded
from conformance.publish.reports.json import case_object, run_object
from conformance.publish.reports.model import Run
from conformance.publish.reports.prose import cells_text, divergence_line
from conformance.publish.terminal import Paint

_TITLES: Final = {
    "regressions": ("✗", "31", "regression", "regressions"),
    "new_failures": ("✗", "31", "new failure", "new failures"),
    "fixed": ("✓", "32", "fixed", "fixed"),
    "changed": ("~", "33", "changed", "changed"),
    "vanished": ("-", "36", "vanished", "vanished"),
    "appeared": ("+", "36", "appeared", "appeared"),
}
_EXPLAINED: Final = frozenset({"regressions", "new_failures", "changed"})

assert set(_TITLES) == set(KINDS)


def difference_lines(old: Run, new: Run, found: Difference, paint: Paint | None = None) -> Iterator[str]:
    """Tell what differs: the two runs, each kind of difference with its cases, and the counts."""
    paint = paint or Paint(False)
    yield from _run_lines("old", old)
    yield from _run_lines("new", new)
    yield from _suite_lines(old, new)
    yield ""
    for kind in KINDS:
        changes: tuple[Change, ...] = getattr(found, kind)
        if changes:
            sign, colour, *_ = _TITLES[kind]
            yield paint.bold(_counted(kind, _cases(changes)))
            for change in changes:
                yield f"  {paint.coloured(sign, colour)} {change.name}  {_from_to(change)}"
                yield from _why(kind, change)
            yield ""
    for sweep in found.resized:
        sizes = f"had {cells_text(sweep.old)} and has {sweep.new}"
        yield f"{sweep.sweep} {sizes}; which ones, folded files do not say"
    counts = [_counted(kind, _cases(getattr(found, kind))) for kind in KINDS]
    yield ", ".join([*counts, f"{found.same} the same"])


def _run_lines(side: str, run: Run) -> Iterator[str]:
    yield f"{side}: {run.title}"
    for warning in run.warnings:
        yield f"     {warning}"


def _suite_lines(old: Run, new: Run) -> Iterator[str]:
    """Say in what the suites differ: then a case may not be the same case any more."""
    for key in sorted({*old.suite, *new.suite}):
        was, is_ = (run.suite.get(key, "not told") for run in (old, new))
        if was != is_:
            yield f"the suites differ: their {key} was {was} and is {is_}"


def _cases(changes: Iterable[Change]) -> int:
    return sum(change.cases for change in changes)


def _counted(kind: str, number: int) -> str:
    *_, one, several = _TITLES[kind]
    return f"{number} {one if number == 1 else several}"


def _from_to(change: Change) -> str:
    return f"{_outcome(change.old)} → {_outcome(change.new)}"


def _outcome(case: Recorded | None) -> str:
    if case is None:
        return "not there"
    if case.excused:
        return f"{case.verdict} as expected"
    if case.surprise and case.expectation:
        return f"{case.verdict} (expected: {case.expectation.verdict})"
    cells = f" ({cells_text(case.count)})" if case.folded else ""
    return case.verdict + cells


def _why(kind: str, change: Change) -> Iterator[str]:
    """Say what a case does that it should not; of one that changed also what it did before."""
    if kind not in _EXPLAINED or change.new is None:
        return
    old, new = change.old if kind == "changed" else None, change.new
    for line in filter(None, (new.surprise, *new.text.split("\n"))):
        yield f"      {line}"
    for divergence in new.divergences:
        if old is None or divergence not in old.divergences:
            yield f"      {divergence_line(divergence, new.verdict)}"
    for divergence in old.divergences if old else ():
        if old and divergence not in new.divergences:
            yield f"      no more: {divergence_line(divergence, old.verdict)}"


def difference_object(old: Run, new: Run, found: Difference) -> dict[str, Any]:
    """Return what differs as JSON values; ``docs/reports.md`` says what they mean."""
    counts = {kind: _cases(getattr(found, kind)) for kind in KINDS}
    return {
        "report": "waitconf diff",
        "version": 1,
        "old": run_object(old),
        "new": run_object(new),
        "counts": {**counts, "same": found.same},
        **{kind: [_change_object(change) for change in getattr(found, kind)] for kind in KINDS},
        "resized": [sweep._asdict() for sweep in found.resized],
    }


def _change_object(change: Change) -> dict[str, Any]:
    return {
        "id": change.name,
        "old": case_object(change.old) if change.old else None,
        "new": case_object(change.new) if change.new else None,
    }
