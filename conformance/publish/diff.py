"""What became of the cases between two runs: for the better, for the worse, or just otherwise.

A cell that a folded file does not name conformed, if its sweep is folded there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import NamedTuple

from conformance.case.evidence import base_id
from conformance.publish.recorded import Recorded
from conformance.verdict.model import CONFORMS, UNSUPPORTED


class Change(NamedTuple):
    """A case that is not what it was; None stands for a file that does not have it."""

    name: str
    old: Recorded | None
    new: Recorded | None


class Resized(NamedTuple):
    """A sweep with folded cells that has another number of cells now; which ones is not known."""

    sweep: str
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs, each kind in the order of the names.

    Attributes:
        regressions: were right (they conformed, or were as expected), and are bad.
        new_failures: are bad, and were not there or unsupported. They count as regressions.
        fixed: were bad, or failed as expected, and conform.
        changed: differ otherwise: other divergences, another verdict that is no better or worse.
        vanished: are not there any more.
        appeared: were not there, and are not bad.
        resized: sweeps with folded cells that have more or fewer cells than before.
        same: how many cases are what they were.
    """

    regressions: tuple[Change, ...]
    new_failures: tuple[Change, ...]
    fixed: tuple[Change, ...]
    changed: tuple[Change, ...]
    vanished: tuple[Change, ...]
    appeared: tuple[Change, ...]
    resized: tuple[Resized, ...]
    same: int

    @property
    def worse(self) -> bool:
        """Whether there is a regression."""
        return bool(self.regressions or self.new_failures)


KINDS = tuple(field.name for field in fields(Difference) if field.name not in ("resized", "same"))


def difference(old: Iterable[Recorded], new: Iterable[Recorded]) -> Difference:
    """Compare the cases of two files."""
    before, after = _Side(old), _Side(new)
    found: dict[str, list[Change]] = {kind: [] for kind in KINDS}
    same = 0
    for name in sorted({*before.named, *after.named}):
        change = Change(name, before.get(name), after.get(name))
        kind = kind_of(change)
        if kind:
            found[kind].append(change)
        else:
            same += 1
    resized, unnamed = _compare_folded(before, after, found)
    return Difference(
        **{kind: tuple(changes) for kind, changes in found.items()}, resized=resized, same=same + unnamed
    )


class _Side:
    """The cases of one file: those that have names, and the sweeps of which some cells have none."""

    def __init__(self, cases: Iterable[Recorded]) -> None:
        self.named: dict[str, Recorded] = {}
        self.folded: dict[str, Recorded] = {}
        for case in cases:
            (self.folded if case.folded else self.named)[case.id] = case
        self.cells = Counter(base_id(name) for name in self.named if base_id(name) != name)
        """How many cells of each sweep have names."""

    def get(self, name: str) -> Recorded | None:
        """Return a case; a cell without a name conformed, if its sweep is folded."""
        found = self.named.get(name)
        if found is None and base_id(name) != name:
            return self.folded.get(base_id(name))
        return found

    def size(self, sweep: str) -> int:
        """Return how many cells of a sweep there are."""
        return self.cells[sweep] + (self.folded[sweep].count if sweep in self.folded else 0)


def kind_of(change: Change) -> str:
    """Return which kind of a difference a change is; empty if nothing changed that matters."""
    old, new = change.old, change.new
    if new is None:
        return "vanished"
    if old is None:
        return "new_failures" if new.bad else "appeared"
    if new.bad and not old.bad:
        return "new_failures" if old.verdict == UNSUPPORTED else "regressions"
    if not new.bad and new.verdict == CONFORMS and (old.bad or old.excused):
        return "fixed"
    return "changed" if _essence(old) != _essence(new) else ""


def _essence(case: Recorded) -> tuple[object, ...]:
    """Return what makes two outcomes the same; words and times may differ."""
    return case.verdict, case.divergences, case.bad


def _compare_folded(
    before: _Side, after: _Side, found: Mapping[str, list[Change]]
) -> tuple[tuple[Resized, ...], int]:
    """Compare the numbers of cells where some have no names.

    Returns how many more are what they were: those that have a name in either file were compared before.
    """
    told = Counter(base_id(name) for name in {*before.named, *after.named})
    resized, same = [], 0
    for sweep in sorted({*before.folded, *after.folded}):
        old, new = before.size(sweep), after.size(sweep)
        if not old:
            found["appeared"].append(Change(after.folded[sweep].name, None, after.folded[sweep]))
        elif not new:
            found["vanished"].append(Change(before.folded[sweep].name, before.folded[sweep], None))
        else:
            same += max(0, min(old, new) - told[sweep])
            if old != new:
                resized.append(Resized(sweep, old, new))
    return tuple(resized), same
