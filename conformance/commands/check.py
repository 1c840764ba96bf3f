"""``waitconf check``: whether case files are right, as far as can be told without a target."""

from __future__ import annotations

import argparse
import sys

from conformance.abi.machines import MACHINES, USUAL
from conformance.case.lint import lint
from conformance.case.model import Case, Rules
from conformance.commands import status
from conformance.commands.selection import Selection, select
from conformance.publish.words import result_lines
from conformance.trace import Environment
from conformance.verdict.judge import Oracle, judge, prepare

_ENVIRONMENT = Environment()


def check(args: argparse.Namespace) -> int:
    """Load everything, run the linter, and hold every expectation against the reference kernel.

    Bad files end it (status 4); findings and contradictions are all told (status 1).
    """
    selection = select(args.paths)
    cases, conflicts = _check_expectations(selection)
    findings = [str(finding) for finding in lint(selection.roots)]
    for finding in findings:
        sys.stdout.write(finding + "\n")
    sys.stdout.write(f"{cases} cases, {len(findings)} findings, {conflicts} conflicts\n")
    if not cases:
        return status.NOTHING
    return status.FAILED if findings or conflicts else status.OK


def _check_expectations(selection: Selection) -> tuple[int, int]:
    """Return how many cases there are, and how many are in conflict with the reference kernel."""
    rules = selection.rules()
    cases = conflicts = 0
    for case in selection.cases():
        cases += 1
        oracle = Oracle(machine=_machine_of(case, rules))
        prepared = prepare(case, _ENVIRONMENT, oracle)
        if prepared.conflicts:
            conflicts += 1
            command = selection.reproduce(case, "reference", None)
            lines = result_lines(judge(prepared, (), oracle, rules), "reference", rules, command)
            sys.stdout.write("\n".join(lines) + "\n\n")
    return cases, conflicts


def _machine_of(case: Case, rules: Rules) -> str:
    """Return the machine that a case is about: the first for which all its rules are, else the usual one."""
    named = [rules[name] for name in case.rules if name in rules]
    fitting = (machine for machine in MACHINES if all(rule.is_of(machine) for rule in named))
    return next(fitting, USUAL)
