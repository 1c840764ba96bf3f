"""``waitconf rules``: what is claimed, which cases are evidence for it, and which show its edge."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.case.evidence import NO_EVIDENCE, Evidence, gather
from conformance.case.model import Rule
from conformance.commands import status
from conformance.commands.selection import select


def show_rules(args: argparse.Namespace) -> int:
    """Print every rule with its cases, those without evidence last."""
    selection = select(args.paths)
    rules = selection.rules()
    found = gather(selection.cases())
    shown = [(rule, found.get(rule.id, NO_EVIDENCE)) for rule in rules.values()]
    shown.sort(key=lambda pair: (not pair[1].cases, pair[0].id))
    if args.json:
        json.dump([_record(*pair) for pair in shown], sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
    else:
        _print(shown)
    return status.OK if rules else status.NOTHING


def _record(rule: Rule, evidence: Evidence) -> dict[str, Any]:
    """Return a rule as JSON values: ``evidence`` and ``neighbours`` count the cases of each document by id.

    ``expected_by`` and ``sweeps`` say which of the evidence is hand-written and expects the rule, and which
    are cells of a sweep.
    """
    record: dict[str, Any] = {"id": rule.id, "level": rule.level, "source": rule.source}
    record |= {"statement": rule.statement, "evidence": dict(evidence.cases)}
    record |= {"expected_by": list(evidence.expecting), "sweeps": dict(evidence.sweeps)}
    record |= {"neighbours": dict(evidence.neighbours)}
    return record | ({"since": rule.since} if rule.since else {})


def _print(shown: list[tuple[Rule, Evidence]]) -> None:
    without = [rule for rule, evidence in shown if not evidence.cases]
    alone = [rule for rule, evidence in shown if not evidence.neighbours]
    for rule, evidence in shown:
        if without and rule is without[0]:
            sys.stdout.write("Rules without evidence:\n\n")
        since = f"; since Linux {rule.since}" if rule.since else ""
        sys.stdout.write(f"{rule.id} [{rule.level}] {rule.statement}\n    source: {rule.source}{since}\n")
        for line in _lines(evidence):
            sys.stdout.write(f"    {line}\n")
    counts = f"{len(shown)} rules, {len(without)} without evidence, {len(alone)} without neighbour"
    sys.stdout.write(f"\n{counts}\n")


def _lines(evidence: Evidence) -> Iterator[str]:
    yield from evidence.expecting
    yield from (f"{name} (no expect)" for name in evidence.unexpecting)
    yield from _with_cells(evidence.sweeps)
    yield from (f"neighbour: {line}" for line in _with_cells(evidence.neighbours))


def _with_cells(documents: Mapping[str, int]) -> Iterator[str]:
    for name, count in documents.items():
        yield f"{name} ({count} cells)" if count > 1 else name
