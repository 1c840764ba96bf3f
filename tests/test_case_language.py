"""Steps and calls: what good ones mean, and for bad ones the very message at the very place."""

from __future__ import annotations

import pytest

from conformance.case.model import Expected, Pid
from tests.case_texts import FORK, HEAD, faults, last, load, place


def test_the_example_of_the_design() -> None:
    case = load(
        """
  - P: {fork: C}
  - C: {exit: 42}
  - P: {waitid: {id: C, options: [WEXITED, WNOWAIT]}}
    expect: {si_pid: C, si_code: CLD_EXITED, si_status: 42}
  - P: {wait4: {pid: C, options: WNOHANG}}
    expect: {ret: C, status: exited(42)}
    rule: WAIT-018
  - P: {wait4: -1}
    expect: {errno: ECHILD}
"""
    )
    assert case.actors == ("init", "P", "C")
    assert case.root == "P"
    assert (case.id, case.title, case.rules, case.area) == ("an-example", "An example", ("WAIT-001",), "")
    assert [str(step.mark) for step in case.steps[:2]] == ["<text>:6:5", "<text>:7:5"]
    fork, end, waitid, wait4, empty = (step.call for step in case.steps)
    assert fork.args == ("C", 17)
    assert end.args == (42,)
    assert waitid.args == (1, Pid("C"), 0, 0x01000004, 1)
    assert wait4.args == (Pid("C"), 0, 1, 1)
    assert empty.args == (-1, 0, 0, 1)
    assert case.steps[2].expect[0].fields == (("si_code", "CLD_EXITED"), ("si_pid", "C"), ("si_status", 42))
    assert case.steps[3].rule == "WAIT-018"
    assert case.steps[4].expect == (Expected("P", (("ret", -1), ("errno", "ECHILD"))),)


ARGUMENTS = [
    ("pause", ()),
    ("wait4", (-1, 0, 0, 1)),
    ("{wait4: -C}", (Pid("C", -1), 0, 0, 1)),
    ("{wait4: INT_MIN}", (-(2**31), 0, 0, 1)),
    ("{wait4: {pid: init, status: null, rusage: bad}}", (Pid("init"), 1, 0, 2)),
    ("{wait4: {options: [WNOHANG, 0x10, __WALL]}}", (-1, 0, 0x40000011, 1)),
    ("{wait4: {options: __WCLONE}}", (-1, 0, 0x80000000, 1)),
    ("{wait4: {options: -1}}", (-1, 0, 0xFFFFFFFF, 1)),
    ("{wait4: {options: []}}", (-1, 0, 0, 1)),
    ("waitid", (0, 0, 0, 0, 1)),
    ("{waitid: {options: WEXITED}}", (0, 0, 0, 4, 1)),
    ("{waitid: C}", (1, Pid("C"), 0, 0, 1)),
    ("{waitid: {idtype: P_PGID, id: C}}", (2, Pid("C"), 0, 0, 1)),
    ("{waitid: {idtype: P_PID, id: -1}}", (1, -1, 0, 0, 1)),
    ("{waitid: {idtype: P_PIDFD, id: -1}}", (3, -1, 0, 0, 1)),
    ("{waitid: {idtype: 7, id: 0}}", (7, 0, 0, 0, 1)),
    ("{kill: {pid: 0, sig: 0}}", (0, 0)),
    ("{kill: {pid: -1, sig: SIGRT34}}", (-1, 34)),
    ("{sigaction: {sig: SIGCHLD, handler: log}}", (17, 2, 0, 0)),
    (
        "{sigaction: {sig: 17, handler: SIG_IGN, flags: [SA_RESTART, SA_RESETHAND], mask: all}}",
        (17, 1, 0x90000000, 2**64 - 1),
    ),
    ("{sigprocmask: {how: SIG_BLOCK, set: [SIGHUP, SIGKILL, 64]}}", (0, 1 | 1 << 8 | 1 << 63)),
    ("{sigprocmask: {how: 5, set: SIGHUP}}", (5, 1)),
    ("{setpgid: {pid: C}}", (Pid("C"), 0)),
    ("{prctl: {option: PR_SET_PDEATHSIG, arg: SIGKILL}}", (1, 9)),
    ("{prctl: {option: PR_SET_CHILD_SUBREAPER, arg: 1}}", (36, 1)),
    ("{exit: {}}", (0,)),
    ("{exit: 0xffffffff}", (0xFFFFFFFF,)),
    ("{fork: {child: D, exit_signal: 0}}", ("D", 0)),
]


@pytest.mark.parametrize(("call", "args"), ARGUMENTS, ids=[call for call, _ in ARGUMENTS])
def test_arguments(call: str, args: tuple[object, ...]) -> None:
    assert last(f"- P: {call}\n").call.args == args


@pytest.mark.parametrize(
    ("steps", "actors"),
    [
        ("- init: {wait4: -1}\n- A: {fork: B}\n- B: {fork: D}\n", ("init", "A", "B", "D")),
        ("- C: pause\n- P: {fork: C}\n", ("init", "P", "C")),
        ("- init: {kill: {pid: Q, sig: SIGKILL}}\n- init: {wait4: Q}\n", ("init", "Q")),
        ("- init: {fork: D}\n- init: {wait4: {pid: -Q}}\n", ("init", "Q", "D")),
    ],
)
def test_actors(steps: str, actors: tuple[str, ...]) -> None:
    assert load(steps).actors == actors


BAD_STEPS = [
    (
        "- P: {wait4: {options: §WNOWIAT}}",
        "`WNOWIAT` is not a wait option; did you mean `WNOWAIT`?",
    ),
    (
        "- P: {wait4: {options: §{WNOHANG: 1}}}",
        "`options` takes a list of names and integers, not a mapping",
    ),
    (
        "- P: {wait4: {options: [§[WNOHANG]]}}",
        "`options` takes a list of names and integers, not a list",
    ),
    (
        "- P: {wait4: {options: §0x100000000}}",
        "`options` does not fit into 32 bits",
    ),
    (
        "- P: {§wiat4: C}",
        "`wiat4` is not a call; did you mean `wait4`?",
    ),
    (
        "- P: {§wait4:C}",
        "`wait4:C` is not a call; did you mean `wait4`?",
    ),
    (
        "- P: {wait4: {§pdi: C}}",
        "`pdi` is not an argument of wait4; did you mean `pid`?",
    ),
    (
        "- P: {wait4: §D}",
        "`D` is not an actor of this case; known: init, P, C, INT_MIN, INT_MAX",
    ),
    (
        "- P: {wait4: §[C]}",
        "`pid` takes an actor (`C`), its process group (`-C`) or an integer, not a list",
    ),
    (
        "- P: {§wait4: }",
        "`wait4:` has no value: write its arguments, or `wait4` alone",
    ),
    (
        "- P: {wait4: {status: §nul}}",
        "`nul` is not a value of `status`; did you mean `null`?",
    ),
    (
        "- P: {waitid: §-C}",
        "waitid takes no negative id: write idtype: P_PGID, id: C",
    ),
    (
        "- P: {waitid: §INT_MIN}",
        "waitid needs `idtype` where `id` is a number: one of P_ALL, P_PID, P_PGID, P_PIDFD",
    ),
    (
        "- P: {waitid: {idtype: P_PIDFD, id: §C}}",
        "the `id` of P_PIDFD is a descriptor: a name (`c`) or an integer",
    ),
    ("- P: {work: §9}", "`faults` is 0 to 8 blocks, not 9"),
    ("- P: {proc: §3}", "`pid` takes an actor (`C`), not an integer"),
    ("- P: {proc: §X}", "`X` is not an actor of this case; known: init, P, C"),
    (
        "- P: {waitid: {id: §5}}",
        "waitid needs `idtype` where `id` is a number: one of P_ALL, P_PID, P_PGID, P_PIDFD",
    ),
    (
        "- P: §prctl",
        "prctl needs `option`: which attribute",
    ),
    (
        "- P: {§kill: {pid: C}}",
        "kill needs `sig`: signal to send",
    ),
    (
        "- P: {kill: {pid: C, sig: §SIGKIL}}",
        "`SIGKIL` is not a signal; did you mean `SIGKILL`?",
    ),
    (
        "- P: {kill: {pid: C, sig: §true}}",
        "`sig` takes a signal name or an integer, not `true`",
    ),
    (
        "- P: {kill: §C}",
        "`kill` takes its arguments as a mapping (pid, sig), not text",
    ),
    (
        "- P: {pause: §3}",
        "`pause` takes no arguments, not an integer",
    ),
    (
        "- P: {sigprocmask: {how: SIG_BLOCK, set: [§0]}}",
        "a signal in `set` is 1 to 64, not 0",
    ),
    (
        "- P: {fork: {child: D, exit_signal: §256}}",
        "`exit_signal` is 0 to 255, not 256",
    ),
    (
        "- P: {fork: §init}",
        "`init` is there from the start: give the new process another name",
    ),
    (
        "- P: {fork: §SIGHUP}",
        "`SIGHUP` is reserved: give the actor another name",
    ),
    (
        "- P: {fork: §c}",
        "`c` cannot be an actor: a capital letter, then letters, digits, `_`",
    ),
    (
        "- P: {fork: §C}",
        "`C` is forked twice; first in line 5",
    ),
    (
        "- P: {fork: §N}",
        "`N` is a boolean to some YAML readers: quote it if the word is meant",
    ),
    (
        "- init: §{exit: 0}",
        "init cannot exit: the case would end with it",
    ),
    (
        "- init: §{setresgid: {egid: 5}}",
        "init cannot setresgid: it could lose its parent-death signal, by which it ends with the agent",
    ),
    (
        "- §D: pause",
        "`D` is not an actor that a step forks; known: init, P, C",
    ),
    (
        "- P: pause\n  §C: pause",
        "a step has one actor, not P and C: start a new step with `- `",
    ),
    (
        "- P: pause\n  §exepct: blocks",
        "`exepct` is not a key of a step; did you mean `expect`?",
    ),
    (
        "- §expect: blocks",
        "a step needs an actor and its call: `- P: {wait4: C}`",
    ),
    (
        "- P: §{wait4: C, waitid: C}",
        "a step makes exactly one call, not 2",
    ),
    (
        "- §pause",
        "`steps` takes a list of `actor: call`, not text",
    ),
    (
        "- P: {exit: §INT_MX}",
        "`code` takes an integer, not text",
    ),
    (
        "- P: pause\n  rule: §wait-1",
        "`wait-1` is not a rule's id, which looks like WAIT-017",
    ),
]


@pytest.mark.parametrize(("step", "message"), BAD_STEPS, ids=[step for step, _ in BAD_STEPS])
def test_bad_steps(step: str, message: str) -> None:
    text, mark = place(f"{HEAD}{FORK}{step}\n")
    assert faults(text) == [f"{mark}: {message}"]
