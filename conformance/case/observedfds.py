"""Expected values of what is observed of descriptors, spelled as a trace spells them.

Part of ``observed``, which says in words what each field takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from conformance.abi.descriptors import EPOLL_EVENTS, FD_FLAGS, INFO_BITS, POLL_EVENTS, STATUS_FLAGS
from conformance.case import shapes
from conformance.case.calls import CALLS, Kind
from conformance.case.errors import CaseError
from conformance.case.model import Call, Fd, Value
from conformance.case.yamlsource import Node, Scalar

ANONYMOUS: Final = "fd"
"""How a trace spells a descriptor that was closed again, since the call gives it no name."""
UNTOLD: Final = "untold"
"""How a trace spells what PIDFD_GET_INFO did not tell."""
IDENTITIES: Final = ("different", "same")

LISTED: Final[Mapping[str, Mapping[str, int]]] = {
    "fd_flags": {**FD_FLAGS, **STATUS_FLAGS},
    "revents": {**POLL_EVENTS, **EPOLL_EVENTS},
    "info": INFO_BITS,
}
"""Fields that are sets of names, and the order in which a trace has them."""


def new_descriptor(call: Call) -> str:
    """Return how the descriptor that a call returns is spelled: by the name it gets there."""
    for param, arg in zip(CALLS[call.name].params, call.args, strict=True):
        if param.kind is Kind.NEWFD and isinstance(arg, Fd):
            return arg.name
    return ANONYMOUS


def read_descriptor(node: Node, call: Call) -> Value:
    """Read the ``ret`` of a call that opens something."""
    number, text = shapes.integer(node), shapes.word(node)
    if number is not None and number <= 0:
        return number
    name = new_descriptor(call)
    if text != name:
        raise CaseError(node.mark, f"{call.name} returns a descriptor: `ret` is `{name}` here, or -1")
    return name


def read_bits(field: str, wants: str, node: Node) -> Value:
    """Read a set of names into the order of their table; ``-`` if there are none."""
    known = LISTED[field]
    text = shapes.word(node)
    listed = isinstance(node, Scalar) and text is not None and (text == "-" or "," in text)
    found = set((text or "").split(",")) - {"-"} if listed else set()
    for item in () if listed else shapes.items(node):
        name = shapes.word(item)
        if name is None or not isinstance(item, Scalar):
            raise shapes.wrong(item, field, wants)
        found.add(name)
    for name in sorted(found - set(known)):
        raise shapes.unknown(Scalar(node.mark, name, name, True), f"a value of `{field}`", known)
    return ",".join(name for name in known if name in found) or "-"
