"""What a case expects: what it means, and for bad ones the very message at the very place."""

from __future__ import annotations

import pytest

from conformance.case.model import AnyOf, Expected, Value
from tests.case_texts import FORK, HEAD, faults, last, load, place


def expected(call: str, text: str) -> tuple[tuple[str, Value | AnyOf], ...]:
    (found,) = last(f"- P: {{{call}}}\n  expect: {{{text}}}\n").expect
    return found.fields


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
    ("waitid: C", "si_code: CLD_STOPPED, si_status: 0", (("si_code", "CLD_STOPPED"), ("si_status", "0"))),
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
            "stopped(SIGSTOP), continued, untouched, of a ptrace-stop also "
            "stopped(SIGTRAP|PTRACE_EVENT_EXEC) and stopped(SIGTRAP|0x80), or an integer"
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
    (
        "wait4: C",
        "{state: §dead}",
        "`dead` is not a state; known: idle, blocked, stopped, ptrace-stop, zombie, gone",
    ),
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
