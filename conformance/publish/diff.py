"""What became of the cases between two runs: for the better, for the worse, or just otherwise.

A cell that a folded file does not name conformed, if its sweep is folded there and has all the cells of the
other file. If it has fewer, which ones is not known: those that conform are counted only, a bad one is gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

from conformance.case.evidence import base_id
from conformance.publish.recorded import Recorded
from conformance.verdict.model import CONFORMS, UNSUPPORTED


class Change(NamedTuple):
    """A case that is not what it was; None stands for a file that does not have it."""

    name: str
    old: Recorded | None
    new: Recorded | None

    @property
    def cases(self) -> int:
        """How many cases it is about: 1, or the folded cells of a sweep."""
        return max(case.count for case in (self.old, self.new) if case)


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
    for change in _changes(before, after):
        if kind := kind_of(change):
            found[kind].append(change)
    every = [change for changes in found.values() for change in changes]
    return Difference(
        **{kind: tuple(changes) for kind, changes in found.items()},
        resized=tuple(_resized(before, after)),
        same=_same(before, after, every),
    )


class _Side:
    """The cases of one file: those that have names, and the sweeps of which some cells have none."""

    def __init__(self, cases: Iterable[Recorded]) -> None:
        self.named: dict[str, Recorded] = {}
        self.folded: dict[str, Recorded] = {}
        self.sizes: Counter[str] = Counter()
        """How many cells each sweep has, with names or without; a case that is none is alone in its sweep."""
        for case in cases:
            (self.folded if case.folded else self.named)[case.name] = case
            self.sizes[_sweep(case.name)] += case.count

    def get(self, name: str, other: _Side) -> Recorded | None:
        """Return a case. A cell without a name conformed, if its sweep is folded and has not fewer cells."""
        sweep = _sweep(name)
        if name in self.named:
            return self.named[name]
        if sweep in self.folded and self.sizes[sweep] >= other.sizes[sweep]:
            return replace(self.folded[sweep], id=name, folded=False, count=1)
        return None


def _sweep(name: str) -> str:
    """Return what the cells of a sweep are called together, ``sweep[…]``; the name itself of another case."""
    base = base_id(name)
    return name if base == name else f"{base}[…]"


def _changes(before: _Side, after: _Side) -> Iterator[Change]:
    """Yield all that can be compared, by name; a folded sweep that only one file has is one."""
    for name in sorted({*before.named, *after.named}):
        change = Change(name, before.get(name, after), after.get(name, before))
        if not _only_counted(change, before, after):
            yield change
    for name in sorted({*before.folded, *after.folded}):
        if not (before.sizes[name] and after.sizes[name]):
            yield Change(name, before.folded.get(name), after.folded.get(name))
        elif name in before.folded and name in after.folded:
            yield Change(name, before.folded[name], after.folded[name])


def _only_counted(change: Change, before: _Side, after: _Side) -> bool:
    """Whether a cell conforms, and the other file does not say whether it is among its nameless ones."""
    side, case = (before, change.new) if change.old is None else (after, change.old)
    missing = change.old is None or change.new is None
    return missing and case is not None and _is_plain(case) and _sweep(change.name) in side.folded


def _is_plain(case: Recorded) -> bool:
    return case.verdict == CONFORMS and not case.bad


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


def _resized(before: _Side, after: _Side) -> Iterator[Resized]:
    for name in sorted({*before.folded, *after.folded}):
        old, new = before.sizes[name], after.sizes[name]
        if old and new and old != new:
            yield Resized(base_id(name), old, new)


def _same(before: _Side, after: _Side, changes: Iterable[Change]) -> int:
    """Count the cases that are what they were: in each sweep, what neither side has beyond the changes."""
    old, new = Counter(before.sizes), Counter(after.sizes)
    for change in changes:
        old[_sweep(change.name)] -= change.old.count if change.old else 0
        new[_sweep(change.name)] -= change.new.count if change.new else 0
    return sum(max(0, min(old[sweep], new[sweep])) for sweep in old)
