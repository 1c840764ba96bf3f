"""The packers against the layout that the C compiler gave to wire.h."""

from __future__ import annotations

import pytest

from conformance.case.calls import BUFFERS, CALLS
from conformance.case.calls.usage import MAX_WORK
from conformance.executor import layout
from conformance.executor._bridge import ffi, lib

STRUCTURES = [
    "wc_frame",
    "wc_hello",
    "wc_program",
    "wc_arg",
    "wc_step",
    "wc_result",
    "wc_step_result",
    "wc_event",
    "wc_state",
    "wc_floor",
]
WITH_ARRAYS = {"wc_hello", "wc_result", "wc_step"}


@pytest.mark.parametrize("name", STRUCTURES)
def test_packers_are_as_large_as_the_c_structures(name: str) -> None:
    assert layout.packer(name).size == ffi.sizeof(f"struct {name}")


@pytest.mark.parametrize("name", [name for name in STRUCTURES if name not in WITH_ARRAYS])
def test_each_field_is_packed_where_c_looks_for_it(name: str) -> None:
    packed = layout.packer(name)
    fields = layout.field_names(name)
    data = packed.pack(*range(1, len(fields) + 1))
    seen = ffi.from_buffer(f"struct {name} *", data)
    assert [getattr(seen, field) for field in fields] == list(range(1, len(fields) + 1))


def test_arrays_are_packed_where_c_looks_for_them() -> None:
    args = [(-5, 1, 2), (2**62, 2, 0), (0, 0, 3), (7, 1, 4), (8, 2, 5)]
    data = layout.STEP.pack(1, 2, 3, 4, 1, *[number for arg in args for number in arg])
    seen = ffi.from_buffer("struct wc_step *", data)
    assert (seen.actor, seen.call, seen.child, seen.nargs, seen.joined) == (1, 2, 3, 4, 1)
    assert [(arg.value, arg.kind, arg.slot) for arg in seen.args] == args
    result = layout.RESULT.pack(9, 1, 2, 3, b"words")
    assert ffi.string(ffi.from_buffer("struct wc_result *", result).text) == b"words"


def test_reserved_bytes_are_zero() -> None:
    data = layout.STEP.pack(*[255] * 5, *[1] * 15)
    assert bytes(ffi.from_buffer("struct wc_step *", data).reserved) == bytes(3)


def test_the_header_has_the_opcodes_of_the_table_of_calls() -> None:
    assert {name: getattr(lib, f"WC_{name.upper()}") for name in CALLS} == {
        name: spec.opcode for name, spec in CALLS.items()
    }
    assert max(spec.opcode for spec in CALLS.values()) <= lib.WC_LAST_CALL
    assert {name: getattr(lib, f"WC_BUFFER_{name.upper()}") for name in BUFFERS} == dict(BUFFERS)


def test_text_ends_at_the_first_zero_and_survives_garbage() -> None:
    assert layout.text(b"6.18\0\xff\xff") == "6.18"
    assert layout.text(b"\xff") == "\N{REPLACEMENT CHARACTER}"


def test_work_is_limited_and_counted_as_in_the_header() -> None:
    assert MAX_WORK == lib.WC_MAX_BLOCKS
    assert f"blocks of {lib.WC_BLOCK_PAGES};" in CALLS["work"].params[0].doc
