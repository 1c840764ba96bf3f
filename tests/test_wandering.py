"""The reference kernel agrees with the host on cases that nobody thought of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from conformance.case.model import Case
from conformance.publish.words import step_text
from conformance.targets import parse_target
from conformance.targets.base import Target
from conformance.verdict.drive import judge_cases
from conformance.verdict.judge import Oracle, oracle_for
from tests.wandering import walk
from tests.wandering_pidfds import pidfd_walk

FINE = frozenset({"conforms", "unsupported", "conflict"})
"""A walk foresees one order of events: a step that another order makes impossible is a conflict."""


@pytest.fixture(params=["host", "host:no-pidns"])
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """Give the host, with a PID namespace for each case and without."""
    opened = parse_target(request.param)
    yield opened
    opened.close()


def oracle_of(target: Target) -> Oracle:
    """Return the reference kernel of the target's own release."""
    return oracle_for(target.describe())


def disagreements(target: Target, cases: Iterable[Case]) -> list[str]:
    """Run walks and return, as text, those on which host and reference kernel differ; some must conform."""
    found, conforming = [], 0
    for result in judge_cases(cases, target, oracle_of(target), {}):
        conforming += result.verdict == "conforms"
        if result.verdict not in FINE:
            steps = "\n".join(step_text(step) for step in result.case.steps)
            found.append(f"{result.case.id}: {result.verdict} {result.divergences}\n{steps}")
    assert conforming > 0
    return found


def walks(target: Target, seeds: range, length: int, *, quiet: bool = False, race: int = 0) -> Iterator[Case]:
    """Make the walks of some numbers, as the target can run them."""
    kernel = oracle_of(target).model
    for seed in seeds:
        case = walk(seed, length, kernel=kernel, quiet=quiet, race=race)
        yield case if target.environment.pidns else replace(case, requires=("ptrace",))


def test_walks(target: Target) -> None:
    assert disagreements(target, walks(target, range(1_500), length=30)) == []


def test_walks_of_tracees_that_stop_at_system_calls(target: Target) -> None:
    assert disagreements(target, walks(target, range(50_000, 50_400), length=30, quiet=True)) == []


def test_walks_that_end_in_a_race(target: Target) -> None:
    assert disagreements(target, walks(target, range(70_000, 70_600), length=8, race=3)) == []


@pytest.mark.parametrize(("seeds", "length", "race"), [(range(500), 40, 0), (range(70_000, 70_400), 12, 3)])
def test_walks_with_pidfds(seeds: range, length: int, race: int) -> None:
    """These need a PID namespace: who waits for a pid that comes again makes it come."""
    target = parse_target("host")
    kernel = oracle_of(target).model
    try:
        cases = (pidfd_walk(seed, length, kernel=kernel, race=race) for seed in seeds)
        assert disagreements(target, cases) == []
    finally:
        target.close()
