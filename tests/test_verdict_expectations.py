"""The author's words against the reference kernel's trace."""

from __future__ import annotations

import pytest

from conformance.case.model import Expected
from conformance.reference import run_case
from conformance.trace import Event, State, StepTrace, Trace
from conformance.verdict.expectations import contradictions
from conformance.verdict.model import ABSENT
from tests.fakes import case

HANDLES = """\
id: handles
title: P handles SIGCHLD, then SIGUSR1, then blocks
rules: [WAIT-001]
steps:
  - P: {sigaction: {sig: SIGCHLD, handler: log}}
  - P: {fork: C}
  - C: {exit: 3}
    expect: %s
  - P: {fork: D}
  - P: {wait4: D}
    expect: %s
"""


def found(third: str = "{}", fifth: str = "{}") -> list[tuple[object, ...]]:
    text = HANDLES % (third, fifth)
    one = case("\n".join(line for line in text.splitlines() if line.strip() != "expect: {}"))
    return [(d.step, d.actor, d.field, d.expected, d.observed) for d in contradictions(one, run_case(one))]


@pytest.mark.parametrize(
    ("third", "fifth"),
    [
        ("{state: zombie}", "blocks"),
        ("{P: {handled: [SIGCHLD]}}", "{state: blocked}"),
        ("{P: {handled: [{si_signo: SIGCHLD, si_code: CLD_EXITED, si_pid: C, si_status: 3}]}}", "{}"),
        ("{P: {ppid: init, pgid: P, sid: init, state: idle}, state: zombie}", "{C: {state: zombie}}"),
        ("{}", "{D: {state: idle, ppid: P}, handled: []}"),
    ],
)
def test_what_is_so_is_no_contradiction(third: str, fifth: str) -> None:
    assert found(third, fifth) == []


@pytest.mark.parametrize(
    ("third", "fifth", "expected"),
    [
        ("{state: gone}", "{}", (3, "C", "state", "gone", "zombie")),
        ("{P: {handled: []}}", "{}", (3, "P", "handled[0]", ABSENT)),
        ("{P: {handled: [SIGCHLD, SIGUSR1]}}", "{}", (3, "P", "handled[1]", "si_signo=SIGUSR1", ABSENT)),
        ("{P: {handled: [SIGUSR1]}}", "{}", (3, "P", "handled[0].si_signo", "SIGUSR1", "SIGCHLD")),
        ("{P: {ppid: P}}", "{}", (3, "P", "ppid", "P", "init")),
        ("{P: blocks}", "{}", (3, "P", "state", "blocked", "idle")),
        ("{}", "{ret: D}", (5, "P", "returned", "ret=D", ABSENT)),
        ("{}", "{errno: ECHILD}", (5, "P", "returned", "ret=-1 errno=ECHILD", ABSENT)),
    ],
)
def test_contradictions_are_named(third: str, fifth: str, expected: tuple[object, ...]) -> None:
    (one,) = found(third, fifth)
    assert one[: len(expected)] == expected


WAITS = """\
id: waits
title: wait4 reaps
rules: [WAIT-001]
steps:
  - P: {fork: C}
  - C: {exit: 3}
  - P: {wait4: C}
    expect: %s
"""


@pytest.mark.parametrize(
    ("expect", "expected"),
    [
        ("{status: exited(4)}", [("status", "exited(4)", "exited(3)")]),
        ("{errno: ECHILD}", [("ret", -1, "C"), ("errno", "ECHILD", ABSENT)]),
        ("blocks", [("returned", "blocks", "wait4 ret=C status=exited(3)"), ("state", "blocked", "idle")]),
    ],
)
def test_a_return_that_differs(expect: str, expected: list[tuple[object, ...]]) -> None:
    one = case(WAITS % expect)
    assert [(d.field, d.expected, d.observed) for d in contradictions(one, run_case(one))] == expected


def test_a_step_that_never_ran_contradicts_what_is_expected_of_it() -> None:
    one = case(WAITS % "{ret: C}")
    (short,) = contradictions(one, Trace(run_case(one).steps[:2]))
    assert (short.step, short.field, short.observed) == (3, "step", ABSENT)


def test_a_return_that_is_demanded_without_fields() -> None:
    one = case(WAITS % "{ret: C}")
    step = one.steps[2]
    one = type(one)(
        one.id,
        one.title,
        one.rules,
        (type(step)(step.actor, step.call, (Expected("P", returns=True),)),),
        one.actors,
    )
    blocked = State("P", "blocked", "wait4", "init", "P", "init")
    returned = Event("P", "returned", "wait4", (("ret", "C"),))
    assert contradictions(one, Trace((StepTrace((returned,), (blocked,)),))) == ()
    (missing,) = contradictions(one, Trace((StepTrace((), (blocked,)),)))
    assert (missing.field, missing.expected, missing.observed) == ("returned", "returns", ABSENT)
