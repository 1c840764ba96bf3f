"""The reference kernel by itself: a value, deterministic, with every order within reach."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.case.loader import load_text
from conformance.case.model import Case
from conformance.reference import CaseNotRunnable, Kernel, allows, possible_traces, run_case
from conformance.reference.scheduler import settle
from conformance.trace import Environment, Trace

HEAD = "id: example\ntitle: an example\nrules: [WAIT-001]\nsteps:\n"


def case(*steps: str) -> Case:
    """Build a case from YAML steps."""
    return load_text(HEAD + "".join(f"  - {step}\n" for step in steps))[0]


KILL_UNDER_HANDLER = case(
    "P: {sigaction: {sig: SIGCHLD, handler: log}}",
    "P: {fork: C}",
    "P: {kill: {pid: C, sig: SIGKILL}}",
)


def kinds(trace: Trace, step: int) -> list[str]:
    """Return the kinds of P's events in a step."""
    return [event.kind for event in trace.steps[step - 1].events if event.actor == "P"]


def test_both_orders_of_a_race_within_a_step_are_allowed() -> None:
    """kill() may return before or after the handler that its victim's death sets off."""
    traces = possible_traces(KILL_UNDER_HANDLER)
    assert sorted(kinds(trace, 3) for trace in traces) == [["handled", "returned"], ["returned", "handled"]]
    assert all(allows(KILL_UNDER_HANDLER, trace).step == 0 for trace in traces)


def test_an_outcome_that_no_order_gives_is_refused_at_its_step() -> None:
    """The first step that nothing explains is named, with what was due."""
    good = run_case(KILL_UNDER_HANDLER)
    spoilt = good.steps[2]._replace(events=())
    answer = allows(KILL_UNDER_HANDLER, Trace((*good.steps[:2], spoilt)))
    assert answer.step == 3
    assert answer.expected == good.steps[2]


def test_a_trace_cut_short_is_refused() -> None:
    """A target that stops half-way has not shown the rest."""
    good = run_case(KILL_UNDER_HANDLER)
    assert allows(KILL_UNDER_HANDLER, Trace(good.steps[:2])).step == 3


def test_a_step_for_a_busy_actor_is_an_error_of_the_case() -> None:
    """The message says which step and why."""
    stuck = case("P: {fork: C}", "P: {wait4: C}", "P: {wait4: C}")
    with pytest.raises(CaseNotRunnable, match="step 3: P is blocked wait4"):
        run_case(stuck)


def test_a_step_that_names_one_who_was_never_born_is_an_error_of_the_case() -> None:
    """A fork that fails leaves a name without a number."""
    unborn = case("P: {clone3: {child: C, exit_signal: 65}}", "P: {wait4: C}")
    with pytest.raises(CaseNotRunnable, match="step 2: P is told of C, who was never born"):
        run_case(unborn)


def test_a_fault_that_would_never_end_is_an_error_of_the_case() -> None:
    """A handler that lasts returns to the instruction that faults; blocked or reset, it does not."""
    steps = ["P: {fork: C}", "C: {sigaction: {sig: SIGBUS, handler: log}}", "C: {fault: SIGBUS}"]
    endless = case(*steps)
    with pytest.raises(CaseNotRunnable, match="step 3: C would return from its SIGBUS handler to the same"):
        run_case(endless)
    with pytest.raises(CaseNotRunnable, match="add SA_RESETHAND"):
        possible_traces(endless)
    blocked = "C: {sigprocmask: {how: SIG_BLOCK, set: [SIGBUS]}}"
    for good in (case(*steps[:2], "C: {fault: SIGSEGV}"), case(*steps[:2], blocked, steps[2])):
        assert run_case(good).steps[-1].states[-1].state == "zombie"


def test_copies_are_equal_and_independent() -> None:
    """A state is a value: copying it twice and running one leaves the other."""
    world = Kernel("P", Environment())
    twin = world.copy()
    assert twin.key() == world.key()
    step = case("P: {fork: C}").steps[0]
    world.start("P", step.call)
    settle(world, world.pids["P"])
    assert twin.key() != world.key()
    assert "C" not in twin.pids


def test_core_dumps_follow_the_environment() -> None:
    """The core flag is the target's fact, not the case's."""
    quits = case("P: {fork: C}", "P: {kill: {pid: C, sig: SIGQUIT}}", "P: {wait4: C}")
    traces = [run_case(quits, Environment(core=core)) for core in (False, True)]
    status = [trace.steps[2].events[0].get("status") for trace in traces]
    assert status == ["signaled(SIGQUIT)", "dumped(SIGQUIT)"]


ACTS = {
    "stop": "P: {kill: {pid: %s, sig: SIGSTOP}}",
    "cont": "P: {kill: {pid: %s, sig: SIGCONT}}",
    "kill": "P: {kill: {pid: %s, sig: SIGKILL}}",
    "wait": "P: {wait4: {pid: %s, options: [WNOHANG, WUNTRACED, WCONTINUED]}}",
    "peek": "P: {waitid: {id: %s, options: [WNOHANG, WEXITED, WSTOPPED, WCONTINUED, WNOWAIT]}}",
}


@given(st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.sampled_from("AB")), max_size=10))
def test_every_death_is_reported_exactly_once(plan: list[tuple[str, str]]) -> None:
    """Whatever is done before: each child's death is fetched once, and then the child is gone."""
    steps = ["P: {fork: A}", "P: {fork: B}"] + [ACTS[act] % child for act, child in plan]
    steps += [ACTS["kill"] % child for child in "AB"] + ["P: {wait4: {pid: -1, options: WNOHANG}}"] * 2
    trace = run_case(case(*steps))
    deaths = [
        event.get("ret")
        for step in trace.steps
        for event in step.events
        if event.call == "wait4" and event.get("status") == "signaled(SIGKILL)"
    ]
    assert sorted(map(str, deaths)) == ["A", "B"]
    assert {state.state for state in trace.steps[-1].states if state.actor in "AB"} == {"gone"}
