"""Which difference between two traces of a step is named, and that none is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.reference import run_case
from conformance.trace import Event, State, StepTrace
from conformance.verdict.compare import compare_step
from conformance.verdict.model import ABSENT, Divergence
from tests.fakes import FAULT, case

CASE = case(FAULT)
WAITED = Event("P", "returned", "wait4", (("ret", "C"), ("status", "exited(3)")))
USR1 = Event("P", "handled", "", (("si_signo", "SIGUSR1"), ("si_code", "SI_USER")))
CHLD = Event("P", "handled", "", (("si_signo", "SIGCHLD"), ("si_code", "CLD_EXITED"), ("si_pid", "C")))
IDLE = State("P", "idle", "", "init", "P", "init")


def differences(expected: StepTrace, observed: StepTrace | None, step: int = 3) -> list[tuple[object, ...]]:
    found = compare_step(CASE, step, expected, observed)
    return [(one.actor, one.field, one.expected, one.observed) for one in found]


def trace(*events: Event, state: State = IDLE) -> StepTrace:
    return StepTrace(events, (state,))


def test_equal_steps_have_no_differences() -> None:
    for seen in run_case(CASE).steps:
        assert compare_step(CASE, 1, seen, seen) == ()


def test_fields_of_a_return_are_compared_by_name() -> None:
    failed = WAITED._replace(fields=(("ret", -1), ("errno", "ECHILD"), ("status", "untouched")))
    assert differences(trace(WAITED), trace(failed)) == [
        ("P", "ret", "C", -1),
        ("P", "status", "exited(3)", "untouched"),
        ("P", "errno", ABSENT, "ECHILD"),
    ]


def test_a_call_that_did_not_return_is_shown_with_what_it_should_return() -> None:
    blocked = State("P", "blocked", "wait4", "init", "P", "init")
    assert differences(trace(WAITED), trace(state=blocked)) == [
        ("P", "returned", "wait4 ret=C status=exited(3)", ABSENT),
        ("P", "state", "idle", "blocked"),
        ("P", "call", "", "wait4"),
    ]


def test_a_call_that_returned_too_early() -> None:
    assert differences(trace(), trace(WAITED)) == [("P", "returned", ABSENT, "wait4 ret=C status=exited(3)")]


def test_another_call_returned() -> None:
    other = WAITED._replace(call="waitid")
    assert differences(trace(WAITED), trace(other))[0][1] == "returned"


def test_fields_of_handled_signals() -> None:
    other = CHLD._replace(fields=(("si_signo", "SIGCHLD"), ("si_code", "CLD_KILLED"), ("si_pid", "C")))
    assert differences(trace(USR1, CHLD), trace(USR1, other)) == [
        ("P", "handled[1].si_code", "CLD_EXITED", "CLD_KILLED")
    ]


@pytest.mark.parametrize(
    ("expected", "observed", "words"),
    [
        ((CHLD,), (), ("SIGCHLD", "-")),
        ((), (USR1,), ("-", "SIGUSR1")),
        ((USR1, CHLD), (CHLD, USR1), ("SIGUSR1,SIGCHLD", "SIGCHLD,SIGUSR1")),
    ],
)
def test_missing_extra_and_reordered_signals(
    expected: tuple[Event, ...], observed: tuple[Event, ...], words: tuple[str, str]
) -> None:
    assert differences(trace(*expected), trace(*observed)) == [("P", "handled", *words)]


@pytest.mark.parametrize("field", ["state", "call", "ppid", "pgid", "sid"])
def test_every_field_of_a_state(field: str) -> None:
    other = IDLE._replace(**{field: "X"})
    assert differences(trace(), trace(state=other)) == [("P", field, getattr(IDLE, field), "X")]


def test_an_actor_that_is_not_there() -> None:
    assert differences(StepTrace((), (IDLE,)), StepTrace((), ())) == [("P", "state", "idle", ABSENT)]


def test_an_actor_that_was_not_ready() -> None:
    unready = Event("P", "unready", "wait4", ())
    assert ("P", "unready", ABSENT, "wait4") in differences(trace(WAITED), trace(unready))


def test_a_signal_handled_after_the_return_instead_of_before() -> None:
    ((actor, field, expected, observed),) = differences(trace(CHLD, WAITED), trace(WAITED, CHLD))
    assert (actor, field) == ("P", "order")
    assert str(expected).index("handled") < str(expected).index("returned")
    assert str(observed).index("returned") < str(observed).index("handled")


def test_a_step_that_never_ran() -> None:
    assert compare_step(CASE, 4, trace(WAITED), None) == (
        Divergence(4, "P", "step", "runs", ABSENT, "WAIT-001"),
    )


def test_the_rule_of_the_step_goes_before_that_of_the_case() -> None:
    assert [compare_step(CASE, step, trace(WAITED), trace())[0].rule for step in (3, 4)] == [
        "WAIT-002",
        "WAIT-001",
    ]


names = st.sampled_from(["P", "C", "init", "Q"])
words = st.sampled_from(["a", "b", 0])
fields = st.lists(st.tuples(st.sampled_from(["ret", "si_signo", "errno"]), words), max_size=3).map(tuple)
kinds = st.sampled_from(["returned", "handled", "unready", "lost"])
events = st.builds(Event, names, kinds, st.sampled_from(["", "wait4"]), fields)
states = st.builds(State, names, st.sampled_from(["idle", "gone"]), st.just(""), names, names, names)
steps = st.builds(StepTrace, st.lists(events, max_size=4).map(tuple), st.lists(states, max_size=3).map(tuple))


@given(steps, steps)
def test_no_difference_is_lost_and_none_invented(one: StepTrace, other: StepTrace) -> None:
    assert bool(compare_step(CASE, 1, one, other)) == (one != other)
