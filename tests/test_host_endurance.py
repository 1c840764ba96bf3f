"""The suite on the host: it agrees with the oracle, over and over, and leaves nothing behind."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest

from conformance.case.model import Case
from conformance.case.rulesfile import load_rules
from conformance.case.suite import bundled, load_suite
from conformance.reference import possible_traces
from conformance.targets import parse_target
from conformance.targets.base import Target
from conformance.verdict.drive import judge_cases
from conformance.verdict.judge import oracle_for
from tests.machine import descendants, open_files, resident_kib

RUNS = 10_000
EVERY = 7
"""One case in so many: a prime, so that the sample steps through all variables of a sweep."""


@pytest.fixture(scope="module")
def hand_written() -> list[Case]:
    """Return the cases that are no sweep's cells."""
    return [case for case in load_suite([bundled()]) if "[" not in case.id]


def run(cases: Iterable[Case], target: Target) -> set[str]:
    """Run cases and return the ids of those that neither conform nor are unsupported."""
    results = judge_cases(cases, target, oracle_for(target.describe()), load_rules(bundled()))
    return {result.case.id for result in results if result.verdict not in ("conforms", "unsupported")}


class Usage(NamedTuple):
    """What this process and its agent hold."""

    own_files: int
    agent_files: int
    processes: int
    temporary: int


def usage(agent: int) -> Usage:
    """Count what could leak, between two cases."""
    temporary = len(list(Path(tempfile.gettempdir()).glob("waitconf*")))
    return Usage(open_files(os.getpid()), open_files(agent), len(descendants(os.getpid())), temporary)


def test_ten_thousand_runs_leave_nothing_behind(
    hand_written: list[Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No process, descriptor, file or memory grows; and every verdict is the same each time."""
    # A place of its own: beside it other tests start guests, who have folders of that name meanwhile.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    before = descendants(os.getpid())
    target = parse_target("host")
    try:
        assert run(hand_written * 2, target) == set()
        (agent,) = (pid for pid in descendants(os.getpid()) - before if is_agent(pid, before))
        settled, own, theirs = usage(agent), resident_kib(os.getpid()), resident_kib(agent)
        rounds = RUNS // len(hand_written) + 1
        for _ in range(rounds):
            assert run(hand_written, target) == set()
        assert usage(agent) == settled
        assert resident_kib(agent) <= theirs + 64
        assert resident_kib(os.getpid()) <= own * 1.1
    finally:
        target.close()
    assert descendants(os.getpid()) == before


def is_agent(pid: int, before: set[int]) -> bool:
    """Say whether a new descendant is the director itself, which is our child."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return pid not in before and int(fields[1]) == os.getpid()


def test_a_sample_of_the_suite_agrees_on_the_host() -> None:
    """Of each sweep some cells; ``make run`` takes them all."""
    target = parse_target("host")
    try:
        assert run(islice(load_suite([bundled()]), 0, None, EVERY), target) == set()
    finally:
        target.close()


def test_no_hand_written_case_depends_on_the_order_of_events(hand_written: list[Case]) -> None:
    """Where Linux leaves an order open a settled case proves little: write it so that none is open."""
    settled = [case for case in hand_written if not case.races]
    assert [case.id for case in settled if len(possible_traces(case)) != 1] == []
