"""The arguments of a call: YAML values to integers and pids, by the kind that the table gives each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from conformance.abi.descriptors import SENTINELS
from conformance.abi.processes import INTEGERS
from conformance.abi.waiting import IDTYPES, P_ALL, P_PID, P_PIDFD
from conformance.case import shapes
from conformance.case.calls import BUFFERS, CALLS, CallSpec, Kind, Param
from conformance.case.calls.usage import MAX_WORK
from conformance.case.errors import CaseError, Problems
from conformance.case.model import Arg, Call, Fd, Pid
from conformance.case.names import check_descriptor, check_new_actor, is_actor, is_descriptor
from conformance.case.yamlsource import Mapping as MappingNode
from conformance.case.yamlsource import Node, Scalar

Actors = tuple[str, ...]

WANTS: Final[Mapping[Kind, str]] = {
    Kind.CHILD: "the name of a new actor",
    Kind.PID: "an actor (`C`), its process group (`-C`) or an integer",
    Kind.ACTOR: "an actor (`C`)",
    Kind.FD: "a descriptor (`c`) or an integer",
    Kind.NEWFD: "a name (`c`) for the new descriptor, null or bad",
    Kind.SIGNAL: "a signal name or an integer",
    Kind.FLAGS: "a list of names and integers",
    Kind.CHOICE: "a name or an integer",
    Kind.SIGSET: "a list of signals, or `all`",
    Kind.INTEGER: "an integer",
    Kind.BUFFER: "one of given, null, bad",
    Kind.VALUE: "a signal name or an integer",
}
"""How a message names what a parameter takes."""


def wants(spec: CallSpec, param: Param) -> str:
    """Return what an argument takes, in words."""
    if spec.name == "waitid" and param.kind is Kind.PID:
        return "an actor (`C`; the group it leads with P_PGID), a descriptor (`c`) or an integer"
    return WANTS[param.kind]


ALL_SIGNALS: Final = 2**64 - 1
_WORD_MIN, _WORD_MAX = -(2**31), 2**32 - 1


def compile_call(node: Node, actors: Actors) -> Call:
    """Compile ``{wait4: {pid: C}}``, ``{fork: C}`` or ``pause``.

    Raises :class:`CaseError` or :class:`CaseErrors` for everything that is wrong with it.
    """
    if isinstance(node, Scalar):
        spec = _spec(node)
        return Call(spec.name, _arguments(spec, node, (), actors))
    table = shapes.mapping(node, "step", "a call (`{wait4: C}`, `pause`)")
    if len(table.entries) != 1:
        raise CaseError(node.mark, f"a step makes exactly one call, not {len(table.entries)}")
    key, value = table.entries[0]
    spec = _spec(key)
    return Call(spec.name, _arguments(spec, key, _given(spec, key, value), actors))


def _spec(node: Scalar) -> CallSpec:
    spec = CALLS.get(node.text)
    if spec is None:
        raise shapes.unknown(node, "a call", CALLS)
    return spec


Given = tuple[tuple[Scalar, Node], ...]


def _given(spec: CallSpec, key: Scalar, value: Node) -> Given:
    """Return the arguments by name; a bare scalar stands for the call's shorthand parameter."""
    if isinstance(value, MappingNode):
        return value.entries
    if isinstance(value, Scalar) and value.value is None and not value.text:
        raise CaseError(key.mark, f"`{spec.name}:` has no value: write its arguments, or `{spec.name}` alone")
    if spec.shorthand is None:
        names = ", ".join(param.name for param in spec.params)
        wants = f"its arguments as a mapping ({names})" if names else "no arguments"
        raise shapes.wrong(value, spec.name, wants)
    return ((Scalar(value.mark, spec.shorthand, spec.shorthand, True), value),)


def _arguments(spec: CallSpec, key: Scalar, given: Given, actors: Actors) -> tuple[Arg, ...]:
    problems = Problems()
    names = [param.name for param in spec.params]
    nodes: dict[str, Node] = {}
    for name, value in given:
        if name.text in names:
            nodes[name.text] = value
        else:
            problems.found.append(shapes.unknown(name, f"an argument of {spec.name}", names))
    args = []
    for param in spec.params:
        with problems:
            args.append(_argument(param, nodes.get(param.name), key, spec, actors))
    problems.raise_any()
    if spec.name == "waitid":
        args[0] = _idtype(args[0], nodes)
    return tuple(args)


def _argument(param: Param, node: Node | None, key: Scalar, spec: CallSpec, actors: Actors) -> Arg:
    if node is not None:
        if param.kind is Kind.ACTOR:
            return _actor(param, node, actors)
        return _pid(param, node, actors) if param.kind is Kind.PID else _READERS[param.kind](param, node)
    if param.default is None:
        raise CaseError(key.mark, f"{spec.name} needs `{param.name}`: {param.doc}")
    return param.default


def _idtype(given: Arg, nodes: Mapping[str, Node]) -> Arg:
    """Work out waitid's idtype where it is left out, and refuse an ``id`` that is a negative pid."""
    node = nodes.get("id")
    text = shapes.word(node) if node is not None else None
    if node is not None and text is not None and text.startswith("-"):
        raise CaseError(node.mark, f"waitid takes no negative id: write idtype: P_PGID, id: {text[1:]}")
    names_fd = text is not None and is_descriptor(text)
    if node is not None and given == P_PIDFD and text is not None and not names_fd and text not in _NUMBERS:
        raise CaseError(node.mark, "the `id` of P_PIDFD is a descriptor: a name (`c`) or an integer")
    if "idtype" in nodes:
        if node is not None and names_fd and given != P_PIDFD:
            raise CaseError(node.mark, f"`{text}` is a descriptor: its idtype is P_PIDFD")
        return given
    if names_fd:
        return P_PIDFD
    if node is None:
        return P_ALL
    if text is None or text in _NUMBERS:
        known = ", ".join(IDTYPES)
        raise CaseError(node.mark, f"waitid needs `idtype` where `id` is a number: one of {known}")
    return P_PID


def _fd(param: Param, node: Node) -> Arg:
    """Read a descriptor: its name, a number, or one that stands for a pidfd of the caller."""
    number = _number(param, node)
    if number is not None:
        return number
    scalar, text = _word(param, node)
    check_descriptor(scalar, text)
    return Fd(text)


def _new_fd(param: Param, node: Node) -> Arg:
    scalar, text = _word(param, node)
    if text in ("null", "bad"):
        return BUFFERS[text]
    check_descriptor(scalar, text)
    return Fd(text)


_NUMBERS: Final = {**INTEGERS, **SENTINELS}


def _number(param: Param, node: Node) -> int | None:
    """Return the number that an argument is, or that a word stands for."""
    number = shapes.integer(node)
    return _NUMBERS.get(shapes.word(node) or "") if number is None else _in_range(param, node, number)


def _word(param: Param, node: Node) -> tuple[Scalar, str]:
    text = shapes.word(node)
    if text is None or not isinstance(node, Scalar):
        raise shapes.wrong(node, param.name, WANTS[param.kind])
    return node, text


def _child(param: Param, node: Node) -> Arg:
    scalar, name = _word(param, node)
    check_new_actor(scalar, name)
    return name


def _pid(param: Param, node: Node, actors: Actors) -> Arg:
    number = _number(param, node)
    if number is not None:
        return number
    scalar, text = _word(param, node)
    if param.name == "id" and is_descriptor(text):
        return Fd(text)
    sign, name = (-1, text[1:]) if text.startswith("-") else (1, text)
    if name not in actors:
        what = "an actor of this case" if is_actor(name) else "an actor or an integer"
        raise shapes.unknown(scalar, what, (*actors, *INTEGERS))
    return Pid(name, sign)


def _actor(param: Param, node: Node, actors: Actors) -> Arg:
    scalar, name = _word(param, node)
    if name not in actors:
        raise shapes.unknown(scalar, "an actor of this case", actors)
    return Pid(name)


def _signal(param: Param, node: Node) -> Arg:
    number = _named(param, node, "a signal")
    if param.name == "exit_signal" and not 0 <= number <= 255:
        raise CaseError(node.mark, f"`{param.name}` is 0 to 255, not {number}")
    return number


def _named(param: Param, node: Node, what: str) -> int:
    number = shapes.integer(node)
    if number is not None:
        return _in_range(param, node, number)
    names = {**INTEGERS, **(param.names or {})}
    scalar, text = _word(param, node)
    if text not in names:
        raise shapes.unknown(scalar, what, param.names or {})
    return names[text]


def _flags(param: Param, node: Node) -> Arg:
    what = {"options": "a wait option", "modes": "a mode of a terminal", "events": "an event"}.get(
        param.name, "a flag"
    )
    mask = 0
    for item in shapes.items(node):
        number = _named(param, item, what)
        mask |= number if number > 0 else number & 0xFFFFFFFF  # one of clone3's lies beyond
    return mask


def _choice(param: Param, node: Node) -> Arg:
    return _named(param, node, f"a value of `{param.name}`")


def _value(param: Param, node: Node) -> Arg:
    return _named(param, node, "a signal")


def _sigset(param: Param, node: Node) -> Arg:
    if shapes.word(node) == "all":
        return ALL_SIGNALS
    mask = 0
    for item in shapes.items(node):
        number = _named(param, item, "a signal")
        if not 1 <= number <= 64:
            raise CaseError(item.mark, f"a signal in `{param.name}` is 1 to 64, not {number}")
        mask |= 1 << (number - 1)
    return mask


def _integer(param: Param, node: Node) -> Arg:
    number = shapes.integer(node)
    if number is None:
        number = INTEGERS.get(shapes.word(node) or "")
    if number is None:
        raise shapes.wrong(node, param.name, WANTS[param.kind])
    if param.name == "faults" and not 0 <= number <= MAX_WORK:
        raise CaseError(node.mark, f"`{param.name}` is 0 to {MAX_WORK} blocks, not {number}")
    return _in_range(param, node, number)


def _buffer(param: Param, node: Node) -> Arg:
    text = shapes.word(node)
    if text is None or not isinstance(node, Scalar):
        raise shapes.wrong(node, param.name, WANTS[param.kind])
    names = param.names or {}
    if text not in names:
        raise shapes.unknown(node, f"a value of `{param.name}`", names)
    return names[text]


def _in_range(param: Param, node: Node, number: int) -> int:
    if not _WORD_MIN <= number <= _WORD_MAX:
        raise CaseError(node.mark, f"`{param.name}` does not fit into 32 bits")
    return number


_READERS: Final[Mapping[Kind, Callable[[Param, Node], Arg]]] = {
    Kind.CHILD: _child,
    Kind.SIGNAL: _signal,
    Kind.FLAGS: _flags,
    Kind.CHOICE: _choice,
    Kind.SIGSET: _sigset,
    Kind.INTEGER: _integer,
    Kind.BUFFER: _buffer,
    Kind.VALUE: _value,
    Kind.FD: _fd,
    Kind.NEWFD: _new_fd,
}
