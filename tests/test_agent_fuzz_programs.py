"""The agent under sanitizers, fed programs and noise that no compiler of cases would write."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Final

import pytest

from conformance.abi.processes import (
    CLONE_CLEAR_SIGHAND,
    CLONE_NEWPID,
    CLONE_PARENT,
    CLONE_PTRACE,
    CLONE_SIGHAND,
    CLONE_VFORK,
    CLONE_VM,
    THREAD_FLAGS,
)
from conformance.abi.ptrace import PTRACE_REQUESTS, SECCOMP_RETURNS
from conformance.case.calls import CALLS, Kind
from conformance.executor._bridge import ffi, lib
from conformance.executor.frames import pack_frame
from tests.agent_wire import (
    BATCH,
    Arg,
    Verdict,
    answers,
    batch,
    buffer,
    build,
    compiler_makes,
    fork,
    literal,
    patched,
    pid,
    program,
    simple,
    step,
)

MAKES_CHILD: Final = {
    name for name, spec in CALLS.items() if any(param.kind is Kind.CHILD for param in spec.params)
}
SANITIZERS: Final = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
# Leaks are looked for by a tracer, which not every sandbox allows; the agent allocates nothing anyway.
ENVIRONMENT: Final = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1"}
NAMES: Final = tuple(range(lib.WC_FD_FIRST, lib.WC_FD_FIRST + lib.WC_MAX_FDS))
ODD_VALUES: Final = (
    0,
    1,
    -1,
    2,
    9,
    17,
    19,
    64,
    65,
    255,
    -(1 << 31),
    (1 << 32) - 1,
    -(1 << 63),
    (1 << 63) - 1,
)
LEGACY_FLAGS: Final = (
    0,
    CLONE_NEWPID,
    CLONE_VM,
    CLONE_SIGHAND,
    CLONE_VM | CLONE_SIGHAND,
    CLONE_VM | CLONE_VFORK,
    CLONE_VFORK,
    CLONE_PARENT,
    CLONE_PARENT | CLONE_VM | CLONE_NEWPID,
    THREAD_FLAGS,
    THREAD_FLAGS | CLONE_VFORK,
    THREAD_FLAGS | CLONE_PARENT | CLONE_PTRACE,
    THREAD_FLAGS | CLONE_NEWPID,
)
CHOICES: Final[dict[str, dict[int, tuple[int, ...]]]] = {
    "prctl": {0: (1, 2, 36, 37)},
    "sigaction": {1: (0, 1, 2)},
    "sigtimedwait": {1: (0, 1)},
    "fault": {0: (7, 11)},
    "setrlimit": {0: (4, 11), 1: (0,)},
    "work": {0: (0, 1, 2)},
    "cgroup_join": {1: (0, 1)},
    "cgroup_kill": {1: (0, 1)},
    "tty_close": {0: (50, 51)},
    "tiocnotty": {0: (50, 51)},
    "tcgetpgrp": {0: (50, 51)},
    "tcgetsid": {0: (50, 51)},
    "tiocsctty": {1: (50, 51)},
    "tcsetpgrp": {1: (50, 51)},
    "tty_type": {0: tuple(range(256))},
    "tcsetattr": {1: (0, 1, 2)},
    "ptrace": {0: tuple(PTRACE_REQUESTS.values())},
    "ptrace_geteventmsg": {1: (0, 1, 2)},
    "ptrace_peeksiginfo": {2: (-1, 0, 8)},
    "seccomp": {0: tuple(SECCOMP_RETURNS.values()), 1: (0, 1, 0xFFFF)},
    "fcntl": {1: (1, 2, 3, 4), 2: (0, 1, os.O_NONBLOCK, os.O_EXCL)},
    "io": {1: (0, 1, 2, 3)},
    "poll": {2: (0, 1)},
    "epoll_wait": {1: (0, 1)},
    "pidfd_send_signal": {2: (0, 1, 2, 3)},
    "pidfd_get_info": {2: (0, 63, 64, 128)},
    "pidfd_namespace": {1: (0, 11, 255)},
    "clone": {1: LEGACY_FLAGS},
    "clone3": {2: (*LEGACY_FLAGS, CLONE_CLEAR_SIGHAND, CLONE_CLEAR_SIGHAND | CLONE_VM)},
}
"""What alone the agent takes at some places."""
FIRST: Final = 0xF0000000
containments = pytest.mark.parametrize("options", [[], ["--no-pidns"]], ids=["default", "no-pidns"])


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the agent with sanitizers."""
    directory = tmp_path_factory.mktemp("sanitized")
    if not compiler_makes(directory, *SANITIZERS):
        pytest.skip("the C compiler has no address and undefined-behaviour sanitizers")
    return build(directory / "agent", *SANITIZERS)


def feed(agent: Path, options: list[str], pieces: list[bytes]) -> list[list[Verdict]]:
    """Send each piece followed by a program that must succeed; return what came before each success."""
    data = b"".join(piece + batch(simple(number)) for number, piece in enumerate(pieces, FIRST))
    told: list[list[Verdict]] = [[]]
    for verdict in answers([str(agent), *options], data, ENVIRONMENT):
        if verdict == (lib.WC_FRAME_RESULT, FIRST + len(told) - 1, lib.WC_OK, 3, ""):
            told.append([])
        else:
            told[-1].append(verdict)
    assert len(told) == len(pieces) + 1
    assert told.pop() == []
    return told


def random_arg(rng: random.Random, actors: int) -> Arg:
    """Make an argument that may or may not fit its place."""
    kind = rng.randrange(8)
    if kind < 3:
        return pid(rng.randrange(actors), rng.choice((1, 1, -1)))
    return buffer(rng.randrange(3)) if kind == 3 else literal(rng.choice(ODD_VALUES))


def fitting_arg(rng: random.Random, kind: str, actors: int) -> Arg:
    """Make an argument that fits its place, of whatever value."""
    if kind == "buffer":
        return buffer(rng.randrange(3))
    if kind == "actor":
        return pid(rng.randrange(actors))
    if kind == "newfd":
        return literal(rng.choice((*NAMES, lib.WC_FD_CLOSED, lib.WC_FD_BAD)))
    if kind == "fd":
        return literal(rng.choice((*NAMES, -1, -10_000, -10_001, 1000, -(1 << 31))))
    if kind == "pid" and rng.random() < 0.8:
        return pid(rng.randrange(actors), rng.choice((1, 1, -1)))
    return literal(rng.choice(ODD_VALUES))


def joined(made: bytes) -> bytes:
    """Join a step to the next."""
    return patched(made, ffi.offsetof("struct wc_step", "joined"), "<B", 1)


def random_step(rng: random.Random, there: int, born: int) -> tuple[bytes, int]:
    """Make a valid step of any values by and about those there; also return how many are born then."""
    name = rng.choice(list(CALLS))
    if name in MAKES_CHILD and born == lib.WC_MAX_ACTORS:
        name = "pause"
    kinds = [param.kind.value for param in CALLS[name].params if param.kind.value != "child"]
    args = [fitting_arg(rng, kind, there) for kind in kinds]
    for place, values in CHOICES.get(name, {}).items():
        args[place] = literal(rng.choice(values))
    if name in MAKES_CHILD:
        return step(rng.randrange(1, there), name, *args, child=born), born + 1
    return step(rng.randrange(1, there), name, *args), born


def random_program(rng: random.Random, number: int) -> bytes:
    """Make a program that the agent has to run, however silly."""
    steps, born = [], 2
    for _ in range(rng.randrange(1, 12)):
        block, there = [], born
        for _ in range(rng.choice((1, 1, 1, 2, 3, lib.WC_MAX_TOGETHER))):
            made, born = random_step(rng, there, born)
            block.append(made)
        steps += [joined(made) for made in block[:-1]] + block[-1:]
    return program(*steps, number=number, actors=born)


def mutated(rng: random.Random, data: bytes) -> bytes:
    """Change a few bytes, or the length."""
    changed = bytearray(data)
    for _ in range(rng.randrange(1, 5)):
        changed[rng.randrange(len(changed))] = rng.choice(
            (0, 1, 2, 17, 127, 128, 254, 255, rng.randrange(256))
        )
    if rng.random() < 0.1:
        del changed[rng.randrange(len(changed)) :]
    return bytes(changed)


@containments
def test_valid_programs_of_any_values_are_run(agent: Path, options: list[str]) -> None:
    rng = random.Random(1)
    told = feed(agent, options, [batch(random_program(rng, number)) for number in range(250)])
    allowed = {lib.WC_OK, lib.WC_REFUSED}  # refused also by default, where no PID namespace can be had
    for number, verdicts in enumerate(told):
        (verdict,) = verdicts
        assert (verdict.kind, verdict.number) == (lib.WC_FRAME_RESULT, number)
        assert verdict.outcome in allowed, verdict.text


@containments
def test_mutated_programs_are_answered(agent: Path, options: list[str]) -> None:
    rng = random.Random(2)
    pieces = [pack_frame(BATCH, mutated(rng, random_program(rng, number))) for number in range(400)]
    told = feed(agent, options, pieces)
    outcomes = {verdict.outcome for verdicts in told for verdict in verdicts}
    assert all(told)
    assert {lib.WC_OK, lib.WC_INVALID} <= outcomes
    assert lib.WC_BROKEN not in outcomes


def test_steps_of_arguments_that_hardly_ever_fit_are_answered(agent: Path) -> None:
    rng = random.Random(3)
    calls = [name for name in CALLS if name not in MAKES_CHILD]
    pieces = []
    for number in range(400):
        args = [random_arg(rng, 3) for _ in range(rng.randrange(6))]
        odd = step(rng.randrange(3), rng.choice(calls), *args)
        pieces.append(batch(program(fork(1, 2), odd, number=number)))
    assert [len(verdicts) for verdicts in feed(agent, [], pieces)] == [1] * len(pieces)


def noise(rng: random.Random) -> bytes:
    """Make what a bad line might deliver: bytes, beginnings of frames, frames with errors."""
    good = batch(simple(rng.randrange(1000)))
    return rng.choice(
        (
            rng.randbytes(rng.randrange(1, 300)),
            good[: rng.randrange(len(good))],
            good[rng.randrange(1, len(good)) :],
            mutated(rng, good),
            rng.randbytes(rng.randrange(1, 9)) + good[:4] + rng.randbytes(rng.randrange(20)),
        )
    )


def test_noise_costs_frames_but_never_sense(agent: Path) -> None:
    rng = random.Random(4)
    for _ in range(20):
        feed(agent, [], [noise(rng) for _ in range(10)])


def test_a_batch_as_long_as_a_frame_may_be(agent: Path) -> None:
    crowd = program(*[step(1, "setsid")] * 64)
    filler = b"\2" * (lib.WC_MAX_FRAME - 3 * len(crowd))
    (told,) = feed(agent, [], [pack_frame(BATCH, crowd[:-1] + b"\1" + crowd * 2 + filler)])
    assert [verdict.outcome for verdict in told[:3]] == [lib.WC_INVALID, lib.WC_OK, lib.WC_OK]
    assert told[-1].outcome == lib.WC_INVALID
