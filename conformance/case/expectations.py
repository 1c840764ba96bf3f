"""``expect:`` of a step: what the author says that the documents promise, actor by actor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final, TypeVar

from conformance.abi.ptrace import stop_code_text
from conformance.abi.signals import SI_CODES, SIGNAL_NAMES, SIGNALS
from conformance.abi.waiting import CLD_CODES
from conformance.case import observed, shapes
from conformance.case.arguments import Actors
from conformance.case.calls import CALLS
from conformance.case.errors import CaseError, Problems
from conformance.case.model import Act, AnyOf, Call, Expected, Value
from conformance.case.names import is_actor
from conformance.case.yamlsource import Mapping as MappingNode
from conformance.case.yamlsource import Node, Scalar, Sequence

STATES: Final = ("idle", "blocked", "stopped", "ptrace-stop", "zombie", "gone")
STATE_FIELDS: Final = ("state", "ppid", "pgid", "sid")
HANDLED_FIELDS: Final = ("si_signo", "si_code", "si_pid", "si_uid", "si_status", "si_value")
BLOCKS: Final = "blocks"
ANY: Final = "any"
"""The key of a value that is one of several."""

Calls = tuple[tuple[str, Call], ...]
"""The calls that actors are in, or made last, by actor."""
Pairs = tuple[tuple[str, Value], ...]
_Maybe = Value | AnyOf
_T = TypeVar("_T")


def mentioned(node: Node | None) -> tuple[str, ...]:
    """Return the keys of an ``expect`` that are names of actors."""
    if not isinstance(node, MappingNode):
        return ()
    return tuple(key.text for key, _ in node.entries if is_actor(key.text))


def compile_expect(node: Node, actor: str, calls: Calls, actors: Actors) -> tuple[Expected, ...]:
    """Compile an ``expect``.

    ``calls`` holds, for ``actor`` and for each actor mentioned, the call that it made last (this step's
    call for ``actor``). Raises :class:`CaseErrors` for everything that is wrong with it.
    """
    made = dict(calls)
    if isinstance(node, Scalar):
        return (_one_actor(node, actor, made.get(actor), actors),)
    table = shapes.mapping(node, "expect", "`blocks` or a mapping")
    own = tuple(entry for entry in table.entries if not is_actor(entry[0].text))
    problems = Problems()
    found: list[Expected] = []
    if own:
        with problems:
            found.append(_one_actor(MappingNode(table.mark, own), actor, made.get(actor), actors))
    for key, value in table.entries:
        if is_actor(key.text):
            with problems:
                if key.text not in actors:
                    raise shapes.unknown(key, "an actor of this case", actors)
                if own and key.text == actor:
                    raise CaseError(key.mark, f"`{actor}` makes this step's call: write its keys beside it")
                found.append(_one_actor(value, key.text, made.get(key.text), actors))
    problems.raise_any()
    return tuple(found)


def compile_together_expect(
    node: Node, acts: Iterable[Act], calls: Calls, actors: Actors
) -> tuple[Expected, ...]:
    """Compile the ``expect`` of a ``together`` step, whose keys are actors.

    What is expected of an actor with several calls is about the last of them, or it is a list with an item
    for each. ``calls`` holds the call that each other actor mentioned made last. Raises :class:`CaseErrors`.
    """
    earlier = dict(calls)
    table = shapes.mapping(node, "expect", "a mapping of actors to what is expected of them")
    problems = Problems()
    found: list[Expected] = []
    for key, value in table.entries:
        with problems:
            if not is_actor(key.text):
                raise CaseError(key.mark, f"`{key.text}` of whom? `expect: {{P: {{{key.text}: …}}}}`")
            if key.text not in actors:
                raise shapes.unknown(key, "an actor of this case", actors)
            made = [act.call for act in acts if act.actor == key.text]
            if isinstance(value, Sequence):
                found += _each_call(value, key.text, made, actors)
            else:
                call = made[-1] if made else earlier.get(key.text)
                found.append(_one_actor(value, key.text, call, actors, len(made) - 1))
    problems.raise_any()
    return tuple(found)


def _each_call(node: Sequence, actor: str, made: list[Call], actors: Actors) -> list[Expected]:
    """Read a list with an item for each call that an actor makes in a block."""
    if len(node.items) != len(made):
        raise CaseError(
            node.mark, f"{actor} makes {len(made)} calls in this step; {len(node.items)} are told of"
        )
    problems = Problems()
    found = []
    for place, (item, call) in enumerate(zip(node.items, made, strict=True)):
        with problems:
            expected = _one_actor(item, actor, call, actors, place)
            ends = expected.returns is False or place + 1 == len(made)
            if not ends and (expected.state or expected.handled is not None):
                raise CaseError(item.mark, "how the step leaves an actor belongs into the last item")
            found.append(expected)
    problems.raise_any()
    return found


def _one_actor(node: Node, actor: str, call: Call | None, actors: Actors, place: int = -1) -> Expected:
    if isinstance(node, Scalar):
        if node.value != BLOCKS:
            raise shapes.wrong(node, "expect", "`blocks` or a mapping")
        return Expected(actor, state=(("state", "blocked"),), returns=False, place=place)
    table = shapes.mapping(node, actor, "`blocks` or a mapping")
    fields: dict[str, _Maybe] = {}
    state: dict[str, _Maybe] = {}
    handled: tuple[Pairs, ...] | None = None
    problems = Problems()
    for key, value in table.entries:
        with problems:
            if key.text in STATE_FIELDS:
                state[key.text] = _alternatives(value, partial(_state, key.text, actors))
            elif key.text == "handled":
                handled = tuple(_handled(item, actors) for item in shapes.items(value))
            else:
                fields[key.text] = _field(key, value, actor, call, actors)
    problems.raise_any()
    _agree(table, fields)
    order = ("ret", "errno", *observed.WANTS) if call is None else observed.observable(call)
    return Expected(actor, _ordered(fields, order), _ordered(state, STATE_FIELDS), handled, place=place)


def _ordered(found: Mapping[str, _T], order: tuple[str, ...]) -> tuple[tuple[str, _T], ...]:
    return tuple((name, found[name]) for name in order if name in found)


def _alternatives(node: Node, read: Callable[[Node], Value]) -> _Maybe:
    """Read a value, or ``{any: [...]}``: one of several."""
    if not isinstance(node, MappingNode):
        return read(node)
    several = node.get(ANY)
    if several is None or len(node.entries) != 1:
        raise CaseError(node.mark, f"write a value, or `{{{ANY}: [one, another]}}`")
    values = tuple(read(item) for item in shapes.sequence(several, ANY).items)
    if len(set(values)) < 2:
        raise CaseError(several.mark, f"`{ANY}` takes two different values or more")
    return AnyOf(values)


def _field(key: Scalar, value: Node, actor: str, call: Call | None, actors: Actors) -> _Maybe:
    if call is None:
        if key.text in observed.WANTS:
            raise CaseError(key.mark, f"{actor} has made no call yet: `{key.text}` cannot be expected of it")
        raise shapes.unknown(key, "something to expect", (*STATE_FIELDS, "handled"))
    fields = observed.observable(call)
    if key.text not in fields:
        raise _unexpectable(key, call, fields)
    return _alternatives(value, lambda node: observed.read_field(key.text, node, call, actors))


def _unexpectable(key: Scalar, call: Call, fields: tuple[str, ...]) -> CaseError:
    """Say why a key cannot be expected of a call: not observed this time, never, or no key at all."""
    known = (*fields, *STATE_FIELDS, "handled")
    if key.text not in observed.WANTS:
        return shapes.unknown(key, f"something to expect of {call.name}", known)
    if call.name in observed.NO_RETURN:
        reason = f"{call.name} never returns"
    else:
        reason = observed.why_unobserved(call, key.text) if key.text in _row(call) else ""
        reason = reason or f"{call.name} has no `{key.text}`"
    return CaseError(key.mark, f"`{key.text}` cannot be expected: {reason}; what can: {', '.join(known)}")


def _row(call: Call) -> tuple[str, ...]:
    return CALLS[call.name].observes


def _agree(table: MappingNode, fields: dict[str, _Maybe]) -> None:
    """Complete and cross-check fields that depend on each other."""
    if "errno" in fields and fields.setdefault("ret", -1) != -1:
        raise CaseError(table.mark, "`errno` and `ret` contradict each other: a call that fails returns -1")
    code, status = fields.get("si_code"), fields.get("si_status")
    node = table.get("si_status") or table
    if status is not None and not isinstance(status, AnyOf) and not isinstance(code, AnyOf):
        fields["si_status"] = _status_by_code(node, code, status)


def _status_by_code(node: Node, code: Value | None, status: Value) -> Value:
    """Spell si_status as its si_code demands: an exit code for CLD_EXITED, else a signal (0 is one too:
    a stop by PTRACE_INTERRUPT has none).
    """
    if code == "CLD_EXITED" and status in SIGNALS:
        raise CaseError(node.mark, "si_status of CLD_EXITED is the exit code, not a signal")
    if code in CLD_CODES and code != "CLD_EXITED" and isinstance(status, int):
        return stop_code_text(status)
    return status


def _state(field: str, actors: Actors, node: Node) -> Value:
    text = shapes.word(node)
    known = STATES if field == "state" else actors
    what = "a state" if field == "state" else "an actor of this case"
    if text is None or not isinstance(node, Scalar):
        raise shapes.wrong(node, field, what)
    if text not in known:
        raise shapes.unknown(node, what, known)
    return text


def _handled(node: Node, actors: Actors) -> Pairs:
    """Read one handled signal: its name, or its siginfo_t as a mapping with ``si_signo``."""
    if isinstance(node, Scalar):
        return (("si_signo", _signal_name(node)),)
    table = shapes.mapping(node, "handled", "a list of signal names and mappings")
    found: dict[str, Value] = {}
    problems = Problems()
    for key, value in table.entries:
        with problems:
            found[key.text] = _handled_field(key, value, actors)
    problems.raise_any()
    if "si_signo" not in found:
        raise CaseError(table.mark, "a handled signal needs `si_signo`")
    code, status = found.get("si_code"), found.get("si_status")
    if status is not None:
        if code in SI_CODES:
            raise CaseError(table.mark, f"a signal sent with {code} has no si_status")
        found["si_status"] = _status_by_code(table.get("si_status") or table, code, status)
    return _ordered(found, HANDLED_FIELDS)


def _signal_name(node: Node) -> Value:
    value = observed.one_of("si_signo", node, SIGNALS, SIGNAL_NAMES)
    if isinstance(value, int):
        raise CaseError(node.mark, f"{value} is not a signal")
    return value


def _handled_field(key: Scalar, node: Node, actors: Actors) -> Value:
    if key.text == "si_signo":
        return _signal_name(node)
    if key.text == "si_code":
        return observed.any_code(node)
    if key.text == "si_pid":
        return observed.actor_or_zero("si_pid", node, actors)
    if key.text == "si_uid":
        return observed.integer("si_uid", node)
    if key.text == "si_status":
        return observed.signal_or_integer("si_status", node)
    if key.text == "si_value":
        return observed.integer("si_value", node)
    raise shapes.unknown(key, "a field of a handled signal", HANDLED_FIELDS)
