"""Divergences, gathered: what many cells have in common is told once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from conformance.case.evidence import base_id
from conformance.publish.matrix.verdicts import Record, standing_of

Divergence = tuple[int, str, str, str, str, str]
"""Step (from 1), actor, field, expected, observed, rule."""


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


def differences(records: Iterable[Record]) -> tuple[Difference, ...]:
    """Gather the records of which all but the cell is the same, in the order of the first of each."""
    found: dict[Difference, list[str]] = {}
    for record in records:
        label = record["id"].removeprefix(base_id(record["id"]))
        labels = found.setdefault(_difference(record), [])
        if label:
            labels.append(label[1:-1])
    return tuple(one._replace(labels=tuple(labels)) for one, labels in found.items())


def _difference(record: Record) -> Difference:
    expectation = record.get("expectation") or {}
    return Difference(
        base_id(record["id"]),
        standing_of(record),
        tuple(map(_divergence, record.get("divergences", ()))),
        str(record.get("text", "")),
        str(expectation.get("reason", "")),
        str(expectation.get("bug", "")),
        (),
    )


def _divergence(one: Mapping[str, Any]) -> Divergence:
    actor, field, expected, observed, rule = (
        str(one.get(name, "")) for name in ("actor", "field", "expected", "observed", "rule")
    )
    return int(one.get("step", 0)), actor, field, expected, observed, rule


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
