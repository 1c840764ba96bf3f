"""Cases: what good ones mean, and for bad ones the very message at the very place."""

from __future__ import annotations

import pytest

from conformance.case.errors import CaseErrors
from conformance.case.loader import load_text
from conformance.case.model import AnyOf, Case, Expected, Pid, Rule, Step, Value

HEAD = "id: an-example\ntitle: An example\nrules: [WAIT-001]\nsteps:\n"
FORK = "- P: {fork: C}\n"


def load(steps: str) -> Case:
    (case,) = load_text(HEAD + steps)
    return case


def last(steps: str) -> Step:
    return load(FORK + steps).steps[-1]


def faults(text: str) -> list[str]:
    with pytest.raises(CaseErrors) as caught:
        load_text(text, "f")
    return str(caught.value).splitlines()


def expected(call: str, text: str) -> tuple[tuple[str, Value | AnyOf], ...]:
    (found,) = last(f"- P: {{{call}}}\n  expect: {{{text}}}\n").expect
    return found.fields


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


FIELDS = [
    ("wait4: C", "status: 0x2a00", (("status", "exited(42)"),)),
    ("wait4: C", "status: continued, ret: C", (("ret", "C"), ("status", "continued"))),
    ("wait4: C", "status: 0xffff", (("status", "continued"),)),
    ("wait4: C", "status: untouched, ret: 0", (("ret", 0), ("status", "untouched"))),
    ("wait4: {rusage: given}", "rusage: filled", (("rusage", "filled"),)),
    ("wait4: {rusage: given}", "ru_minflt: 2, ru_nvcsw: 0", (("ru_minflt", 2), ("ru_nvcsw", 0))),
    ("getrusage: RUSAGE_SELF", "ru_maxrss: 1, ru_nvcsw: some", (("ru_maxrss", 1), ("ru_nvcsw", "some"))),
    (
        "proc: C",
        "proc_state: Z, proc_exit_code: exited(3)",
        (("proc_state", "Z"), ("proc_exit_code", "exited(3)")),
    ),
    ("proc: C", "proc_exe: ENOENT, proc_cmdline: empty", (("proc_cmdline", "empty"), ("proc_exe", "ENOENT"))),
    ("waitid: C", "si_signo: 17, si_code: 5", (("si_signo", "SIGCHLD"), ("si_code", "CLD_STOPPED"))),
    ("waitid: C", "si_code: CLD_KILLED, si_status: 9", (("si_code", "CLD_KILLED"), ("si_status", "SIGKILL"))),
    ("waitid: C", "si_code: CLD_EXITED, si_status: 9", (("si_code", "CLD_EXITED"), ("si_status", 9))),
    ("waitid: C", "si_status: 9", (("si_status", 9),)),
    ("waitid: C", "si_pid: 0, si_uid: untouched", (("si_pid", 0), ("si_uid", "untouched"))),
    ("waitid: C", "written: '0-11,16-27'", (("written", "0-11,16-27"),)),
    ("prctl: {option: PR_GET_PDEATHSIG}", "value: 9", (("value", "SIGKILL"),)),
    ("prctl: {option: PR_GET_PDEATHSIG}", "value: 0", (("value", 0),)),
    ("prctl: {option: PR_GET_CHILD_SUBREAPER}", "value: 1", (("value", 1),)),
    (
        "sigaction: {sig: 17, handler: SIG_DFL}",
        "old_flags: [SA_RESTART, SA_NOCLDSTOP], old_handler: log",
        (("old_handler", "log"), ("old_flags", "SA_NOCLDSTOP,SA_RESTART")),
    ),
    ("sigaction: {sig: 17, handler: SIG_DFL}", "old_flags: []", (("old_flags", "-"),)),
    ("sigprocmask: {how: SIG_BLOCK, set: []}", "old_set: [SIGTERM, 1]", (("old_set", "SIGHUP,SIGTERM"),)),
    ("sigprocmask: {how: SIG_BLOCK, set: []}", "old_set: 'SIGHUP,SIGTERM'", (("old_set", "SIGHUP,SIGTERM"),)),
    ("getresuid: {}", "ruid: 30001, suid: 0", (("ruid", 30001), ("suid", 0))),
    ("wait4: C", "errno: EINTR", (("ret", -1), ("errno", "EINTR"))),
]


@pytest.mark.parametrize(
    ("call", "text", "fields"), FIELDS, ids=[f"{call} {text}" for call, text, _ in FIELDS]
)
def test_expected_fields_are_spelled_as_in_a_trace(
    call: str, text: str, fields: tuple[tuple[str, Value], ...]
) -> None:
    assert expected(call, text) == fields


def test_blocks() -> None:
    blocked = Expected("P", state=(("state", "blocked"),), returns=False)
    assert last("- P: {wait4: C}\n  expect: blocks\n").expect == (blocked,)
    assert last("- P: {wait4: C}\n  expect: {P: blocks, C: {state: idle}}\n").expect == (
        blocked,
        Expected("C", state=(("state", "idle"),)),
    )


def test_expectations_about_other_actors_know_the_call_those_are_in() -> None:
    step = last(
        "- P: {wait4: C}\n- C: {exit: 3}\n"
        "  expect: {state: gone, P: {status: exited(3), ret: C, pgid: P, state: idle}}\n"
    )
    assert step.expect == (
        Expected("C", state=(("state", "gone"),)),
        Expected("P", (("ret", "C"), ("status", "exited(3)")), (("state", "idle"), ("pgid", "P"))),
    )


def test_what_sigtimedwait_took_is_spelled_as_a_handler_sees_it() -> None:
    step = load(
        "- P: {sigtimedwait: {set: all}}\n  expect: {ret: 17, si_code: 1, si_pid: P, si_value: 4}\n"
    ).steps[0]
    (found,) = step.expect
    assert found.fields == (("ret", 17), ("si_code", "CLD_EXITED"), ("si_pid", "P"), ("si_value", 4))
    taken = load(
        "- P: {sigtimedwait: {set: all}}\n  expect: {handled: [{si_signo: 11, si_code: SEGV_MAPERR}]}\n"
    )
    (handled,) = taken.steps[0].expect[0].handled or ()
    assert handled == (("si_signo", "SIGSEGV"), ("si_code", "SEGV_MAPERR"))


def test_handled() -> None:
    (found,) = last(
        "- P: getppid\n  expect:\n    handled:\n"
        "    - SIGUSR1\n"
        "    - {si_status: 9, si_signo: SIGCHLD, si_code: CLD_KILLED, si_pid: C}\n"
        "    - {si_signo: 10, si_code: -6, si_uid: 0}\n"
    ).expect
    assert found.handled == (
        (("si_signo", "SIGUSR1"),),
        (("si_signo", "SIGCHLD"), ("si_code", "CLD_KILLED"), ("si_pid", "C"), ("si_status", "SIGKILL")),
        (("si_signo", "SIGUSR1"), ("si_code", "SI_TKILL"), ("si_uid", 0)),
    )
    (none,) = last("- P: getppid\n  expect: {handled: []}\n").expect
    assert none.handled == ()


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
        "the `id` of P_PIDFD is a file descriptor, an integer",
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


def place(text: str) -> tuple[str, str]:
    """Take the ``§`` out of a text and return where it stood."""
    before, after = text.split("§")
    return before + after, f"f:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


@pytest.mark.parametrize(("step", "message"), BAD_STEPS, ids=[step for step, _ in BAD_STEPS])
def test_bad_steps(step: str, message: str) -> None:
    text, mark = place(f"{HEAD}{FORK}{step}\n")
    assert faults(text) == [f"{mark}: {message}"]


BAD_EXPECTATIONS = [
    ("wait4: C", "§blcoks", "`expect` takes `blocks` or a mapping, not text"),
    ("wait4: C", "{§retrun: 0}", "`retrun` is not something to expect of wait4; did you mean `ret`?"),
    ("wait4: C", "{ret: §5}", "wait4 returns a pid: write the actor's name, not 5"),
    ("getresuid: {}", "{euid: §root}", "`euid` takes an integer, not text"),
    ("wait4: C", "{ret: §D}", "`D` is not an actor of this case; known: init, P, C"),
    ("waitid: C", "{ret: §C}", "waitid returns no pid: `ret` is an integer, not `C`"),
    ("wait4: C", "{errno: §ECHLD}", "`ECHLD` is not an error; did you mean `ECHILD`?"),
    (
        "wait4: C",
        "§{errno: EINTR, ret: 0}",
        "`errno` and `ret` contradict each other: a call that fails returns -1",
    ),
    (
        "wait4: C",
        "{§si_pid: C}",
        (
            "`si_pid` cannot be expected: wait4 has no `si_pid`; what can: ret, errno, status, state, "
            "ppid, pgid, sid, handled"
        ),
    ),
    (
        "wait4: C",
        "{§rusage: filled}",
        (
            "`rusage` cannot be expected: the call gives no buffer (`rusage: given` does); what can: "
            "ret, errno, status, state, ppid, pgid, sid, handled"
        ),
    ),
    (
        "getrusage: RUSAGE_SELF",
        "{ru_nvcsw: §3}",
        "`ru_nvcsw` takes 0 or some (context switches); only where rusage is filled, not an integer",
    ),
    (
        "exit: 3",
        "{§ret: 0}",
        "`ret` cannot be expected: exit never returns; what can: state, ppid, pgid, sid, handled",
    ),
    (
        "prctl: {option: PR_SET_PDEATHSIG}",
        "{§value: 0}",
        (
            "`value` cannot be expected: only a PR_GET_ option gives one; what can: ret, errno, state, "
            "ppid, pgid, sid, handled"
        ),
    ),
    (
        "kill: {pid: C, sig: 0}",
        "{§status: exited(3)}",
        (
            "`status` cannot be expected: kill has no `status`; what can: ret, errno, state, ppid, "
            "pgid, sid, handled"
        ),
    ),
    (
        "wait4: C",
        "{status: §exit(3)}",
        (
            "`exit(3)` is not a status: write exited(3), signaled(SIGKILL), dumped(SIGQUIT), "
            "stopped(SIGSTOP), continued, untouched or an integer"
        ),
    ),
    ("wait4: C", "{status: §-1}", "a status word is 0 to 0xffffffff"),
    (
        "waitid: C",
        "{si_code: CLD_EXITED, si_status: §SIGKILL}",
        "si_status of CLD_EXITED is the exit code, not a signal",
    ),
    ("waitid: C", "{si_pid: §3}", "`si_pid` takes an actor, 0 or untouched, not an integer"),
    (
        "waitid: C",
        "{written: §all}",
        "`written` takes byte ranges like 0-11,16-27, or - for none (in quotes)",
    ),
    ("wait4: C", "{state: §dead}", "`dead` is not a state; known: idle, blocked, stopped, zombie, gone"),
    ("wait4: C", "{C: {§ret: 0}}", "C has made no call yet: `ret` cannot be expected of it"),
    (
        "wait4: C",
        "{C: {§rte: 0}}",
        "`rte` is not something to expect; known: state, ppid, pgid, sid, handled",
    ),
    ("wait4: C", "{§D: {state: idle}}", "`D` is not an actor of this case; known: init, P, C"),
    ("wait4: C", "{ret: C, §P: {state: idle}}", "`P` makes this step's call: write its keys beside it"),
    ("wait4: C", "{handled: §SIGCHILD}", "`SIGCHILD` is not a value of `si_signo`; did you mean `SIGCHLD`?"),
    ("wait4: C", "{handled: [§{si_pid: C}]}", "a handled signal needs `si_signo`"),
    (
        "wait4: C",
        "{handled: [§{si_signo: 10, si_code: SI_USER, si_status: 3}]}",
        "a signal sent with SI_USER has no si_status",
    ),
    (
        "wait4: C",
        "{handled: [{si_signo: 10, §si_cod: 3}]}",
        "`si_cod` is not a field of a handled signal; did you mean `si_code`?",
    ),
]


@pytest.mark.parametrize(
    ("call", "expect", "message"),
    BAD_EXPECTATIONS,
    ids=[f"{call} {expect}" for call, expect, _ in BAD_EXPECTATIONS],
)
def test_bad_expectations(call: str, expect: str, message: str) -> None:
    text, mark = place(f"{HEAD}{FORK}- P: {{{call}}}\n  expect: {expect}\n")
    assert faults(text) == [f"{mark}: {message}"]


BAD_HEADERS = [
    ("id: An_Example", "f:1:5: the id `An_Example` must be small letters and digits joined by `-`"),
    ("id: 5", "f:1:5: `id` takes a name like waitid-reports-a-stop, not an integer"),
    ("title: ''", "f:1:8: `title` takes text, not an empty one"),
    ('title: "a\\nb"', "f:1:8: `title` is one line"),
    ("rules: []", "f:1:8: `rules` is empty: name at least one rule that the case is evidence for"),
    ("rules: WAIT-001", "f:1:8: `rules` takes a list of rules' ids, not text"),
    ("rules: [WAIT-001, WAIT-001]", "f:1:19: `WAIT-001` is listed twice"),
    ("catches: [s4]", "f:1:11: `s4` is not a bug's id, which looks like S4"),
    ("requires: [pidn]", "f:1:12: `pidn` is not something a case can require; did you mean `pidns`?"),
    ("titel: x", "f:1:1: `titel` is not a key of a case; did you mean `title`?"),
    ("steps: {}", "f:1:8: `steps` takes a list of steps, not a mapping"),
    ("steps: []", "f:1:8: the case has no steps"),
]


@pytest.mark.parametrize(("line", "message"), BAD_HEADERS, ids=[line for line, _ in BAD_HEADERS])
def test_bad_headers(line: str, message: str) -> None:
    key = line.partition(":")[0]
    rest = {"id": "an-example", "title": "x", "rules": "[WAIT-001]", "steps": "[{P: pause}]"}
    others = "".join(f"{name}: {value}\n" for name, value in rest.items() if name != key)
    assert faults(f"{line}\n{others}") == [message]


def test_missing_keys_are_told_together() -> None:
    assert faults("title: x\n") == ["f:1:1: the case needs `id:`, `rules:`, `steps:`"]
    assert faults("- x\n") == ["f:1:1: `a case` takes a mapping with id, title, rules and steps, not a list"]


def test_all_errors_of_a_file_are_told_in_the_order_of_its_lines() -> None:
    text = (
        "id: A\ntitle: x\nrules: [WAIT-001, wait]\nsteps:\n- P: {wait4: D}\n"
        "- P: {fork: C}\n---\nid: b\ntitle: x\nrules: [WAIT-001]\nsteps:\n"
        "- P: {wiat4: C, expect: x}\n- P: {wait4: {pid: Q, options: WHNOHANG, rusge: bad}}\n  "
        "expect: {x: 1, ret: Z}\n"
    )
    assert [line.split()[0] for line in faults(text)] == [
        "f:1:5:",
        "f:3:19:",
        "f:12:6:",
        "f:13:20:",
        "f:13:32:",
        "f:13:42:",
    ]


def test_a_bad_call_is_not_blamed_on_those_who_expect_something_of_it() -> None:
    text = HEAD + FORK + "- C: {wiat4: P}\n- P: pause\n  expect: {C: {ret: 0}}\n"
    assert faults(text) == ["f:6:7: `wiat4` is not a call; did you mean `wait4`?"]


def test_an_id_given_twice_in_a_file() -> None:
    text = HEAD + "- P: pause\n---\n" + HEAD + "- P: pause\n"
    assert faults(text) == ["f:7:5: the id `an-example` is given twice; first in line 1"]


def test_rules_must_exist() -> None:
    rules = {"WAIT-001": Rule("WAIT-001", "x", "posix", "x")}
    text = "id: a\ntitle: x\nrules: [WAIT-001, WIAT-001, WAIT-002]\nsteps:\n- P: pause\n  rule: WAIT-003\n"
    with pytest.raises(CaseErrors) as caught:
        load_text(text, "f", rules)
    assert str(caught.value).splitlines() == [
        "f:3:19: there is no rule `WIAT-001`; did you mean `WAIT-001`?",
        "f:3:29: there is no rule `WAIT-002`",
        "f:6:9: there is no rule `WAIT-003`",
    ]


def test_limits() -> None:
    assert len(load("- P: pause\n" * 64).steps) == 64
    assert faults(HEAD + "- P: pause\n" * 65) == ["f:69:3: a case has at most 64 steps, not 65"]
    forks = "".join(f"- P: {{fork: C{n}}}\n" for n in range(15))
    assert len(load(forks.replace("- P: {fork: C14}\n", "")).actors) == 16
    assert faults(HEAD + forks) == ["f:19:13: more than 16 actors (init and the root actor count)"]


def test_a_case_needs_a_root_actor() -> None:
    text = HEAD + "- init: {fork: C}\n- C: pause\n"
    assert faults(text) == ["f:5:3: no root actor: some actor must be there without being forked"]
