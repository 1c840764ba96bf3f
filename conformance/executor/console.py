"""Frames as lines of text, for a console that is no clean pipe: a serial line, a terminal, adb.

A frame becomes lines of base64, the first marked ``~wc:`` and the others ``~wc+``. What a kernel prints in
between, echo, and carriage returns are passed over; a line that something was printed into makes its frame
wrong, and the frame's own checksum tells. A new first line drops what is left of a broken frame.

A console holds little that nobody reads yet, and loses the rest, or (user-mode Linux) never wakes up again.
So the agent says ``~wc=`` for every eight lines that it has taken, and no more than 32 are sent on credit.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Iterator
from typing import Final

from conformance.executor.frames import Frame, FrameReader

FIRST: Final = b"~wc:"
NEXT: Final = b"~wc+"
TAKEN: Final = b"~wc="
CREDIT: Final = 32
_TAKEN_LINES: Final = 8
_BYTES: Final = 54
"""Of a frame to a line: 72 letters, so that a line fits on any console."""
_LONGEST: Final = 4096
"""A line that is longer is none of ours."""


def armour(frame: bytes) -> list[bytes]:
    """Return the lines that stand for a frame."""
    pieces = [frame[start : start + _BYTES] for start in range(0, len(frame), _BYTES)]
    marks = [FIRST, *[NEXT] * (len(pieces) - 1)]
    return [mark + b64encode(piece) + b"\n" for mark, piece in zip(marks, pieces, strict=True)]


class Outbox:
    """Lines that wait until the agent has taken those before them."""

    def __init__(self) -> None:
        """Start with nothing to send, and full credit."""
        self._lines: deque[bytes] = deque()
        self._credit = CREDIT

    def put(self, frame: bytes) -> None:
        """Take a frame."""
        self._lines += armour(frame)

    def taken(self, lines: int = CREDIT) -> None:
        """Hear that the agent took some lines; all of them, if it is idle: else they were lost."""
        self._credit = min(CREDIT, self._credit + lines)

    def take(self) -> bytes:
        """Return what can be sent now."""
        count = min(self._credit, len(self._lines))
        self._credit -= count
        return b"".join([self._lines.popleft() for _ in range(count)])


class ConsoleReader:
    """Finds the frames in what comes from a console; ``noise`` counts the lines that were none of ours."""

    def __init__(self) -> None:
        """Start with nothing read."""
        self._line = b""
        self._frames = FrameReader()
        self._taken = 0
        self.noise = 0

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take in the next bytes and yield each frame that they complete.

        Raises:
            ProtocolError: a frame of another version of the protocol came.
        """
        *lines, rest = (self._line + data).split(b"\n")
        self._line = rest[-_LONGEST:]
        for line in lines:
            yield from self._take(line)

    def lines_taken(self) -> int:
        """Return how many lines the agent has said that it took, since this was asked last."""
        taken, self._taken = self._taken, 0
        return taken

    def _take(self, line: bytes) -> Iterator[Frame]:
        """Look for one of our lines at the end of a line, whatever was printed before it."""
        if line.rstrip().endswith(TAKEN):
            self._taken += _TAKEN_LINES
            return
        mark = max(line.rfind(FIRST), line.rfind(NEXT))
        if mark < 0:
            self.noise += bool(line.strip())
            return
        if line[mark:].startswith(FIRST):
            self._frames = FrameReader()
        try:
            piece = b64decode(line[mark + len(FIRST) :].strip(), validate=True)
        except binascii.Error:
            self.noise += 1
            self._frames = FrameReader()
            return
        yield from self._frames.feed(piece)
