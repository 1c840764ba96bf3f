"""Agents and programs for the tests of the agent itself: built from the sources, spoken to byte by byte."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from conformance.case.calls import CALLS
from conformance.executor._bridge import lib
from conformance.executor.frames import Frame, FrameReader, pack_frame
from conformance.executor.layout import PROGRAM, RESULT, STEP

SOURCES: Final = Path(__file__).resolve().parent.parent / "helpers_c"
PATIENCE_S: Final = 120
"""Only a hang meets it."""

Arg = tuple[int, int, int]
"""``value``, ``kind`` and ``slot`` of a ``wc_arg``."""

NO_SLOT: Final[int] = lib.WC_SLOT_NONE
BATCH: Final[int] = lib.WC_FRAME_BATCH
ZERO: Final[Arg] = (0, lib.WC_ARG_LITERAL, 0)
NO_PIDFD: Final[Arg] = (lib.WC_FD_CLOSED, lib.WC_ARG_LITERAL, 0)
"""The pidfd of a clone: it gets no name."""


class Verdict(NamedTuple):
    """The head of a RESULT or ERROR frame; ``outcome`` is a ``WC_`` number, ``kind`` a ``WC_FRAME_`` one."""

    kind: int
    number: int
    outcome: int
    steps: int
    text: str


def build(target: Path, *flags: str) -> Path:
    """Compile the agent into ``target`` and return it.

    Raises:
        subprocess.CalledProcessError: the compiler refuses.
    """
    sources = sorted(str(path) for path in SOURCES.glob("*.c"))
    subprocess.run(["cc", "-std=gnu11", *flags, *sources, "-o", str(target)], check=True, capture_output=True)
    return target


def compiler_makes(directory: Path, *flags: str) -> bool:
    """Say whether the compiler takes these flags and what it makes of them runs."""
    source, program = directory / "probe.c", directory / "probe"
    source.write_text("int main(void) { return 0; }\n")
    if shutil.which("cc") is None:
        return False
    made = subprocess.run(["cc", *flags, str(source), "-o", str(program)], check=False, capture_output=True)
    return made.returncode == 0 and subprocess.run([program], check=False).returncode == 0


def literal(value: int) -> Arg:
    """Return an argument that is a number."""
    return value, lib.WC_ARG_LITERAL, 0


def pid(slot: int, sign: int = 1) -> Arg:
    """Return an argument that is an actor's pid, or minus that."""
    return sign, lib.WC_ARG_PID, slot


def buffer(value: int = 0) -> Arg:
    """Return an argument that is a buffer."""
    return value, lib.WC_ARG_BUFFER, 0


def step(
    actor: int, call: str, *args: Arg, child: int = NO_SLOT, count: int | None = None, joined: int = 0
) -> bytes:
    """Pack a step as it should be, or with another count of arguments; ``joined`` ones are a block."""
    rest = [ZERO] * (lib.WC_MAX_ARGS - len(args))
    flat = [number for arg in (*args, *rest) for number in arg]
    return STEP.pack(actor, CALLS[call].opcode, child, len(args) if count is None else count, joined, *flat)


def fork(actor: int, child: int) -> bytes:
    """Pack a fork."""
    return step(actor, "fork", literal(17), child=child)


def program(
    *steps: bytes, number: int = 1, actors: int = 4, needs: int = 0, watchdog_ms: int = 20000
) -> bytes:
    """Pack a program, by default with a watchdog that only a hang meets."""
    return PROGRAM.pack(number, len(steps), actors, watchdog_ms, needs) + b"".join(steps)


def simple(number: int) -> bytes:
    """Return a program that always succeeds: fork, exit, wait."""
    wait = step(1, "wait4", pid(2), buffer(), literal(0), buffer(1))
    return program(fork(1, 2), step(2, "exit", literal(3)), wait, number=number)


def batch(*programs: bytes) -> bytes:
    """Frame programs."""
    return pack_frame(BATCH, b"".join(programs))


def verdict(frame: Frame) -> Verdict:
    """Read the head of a RESULT or ERROR frame."""
    number, outcome, steps, _duration, text = RESULT.unpack_from(frame.payload)
    return Verdict(frame.kind, number, outcome, steps, text.rstrip(b"\0").decode())


def answers(command: Sequence[str], data: bytes, env: Mapping[str, str] | None = None) -> list[Verdict]:
    """Give an agent all its input at once; return what it answers after its hello.

    Raises:
        AssertionError: it did not end well, or wrote something else than frames.
    """
    done = subprocess.run(command, input=data, capture_output=True, timeout=PATIENCE_S, check=False, env=env)
    assert (done.returncode, done.stderr.decode(errors="replace")) == (0, "")
    reader = FrameReader()
    frames = list(reader.feed(done.stdout))
    assert reader.noise == 0
    assert frames[0].kind == lib.WC_FRAME_HELLO
    return [verdict(frame) for frame in frames[1:] if frame.kind != lib.WC_FRAME_ALIVE]


def patched(data: bytes, offset: int, layout: str, value: int) -> bytes:
    """Return the bytes with one number replaced."""
    return data[:offset] + struct.pack(layout, value) + data[offset + struct.calcsize(layout) :]
