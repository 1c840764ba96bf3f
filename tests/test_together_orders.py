"""Steps of several calls: every outcome that Linux allows, and how one is judged."""

from __future__ import annotations

import pytest

from conformance.case.model import Call
from conformance.case.suite import bundled, load_suite
from conformance.executor.outcome import Outcome
from conformance.publish.words import result_lines
from conformance.reference import CaseNotRunnable, Kernel, TooManyOrders, allows, possible_traces, run_case
from conformance.reference import scheduler as scheduler_module
from conformance.reference.scheduler import settle
from conformance.trace import Environment, Trace
from conformance.verdict.expectations import contradictions
from conformance.verdict.judge import Oracle, judge, prepare
from tests.case_texts import FORK, RACE, load


def statuses(traces: frozenset[Trace]) -> set[object]:
    """Return what P's wait in the last step may report."""
    return {seen.get("status") for trace in traces for seen in trace.steps[-1].events}


def test_every_outcome_of_a_race_is_followed() -> None:
    assert statuses(possible_traces(load(RACE))) == {"exited(42)", "signaled(SIGKILL)"}


def test_an_outcome_that_was_seen_excludes_the_others_from_then_on() -> None:
    case = load(RACE)
    one, other = sorted(possible_traces(case))
    mixed = Trace((*one.steps[:2], other.steps[2]))
    assert one.steps[1] == other.steps[1]  # nothing tells them apart yet
    assert allows(case, mixed).step == 0
    assert allows(case, Trace((*one.steps[:2], one.steps[1]))).step == 3


def test_signals_come_before_a_call_or_after_its_beginning() -> None:
    pause = load(
        FORK + "- C: {sigaction: {sig: SIGUSR1, handler: log}}\n"
        "- together: [{P: {kill: {pid: C, sig: SIGUSR1}}}, {C: pause}]\n"
    )
    ends = {trace.steps[2].states[2].state for trace in possible_traces(pause)}
    assert ends == {"idle", "blocked"}


def test_a_stop_can_be_fetched_before_its_sigchld_is_sent() -> None:
    """So the signal tells of no signal: the wait has taken it away."""
    case = load(
        "- P: {sigaction: {sig: SIGCHLD, handler: log}}\n" + FORK + "- together:\n"
        "    - P: {kill: {pid: C, sig: SIGSTOP}}\n"
        "    - P: {wait4: {pid: C, options: [WUNTRACED, WNOHANG]}}\n"
    )
    told = {
        seen.get("si_status")
        for trace in possible_traces(case)
        for seen in trace.steps[2].events
        if seen.kind == "handled"
    }
    assert told == {"SIGSTOP", "0"}


def test_a_queue_is_part_of_a_state() -> None:
    worlds = [Kernel("P", Environment()) for _ in range(2)]
    pause = Call("pause", ())
    worlds[0].start("P", pause)
    worlds[1].start("P", pause, pause)
    assert worlds[0].key() != worlds[1].key()
    twin = worlds[1].copy()
    settle(worlds[1], worlds[1].pids["P"])
    assert twin.tasks[twin.pids["P"]].queue == (pause,)


def test_too_many_orders_are_told_with_their_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler_module, "STATE_LIMIT", 3)
    case = load(RACE)
    with pytest.raises(TooManyOrders, match="more than 3 states"):
        possible_traces(case)
    (told,) = prepare(case, Environment(), Oracle()).conflicts
    assert (told.step, told.actor, told.field) == (2, "P", "orders")


def test_a_step_that_some_outcome_makes_impossible_is_a_conflict() -> None:
    case = load(FORK + "- together: [{P: {kill: {pid: C, sig: SIGTERM}}}, {C: exec}]\n- C: pause\n")
    with pytest.raises(CaseNotRunnable, match="step 3: C is zombie"):
        possible_traces(case)
    (told,) = prepare(case, Environment(), Oracle()).conflicts
    assert (told.step, told.actor, told.field) == (3, "C", "state")


def test_what_holds_in_some_outcomes_only_is_a_conflict() -> None:
    narrow = RACE.replace("{any: [exited(42), signaled(SIGKILL)]}", "signaled(SIGKILL)")
    (told,) = prepare(load(narrow), Environment(), Oracle()).conflicts
    assert (told.step, told.field, told.expected, told.observed) == (
        3,
        "status",
        "signaled(SIGKILL)",
        "exited(42)",
    )


def test_a_value_that_is_none_of_several_is_told_with_all_of_them() -> None:
    case = load(RACE.replace("SIGKILL)]", "SIGTERM)]"))
    found = [told for trace in possible_traces(case) for told in contradictions(case, trace)]
    assert [(told.expected, told.observed) for told in found] == [
        ("exited(42) or signaled(SIGTERM)", "signaled(SIGKILL)")
    ]


@pytest.mark.parametrize("index", [0, 1])
def test_each_allowed_outcome_conforms(index: int) -> None:
    case = load(RACE)
    prepared = prepare(case, Environment(), Oracle())
    seen = Outcome("ok", sorted(possible_traces(case))[index])
    assert judge(prepared, [seen], Oracle(), {}).verdict == "conforms"


def test_an_outcome_that_is_not_allowed_diverges_from_the_nearest() -> None:
    case = load(RACE)
    prepared = prepare(case, Environment(), Oracle())
    good = max(possible_traces(case), key=lambda trace: str(trace.steps[2].events))
    (returned,) = good.steps[2].events
    fields = tuple(
        (name, "signaled(SIGTERM)" if name == "status" else value) for name, value in returned.fields
    )
    bad = Trace((*good.steps[:2], good.steps[2]._replace(events=(returned._replace(fields=fields),))))
    judged = judge(prepared, [Outcome("ok", bad)], Oracle(), {})
    (told,) = judged.divergences
    assert (judged.verdict, told.step, told.actor, told.field) == ("diverges", 3, "P", "status")
    assert judged.text == "Linux allows 2 outcomes of step 3; this is none of them"


def test_a_missing_return_in_a_block_names_the_block() -> None:
    case = load(RACE)
    prepared = prepare(case, Environment(), Oracle())
    good = run_case(case)
    bad = Trace((good.steps[0], good.steps[1]._replace(events=())))
    judged = judge(prepared, [Outcome("ok", bad)], Oracle(), {})
    assert {told.step for told in judged.divergences} == {2}
    lines = list(result_lines(judged, "host", {}, "again"))
    assert "  step 2  P: kill pid=C sig=SIGKILL ‖ C: exit code=42" in lines


def test_every_possible_trace_of_the_suite_meets_what_is_expected() -> None:
    """Where several outcomes are right, the authors' expectations hold in each of them."""
    races = list(load_suite([bundled() / "races"]))
    assert sum(case.races for case in races) > 50
    for environment in (Environment(), Environment(core=True, uid=1000), Environment(pidns=False)):
        for case in races:
            traces = possible_traces(case, environment)
            assert [(case.id, told) for trace in traces if (told := contradictions(case, trace))] == []
