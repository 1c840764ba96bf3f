"""Steps of several calls: what they mean, what is wrong with bad ones, and how they travel."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.case.errors import CaseErrors
from conformance.case.lint import lint_case
from conformance.case.loader import load_text
from conformance.case.model import Act, AnyOf, Call, Expected, Pid
from conformance.executor._bridge import ffi
from conformance.executor.compile import compile_case
from conformance.executor.decode import decode
from conformance.executor.layout import PROGRAM
from tests.case_texts import FORK, HEAD, RACE, load
from tests.executor_world import event, result, state
from tests.executor_world import step as wire_step


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
