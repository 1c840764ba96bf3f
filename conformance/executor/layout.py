"""Fast packers for the structures of wire.h, made from the header itself.

``struct.Struct`` packs several times faster than cffi assigns fields. The formats are derived from the
layout that the C compiler gave to the extension, so neither a field's size nor its place is written twice.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from conformance.executor._bridge import ffi, lib

_CODES: Final = {
    "uint8_t": "B",
    "uint16_t": "H",
    "uint32_t": "I",
    "int32_t": "i",
    "uint64_t": "Q",
    "int64_t": "q",
}


def _format(ctype: Any) -> str:
    """Return the ``struct`` format of a C type, without a byte order."""
    if ctype.kind == "primitive":
        return _CODES[ctype.cname]
    if ctype.kind == "array":
        return f"{ctype.length}s" if ctype.item.cname == "char" else _format(ctype.item) * ctype.length
    parts, end = [], 0
    for name, field in ctype.fields:
        size = ffi.sizeof(field.type)
        parts.append(f"{field.offset - end}x" if field.offset > end else "")
        parts.append(f"{size}x" if name == "reserved" else _format(field.type))
        end = field.offset + size
    padding = ffi.sizeof(ctype) - end
    return "".join(parts) + (f"{padding}x" if padding else "")


def packer(name: str) -> struct.Struct:
    """Return the packer of ``struct name``: its fields in order, ``reserved`` ones as zero bytes.

    Raises:
        TypeError: the header's layout has something that ``struct`` cannot say.
    """
    ctype = ffi.typeof(f"struct {name}")
    packed = struct.Struct("<" + _format(ctype))
    if packed.size != ffi.sizeof(ctype):
        raise TypeError(f"struct {name}: {ffi.sizeof(ctype)} bytes in C, {packed.size} here")
    return packed


def field_names(name: str) -> tuple[str, ...]:
    """Return the names of the fields of ``struct name`` that :func:`packer` packs."""
    return tuple(field for field, _ in ffi.typeof(f"struct {name}").fields if field != "reserved")


FACILITIES: Final[Mapping[str, int]] = {
    "pidns": lib.WC_HAVE_PIDNS,
    "core": lib.WC_HAVE_CORE,
    "uids": lib.WC_HAVE_UIDS,
    "set-tid": lib.WC_HAVE_SET_TID,
    "last-pid": lib.WC_HAVE_LAST_PID,
    "proc": lib.WC_HAVE_PROC,
    "pty": lib.WC_HAVE_PTY,
    "stealtty": lib.WC_HAVE_STEALTTY,
    "cgroup": lib.WC_HAVE_CGROUP,
    "ptrace": lib.WC_HAVE_PTRACE,
    "seccomp": lib.WC_HAVE_SECCOMP,
    "pidfd": lib.WC_HAVE_PIDFD,
}
"""The bits of what a case can require (``conformance.case.model.REQUIREMENTS``)."""


class WireEvent(NamedTuple):
    """``struct wc_event`` as numbers; wire.h says what they mean."""

    actor: int
    kind: int
    call: int
    ret_slot: int
    error: int
    ret: int
    written: int
    rusage_written: int
    status: int
    signo: int
    si_errno: int
    code: int
    pid: int
    uid: int
    pid_slot: int
    handler: int
    set: int
    fact1: int
    fact2: int
    fact3: int


class WireHello(NamedTuple):
    """``struct wc_hello``: what the agent says of the place where it runs."""

    version: int
    have: int
    userns: int
    uid: int
    cpu: int
    sysname: bytes
    release: bytes
    machine: bytes
    build: bytes
    why: bytes


FRAME: Final = packer("wc_frame")
HELLO: Final = packer("wc_hello")
PROGRAM: Final = packer("wc_program")
STEP: Final = packer("wc_step")
RESULT: Final = packer("wc_result")
STEP_RESULT: Final = packer("wc_step_result")
EVENT: Final = packer("wc_event")
STATE: Final = packer("wc_state")
FLOOR: Final = packer("wc_floor")
ALIVE: Final = packer("wc_alive")

for _mirror, _name in ((WireEvent, "wc_event"), (WireHello, "wc_hello")):
    if _mirror._fields != field_names(_name):
        raise TypeError(
            f"{_mirror.__name__} does not name the fields of struct {_name}: {field_names(_name)}"
        )


def text(raw: bytes) -> str:
    """Read a NUL-padded C string that may hold anything."""
    return raw.split(b"\0", 1)[0].decode("utf-8", "replace")
