"""The stream of frames, with noise and in pieces."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.executor._bridge import lib
from conformance.executor.frames import Frame, FrameReader, ProtocolError, pack_frame
from conformance.executor.layout import FRAME

MAGIC = int(lib.WC_MAGIC).to_bytes(4, "little")


def read(data: bytes, size: int = 1 << 20) -> tuple[list[Frame], int]:
    """Feed bytes in pieces of ``size``; return the frames and how many bytes were noise."""
    reader = FrameReader()
    frames = [
        frame for start in range(0, len(data), size) for frame in reader.feed(data[start : start + size])
    ]
    return frames, reader.noise


def test_a_frame_is_read_as_it_was_packed() -> None:
    assert read(pack_frame(3, b"abc") + pack_frame(4, b"")) == ([Frame(3, b"abc"), Frame(4, b"")], 0)


@given(st.lists(st.binary(max_size=40), max_size=5), st.integers(1, 50))
def test_pieces_of_any_size_make_the_same_frames(payloads: list[bytes], size: int) -> None:
    data = b"".join(pack_frame(kind, payload) for kind, payload in enumerate(payloads))
    assert read(data, size) == ([Frame(kind, payload) for kind, payload in enumerate(payloads)], 0)


@given(st.binary(max_size=60), st.integers(1, 30))
def test_noise_costs_no_later_frame(noise: bytes, size: int) -> None:
    """Nothing random has a right checksum; what looks like a long frame needs bytes to be unmasked."""
    data = noise + pack_frame(3, b"first") + pack_frame(3, b"second")
    frames, _ = read(data, size)
    if MAGIC not in noise:
        assert frames == [Frame(3, b"first"), Frame(3, b"second")]


def test_a_console_line_is_counted_as_noise() -> None:
    assert read(b"[    0.0] Linux\r\n" + pack_frame(1, b"x")) == ([Frame(1, b"x")], 17)


def test_a_damaged_frame_is_skipped_and_the_next_one_found_inside_its_length() -> None:
    damaged = bytearray(pack_frame(3, b"damaged"))
    damaged[-1] ^= 1
    frames, noise = read(bytes(damaged) + pack_frame(3, b"whole"), 7)
    assert (frames, noise) == ([Frame(3, b"whole")], len(damaged))


def test_an_impossible_length_is_noise() -> None:
    header = FRAME.pack(lib.WC_MAGIC, 3, lib.WC_VERSION, lib.WC_MAX_FRAME + 1, 0)
    assert read(header + pack_frame(3, b"x"))[0] == [Frame(3, b"x")]


def test_another_version_is_told() -> None:
    data = FRAME.pack(lib.WC_MAGIC, 1, lib.WC_VERSION + 1, 1, zlib.crc32(b"x")) + b"x"
    with pytest.raises(ProtocolError, match=f"version {lib.WC_VERSION + 1} of the protocol"):
        read(data)
