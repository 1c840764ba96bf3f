"""The agent's answer decoded to an :class:`Outcome`, with a trace spelled as the oracle spells it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from conformance.abi.processes import CLONE_THREAD
from conformance.case.calls import CALLS
from conformance.case.calls.processes import FLAGS_OF
from conformance.case.model import Call, Case
from conformance.executor._bridge import lib
from conformance.executor.frames import ProtocolError
from conformance.executor.layout import EVENT, RESULT, STATE, STEP_RESULT, WireEvent, text
from conformance.executor.observed import Actors, handled_fields, returned_fields
from conformance.executor.outcome import Outcome, Status
from conformance.trace import Event, State, StepTrace, Trace

_STATUSES: Final[dict[int, Status]] = {
    lib.WC_OK: "ok",
    lib.WC_INVALID: "invalid",
    lib.WC_HUNG: "hung",
    lib.WC_REFUSED: "refused",
    lib.WC_UNSUPPORTED: "unsupported",
    lib.WC_BROKEN: "broken",
}
_STATE_NAMES: Final[dict[int, str]] = {
    lib.WC_STATE_IDLE: "idle",
    lib.WC_STATE_BLOCKED: "blocked",
    lib.WC_STATE_STOPPED: "stopped",
    lib.WC_STATE_ZOMBIE: "zombie",
    lib.WC_STATE_GONE: "gone",
    lib.WC_STATE_RUNNING: "running",
    lib.WC_STATE_TRACED: "ptrace-stop",
}
_CALL_NAMES: Final[dict[int, str]] = {spec.opcode: name for name, spec in CALLS.items()}
_IN_A_CALL: Final = frozenset({"blocked", "stopped", "ptrace-stop"})
_UNBORN: Final[int] = lib.WC_STATE_UNBORN
_NO_SLOT: Final[int] = lib.WC_SLOT_NONE
_OUTSIDE: Final[int] = lib.WC_SLOT_OUTSIDE
_RETURNED: Final[int] = lib.WC_EVENT_RETURNED
_HANDLED: Final[int] = lib.WC_EVENT_HANDLED
_UNREADY: Final[int] = lib.WC_EVENT_UNREADY
_LOST: Final[int] = lib.WC_EVENT_LOST
_EXEC: Final[int] = lib.WC_EXEC


def _relative(slot: int, actors: Actors) -> str:
    """Name a parent, group or session."""
    if slot < len(actors):
        return actors[slot]
    if slot == _NO_SLOT:
        return ""
    if slot == _OUTSIDE:
        return "outside"
    raise ProtocolError(f"a state names slot {slot} of {len(actors)}")


def _state(wire: tuple[int, ...], actors: Actors) -> State:
    slot, number, call, *relatives = wire
    name = _STATE_NAMES.get(number)
    if name is None or slot >= len(actors):
        raise ProtocolError(f"state {number} of slot {slot} of {len(actors)}")
    if name == "gone":
        return State(actors[slot], name, "", "", "", "")
    ppid, pgid, sid = (_relative(relative, actors) for relative in relatives)
    call_name = _CALL_NAMES.get(call, "") if name in _IN_A_CALL else ""
    return State(actors[slot], name, call_name, "" if slot == 0 else ppid, pgid, sid)


@lru_cache(maxsize=8192)
def _states(block: bytes, actors: Actors) -> tuple[State, ...]:
    """Decode the states of a step; families mostly look alike, so they are remembered."""
    wires = sorted(wire for wire in STATE.iter_unpack(block) if wire[1] != _UNBORN)
    return tuple(_state(wire, actors) for wire in wires)


def _processes(case: Case) -> dict[int, int]:
    """Return the leader of each thread: who made it, or who made that one, and so on."""
    leaders: dict[int, int] = {}
    for step in case.steps:
        for actor, call in step.acts:
            child = next((arg for arg in call.args if isinstance(arg, str)), None)
            if child is not None and _makes_thread(call):
                maker = case.actors.index(actor)
                leaders[case.actors.index(child)] = leaders.get(maker, maker)
    return leaders


def _makes_thread(call: Call) -> bool:
    place = FLAGS_OF.get(call.name)
    flags = call.args[place] if place is not None else 0
    return call.name == "thread" or (isinstance(flags, int) and bool(flags & CLONE_THREAD))


class _Calls:
    """Which calls each actor is about, the one that returns next first: it may have blocked steps ago."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._by_actor: dict[int, list[Call]] = {}
        self._leaders = _processes(case)

    def enter(self, index: int, wires: list[WireEvent]) -> None:
        """Note the calls of step ``index``, unless somebody was not ready: then none of them is made."""
        if any(wire.kind == _UNREADY for wire in wires):
            return
        made: dict[int, list[Call]] = {}
        for actor, call in self._case.steps[index].acts:
            made.setdefault(self._case.actors.index(actor), []).append(call)
        self._by_actor.update(made)

    def of(self, wire: WireEvent) -> Call:
        """Return the call that this event completes."""
        calls = self._by_actor.get(wire.actor, [])
        if wire.call == _EXEC and (not calls or calls[0].name != "exec"):
            calls = self._take_over(wire.actor)
        if not calls or CALLS[calls[0].name].opcode != wire.call:
            raise ProtocolError(f"slot {wire.actor} returned from call {wire.call}, it was in {calls[:1]}")
        return calls.pop(0) if len(calls) > 1 else calls[0]

    def _take_over(self, leader: int) -> list[Call]:
        """Let a leader return from the exec of another thread of his process: that one has taken his place.

        Neither of them goes on with what else he was told to do.
        """
        for actor, calls in self._by_actor.items():
            places = [place for place, call in enumerate(calls) if call.name == "exec"]
            if places and self._leaders.get(actor) == leader:
                self._by_actor[leader] = [calls[places[0]]]
                del calls[places[0] :]
                break
        return self._by_actor.get(leader, [])


def _event(wire: WireEvent, actors: Actors, calls: _Calls) -> Event:
    if wire.actor >= len(actors):
        raise ProtocolError(f"an event of slot {wire.actor} of {len(actors)}")
    actor = actors[wire.actor]
    if wire.kind == _RETURNED:
        call = calls.of(wire)
        return Event(actor, "returned", call.name, returned_fields(wire, actors, call))
    if wire.kind == _HANDLED:
        return Event(actor, "handled", "", handled_fields(wire, actors))
    if wire.kind == _UNREADY:
        return Event(actor, "unready", _CALL_NAMES.get(wire.call, ""), ())
    if wire.kind == _LOST:
        return Event(actor, "lost", "", ())
    raise ProtocolError(f"an event of kind {wire.kind}")


def _steps(case: Case, data: bytes, count: int) -> Iterator[StepTrace]:
    """Decode ``count`` steps, which must fill ``data`` to its end."""
    actors, calls, offset = case.actors, _Calls(case), RESULT.size
    for index in range(count):
        if offset + STEP_RESULT.size > len(data):
            raise ProtocolError(f"a result ends in step {index} of {count}")
        events, states = STEP_RESULT.unpack_from(data, offset)
        start = offset + STEP_RESULT.size
        middle = start + events * EVENT.size
        offset = middle + states * STATE.size
        if offset > len(data):
            raise ProtocolError(f"a result ends in step {index} of {count}")
        wires = [WireEvent._make(wire) for wire in EVENT.iter_unpack(data[start:middle])]
        wires.sort(key=_slot)
        calls.enter(index, wires)
        yield StepTrace(
            tuple([_event(wire, actors, calls) for wire in wires]), _states(data[middle:offset], actors)
        )
    if offset != len(data):
        raise ProtocolError(f"{len(data) - offset} bytes after the last step of a result")


def _slot(wire: WireEvent) -> int:
    return wire.actor


def result_number(data: bytes) -> int:
    """Return the number of the program that a result is about.

    Raises:
        ProtocolError: it is too short to be a result.
    """
    if len(data) < RESULT.size:
        raise ProtocolError(f"a result of {len(data)} bytes")
    return int.from_bytes(data[:4], "little")


def decode(case: Case, data: bytes) -> Outcome:
    """Decode the payload of a result or error frame that answers ``case``.

    Raises:
        ProtocolError: it is malformed, or it answers some other case.
    """
    result_number(data)
    _number, number, count, duration_ns, words = RESULT.unpack_from(data)
    status = _STATUSES.get(number)
    if status is None or count > len(case.steps) or (status == "ok" and count != len(case.steps)):
        raise ProtocolError(f"{case.id}: outcome {number} after {count} of {len(case.steps)} steps")
    trace = Trace(tuple(_steps(case, data, count)))
    lost = next((event.actor for step in trace.steps for event in step.events if event.kind == "lost"), None)
    if lost is not None and status == "ok":
        return Outcome("broken", trace, f"more happened to {lost} in a step than its log holds", duration_ns)
    return Outcome(status, trace, text(words), duration_ns)
