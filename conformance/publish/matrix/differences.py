"""Divergences, gathered: what many cells have in common is told once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from conformance.case.evidence import base_id
from conformance.publish.matrix.verdicts import standing_of
from conformance.publish.recorded import Recorded
from conformance.verdict.model import Divergence


class Difference(NamedTuple):
    """What became of a case, or in the same way of some cells of a sweep.

    ``labels`` are those of the cells; empty for a case by hand.
    """

    document: str
    standing: str
    divergences: tuple[Divergence, ...]
    text: str
    reason: str
    bug: str
    labels: tuple[str, ...]


def differences(cases: Iterable[Recorded]) -> tuple[Difference, ...]:
    """Gather the cases of which all but the cell is the same, in the order of the first of each."""
    found: dict[Difference, list[str]] = {}
    for case in cases:
        label = case.id.removeprefix(base_id(case.id))
        labels = found.setdefault(_difference(case), [])
        if label:
            labels.append(label[1:-1])
    return tuple(one._replace(labels=tuple(labels)) for one, labels in found.items())


def _difference(case: Recorded) -> Difference:
    why = case.expectation
    return Difference(
        base_id(case.id),
        standing_of(case),
        case.divergences,
        case.text,
        why.reason if why else "",
        why.bug if why else "",
        (),
    )


class Shared(NamedTuple):
    """A difference, and the places of the targets that have it."""

    difference: Difference
    targets: tuple[int, ...]


def shared(by_target: Sequence[Sequence[Difference]]) -> tuple[Shared, ...]:
    """Bring together what several targets have in the same way."""
    found: dict[Difference, list[int]] = {}
    for place, own in enumerate(by_target):
        for one in own:
            found.setdefault(one, []).append(place)
    return tuple(Shared(one, tuple(places)) for one, places in found.items())
