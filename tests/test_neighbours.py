"""Neighbours keep their promise: each kernel that overdoes a rule is told from Linux by a neighbour of it."""

from __future__ import annotations

from collections import defaultdict

import pytest

from conformance.case.model import Case
from conformance.case.suite import bundled, load_suite
from conformance.reference import CaseNotRunnable, required, run_case
from conformance.trace import Environment
from tests.overreach import OVERREACHING
from tests.overreach.overreach import Overreach

ORDINARY = Environment(uid=1000)
"""As root, si_uid 0 could as well be one that nobody wrote."""


@pytest.fixture(scope="module")
def neighbours() -> dict[str, list[Case]]:
    """Return the hand-written cases that are marked as neighbours, by rule."""
    found: dict[str, list[Case]] = defaultdict(list)
    for case in load_suite([bundled()]):
        if "[" not in case.id:
            for rule in case.neighbour_of:
                found[rule].append(case)
    return found


PAIRS = [(kernel, rule) for kernel in OVERREACHING for rule in kernel.RULES]


@pytest.mark.parametrize(("kernel", "rule"), PAIRS, ids=lambda value: getattr(value, "__name__", value))
def test_a_neighbour_notices(neighbours: dict[str, list[Case]], kernel: type[Overreach], rule: str) -> None:
    assert any(differs(case, kernel) for case in neighbours[rule]), kernel.__doc__


def differs(case: Case, kernel: type[Overreach]) -> bool:
    """Say whether a case tells a kernel from Linux; one that gets stuck differs too."""
    environment = required(case, ORDINARY)
    try:
        return run_case(case, environment, kernel=kernel) != run_case(case, environment)
    except CaseNotRunnable:
        return True
