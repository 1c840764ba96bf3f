"""A case compiled to the bytes that the agent runs: a ``wc_program`` and its ``wc_step`` entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from conformance.case.calls import BUFFERS, CALLS, Kind
from conformance.case.model import Act, Arg, Case, Fd, Pid, Step
from conformance.executor._bridge import lib
from conformance.executor.layout import FACILITIES, PROGRAM, STEP

_LITERAL: Final[int] = lib.WC_ARG_LITERAL
_PID: Final[int] = lib.WC_ARG_PID
_BUFFER: Final[int] = lib.WC_ARG_BUFFER
_NO_SLOT: Final[int] = lib.WC_SLOT_NONE
_MAX_ACTORS: Final[int] = lib.WC_MAX_ACTORS
_MAX_STEPS: Final[int] = lib.WC_MAX_STEPS
_FIRST_FD: Final[int] = lib.WC_FD_FIRST
_NO_FD: Final = {BUFFERS["null"]: lib.WC_FD_CLOSED, BUFFERS["bad"]: lib.WC_FD_BAD}
_NO_ARGS: Final = (0, _LITERAL, 0) * int(lib.WC_MAX_ARGS)

_ROWS: Final = {
    name: (spec.opcode, tuple(param.kind for param in spec.params)) for name, spec in CALLS.items()
}


class CompileError(ValueError):
    """The case does not fit into a program: too many actors or steps, or an unknown requirement."""


class Program(NamedTuple):
    """A compiled case. ``number`` comes back with its result; ``watchdog_ms`` is the time of one step."""

    number: int
    steps: int
    watchdog_ms: int
    data: bytes


def _signed(value: int) -> int:
    """Give an unsigned 64-bit value (a signal mask) the sign that int64_t gives its bits."""
    return value - (1 << 64) if value >> 63 == 1 else value


def _argument(arg: Arg, kind: Kind, slots: Mapping[str, int]) -> tuple[int, int, int]:
    """Return value, kind and slot of one ``wc_arg``; ``slots`` also has the numbers of descriptors."""
    if isinstance(arg, Fd):
        return slots[arg.name], _LITERAL, 0
    if isinstance(arg, Pid):
        return arg.sign, _PID, slots[arg.actor]
    if not isinstance(arg, int):
        raise CompileError(f"a {kind.value} argument cannot be {arg!r}")
    if kind is Kind.NEWFD:
        return _NO_FD[arg], _LITERAL, 0
    return _signed(arg), _BUFFER if kind is Kind.BUFFER else _LITERAL, 0


def _act(act: Act, joined: int, slots: Mapping[str, int]) -> bytes:
    """Compile one call; a new actor goes to ``child``, every other argument to ``args``."""
    name, args = act.call
    opcode, kinds = _ROWS[name]
    child, count = _NO_SLOT, 0
    flat: tuple[int, ...] = ()
    for arg, kind in zip(args, kinds, strict=True):
        if kind is Kind.CHILD:
            child = slots[str(arg)]
            continue
        flat += _argument(arg, kind, slots)
        count += 1
    return STEP.pack(slots[act.actor], opcode, child, count, joined, *flat, *_NO_ARGS[len(flat) :])


def _step(step: Step, slots: Mapping[str, int]) -> Iterator[bytes]:
    """Compile the calls of one step: each but the last is joined to the one that follows."""
    *joined, last = step.acts
    for act in joined:
        yield _act(act, 1, slots)
    yield _act(last, 0, slots)


def compile_case(case: Case, number: int, watchdog_ms: int) -> Program:
    """Compile a checked case.

    Args:
        case: what to run; actors become slots in the order of ``case.actors``.
        number: any 32-bit number; the result carries it.
        watchdog_ms: how long one step may take to settle, in milliseconds.

    Raises:
        CompileError: the case exceeds the wire format or requires something unknown.
    """
    slots = {actor: slot for slot, actor in enumerate(case.actors)}
    slots |= {name: _FIRST_FD + place for place, name in enumerate(case.descriptors)}
    calls = [call for step in case.steps for call in _step(step, slots)]
    if len(case.actors) > _MAX_ACTORS or len(calls) > _MAX_STEPS:
        raise CompileError(f"{case.id}: more than {_MAX_ACTORS} actors or {_MAX_STEPS} steps")
    needs = 0
    for name in case.requires:
        if name not in FACILITIES:
            raise CompileError(f"{case.id}: the agent does not know the requirement {name!r}")
        needs |= FACILITIES[name]
    header = PROGRAM.pack(number, len(calls), len(case.actors), watchdog_ms, needs)
    return Program(number, len(calls), watchdog_ms, b"".join([header, *calls]))
