"""Results decoded to traces, in the spelling of the reference kernel; malformed ones refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.case.model import Case
from conformance.executor._bridge import lib
from conformance.executor.decode import decode
from conformance.executor.frames import ProtocolError
from conformance.executor.layout import RESULT
from conformance.executor.observed import action_flags, byte_ranges, signal_set
from conformance.trace import Event, Fields, State, Trace
from tests.executor_world import NONE, case, event, result, state, step

SIGINFO_WORDS = 0b1110111
FORK = "- P: {fork: C}\n"


def returned(call: str, **fields: int) -> Fields:
    """Decode one return of P from a step of ``call``."""
    name = call.strip("{").split(":")[0]
    trace = decode(case(f"- P: {call}"), result(step([event(1, "returned", name, **fields)]))).trace
    (seen,) = trace.steps[0].events
    assert (seen.actor, seen.kind, seen.call) == ("P", "returned", name)
    return seen.fields


def after_fork(call: str, **fields: int) -> Fields:
    """Decode one return of P from a step of ``call`` that follows ``fork: C``."""
    name = call.strip("{").split(":")[0]
    data = result(
        step([event(1, call="fork", ret=3, ret_slot=2)]), step([event(1, "returned", name, **fields)])
    )
    return decode(case(FORK + f"- P: {call}"), data).trace.steps[1].events[0].fields


def test_a_pid_that_is_returned_becomes_a_name() -> None:
    seen = {"ret": 3, "ret_slot": 2, "status": 0x300, "written": 1}
    assert after_fork("{wait4: -1}", **seen) == (("ret", "C"), ("status", "exited(3)"))
    assert returned("getppid", ret=0) == (("ret", 0),)
    assert returned("getppid", ret=77, ret_slot=lib.WC_SLOT_OUTSIDE) == (("ret", "pid?"),)


def test_a_failure_is_minus_one_and_the_name_of_its_errno() -> None:
    seen = returned("{wait4: -1}", ret=-1, error=10)
    assert seen == (("ret", -1), ("errno", "ECHILD"), ("status", "untouched"))
    assert returned("sigpending", error=14)[1:] == (("errno", "EFAULT"),)


def test_only_given_buffers_are_told_of() -> None:
    assert returned("{wait4: {status: null}}", error=10) == (("ret", -1), ("errno", "ECHILD"))
    assert returned("{wait4: {status: bad, rusage: given}}", error=14)[2:] == (("rusage", "untouched"),)
    assert returned("{waitid: {infop: null, rusage: given}}", rusage_written=4) == (
        ("ret", 0),
        ("rusage", "filled"),
        ("ru_minflt", 0),
        ("ru_maxrss", 0),
        ("ru_nvcsw", 0),
    )


def test_usage_is_told_in_blocks() -> None:
    seen = {"rusage_written": 1, "fact1": 3, "fact2": 2, "fact3": 7}
    told = (("rusage", "filled"), ("ru_minflt", 3), ("ru_maxrss", 2), ("ru_nvcsw", "some"))
    assert returned("{getrusage: RUSAGE_SELF}", **seen)[1:] == told
    assert returned("{getrusage: {who: RUSAGE_SELF, rusage: bad}}", error=14)[1:] == (("errno", "EFAULT"),)


def test_files_of_proc_are_told_by_what_a_read_gave() -> None:
    assert after_fork("{proc: C}", fact1=ord("Z"), status=0x300, fact2=0, fact3=-2)[1:] == (
        ("proc_state", "Z"),
        ("proc_exit_code", "exited(3)"),
        ("proc_cmdline", "empty"),
        ("proc_exe", "ENOENT"),
        ("proc_tracer", 0),
    )
    living = after_fork("{proc: C}", fact1=ord("S"), fact2=1, fact3=1, pid=3, pid_slot=2)
    assert living[3:] == (("proc_cmdline", "filled"), ("proc_exe", "readable"), ("proc_tracer", "C"))
    assert after_fork("{proc: C}", error=2) == (("ret", -1), ("errno", "ENOENT"))


def test_waitid_tells_each_field_of_siginfo() -> None:
    seen = {"written": SIGINFO_WORDS, "signo": 17, "code": 1, "pid": 3, "pid_slot": 2, "uid": 5, "status": 9}
    fields = after_fork("{waitid: {id: C, options: WEXITED}}", **seen)
    assert fields == (
        ("ret", 0),
        ("si_signo", "SIGCHLD"),
        ("si_errno", 0),
        ("si_code", "CLD_EXITED"),
        ("si_pid", "C"),
        ("si_uid", 5),
        ("si_status", 9),
        ("written", "0-11,16-27"),
    )
    killed = after_fork("{waitid: {id: C, options: WEXITED}}", **{**seen, "code": 2})
    assert dict(killed)["si_status"] == "SIGKILL"


def test_waitid_without_a_child_ready_writes_zeroes_or_nothing() -> None:
    zeroes = dict(returned("{waitid: {options: WNOHANG}}", written=SIGINFO_WORDS))
    assert {zeroes[name] for name in zeroes if name.startswith("si_")} == {0}
    nothing = dict(returned("{waitid: {options: WEXITED}}", error=10))
    assert {nothing[name] for name in nothing if name.startswith("si_")} == {"untouched"}
    assert nothing["written"] == "-"
    part = dict(returned("{waitid: {options: WEXITED}}", written=0b1, signo=17))
    assert (part["si_signo"], part["si_code"], part["written"]) == ("SIGCHLD", "untouched", "0-3")


def test_signal_calls_tell_what_was_before() -> None:
    action = "{sigaction: {sig: SIGCHLD, handler: log}}"
    assert returned(action, handler=1, set=0x80000005) == (
        ("ret", 0),
        ("old_handler", "SIG_IGN"),
        ("old_flags", "SA_NOCLDSTOP,SA_RESETHAND"),
    )
    assert returned(action, error=22) == (("ret", -1), ("errno", "EINVAL"))
    mask = "{sigprocmask: {how: SIG_BLOCK, set: [SIGINT]}}"
    assert returned(mask, set=0b11)[1:] == (("old_set", "SIGHUP,SIGINT"),)
    assert returned("sigpending")[1:] == (("pending", "-"),)


def test_sigtimedwait_tells_the_siginfo_that_it_took() -> None:
    wait = "{sigtimedwait: {set: all}}"
    queued = returned(wait, ret=34, signo=34, code=-1, pid=3, pid_slot=1, uid=5, status=-8)
    assert queued == (
        ("ret", 34),
        ("si_signo", "SIGRT34"),
        ("si_code", "SI_QUEUE"),
        ("si_pid", "P"),
        ("si_uid", 5),
        ("si_value", -8),
    )
    child = returned(wait, ret=17, signo=17, code=2, pid=3, pid_slot=1, status=9)
    assert child[2:] == (("si_code", "CLD_KILLED"), ("si_pid", "P"), ("si_uid", 0), ("si_status", "SIGKILL"))
    assert returned(wait, error=11) == (("ret", -1), ("errno", "EAGAIN"))


@pytest.mark.parametrize(
    ("signo", "code", "name"), [(11, 1, "SEGV_MAPERR"), (11, 2, "SEGV_ACCERR"), (7, 2, "BUS_ADRERR")]
)
def test_a_fault_has_a_kind_and_no_sender(signo: int, code: int, name: str) -> None:
    data = result(step([event(1, "handled", signo=signo, code=code, pid=8, pid_slot=0)]), step())
    (told,) = decode(case(FORK + "- C: pause"), data).trace.steps[0].events
    assert told.fields[1:] == (("si_code", name),)


@pytest.mark.parametrize(
    ("option", "number", "fields"),
    [
        ("PR_GET_PDEATHSIG", 9, (("value", "SIGKILL"),)),
        ("PR_GET_PDEATHSIG", 0, (("value", 0),)),
        ("PR_GET_CHILD_SUBREAPER", 1, (("value", 1),)),
        ("PR_SET_CHILD_SUBREAPER", 1, ()),
    ],
)
def test_prctl_tells_a_value_where_it_gets_one(option: str, number: int, fields: Fields) -> None:
    assert returned(f"{{prctl: {{option: {option}}}}}", set=number)[1:] == fields


def test_getresuid_tells_three_ids() -> None:
    ids = {"fact1": 30001, "fact2": 0, "fact3": 2**32 - 2}
    assert returned("getresuid", **ids)[1:] == (("ruid", 30001), ("euid", 0), ("suid", 2**32 - 2))
    assert returned("getresuid", error=14, **ids) == (("ret", -1), ("errno", "EFAULT"))


def test_a_handler_tells_its_siginfo() -> None:
    child = event(1, "handled", signo=17, code=3, pid=3, pid_slot=2, status=6)
    user = event(1, "handled", signo=10, pid=1, pid_slot=0, uid=4)
    odd = event(1, "handled", signo=34, code=-60)
    data = result(step([child, user, odd]), step())
    events = decode(case(FORK + "- C: pause"), data).trace.steps[0].events
    assert events[0] == Event(
        "P",
        "handled",
        "",
        (
            ("si_signo", "SIGCHLD"),
            ("si_code", "CLD_DUMPED"),
            ("si_pid", "C"),
            ("si_uid", 0),
            ("si_status", "SIGABRT"),
        ),
    )
    assert events[1].fields == (
        ("si_signo", "SIGUSR1"),
        ("si_code", "SI_USER"),
        ("si_pid", "init"),
        ("si_uid", 4),
    )
    assert events[2].get("si_code") == -60


def test_a_call_that_blocked_returns_in_a_later_step_with_its_own_buffers() -> None:
    example = case("- P: {fork: C}\n- P: {wait4: {pid: C, status: null}}\n- C: {exit: 1}")
    data = result(step(), step(), step([event(1, call="wait4", ret=3, ret_slot=2)]))
    (seen,) = decode(example, data).trace.steps[2].events
    assert seen == Event("P", "returned", "wait4", (("ret", "C"),))


BY_THREAD = "- P: {fork: C}\n- C: {thread: T}\n- T: {%s: U}\n- C: pause\n- U: exec"


def test_the_leader_returns_from_the_exec_of_a_thread_in_place_of_his_own_call() -> None:
    for call in ("thread", "clone: {flags: [CLONE_VM, CLONE_SIGHAND, CLONE_THREAD], child"):
        example = case((BY_THREAD % call).replace(": U}", ": U}}" if "child" in call else ": U}"))
        steps = [step(), step(), step(), step(), step([event(2, call="exec")])]
        (seen,) = decode(example, result(*steps)).trace.steps[4].events
        assert (seen.actor, seen.call) == ("C", "exec")


def test_what_a_thread_did_before_his_exec_is_told_of_himself() -> None:
    calls = "- together:\n    - T: setsid\n    - T: exec\n    - T: pause\n    - P: pause\n- P: setsid"
    example = case("- P: {thread: T}\n" + calls)
    events = [event(1, call="exec"), event(2, call="setsid", error=1)]
    seen = decode(example, result(step(), step(events), step([event(1, call="setsid")]))).trace
    assert [(item.actor, item.call) for item in seen.steps[1].events] == [("P", "exec"), ("T", "setsid")]


def test_nobody_returns_from_the_exec_of_another_process() -> None:
    example = case(BY_THREAD % "vfork")
    steps = [step(), step(), step(), step(), step([event(2, call="exec")])]
    with pytest.raises(ProtocolError, match="slot 2 returned from call 2"):
        decode(example, result(*steps))
    twice = result(*steps[:-1], step([event(2, call="exec"), event(2, call="exec"), event(1, call="exec")]))
    with pytest.raises(ProtocolError):
        decode(case(BY_THREAD % "thread"), twice)


def test_an_actor_that_was_not_ready_stays_in_its_earlier_call() -> None:
    wait, pause = case("- P: {wait4: {status: null}}").steps, case("- P: pause").steps
    example = Case("x", "", (), (*wait, *pause), ("init", "P"))
    steps = [step(), step([event(1, "unready", "pause"), event(1, call="wait4", error=10)])]
    unready, late = decode(example, result(*steps)).trace.steps[1].events
    assert unready == Event("P", "unready", "pause", ())
    assert late.call == "wait4"


def test_events_are_ordered_by_actor_and_keep_their_order_within_one() -> None:
    events = [
        event(2, "handled", signo=10),
        event(1, "handled", signo=12),
        event(1, "handled", signo=10),
    ]
    seen = decode(case(FORK + "- C: pause"), result(step(events), step())).trace.steps[0].events
    assert [(item.actor, item.get("si_signo")) for item in seen] == [
        ("P", "SIGUSR2"),
        ("P", "SIGUSR1"),
        ("C", "SIGUSR1"),
    ]


def test_states_are_in_order_of_actors_with_their_relatives() -> None:
    states = [
        state(2, "gone", "pause", (1, 1, 0)),
        state(1, "blocked", "wait4", (0, 1, 0)),
        state(0, "idle", "pause", (lib.WC_SLOT_OUTSIDE, 0, 0)),
    ]
    trace = decode(case("- P: {fork: C}"), result(step([], states))).trace
    assert trace.steps[0].states == (
        State("init", "idle", "", "", "init", "init"),
        State("P", "blocked", "wait4", "init", "P", "init"),
        State("C", "gone", "", "", "", ""),
    )
    zombie = [state(1, "zombie", "exit", (0, lib.WC_SLOT_OUTSIDE, NONE)), state(2, "unborn")]
    trace = decode(case("- P: {fork: C}"), result(step([], zombie))).trace
    assert trace.steps[0].states == (State("P", "zombie", "", "init", "outside", ""),)


@pytest.mark.parametrize("status", ["hung", "refused", "unsupported", "invalid", "broken"])
def test_other_outcomes_come_with_their_words(status: str) -> None:
    outcome = decode(case("- P: pause"), result(outcome=status, words=b"because"))
    assert (outcome.status, outcome.text, outcome.trace) == (status, "because", Trace(()))


def test_the_last_look_of_a_hung_case_may_see_it_run() -> None:
    outcome = decode(case("- P: pause"), result(step([], [state(1, "running", "pause")]), outcome="hung"))
    assert outcome.trace.steps[0].states[0].state == "running"


def test_a_full_log_spoils_the_case() -> None:
    outcome = decode(case("- P: pause"), result(step([event(1, "lost")])))
    assert (outcome.status, outcome.duration_ns) == ("broken", 1500)
    assert "more happened to P" in outcome.text


PAUSE = case("- P: pause")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        result(step())[:-1],
        result(),
        result(step(), step()),
        result(step()) + b"x",
        result(step([event(5, call="pause")])),
        result(step([event(1, call="fork")])),
        result(step([event(0, call="pause")])),
        result(step([], [state(3, "idle")])),
        result(step([], [state(1, "idle", "", (0, 9, 0))])),
        result(step([event(1, call="pause")]))[: RESULT.size + 20],
    ],
)
def test_malformed_results_are_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(PAUSE, data)


WAITER = case("- P: {fork: C}\n- C: {kill: {pid: P, sig: SIGUSR1}}\n- P: {waitid: {rusage: given}}")
WHOLE = result(
    step([event(1, call="fork", ret=3, ret_slot=2)], [state(0, "idle"), state(1, "idle")]),
    step([event(2, call="kill"), event(1, "handled", signo=10)], [state(2, "zombie")]),
    step([event(1, call="waitid", written=SIGINFO_WORDS, code=2, status=9)]),
)


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=4))
def test_no_damage_does_more_than_be_refused(damage: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for place, byte in damage:
        data[place] = byte
    try:
        outcome = decode(WAITER, bytes(data))
    except ProtocolError:
        return
    assert len(outcome.trace.steps) <= len(WAITER.steps)


@given(st.integers(0, 2**32 - 1))
def test_byte_ranges_name_exactly_the_words_written(words: int) -> None:
    seen = 0
    for part in byte_ranges(words).split(","):
        if part != "-":
            first, last = (int(number) for number in part.split("-"))
            assert first % 4 == 0
            assert last % 4 == 3
            seen |= sum(1 << word for word in range(first // 4, last // 4 + 1))
    assert seen == words


def test_sets_are_spelled_by_number() -> None:
    assert signal_set(0) == "-"
    assert signal_set(1 << 8 | 1 << 1) == "SIGINT,SIGKILL"
    assert signal_set(1 << 63) == "SIGRT64"
    assert action_flags(0x4) == "-"
    assert action_flags(0x04000000 | 0x10000001) == "SA_NOCLDSTOP,SA_RESTART"
