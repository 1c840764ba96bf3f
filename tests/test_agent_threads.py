"""Threads, vfork and clone on the host: who is there after each step, in which state, and what was told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.targets import parse_target
from conformance.targets.base import Target
from conformance.trace import StepTrace
from tests.executor_world import case


@pytest.fixture(scope="module")
def host() -> Iterator[Target]:
    """Give the running kernel."""
    target = parse_target("host")
    yield target
    target.close()


def steps(host: Target, text: str) -> tuple[StepTrace, ...]:
    """Run a case to its end and return what came of each step."""
    (outcome,) = host.run([case(text)])
    assert (outcome.status, outcome.text) == ("ok", "")
    return outcome.trace.steps


def told(step: StepTrace) -> list[tuple[str, str, object]]:
    """Return actor, call and result of each event of a step."""
    return [(event.actor, event.call or event.kind, event.get("ret")) for event in step.events]


def states(step: StepTrace) -> dict[str, str]:
    """Return the state of everybody but init, with the call of those in one."""
    return {
        state.actor: f"{state.state} {state.call}".rstrip() for state in step.states if state.actor != "init"
    }


def test_a_thread_has_an_id_of_its_own_and_ends_alone(host: Target) -> None:
    seen = steps(host, "- P: {thread: T}\n- T: gettid\n- T: getpid\n- T: {exit: 3}\n- P: gettid")
    assert [told(step) for step in seen] == [
        [("P", "thread", "T")],
        [("T", "gettid", "T")],
        [("T", "getpid", "P")],
        [],
        [("P", "gettid", "P")],
    ]
    assert states(seen[-1]) == {"P": "idle", "T": "gone"}


def test_a_leader_that_exits_is_a_zombie_that_nobody_reaps_before_its_threads_end(host: Target) -> None:
    seen = steps(
        host, "- P: {fork: C}\n- C: {thread: T}\n- C: {exit: 1}\n- P: {wait4: C}\n- T: {exit_group: 7}"
    )
    assert states(seen[3]) == {"P": "blocked wait4", "C": "zombie", "T": "idle"}
    assert told(seen[4]) == [("P", "wait4", "C")]
    assert states(seen[4]) == {"P": "idle", "C": "gone", "T": "gone"}


def test_a_handler_runs_in_the_thread_that_takes_the_signal(host: Target) -> None:
    tgkill = "- P: {tgkill: {tgid: P, tid: T, sig: SIGUSR1}}\n"
    seen = steps(
        host,
        "- P: {thread: T}\n- P: {sigaction: {sig: SIGUSR1, handler: log}}\n- T: pause\n" + tgkill,
    )
    assert told(seen[-1]) == [("P", "tgkill", 0), ("T", "handled", None), ("T", "pause", -1)]


@pytest.mark.parametrize("leader", ["gettid", "pause", "exit"])
def test_who_execs_goes_on_as_the_leader(host: Target, leader: str) -> None:
    seen = steps(
        host, f"- P: {{fork: C}}\n- C: {{thread: T}}\n- C: {leader}\n- T: exec\n- C: gettid\n- P: {{fork: D}}"
    )
    assert told(seen[3]) == [("C", "exec", 0)]
    assert states(seen[3]) == {"P": "idle", "C": "idle", "T": "gone"}
    assert told(seen[4]) == [("C", "gettid", "C")]


def test_an_exec_ends_what_the_leader_was_told_to_do(host: Target) -> None:
    block = "- together:\n    - C: pause\n    - C: setsid\n    - T: exec\n    - T: gettid\n"
    seen = steps(host, "- P: {fork: C}\n- C: {thread: T}\n" + block + "- C: getpid")
    assert told(seen[2]) == [("C", "exec", 0)]
    assert told(seen[3]) == [("C", "getpid", "C")]


def test_a_process_forked_by_a_thread_is_nobody_but_itself(host: Target) -> None:
    seen = steps(
        host,
        "- P: {thread: T}\n- T: {fork: C}\n- T: {exit: 0}\n- C: {thread: D}\n- D: {fork: E}\n- E: getppid\n"
        "- E: {exit: 0}\n- D: exec\n- C: {wait4: E}",
    )
    assert told(seen[5]) == [("E", "getppid", "C")]
    assert told(seen[7]) == [("C", "exec", 0)]
    assert told(seen[8]) == [("C", "wait4", "E")]


@pytest.mark.parametrize("end", ["C: exec", "C: {exit: 3}", "init: {kill: {pid: C, sig: SIGKILL}}"])
def test_the_caller_of_vfork_sleeps_until_its_child_has_let_go(host: Target, end: str) -> None:
    seen = steps(host, f"- P: {{vfork: C}}\n- C: getppid\n- {end}")
    assert states(seen[0]) == states(seen[1]) == {"P": "blocked vfork", "C": "idle"}
    assert ("P", "vfork", "C") in told(seen[2])
    assert states(seen[2])["P"] == "idle"


def test_a_caller_of_vfork_can_be_killed_but_not_stopped(host: Target) -> None:
    seen = steps(
        host,
        "- P: {fork: A}\n- A: {vfork: C}\n- P: {kill: {pid: A, sig: SIGSTOP}}\n"
        "- P: {kill: {pid: A, sig: SIGKILL}}\n- C: exec",
    )
    assert [states(step)["A"] for step in seen[1:4]] == ["blocked vfork", "blocked vfork", "zombie"]
    assert told(seen[4]) == [("C", "exec", 0)]


def test_a_child_by_clone_parent_is_its_makers_sister(host: Target) -> None:
    seen = steps(
        host,
        "- P: {fork: A}\n- A: {clone: {child: B, flags: [CLONE_PARENT, CLONE_VM]}}\n- B: getppid\n"
        "- P: {clone3: {child: D, flags: CLONE_PARENT, exit_signal: 0}}\n- D: getppid",
    )
    assert told(seen[2]) == [("B", "getppid", "P")]
    assert told(seen[4]) == [("D", "getppid", "init")]


REFUSED = {
    "sighand": "clone: {child: C, flags: CLONE_SIGHAND}",
    "thread": "clone: {child: C, flags: [CLONE_THREAD, CLONE_VM]}",
    "signal": "clone3: {child: C, flags: [CLONE_THREAD, CLONE_VM, CLONE_SIGHAND]}",
    "sister-signal": "clone3: {child: C, flags: CLONE_PARENT}",
    "clear": "clone3: {child: C, flags: [CLONE_VM, CLONE_SIGHAND, CLONE_CLEAR_SIGHAND]}",
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
def test_what_does_not_go_together_is_refused_by_the_kernel(host: Target, call: str) -> None:
    (seen,) = steps(host, f"- P: {{{call}}}")
    assert seen.events[0].get("errno") == "EINVAL"
    assert states(seen) == {"P": "idle"}


SILENT = {
    "stopped-thread": ("C: {thread: T}", "C: {kill: {pid: C, sig: SIGSTOP}}", "stopped"),
    "stopped-child": ("C: {fork: T}", "C: {kill: {pid: 0, sig: SIGSTOP}}", "stopped"),
    "ended-thread": ("C: {thread: T}", "C: {exit_group: 2}", "gone"),
    "thread-at-exec": ("C: {thread: T}", "C: exec", "gone"),
    "zombie": ("C: {fork: T}", "C: {kill: {pid: 0, sig: SIGKILL}}", "zombie"),
}


@pytest.mark.parametrize(("birth", "end", "state"), SILENT.values(), ids=SILENT)
def test_a_newborn_that_cannot_say_a_word_is_known_all_the_same(
    host: Target, birth: str, end: str, state: str
) -> None:
    seen = steps(
        host,
        f"- P: {{fork: C}}\n- C: {{setpgid: {{}}}}\n- together:\n    - {birth}\n    - {end}\n- P: getpid",
    )
    assert states(seen[2])["T"] == state


def test_a_newborn_that_leaves_no_zombie_is_gone(host: Target) -> None:
    ignore = "- P: {sigaction: {sig: SIGCHLD, handler: SIG_IGN}}\n"
    block = "- together:\n    - P: {fork: C}\n    - P: {kill: {pid: -1, sig: SIGKILL}}\n"
    seen = steps(host, ignore + block + "- P: {wait4: -1}")
    assert states(seen[1]) == {"P": "idle", "C": "gone"}


def test_threads_of_init_have_no_parent_in_the_case(host: Target) -> None:
    seen = steps(host, "- P: getpid\n- init: {thread: T}\n- T: getpid\n- T: {exit: 0}")
    assert told(seen[2]) == [("T", "getpid", "init")]
    assert [state.ppid for state in seen[2].states if state.actor in ("init", "T")] == ["", ""]


def test_as_many_handlers_on_top_of_each_other_as_a_log_holds(host: Target) -> None:
    signals = range(34, 55)
    text = "- P: {thread: T}\n- T: {sigprocmask: {how: SIG_BLOCK, set: all}}\n"
    text += "".join(f"- P: {{sigaction: {{sig: {sig}, handler: log}}}}\n" for sig in signals)
    text += "".join(f"- P: {{tgkill: {{tgid: P, tid: T, sig: {sig}}}}}\n" for sig in signals)
    seen = steps(host, text + "- T: {sigprocmask: {how: SIG_SETMASK, set: []}}\n- T: gettid")
    assert [actor for actor, call, _ in told(seen[-2]) if call == "handled"] == ["T"] * len(signals)
    assert told(seen[-1]) == [("T", "gettid", "T")]


def test_sixteen_actors_in_one_process(host: Target) -> None:
    text = "".join(f"- P: {{thread: T{number}}}\n" for number in range(14))
    text += "".join(f"- T{number}: pause\n" for number in range(13))
    seen = steps(host, text + "- T13: exec\n- P: gettid")
    assert states(seen[-1]) == {"P": "idle"} | {f"T{number}": "gone" for number in range(14)}
