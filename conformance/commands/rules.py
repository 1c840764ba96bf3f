"""``waitconf rules``: what is claimed, and which cases are evidence for it."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from conformance.case.model import Case, Rule
from conformance.commands import status
from conformance.commands.selection import base_id, select

Evidence = Mapping[str, Counter[str]]
"""By rule, how many cases of each document are about it."""


def show_rules(args: argparse.Namespace) -> int:
    """Print every rule with its evidence, those without any last."""
    selection = select(args.paths)
    rules = selection.rules()
    evidence = evidence_for(selection.cases())
    ordered = sorted(rules.values(), key=lambda rule: (rule.id not in evidence, rule.id))
    if args.json:
        json.dump([_record(rule, evidence) for rule in ordered], sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
    else:
        _print(ordered, evidence)
    return status.OK if rules else status.NOTHING


def evidence_for(cases: Iterable[Case]) -> Evidence:
    """Count by rule the cases that name it, in whole or for one of their steps."""
    found: dict[str, Counter[str]] = {}
    for case in cases:
        steps = (step.rule for step in case.steps if step.rule)
        for name in dict.fromkeys((*case.rules, *steps)):
            found.setdefault(name, Counter())[base_id(case.id)] += 1
    return found


def _record(rule: Rule, evidence: Evidence) -> dict[str, Any]:
    """Return a rule as JSON values: ``evidence`` counts the cases of each document by its id."""
    record: dict[str, Any] = {"id": rule.id, "level": rule.level, "source": rule.source}
    record |= {"statement": rule.statement, "evidence": dict(evidence.get(rule.id, {}))}
    return record | ({"since": rule.since} if rule.since else {})


def _print(ordered: list[Rule], evidence: Evidence) -> None:
    without = [rule for rule in ordered if rule.id not in evidence]
    for rule in ordered:
        if without and rule is without[0]:
            sys.stdout.write("Rules without evidence:\n\n")
        since = f"; since Linux {rule.since}" if rule.since else ""
        sys.stdout.write(f"{rule.id} [{rule.level}] {rule.statement}\n    source: {rule.source}{since}\n")
        for name, count in evidence.get(rule.id, {}).items():
            sys.stdout.write(f"    {name}" + (f" ({count} cells)\n" if count > 1 else "\n"))
    sys.stdout.write(f"\n{len(ordered)} rules, {len(without)} without evidence\n")
