"""The agent's side of the protocol: hello, repair after noise, refusals that tell, nothing left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

import pytest

from conformance.abi.processes import CLONE_NEWPID, CLONE_PARENT
from conformance.executor._bridge import ffi, lib
from conformance.executor.agent import bundled_agent
from conformance.executor.frames import FrameReader, pack_frame
from tests.agent_wire import (
    BATCH,
    NO_PIDFD,
    NO_SLOT,
    PATIENCE_S,
    Verdict,
    answers,
    batch,
    buffer,
    fork,
    literal,
    patched,
    pid,
    program,
    simple,
    step,
)

OK, INVALID, HUNG, REFUSED, UNSUPPORTED = (
    lib.WC_OK,
    lib.WC_INVALID,
    lib.WC_HUNG,
    lib.WC_REFUSED,
    lib.WC_UNSUPPORTED,
)
RESULT, ERROR = lib.WC_FRAME_RESULT, lib.WC_FRAME_ERROR

HEAD: Final[int] = ffi.sizeof("struct wc_program")
ARGS: Final[int] = HEAD + ffi.offsetof("struct wc_step", "args")
ARG: Final[int] = ffi.sizeof("struct wc_arg")

CONTAINMENTS: Final[tuple[list[str], ...]] = ([], ["--no-pidns"])
contained = pytest.mark.parametrize("options", CONTAINMENTS, ids=["default", "no-pidns"])


def ask(data: bytes, *options: str) -> list[Verdict]:
    """Return the answers of the agent that was installed."""
    return answers([bundled_agent(), *options], data)


def test_hello_says_who_is_there() -> None:
    done = subprocess.run(
        [bundled_agent(), "--cpu", "0"], stdin=subprocess.DEVNULL, capture_output=True, check=True
    )
    (frame,) = FrameReader().feed(done.stdout)
    hello = ffi.from_buffer("struct wc_hello *", frame.payload)
    name = os.uname()
    assert (frame.kind, hello.version, hello.cpu) == (lib.WC_FRAME_HELLO, lib.WC_VERSION, 0)
    assert [ffi.string(field).decode() for field in (hello.sysname, hello.release, hello.machine)] == [
        name.sysname,
        name.release,
        name.machine,
    ]
    assert hello.uid == os.getuid()
    assert bool(hello.have & lib.WC_HAVE_PIDNS) != bool(ffi.string(hello.why))


@pytest.mark.parametrize("options", [["--cpu"], ["--cpu", "x"], ["--cpu", "-1"], ["--what"], ["--actor"]])
def test_bad_options_are_told_and_nothing_is_run(options: list[str]) -> None:
    done = subprocess.run(
        [bundled_agent(), *options], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith((b"agent: ", b"usage: "))


@contained
def test_programs_of_a_batch_are_answered_in_order(options: list[str]) -> None:
    seen = ask(batch(simple(7), simple(0xFFFFFFFF)) + batch(simple(0)), *options)
    assert seen == [Verdict(RESULT, number, OK, 3, "") for number in (7, 0xFFFFFFFF, 0)]


GOOD: Final = batch(simple(5))
BAD_FRAMES: Final = {
    "check": (patched(GOOD, 12, "<I", 1), "a frame whose check does not match"),
    "version": (patched(GOOD, 6, "<H", 9), "a frame of another version"),
    "length": (patched(GOOD, 8, "<I", lib.WC_MAX_FRAME + 1), "a frame longer than WC_MAX_FRAME"),
    "type": (pack_frame(77, b""), "a frame of type 77 is not for an agent"),
    "hello": (pack_frame(lib.WC_FRAME_HELLO, b"x"), "a frame of type 1 is not for an agent"),
    "noise": (b"login: \r\nWTC WTCX", "skipped 17 bytes that are no frame"),
    "empty": (pack_frame(BATCH, b""), "a batch without a program"),
    "rest": (pack_frame(BATCH, b"\0" * 15), "15 bytes after the last program"),
    "floor": (pack_frame(lib.WC_FRAME_FLOOR, b"\0" * 3), "a floor frame of 3 bytes"),
    "great-floor": (
        pack_frame(lib.WC_FRAME_FLOOR, b"\xff" * 16),
        "a floor of more than 1000000 processes",
    ),
}


@pytest.mark.parametrize(("bad", "text"), BAD_FRAMES.values(), ids=BAD_FRAMES)
def test_a_bad_frame_is_told_once_and_the_next_one_is_run(bad: bytes, text: str) -> None:
    assert ask(bad + batch(simple(6))) == [Verdict(ERROR, 0, INVALID, 0, text), Verdict(RESULT, 6, OK, 3, "")]


@pytest.mark.parametrize("kept", [1, 4, 15, 16, 17, len(GOOD) - 1])
def test_what_is_cut_off_hides_nothing_that_follows(kept: int) -> None:
    told, good = ask(GOOD[:kept] + batch(simple(6)))
    assert (told.kind, told.outcome) == (ERROR, INVALID)
    assert good == Verdict(RESULT, 6, OK, 3, "")


@pytest.mark.parametrize("kept", [0, 1, 15, 16, len(GOOD) - 1])
def test_an_end_within_a_frame_is_no_crash(kept: int) -> None:
    assert [seen.kind for seen in ask(GOOD[:kept])] in ([], [ERROR])


def test_a_program_that_the_batch_cuts_off_is_answered_by_its_number() -> None:
    (seen,) = ask(pack_frame(BATCH, simple(9)[:-1]))
    assert seen == Verdict(RESULT, 9, INVALID, 0, "3 steps, but the batch ends before")


WAIT: Final = step(1, "wait4", literal(-1), buffer(), literal(0), buffer(1))
INVALID_PROGRAMS: Final = {
    "no-steps": (program(), "1 to 64 steps"),
    "65-steps": (program(*[step(1, "setsid")] * 65), "1 to 64 steps"),
    "one-actor": (program(step(0, "setsid"), actors=1), "2 to 16 actors"),
    "17-actors": (program(step(1, "setsid"), actors=17), "2 to 16 actors"),
    "need": (program(step(1, "setsid"), needs=0x80000000), "a need that this agent does not know"),
    "reserved": (patched(program(WAIT), 7, "<B", 1), "reserved bytes of the program"),
    "step-reserved": (patched(program(WAIT), HEAD + 5, "<B", 1), "step 0: reserved bytes are not zero"),
    "joined-2": (program(step(1, "setsid", joined=2), WAIT), "step 0: it is joined 2 times"),
    "joined-last": (program(WAIT, step(1, "setsid", joined=1)), "step 1: the last step is joined to nothing"),
    "joined-9": (
        program(*[step(1, "setsid", joined=1)] * 8, step(1, "setsid")),
        "step 7: more than 8 calls together",
    ),
    "joined-newborn": (
        program(step(1, "fork", literal(17), child=2, joined=1), step(2, "setsid")),
        "step 1: its actor, slot 2, was not born",
    ),
    "joined-newborn-pid": (
        program(step(1, "fork", literal(17), child=2, joined=1), step(1, "getsid", pid(2))),
        "argument 0 names slot 2, where nobody was born",
    ),
    "joined-twins": (
        program(step(1, "fork", literal(17), child=2, joined=1), fork(1, 2)),
        "step 1: slot 2 of the child is taken",
    ),
    "arg-reserved": (patched(program(WAIT), ARGS + ARG - 1, "<B", 1), "reserved bytes of argument 0"),
    "opcode-0": (patched(program(WAIT), HEAD + 1, "<B", 0), "step 0: no such call: 0"),
    "opcode-255": (patched(program(WAIT), HEAD + 1, "<B", 255), "no such call: 255"),
    "unborn": (program(fork(1, 2), step(3, "setsid")), "step 1: its actor, slot 3, was not born"),
    "far-actor": (program(step(200, "setsid")), "slot 200, was not born"),
    "taken": (program(fork(1, 2), fork(1, 2)), "step 1: slot 2 of the child is taken"),
    "far-child": (program(fork(1, 4)), "slot 4 of the child is beyond the 4 actors"),
    "child": (program(step(1, "setsid", child=2)), "makes no child, yet names slot 2"),
    "few-args": (program(step(1, "kill", pid(1), count=1)), "call 7 takes 2 arguments, not 1"),
    "many-args": (program(step(1, "setsid", count=9)), "call 13 takes 0 arguments, not 9"),
    "beyond": (program(step(1, "setsid", literal(4), count=0)), "argument 0 is beyond the last and not zero"),
    "kind": (program(step(1, "exit", buffer())), "argument 0 is of kind 2, which does not fit there"),
    "pid-kind": (program(step(1, "exit", pid(1))), "argument 0 is of kind 1"),
    "no-kind": (program(step(1, "exit", (0, 9, 0))), "argument 0 is of kind 9"),
    "buffer": (
        program(step(1, "wait4", pid(0), buffer(3), literal(0), buffer())),
        "argument 1 is no buffer: 3",
    ),
    "slot": (program(step(1, "exit", (0, 0, 3))), "argument 0 is no pid but has slot 3"),
    "pid-slot": (program(step(1, "getsid", pid(2))), "argument 0 names slot 2, where nobody was born"),
    "factor": (program(step(1, "getsid", pid(0, 2))), "argument 0 multiplies a pid by 2"),
    "init-exits": (program(step(0, "exit", literal(0))), "init may neither exit nor exec"),
    "init-exits-too": (program(step(0, "exit_group", literal(0))), "init may neither exit nor exec"),
    "init-execs": (program(step(0, "exec")), "init may neither exit nor exec"),
    "init-pdeathsig": (
        program(step(0, "prctl", literal(1), literal(0))),
        "parent-death signal is the agent's own",
    ),
    "init-uids": (
        program(step(0, "setresuid", literal(1), literal(1), literal(1))),
        "init may not change its ids",
    ),
    "init-gids": (
        program(step(0, "setresgid", literal(-1), literal(-1), literal(-1))),
        "init may not change its ids",
    ),
    "clone3": (
        program(step(1, "clone3", literal(17), literal(0), literal(1 << 28), NO_PIDFD, child=2), actors=3),
        "clone3 flags 10000000 are not ones",
    ),
    "clone": (
        program(step(1, "clone", literal(17), literal(1 << 32), NO_PIDFD, child=2), actors=3),
        "clone flags 100000000 are not ones",
    ),
    "clone-name": (
        program(step(1, "clone", literal(17), literal(0), literal(3), child=2), actors=3),
        "no name of a pidfd: 3",
    ),
    "socket-name": (program(step(1, "socketpair", literal(3), literal(9))), "no name of a descriptor"),
    "close": (program(step(1, "close", literal(3))), "descriptor 3 is the agent's own"),
    "fcntl": (
        program(step(1, "fcntl", literal(8), literal(0), literal(0))),
        "fcntl 0 with 0 is not",
    ),
    "getfd": (
        program(step(1, "pidfd_getfd", literal(8), literal(0), literal(0), literal(9))),
        "descriptor 0 is the agent's own",
    ),
    "send-fd": (program(step(1, "send_fd", literal(8), literal(0))), "descriptor 0 is the agent's own"),
    "poll": (program(step(1, "poll", literal(8), literal(1), literal(2))), "no such choice: 2"),
    "info-size": (
        program(step(1, "pidfd_get_info", literal(8), literal(0), literal(129), buffer())),
        "no such choice: 129",
    ),
    "thread-of-init-exits": (
        program(step(0, "thread", child=2), step(2, "thread", child=3), step(3, "exit_group", literal(0))),
        "step 2: init may neither exit nor exec",
    ),
    "thread-of-init-execs": (
        program(step(0, "thread", child=2), step(2, "exec")),
        "step 1: init may neither exit nor exec",
    ),
    "thread-of-init-faults": (
        program(step(0, "thread", child=2), step(2, "fault", literal(11))),
        "step 1: init may not fault",
    ),
    "cgroup": (program(step(1, "cgroup_kill", literal(1), literal(2))), "no such cgroup: 2"),
    "work": (program(step(1, "work", literal(9))), "9 blocks of work"),
    "proc-literal": (program(step(1, "proc", literal(1))), "argument 0 is of kind 0, which does not fit"),
    "proc-group": (program(step(1, "proc", pid(1, -1))), "argument 0 multiplies a pid by -1"),
    "prctl": (program(step(1, "prctl", literal(22), literal(0))), "prctl option 22 is not one"),
    "handler": (
        program(step(1, "sigaction", literal(10), literal(3), literal(0), literal(0))),
        "no such handler: 3",
    ),
    "timeout": (program(step(1, "sigtimedwait", literal(0), literal(2))), "no such timeout: 2"),
    "fault": (program(step(1, "fault", literal(8))), "no such fault: 8"),
    "init-faults": (program(step(0, "fault", literal(11))), "init may not fault"),
    "resource": (program(step(1, "setrlimit", literal(6), literal(0))), "resource 6, limit 0: not one"),
    "limit": (program(step(1, "setrlimit", literal(11), literal(9))), "resource 11, limit 9: not one"),
}


@pytest.mark.parametrize(("bad", "text"), INVALID_PROGRAMS.values(), ids=INVALID_PROGRAMS)
def test_an_invalid_program_is_told_and_the_next_one_is_run(bad: bytes, text: str) -> None:
    told, good = ask(batch(bad, simple(2)))
    assert (told.kind, told.number, told.outcome, told.steps) == (RESULT, 1, INVALID, 0)
    assert text in told.text
    assert good == Verdict(RESULT, 2, OK, 3, "")


def test_a_batch_after_noise_may_lie_at_any_address() -> None:
    data = b"".join(b"n" * length + batch(simple(length)) for length in range(1, 17))
    assert [seen.number for seen in ask(data) if seen.outcome == OK] == list(range(1, 17))


def kill(target: tuple[int, int, int], sig: int = 15) -> bytes:
    """Pack a kill by the root actor."""
    return step(1, "kill", target, literal(sig))


GONE: Final = (fork(1, 2), step(2, "exit", literal(0)), WAIT)
REACHING_OUT: Final = {
    "all": (kill(literal(-1)),),
    "one": (kill(literal(1), 0),),
    "group": (kill(literal(-1000)),),
    "truncated": (kill(literal((1 << 32) + 1)),),
    "gone": (*GONE, kill(pid(2))),
    "gone-group": (*GONE, kill(pid(2, -1))),
    "tgkill": (step(1, "tgkill", literal(1), literal(1), literal(15)),),
    "tkill": (step(1, "tkill", literal(1), literal(0)),),
    "tkill-gone": (*GONE, step(1, "tkill", pid(2), literal(0))),
    "sigqueue": (step(1, "sigqueue", literal(1), literal(0), literal(-1), literal(0)),),
    "sigqueue-gone": (*GONE, step(1, "sigqueue", pid(2), literal(0), literal(-1), literal(0))),
    "namespace": (step(1, "clone", literal(17), literal(CLONE_NEWPID), NO_PIDFD, child=2),),
    "sister-of-init": (step(0, "clone", literal(17), literal(CLONE_PARENT), NO_PIDFD, child=2),),
    "sister-by-thread": (
        step(0, "thread", child=2),
        step(2, "clone3", literal(17), literal(0), literal(CLONE_PARENT), NO_PIDFD, child=3),
    ),
}


@pytest.mark.parametrize("steps", REACHING_OUT.values(), ids=REACHING_OUT)
def test_without_a_namespace_no_signal_leaves_the_case(steps: tuple[bytes, ...]) -> None:
    (seen,) = ask(batch(program(*steps)), "--no-pidns")
    assert (seen.outcome, seen.steps) == (REFUSED, len(steps) - 1)
    assert seen.text.startswith(f"step {len(steps) - 1}: ")


STAYING_IN: Final = {
    "child": (fork(1, 2), kill(pid(2))),
    "zombie": (fork(1, 2), kill(pid(2)), kill(pid(2))),
    "no-group": (fork(1, 2), kill(pid(2, -1))),
    "own-group": (kill(literal(0), 0),),
    "int-min": (kill(literal(-(1 << 31))),),
    "tgkill": (fork(1, 2), step(1, "tgkill", pid(2), pid(2), literal(15))),
    "sister": (step(1, "clone", literal(17), literal(CLONE_PARENT), NO_PIDFD, child=2), kill(pid(2))),
    "thread": (step(1, "thread", child=2), step(1, "tgkill", pid(1), pid(2), literal(0))),
    "tgkill-nobody": (step(1, "tgkill", literal(-1), literal(0), literal(15)),),
}


@pytest.mark.parametrize("steps", STAYING_IN.values(), ids=STAYING_IN)
def test_without_a_namespace_signals_within_the_case_are_sent(steps: tuple[bytes, ...]) -> None:
    assert ask(batch(program(*steps)), "--no-pidns") == [Verdict(RESULT, 1, OK, len(steps), "")]


def test_what_needs_a_namespace_is_unsupported_without() -> None:
    (seen,) = ask(batch(program(kill(literal(-1)), needs=lib.WC_HAVE_PIDNS)), "--no-pidns")
    assert (seen.outcome, seen.steps) == (UNSUPPORTED, 0)
    assert seen.text == "no PID namespace: --no-pidns was given"


@contained
def test_a_case_that_hangs_is_told_cleared_away_and_followed_by_the_next(options: list[str]) -> None:
    crowd = [fork(actor, actor + 1) for actor in range(1, 15)]
    work = step(1, "work", literal(lib.WC_MAX_BLOCKS))  # takes longer than the director's first look
    slow = program(*crowd, work, step(2, "exec"), actors=16, watchdog_ms=0)
    seen = ask(batch(*[slow] * 50, simple(3)), *options)
    assert {verdict.outcome for verdict in seen[:-1]} <= {OK, HUNG}
    assert HUNG in {verdict.outcome for verdict in seen}
    assert all("did not settle within 0 ms" in verdict.text for verdict in seen if verdict.outcome == HUNG)
    assert seen[-1] == Verdict(RESULT, 3, OK, 3, "")


def running(path: Path) -> list[int]:
    """Return the pids of all processes that run this program."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and (process / "exe").readlink() == path:
                found.append(int(process.name))
        except OSError:
            continue  # gone meanwhile, a kernel thread, or somebody else's
    return found


@contained
@pytest.mark.parametrize("sig", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_agent_leaves_no_process(tmp_path: Path, options: list[str], sig: signal.Signals) -> None:
    agent = tmp_path / "victim"
    shutil.copy(bundled_agent(), agent)
    crowd = [fork(actor, actor + 1) for actor in range(1, 12)]
    sharers = [step(12, "thread", child=13), step(13, "vfork", child=14), step(14, "thread", child=15)]
    busy = program(*crowd, *sharers, step(2, "setsid"), step(5, "setsid"), WAIT, actors=16)
    for moment in range(10):
        with subprocess.Popen([agent, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(batch(*[busy] * 30))
            process.stdin.flush()
            process.stdout.read(1000 * (moment + 1))
            process.send_signal(sig)
            assert process.wait(PATIENCE_S) == -sig
        deadline = time.monotonic() + PATIENCE_S
        while left := running(agent):
            assert time.monotonic() < deadline, f"{left} are still there"


@contained
def test_an_agent_whose_reader_went_away_ends(tmp_path: Path, options: list[str]) -> None:
    agent = tmp_path / "orphan"
    shutil.copy(bundled_agent(), agent)
    with subprocess.Popen([agent, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.close()
        process.stdin.write(batch(*[simple(1)] * 3))
        process.stdin.flush()
        assert process.wait(PATIENCE_S) == 1
    assert running(agent) == []


def test_an_argument_slot_may_also_say_that_there_is_none() -> None:
    assert ask(batch(program(step(1, "getsid", (0, lib.WC_ARG_LITERAL, NO_SLOT)))))[0].outcome == OK
