"""The matrix as JSON; ``docs/matrix.md`` says what is in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

from conformance.publish.matrix.model import Counts, Matrix, gravest_first
from conformance.publish.matrix.targets import Target

SCHEMA: Final = 1


def json_text(matrix: Matrix) -> str:
    """Return ``matrix.json``; a line for each target, area and rule, so that two of them can be compared."""
    places = range(len(matrix.targets))
    keys = [target.key for target in matrix.targets]
    areas = {
        area: {keys[place]: _counts(matrix.area_counts(area, place)) for place in places}
        for area in matrix.areas
    }
    parts = (
        f'"schema": {SCHEMA}',
        f'"suite": {_line({"digest": matrix.suite.digest})}',
        f'"targets": [\n{_lines(map(_target, matrix.targets))}\n]',
        f'"areas": {{\n{_pairs(areas)}\n}}',
        f'"rules": {{\n{_pairs({rule: _rule(matrix, rule) for rule in matrix.rules})}\n}}',
    )
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _lines(values: Iterable[Any]) -> str:
    return ",\n".join(map(_line, values))


def _pairs(values: Mapping[str, Any]) -> str:
    return ",\n".join(f"{_line(name)}: {_line(value)}" for name, value in values.items())


def _target(target: Target) -> dict[str, Any]:
    facts = {key: value for key, value in asdict(target).items() if key != "selected"}
    own = target.selected
    return {**facts, "faults": list(target.faults), "selection": own.words, "shards": list(own.shards)}


def _counts(counts: Counts) -> dict[str, int]:
    return dict(gravest_first(counts))


def _rule(matrix: Matrix, name: str) -> dict[str, Any]:
    rule, measured = matrix.rules[name], matrix.measured_of(name)
    return {
        "level": rule.level,
        "statement": rule.statement,
        "source": rule.source,
        "documented_since": rule.since,
        "machines": list(rule.machines),
        "measured": {
            "holds": list(map(str, measured.holds)),
            "lacks": list(map(str, measured.lacks)),
            "untold": list(map(str, measured.untold)),
            "since": str(measured.since) if measured.since else None,
            "until": str(measured.until) if measured.until else None,
        },
        "areas": list(matrix.areas_of.get(name, ())),
        "targets": {
            target.key: {
                "verdict": matrix.rule_standing(name, place),
                "counts": _counts(matrix.rule_counts(name, place)),
            }
            for place, target in enumerate(matrix.targets)
        },
    }
