"""Targets by name, the reference kernel as one, and the host with real and fake agents."""

from __future__ import annotations

import itertools
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.case.model import Case
from conformance.executor.outcome import Outcome
from conformance.reference import run_case
from conformance.targets import TargetFailed, TargetOptions, UnknownTarget, parse_target
from conformance.targets.host import HostTarget
from tests.executor_world import HEAD, case

FAKE = [sys.executable, str(Path(__file__).with_name("fake_agent.py"))]
PLAIN = case("- P: {fork: C}\n- C: {exit: 3}\n- P: {wait4: C}")
CONTAINED = case("- P: pause", HEAD + "requires: [pidns]\n")
OTHERS = "import os; os.setresgid(30001, 30002, 30003); os.setresuid(30001, 30002, 30003)"
STUCK = TargetOptions(watchdog_ms=0)


def host(*orders: str, argument: str = "") -> HostTarget:
    """Return a host target with a fake agent."""
    return HostTarget(argument, TargetOptions(watchdog_ms=10), [*FAKE, *orders])


@pytest.mark.parametrize("text", ["moon", "", "moon:1", "Host"])
def test_an_unknown_target_is_told_with_the_known_ones(text: str) -> None:
    with pytest.raises(UnknownTarget, match="no such target; there are command, gvisor, host, qemu"):
        parse_target(text)


@pytest.mark.parametrize("text", ["host:moon", "reference:1.0"])
def test_an_unknown_argument_is_told(text: str) -> None:
    with pytest.raises(UnknownTarget, match=text):
        parse_target(text)


def test_the_reference_kernel_is_a_target() -> None:
    target = parse_target("reference")
    (outcome,) = target.run([PLAIN])
    assert (outcome.status, outcome.trace) == ("ok", run_case(PLAIN))
    assert target.describe()["sysname"] == "Linux"
    assert (target.name, target.kind) == ("reference", "reference")
    target.close()


def test_a_case_that_cannot_be_run_is_invalid_on_the_reference_kernel() -> None:
    pause = case("- P: pause").steps[0]
    broken = Case("x", "", (), (pause, pause), ("init", "P"))
    (outcome,) = parse_target("reference").run([broken])
    assert outcome.status == "invalid"
    assert "step 2: P is blocked" in outcome.text


def test_the_host_says_what_it_is() -> None:
    target = host()
    try:
        assert target.describe() == {
            "name": "host",
            "kind": "host",
            "sysname": "Fake",
            "release": "9.9",
            "version": "#1",
            "machine": "none",
        }
        assert target.environment == (True, 1000, False)
    finally:
        target.close()


def test_a_host_that_does_not_start_fails() -> None:
    with pytest.raises(TargetFailed, match=r"host: .*exited with 3"):
        host("leave")


def test_without_a_pid_namespace_cases_that_need_one_are_unsupported_in_their_place() -> None:
    target = host(argument="no-pidns")
    try:
        outcomes = list(target.run([CONTAINED, PLAIN, CONTAINED]))
    finally:
        target.close()
    assert [outcome.status for outcome in outcomes] == ["unsupported", "ok", "unsupported"]
    assert outcomes[0].text == "needs a PID namespace of its own (root, or user namespaces) (told so)"


def test_each_outcome_is_that_of_its_case_over_crashes_and_nonsense() -> None:
    target = host("die=5", "garble=9")
    try:
        outcomes = list(target.run(itertools.repeat(PLAIN, 12)))
    finally:
        target.close()
    assert {
        index + 1: outcome.status for index, outcome in enumerate(outcomes) if outcome.status != "ok"
    } == {
        5: "crashed",
        9: "broken",
    }


def test_an_abandoned_run_does_not_leak_into_the_next() -> None:
    target = host("hang=70")
    try:
        abandoned = target.run(itertools.repeat(PLAIN))
        assert next(abandoned).status == "ok"
        abandoned.close()  # type: ignore[attr-defined]  # an iterator that is a generator
        assert [outcome.status for outcome in target.run([PLAIN] * 3)] == ["ok"] * 3
    finally:
        target.close()


def test_other_user_ids_are_there_where_they_can_be_taken() -> None:
    """The agent finds out by trying, and this test tries too."""
    tried = subprocess.run([sys.executable, "-c", OTHERS], check=False, capture_output=True)
    for target in real("no-pidns"):
        (outcome,) = target.run([case("- P: {setresuid: {euid: 30001}}", HEAD + "requires: [uids]\n")])
        assert outcome.status == ("unsupported" if tried.returncode else "ok"), outcome.text


@pytest.mark.parametrize("argument", ["", "no-pidns"])
def test_cases_are_taken_as_they_are_needed(argument: str) -> None:
    """100,000 cells must not be in memory at once, whether or not they are supported."""
    taken = 0

    def cells() -> Iterator[Case]:
        nonlocal taken
        while True:
            taken += 1
            yield CONTAINED

    target = host(argument=argument)
    try:
        for done, _ in enumerate(itertools.islice(target.run(cells()), 2000), start=1):
            assert taken - done < 300
    finally:
        target.close()


def test_memory_is_flat() -> None:
    target = host()
    try:
        sizes = []
        tracemalloc.start()
        for _ in range(3):
            for _outcome in target.run(itertools.repeat(PLAIN, 1500)):
                pass
            sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
        target.close()
    assert sizes[2] - sizes[1] < 100_000


def real(argument: str = "", options: TargetOptions = TargetOptions()) -> Iterator[HostTarget]:
    """Start the bundled agent, and end it."""
    target = HostTarget(argument, options)
    yield target
    target.close()


@pytest.fixture
def machine() -> Iterator[HostTarget]:
    """The kernel that runs the tests."""
    yield from real()


def on(target: HostTarget, *cases: Case) -> list[Outcome]:
    """Run cases."""
    return list(target.run(cases))


def test_the_host_kernel_gives_the_trace_of_the_reference_kernel(machine: HostTarget) -> None:
    (outcome,) = on(machine, PLAIN)
    assert outcome.status == "ok"
    assert outcome.trace == run_case(PLAIN, machine.environment)
    assert outcome.duration_ns > 0


def test_the_host_kernel_is_steady_over_many_cases(machine: HostTarget) -> None:
    expected = run_case(PLAIN, machine.environment)
    assert all(outcome.trace == expected for outcome in machine.run(itertools.repeat(PLAIN, 300)))


def test_the_host_can_do_without_a_pid_namespace() -> None:
    for target in real("no-pidns"):
        plain, contained = on(target, PLAIN, CONTAINED)
        assert not target.environment.pidns
        assert plain.trace == run_case(PLAIN, target.environment)
        assert contained.status == "unsupported"


def test_a_watchdog_of_nothing_makes_a_case_hang(machine: HostTarget) -> None:
    """The agent's watchdog answers; no agent has to be killed for it."""
    for target in real("", STUCK):
        statuses = {outcome.status for outcome in target.run([PLAIN] * 20)}
        assert statuses <= {"ok", "hung"}
    assert on(machine, PLAIN)[0].status == "ok"


def test_cases_are_pinned_to_the_core_that_is_asked_for() -> None:
    for target in real("", TargetOptions(cpu=0)):
        assert target.session.hello.cpu == 0
