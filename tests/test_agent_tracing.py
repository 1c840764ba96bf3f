"""The agent's ptrace and seccomp: what it refuses, and that nothing of its own shows to a tracer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.abi.ptrace import PTRACE_REQUESTS
from conformance.executor._bridge import lib
from conformance.executor.agent import bundled_agent
from conformance.targets.host import HostTarget
from conformance.trace import StepTrace, Value
from tests.agent_wire import Verdict, answers, batch, buffer, fork, literal, pid, program, step
from tests.executor_world import HEAD, case

ATTACH, SEIZE, CONT = (literal(PTRACE_REQUESTS[f"PTRACE_{name}"]) for name in ("ATTACH", "SEIZE", "CONT"))
ZERO, ONE = literal(0), literal(1)
POKE_DATA, ALLOW = literal(5), literal(0x7FFF0000)
ERRNO, KILL_PROCESS = literal(0x50000), literal(0x80000000)
TRACEE = "- P: {fork: C}\n- P: {ptrace: {request: PTRACE_SEIZE, pid: C, data: PTRACE_O_TRACESYSGOOD}}\n"
HALT = "- P: {ptrace: {request: PTRACE_INTERRUPT, pid: C}}\n- P: {wait4: {pid: C}}\n"
RESUME = "- P: {ptrace: {request: PTRACE_SYSCALL, pid: C}}\n"
REPEATS = 20


@pytest.fixture(scope="module")
def host() -> Iterator[HostTarget]:
    """One agent for all."""
    target = HostTarget()
    yield target
    target.close()


def run(host: HostTarget, steps: str) -> tuple[StepTrace, ...]:
    """Run a case often, which must give the same each time; return what it gave."""
    outcomes = list(host.run([case(steps, HEAD + "requires: [ptrace]\n")] * REPEATS))
    assert {(outcome.status, outcome.text) for outcome in outcomes} == {("ok", "")}
    (trace,) = {outcome.trace for outcome in outcomes}
    assert trace is not None
    return trace.steps


def told(seen: StepTrace) -> dict[str, Value]:
    """Return what the only event of a step tells."""
    (event,) = seen.events
    return dict(event.fields)


def states(seen: StepTrace) -> dict[str, tuple[str, str]]:
    """Return what each actor is doing."""
    return {state.actor: (state.state, state.call) for state in seen.states}


INVALID_STEPS = {
    "request": (step(1, "ptrace", POKE_DATA, pid(1), ZERO, ZERO), "a request of ptrace that is not one"),
    "init": (step(0, "ptrace", ZERO, ZERO, ZERO, ZERO), "init may neither trace"),
    "init-filters": (step(0, "seccomp", ERRNO, ONE), "init may neither trace"),
    "message": (step(1, "ptrace_geteventmsg", pid(1), literal(3)), "no such meaning of a message"),
    "peek": (step(1, "ptrace_peeksiginfo", pid(1), ZERO, literal(9), ZERO), "more than 8 signals"),
    "action": (step(1, "seccomp", ALLOW, ZERO), "no such action of a filter"),
    "data": (step(1, "seccomp", ERRNO, literal(0x10000)), "no such data of a filter"),
}


@pytest.mark.parametrize(("bad", "text"), INVALID_STEPS.values(), ids=INVALID_STEPS)
def test_what_could_break_a_case_is_invalid(bad: bytes, text: str) -> None:
    (seen,) = answers([bundled_agent()], batch(program(bad)))
    assert (seen.outcome, seen.steps) == (lib.WC_INVALID, 0)
    assert text in seen.text


@pytest.mark.parametrize("target", [pid(0), ONE, literal((1 << 32) + 1)], ids=["actor", "pid", "truncated"])
@pytest.mark.parametrize("request_", [ATTACH, SEIZE], ids=["attach", "seize"])
def test_init_is_never_traced(request_: tuple[int, int, int], target: tuple[int, int, int]) -> None:
    (seen,) = answers([bundled_agent()], batch(program(step(1, "ptrace", request_, target, ZERO, ZERO))))
    assert (seen.outcome, seen.text) == (lib.WC_REFUSED, "step 0: init may not be traced")


REAPED = (
    fork(1, 2),
    step(2, "exit", ZERO),
    step(1, "wait4", literal(-1), buffer(), ZERO, buffer(1)),
)


@pytest.mark.parametrize(
    "steps",
    [
        (step(1, "ptrace", SEIZE, literal(4000), ZERO, ZERO),),
        (*REAPED, step(1, "ptrace", ATTACH, pid(2), ZERO, ZERO)),
    ],
    ids=["literal", "gone"],
)
def test_without_a_namespace_no_stranger_is_traced(steps: tuple[bytes, ...]) -> None:
    (seen,) = answers([bundled_agent(), "--no-pidns"], batch(program(*steps)))
    assert (seen.outcome, seen.steps) == (lib.WC_REFUSED, len(steps) - 1)
    assert "needs a PID namespace" in seen.text


def test_without_a_namespace_tracees_are_asked_for_by_any_number() -> None:
    """Only those two requests reach somebody who is not a tracee yet."""
    steps = (*REAPED, step(1, "ptrace", CONT, pid(2), ZERO, ZERO), step(1, "ptrace", CONT, ONE, ZERO, ZERO))
    (seen,) = answers([bundled_agent(), "--no-pidns"], batch(program(*steps)))
    assert seen == Verdict(lib.WC_FRAME_RESULT, 1, lib.WC_OK, len(steps), "")


def test_an_idle_tracee_makes_no_system_call(host: HostTarget) -> None:
    seen = run(host, TRACEE + HALT + RESUME + "- P: {wait4: {pid: C, options: WNOHANG}}\n- C: getppid")
    assert told(seen[5])["ret"] == 0
    assert states(seen[5])["C"] == ("idle", "")
    assert states(seen[6])["C"] == ("ptrace-stop", "getppid")


def test_entry_and_exit_are_told_by_the_call_and_its_result(host: HostTarget) -> None:
    info = "- P: {wait4: {pid: C}}\n- P: {ptrace_get_syscall_info: C}\n"
    seen = run(host, TRACEE + HALT + RESUME + "- C: {fork: G}\n" + info + RESUME + info + RESUME)
    assert told(seen[7]) == {"ret": 0, "op": "entry", "nr": "fork"}
    assert told(seen[10]) == {"ret": 0, "op": "exit", "rval": "G"}
    assert states(seen[11]) == {"init": ("idle", ""), "P": ("idle", ""), "C": ("idle", ""), "G": ("idle", "")}


def test_a_traced_newborn_makes_no_system_call(host: HostTarget) -> None:
    options = "- P: {ptrace: {request: PTRACE_SETOPTIONS, pid: C, data: PTRACE_O_TRACEFORK}}\n"
    newborn = "- C: {fork: G}\n- P: {wait4: {pid: G}}\n" + RESUME.replace("pid: C", "pid: G")
    seen = run(host, TRACEE + HALT + options + RESUME.replace("SYSCALL", "CONT") + newborn)
    assert told(seen[7])["status"] == "stopped(SIGTRAP|PTRACE_EVENT_STOP)"
    assert states(seen[8])["G"] == ("idle", "")


def test_a_step_is_not_over_before_a_spinning_actor_has_handled_his_signals(host: HostTarget) -> None:
    free = "- P: {ptrace: {request: PTRACE_DETACH, pid: C}}\n- P: {kill: {pid: C, sig: SIGUSR1}}"
    handler = "- C: {sigaction: {sig: SIGUSR1, handler: log}}\n"
    seen = run(host, handler.join(TRACEE.splitlines(keepends=True)) + HALT + RESUME + HALT + free)
    assert [(event.actor, event.kind) for event in seen[-1].events] == [("P", "returned"), ("C", "handled")]


def test_a_single_step_stops_an_idle_tracee(host: HostTarget) -> None:
    one = RESUME.replace("SYSCALL", "SINGLESTEP")
    seen = run(host, TRACEE + HALT + one + "- P: {ptrace_getsiginfo: C}")
    assert states(seen[4])["C"] == ("ptrace-stop", "")
    assert told(seen[5]) == {"ret": 0, "si_signo": "SIGTRAP", "si_code": "TRAP_TRACE"}


def test_the_tracer_is_told_by_his_name(host: HostTarget) -> None:
    seen = run(host, "- P: {proc: P}\n" + TRACEE + "- P: {proc: C}")
    assert (told(seen[0])["proc_tracer"], told(seen[3])["proc_tracer"]) == (0, "P")


def test_a_filter_calls_upon_the_tracer_or_fails_the_call(host: HostTarget) -> None:
    seen = run(host, "- P: {seccomp: {action: SECCOMP_RET_ERRNO, data: 1}}\n- P: getppid\n- P: getpid")
    assert told(seen[1]) == {"ret": -1, "errno": "EPERM"}
    assert told(seen[2]) == {"ret": "P"}
