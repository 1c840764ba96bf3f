"""An agent that answers every program with empty steps, and misbehaves as it is told.

``die=N``, ``hang=N``, ``wrong=N``, ``garble=N``: what to do when program N comes. ``mute`` and ``leave``:
never say hello. ``noise``: print lines between the frames. ``no-pidns``, as the real one has it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from conformance.executor._bridge import lib
from conformance.executor.frames import Frame, FrameReader, pack_frame
from conformance.executor.layout import FLOOR, HELLO, PROGRAM, STEP
from tests.executor_world import result, step


def say(data: bytes) -> None:
    """Write everything."""
    while data:
        data = data[os.write(1, data) :]


def hello(pidns: bool) -> bytes:
    """Return the hello of an agent on a made-up system."""
    why = b"" if pidns else b"told so"
    have = lib.WC_HAVE_PIDNS if pidns else 0
    return HELLO.pack(lib.WC_VERSION, have, 0, 1000, 3, b"Fake", b"9.9", b"none", b"#1", why)


def programs(payload: bytes) -> Iterator[tuple[int, int]]:
    """Yield number and steps of each program of a batch."""
    offset = 0
    while offset < len(payload):
        number, steps, *_ = PROGRAM.unpack_from(payload, offset)
        yield number, steps
        offset += PROGRAM.size + steps * STEP.size


def serve(frame: Frame, orders: set[str]) -> None:
    """Answer one frame."""
    if frame.kind == lib.WC_FRAME_FLOOR:
        processes, rounds, _ = FLOOR.unpack(frame.payload)
        say(pack_frame(frame.kind, FLOOR.pack(processes, rounds, processes * rounds)))
        return
    for number, steps in programs(frame.payload):
        if f"die={number}" in orders:
            os.kill(os.getpid(), signal.SIGSEGV)
        if f"hang={number}" in orders:
            signal.pause()
        if "noise" in orders:
            say(b"a line on the console\n")
        shown = number + 1 if f"wrong={number}" in orders else number
        data = result(*[step()] * (steps - (f"garble={number}" in orders)), number=shown)
        say(pack_frame(lib.WC_FRAME_RESULT, data))


def main(orders: set[str]) -> None:
    """Serve until the input ends."""
    if "leave" in orders:
        sys.exit(3)
    if "mute" in orders:
        signal.pause()
    say(b"booting\n" if "noise" in orders else b"")
    say(pack_frame(lib.WC_FRAME_HELLO, hello("--no-pidns" not in orders)))
    reader = FrameReader()
    while data := os.read(0, 1 << 16):
        for frame in reader.feed(data):
            serve(frame, orders)


if __name__ == "__main__":
    main(set(sys.argv[1:]))
