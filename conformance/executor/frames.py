"""The stream of frames between waitconf and an agent, and its repair after noise."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from conformance.executor._bridge import lib
from conformance.executor.layout import FRAME

_MAGIC: Final[int] = lib.WC_MAGIC
_MAGIC_BYTES: Final = _MAGIC.to_bytes(4, "little")
_VERSION: Final[int] = lib.WC_VERSION
_MAX_FRAME: Final[int] = lib.WC_MAX_FRAME


class ProtocolError(Exception):
    """The other side sent something that no correct agent sends."""


class Frame(NamedTuple):
    """A frame whose checksum holds: ``kind`` is a ``WC_FRAME_`` number."""

    kind: int
    payload: bytes


def pack_frame(kind: int, payload: bytes) -> bytes:
    """Return the bytes of one frame."""
    return FRAME.pack(_MAGIC, kind, _VERSION, len(payload), zlib.crc32(payload)) + payload


class FrameReader:
    """Cuts a byte stream into frames; bytes that belong to none are dropped and counted in ``noise``."""

    def __init__(self) -> None:
        """Start with nothing read."""
        self._data = bytearray()
        self.noise = 0

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take in the next bytes and yield each frame that they complete.

        A frame with another version than ours is no noise: the other side is another release.

        Raises:
            ProtocolError: such a frame came.
        """
        self._data += data
        offset = 0
        try:
            while (end := self._frame_end(offset)) is not None:
                if end == 0:
                    skipped = self._next_magic(offset + 1) - offset
                    self.noise += skipped
                    offset += skipped
                    continue
                start, offset = offset, end
                yield self._cut(start, end)
        finally:
            del self._data[:offset]

    def _frame_end(self, offset: int) -> int | None:
        """Return where the frame at ``offset`` ends, 0 if there is none, None if more bytes are needed."""
        if len(self._data) - offset < FRAME.size:
            return None
        magic, _kind, _version, length, check = FRAME.unpack_from(self._data, offset)
        if magic != _MAGIC or length > _MAX_FRAME:
            return 0
        start = offset + FRAME.size
        if len(self._data) < start + length:
            return None
        with memoryview(self._data) as view:
            return start + int(length) if zlib.crc32(view[start : start + length]) == check else 0

    def _next_magic(self, start: int) -> int:
        """Find where the next frame can begin; three bytes may be the beginning of a magic."""
        found = self._data.find(_MAGIC_BYTES, start)
        return found if found >= 0 else max(start, len(self._data) - len(_MAGIC_BYTES) + 1)

    def _cut(self, start: int, end: int) -> Frame:
        """Take out the sound frame between the two offsets."""
        _magic, kind, version, _length, _check = FRAME.unpack_from(self._data, start)
        if version != _VERSION:
            raise ProtocolError(f"the agent speaks version {version} of the protocol, this is {_VERSION}")
        return Frame(kind, bytes(self._data[start + FRAME.size : end]))
