"""An agent that answers every program with empty steps, and misbehaves as it is told.

``die=N``, ``hang=N``, ``wrong=N``, ``garble=N``: what to do when program N comes. ``mute`` and ``leave``:
never say hello. ``noise``: print lines between the frames. ``no-pidns``, as the real one has it.
``console``: speak in lines of text; ``lose=N`` a line of the answer to program N, once; ``echo`` what comes.
``idle``: after each answer say five times to have nothing to do, as one does to whom nobody listens.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from conformance.executor._bridge import lib
from conformance.executor.console import ConsoleReader, armour
from conformance.executor.frames import Frame, FrameReader, pack_frame
from conformance.executor.layout import ALIVE, FLOOR, HELLO, PROGRAM, STEP
from tests.executor_world import result, step

CONSOLE = "console" in sys.argv
_lost: set[str] = set()


def say(data: bytes, order: str = "") -> None:
    """Write everything, or on a console all but one line, if there is an order to lose it."""
    if CONSOLE and data[:4] == pack_frame(0, b"")[:4]:
        lines = armour(data)
        if order in sys.argv and order not in _lost:
            _lost.add(order)
            del lines[1]
        data = b"\n" + b"".join(lines)
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
        say(pack_frame(lib.WC_FRAME_RESULT, data), f"lose={number}")


def main(orders: set[str]) -> None:
    """Serve until the input ends."""
    if "leave" in orders:
        sys.exit(3)
    if "mute" in orders:
        signal.pause()
    say(b"booting\n" if "noise" in orders else b"")
    say(pack_frame(lib.WC_FRAME_HELLO, hello("--no-pidns" not in orders)))
    reader = ConsoleReader() if CONSOLE else FrameReader()
    while data := heard():
        say(data if "echo" in orders else b"")
        taken = data.count(b"~wc") // 8
        say(b"~wc=\n" * taken if CONSOLE else b"")
        for frame in reader.feed(data):
            serve(frame, orders)
            say(pack_frame(lib.WC_FRAME_ALIVE, ALIVE.pack(0, 0)) * 5 if "idle" in orders else b"")


def heard() -> bytes:
    """Wait for bytes, giving signs of life on a console; empty: the end."""
    while CONSOLE and not select.select([0], [], [], 0.05)[0]:
        say(pack_frame(lib.WC_FRAME_ALIVE, ALIVE.pack(0, 0)))
    return os.read(0, 1 << 16)


if __name__ == "__main__":
    main(set(sys.argv[1:]))
