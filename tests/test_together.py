"""Steps of several calls: what they mean, how they travel, and how every outcome is judged."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.case.errors import CaseErrors
from conformance.case.lint import lint_case
from conformance.case.loader import load_text
from conformance.case.model import Act, AnyOf, Call, Case, Expected, Pid
from conformance.case.suite import bundled, load_suite
from conformance.cli import main
from conformance.executor._bridge import ffi, lib
from conformance.executor.compile import compile_case
from conformance.executor.decode import decode
from conformance.executor.layout import PROGRAM
from conformance.executor.outcome import Outcome
from conformance.publish.lanes import lanes
from conformance.publish.words import result_lines, step_text
from conformance.reference import CaseNotRunnable, Kernel, TooManyOrders, allows, possible_traces, run_case
from conformance.reference import scheduler as scheduler_module
from conformance.reference.scheduler import settle
from conformance.targets import parse_target
from conformance.trace import Environment, Trace
from conformance.verdict.drive import judge_cases
from conformance.verdict.expectations import contradictions
from conformance.verdict.judge import Oracle, judge, prepare
from tests.executor_world import event, result, state
from tests.executor_world import step as wire_step

HEAD = "id: an-example\ntitle: An example\nrules: [WAIT-001]\nsteps:\n"
FORK = "- P: {fork: C}\n"
RACES = str(bundled() / "races")
RACE = """\
- P: {fork: C}
- together:
    - P: {kill: {pid: C, sig: SIGKILL}}
    - C: {exit: 42}
  expect: {P: {ret: 0}, C: {state: zombie}}
- P: {wait4: C}
  expect: {status: {any: [exited(42), signaled(SIGKILL)]}}
"""


def load(steps: str) -> Case:
    (case,) = load_text(HEAD + steps)
    return case


# -- the language ------------------------------------------------------------------------------------


def test_a_block_is_one_step_of_several_acts() -> None:
    case = load(RACE)
    block = case.steps[1]
    kill = Call("kill", (Pid("C"), 9))
    assert (block.actor, block.call) == ("P", kill)
    assert block.acts == (Act("P", kill), Act("C", Call("exit", (42,))))
    assert block.expect[0] == Expected("P", (("ret", 0),), place=0)
    assert case.steps[2].expect[0].fields == (("status", AnyOf(("exited(42)", "signaled(SIGKILL)"))),)
    assert case.races
    assert not load(FORK).races


def test_an_actor_that_only_acts_in_blocks_can_be_the_root() -> None:
    case = load("- together: [{Q: getppid}, {Q: {fork: C}}]\n- C: pause\n")
    assert case.actors == ("init", "Q", "C")


def test_each_call_of_an_actor_can_be_told_of() -> None:
    step = load(
        FORK + "- together: [{P: getppid}, {P: {wait4: C}}]\n  expect: {P: [{ret: init}, blocks]}\n"
    ).steps[1]
    assert step.expect == (
        Expected("P", (("ret", "init"),), place=0),
        Expected("P", state=(("state", "blocked"),), returns=False, place=1),
    )


def test_without_a_list_the_last_call_is_meant() -> None:
    step = load(FORK + "- together: [{P: getppid}, {P: {wait4: C}}]\n  expect: {P: {ret: C}}\n").steps[1]
    assert step.expect == (Expected("P", (("ret", "C"),), place=1),)


def test_what_others_did_before_can_be_expected_too() -> None:
    case = load(
        FORK + "- C: pause\n- together: [{P: getppid}, {P: getppid}]\n  expect: {C: {errno: EINTR}}\n"
    )
    assert case.steps[2].expect == (Expected("C", (("ret", -1), ("errno", "EINTR"))),)


def test_a_variable_can_stand_for_calls_of_a_block() -> None:
    text = HEAD.replace(
        "steps:", "sweep: {order: {a: [P: getppid, P: pause], b: [P: pause, P: getppid]}}\nsteps:"
    )
    one, other = load_text(text + "- together: $order\n")
    assert [act.call.name for act in one.steps[0].acts] == ["getppid", "pause"]
    assert [act.call.name for act in other.steps[0].acts] == ["pause", "getppid"]


BAD = [
    ("- together: §[{P: pause}]", "`together` takes 2 to 8 calls, not 1"),
    (f"- together: §[{', '.join(['{P: getppid}'] * 9)}]", "`together` takes 2 to 8 calls, not 9"),
    ("- together: §pause", "`together` takes a list of `actor: call`, not text"),
    ("- together: [{P: pause}, §pause]", "`together` takes a list of `actor: call`, not text"),
    (
        "- together: [{P: pause}, {P: pause, §C: pause}]",
        "a step has one actor, not P and C: start a new step with `- `",
    ),
    ("- together: [{P: pause}, §{}]", "a step needs an actor and its call: `- P: {wait4: C}`"),
    (
        "- together: [{P: pause}, {P: pause, §expect: {}}]",
        "`expect` belongs beside `together`, not inside: it is one step",
    ),
    (
        "- together: [{P: pause}, {§together: [{P: pause}, {P: pause}]}]",
        "`together` cannot be an actor: a capital letter, then letters, digits, `_`",
    ),
    ("- together: [{P: {fork: D}}, {§D: pause}]", "`D` is forked in this very step: use it in a later one"),
    (
        "- together: [{P: {fork: D}}, {P: {wait4: §-D}}]",
        "`D` is forked in this very step: use it in a later one",
    ),
    ("- together: [{P: pause}, {§X: pause}]", "`X` is not an actor that a step forks; known: init, P, C"),
    ("- together: [{P: pause}, {P: §paus}]", "`paus` is not a call; did you mean `pause`?"),
    ("- together: [{P: pause}, {init: §{exit: 0}}]", "init cannot exit: the case would end with it"),
    (
        "- together: [{P: pause}, {P: pause}]\n  expect: §blocks",
        "`expect` takes a mapping of actors to what is expected of them, not text",
    ),
    ("- together: [{P: pause}, {P: pause}]\n  expect: {§ret: 0}", "`ret` of whom? `expect: {P: {ret: …}}`"),
    (
        "- together: [{P: pause}, {P: pause}]\n  expect: {§X: {}}",
        "`X` is not an actor of this case; known: init, P, C",
    ),
    (
        "- together: [{P: pause}, {P: pause}]\n  expect: {P: §[{}]}",
        "P makes 2 calls in this step; 1 are told of",
    ),
    (
        "- together: [{P: pause}, {P: pause}]\n  expect: {P: [§{state: idle}, {}]}",
        "how the step leaves an actor belongs into the last item",
    ),
    (
        "- together: [{P: pause}, {P: getppid}]\n  expect: {P: [{}, {§status: 0}]}",
        (
            "`status` cannot be expected: getppid has no `status`; "
            "what can: ret, errno, state, ppid, pgid, sid, handled"
        ),
    ),
    ("- P: getppid\n  expect: {ret: {any: §[init]}}", "`any` takes two different values or more"),
    ("- P: getppid\n  expect: {ret: §{all: [init, P]}}", "write a value, or `{any: [one, another]}`"),
    (
        "- P: pause\n  §together: [{P: pause}, {P: pause}]",
        "a step has one actor, not P and together: start a new step with `- `",
    ),
    ("- P: pause\n  §togeher: 1", "`togeher` is not a key of a step; did you mean `together`?"),
]


@pytest.mark.parametrize(("step", "message"), BAD, ids=[step for step, _ in BAD])
def test_the_message_and_its_place(step: str, message: str) -> None:
    lines = (HEAD + FORK + step).splitlines()
    number = next(index for index, line in enumerate(lines) if "§" in line)
    place = f"f:{number + 1}:{lines[number].index('§') + 1}: "
    with pytest.raises(CaseErrors) as caught:
        load_text("\n".join(lines).replace("§", "") + "\n", "f")
    assert str(caught.value).splitlines() == [place + message]


def test_each_call_counts_for_the_length_of_a_case() -> None:
    pair = "- together: [{P: getppid}, {P: getppid}]\n"
    assert len(load(pair * 32).steps) == 32
    with pytest.raises(CaseErrors, match=r"37:3: a case has at most 64 steps, not 66"):
        load(pair * 33)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (
            "- P: {fork: C}\n- together: [{C: {exit: 1}}, {C: pause}]\n",
            "6:3: `C` cannot make a call after the exit in line 6",
        ),
        (
            "- P: {fork: C}\n- together: [{P: {kill: {pid: C, sig: SIGKILL}}}, {C: pause}]\n- C: pause\n",
            "7:3: `C` cannot make a call after the kill in line 6",
        ),
        ("- together: [{P: {fork: C}}, {P: pause}]\n", "5:3: `C` is forked and never used"),
        ("- together: [{P: pause}, {C: pause}]\n- P: {fork: C}\n", "5:3: `C` is used before it is forked"),
    ],
)
def test_lint_looks_into_blocks(steps: str, message: str) -> None:
    (case,) = load_text(HEAD + steps, "f")
    assert [str(finding) for finding in lint_case(case)] == [f"f:{message}"]


def test_lint_leaves_a_race_alone() -> None:
    assert list(lint_case(load(RACE))) == []


# -- there and back ----------------------------------------------------------------------------------


def test_all_but_the_last_call_of_a_block_are_joined() -> None:
    program = compile_case(load(RACE), 7, 250)
    buffer = ffi.new("char[]", program.data)
    header: Any = ffi.cast("struct wc_program *", buffer)
    steps: Any = ffi.cast("struct wc_step *", buffer + PROGRAM.size)
    assert (header.steps, program.steps) == (4, 4)
    assert [(steps[index].actor, steps[index].joined) for index in range(4)] == [
        (1, 0),
        (1, 1),
        (2, 0),
        (1, 0),
    ]


def test_each_return_of_a_block_is_that_of_its_call() -> None:
    case = load("- together: [{P: getppid}, {P: {wait4: {status: null}}}]\n")
    events = [event(1, call="getppid", ret=1, ret_slot=0), event(1, call="wait4", error=10)]
    (step,) = decode(case, result(wire_step(events))).trace.steps
    assert [(seen.call, seen.fields[0]) for seen in step.events] == [
        ("getppid", ("ret", "init")),
        ("wait4", ("ret", -1)),
    ]


def test_what_is_left_of_a_block_returns_later() -> None:
    case = load(FORK + "- together: [{P: pause}, {P: {wait4: {status: null}}}]\n- C: {exit: 1}\n")
    late = [event(1, call="pause", error=4), event(1, call="wait4", ret=3, ret_slot=2)]
    trace = decode(case, result(wire_step(), wire_step(), wire_step(late))).trace
    assert [seen.call for seen in trace.steps[2].events] == ["pause", "wait4"]


def test_a_block_that_one_actor_was_not_ready_for_was_not_begun() -> None:
    case = load(FORK + "- C: {wait4: {status: null}}\n- together: [{P: pause}, {C: pause}]\n")
    told = [event(2, "unready", "pause"), event(2, call="wait4", error=10)]
    trace = decode(case, result(wire_step(), wire_step(), wire_step(told, [state(1, "idle")]))).trace
    assert [(seen.kind, seen.call) for seen in trace.steps[2].events] == [
        ("unready", "pause"),
        ("returned", "wait4"),
    ]


# -- the reference kernel ----------------------------------------------------------------------------


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


# -- the verdict -------------------------------------------------------------------------------------


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


# -- how it looks ------------------------------------------------------------------------------------

DRAWN = """\
      init      P                          C
      │         │
  1   │         ├ fork child=C             ┬ born
      │         │◁ ret=C                   │
      │         │                          │
  2 ‖ │         ├ getppid                  ├ exit code=7
      │         │◁ ret=init                ┴ gone
      │         ├ wait4
      │         │◁ ret=C status=exited(7)
      │         │
"""


def test_lanes_show_each_call_after_the_return_of_the_one_before() -> None:
    case = load(FORK + "- together: [{P: getppid}, {P: wait4}, {C: {exit: 7}}]\n")
    assert "\n".join(lanes(case, run_case(case))) + "\n" == DRAWN
    assert step_text(case.steps[1]) == "P: getppid ‖ P: wait4 ‖ C: exit code=7"


def test_show_says_how_many_outcomes_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "together-exit-against-kill-status", RACES]) == 0
    assert capsys.readouterr().out.endswith("Linux allows 2 outcomes; this is the usual one.\n")
    assert main(["show", "together-wait-reports-the-exit", RACES]) == 0
    assert "outcomes" not in capsys.readouterr().out


def test_a_trace_lists_the_calls_of_a_block(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "--target", "reference", "--case", "together-exit-against-kill-status", RACES]) == 0
    assert '"together": [{"actor": "C", "call": "exit code=42"}, {"actor": "P"' in capsys.readouterr().out


# -- the agent ---------------------------------------------------------------------------------------

BUSY = """\
- P: {fork: C}
- together:
    - P: getppid
    - P: {setpgid: {}}
    - P: getpgid
    - P: {kill: {pid: C, sig: 0}}
    - C: getppid
    - C: exec
    - C: {getsid: P}
    - P: {wait4: C}
  expect: {P: [{ret: init}, {ret: 0}, {ret: P}, {ret: 0}, blocks], C: [{ret: P}, {ret: 0}, {ret: init}]}
- C: {exit: 3}
  expect: {P: {ret: C, status: exited(3)}}
- together:
    - P: {fork: D}
    - P: {wait4: {pid: -1, options: WNOHANG}}
- D: {exit: 4}
- P: {wait4: D}
  expect: {status: exited(4)}
"""


def test_the_agent_makes_all_calls_of_a_block() -> None:
    case = load(BUSY)
    target = parse_target("host")
    try:
        (judged,) = judge_cases([case], target, Oracle(), {}, repeat=50)
    finally:
        target.close()
    assert judged.verdict in ("conforms", "unsupported"), judged


def test_the_agent_sends_no_signal_from_a_block_without_a_namespace() -> None:
    target = parse_target("host:no-pidns")
    try:
        (judged,) = judge_cases([load(RACE)], target, Oracle(), {})
    finally:
        target.close()
    assert judged.verdict == "unsupported"
    assert "amid other calls" in judged.text
    assert lib.WC_MAX_TOGETHER == 8
