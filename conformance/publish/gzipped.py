"""Compressed files, read as far as they go: of one that was cut off, its beginning."""

from __future__ import annotations

import zlib
from typing import Final, NamedTuple

MAGIC: Final = b"\x1f\x8b"
"""How every gzip file begins."""


class Damaged(Exception):
    """The data are no gzip file, or there is something else in it; ``str()`` says what."""


class Unpacked(NamedTuple):
    """What was packed. ``whole`` is false if the last member, or only its checksum, is cut off."""

    data: bytes
    whole: bool


def unpack(packed: bytes) -> Unpacked:
    """Unpack all members of a gzip file, one after the other, and check their checksums.

    Zeros behind a member, which tapes and some tools leave there, are nothing, as they are to ``gzip``.
    Raises :class:`Damaged`.
    """
    found: list[bytes] = []
    whole = False
    while packed:
        if not packed.startswith(MAGIC[: len(packed)]):
            raise Damaged("there is something else behind the compressed data")
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            found.append(member.decompress(packed))
        except zlib.error as error:
            raise Damaged(str(error)) from error
        whole, packed = member.eof, member.unused_data.lstrip(b"\0")
    return Unpacked(b"".join(found), whole)
