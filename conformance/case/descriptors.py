"""The descriptors of a case: a name is a number that a call gives to what it opens.

The number is the same in every process, so that a child finds by the name what it inherited; what is open
there, if anything, is each process's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from conformance.case import shapes
from conformance.case.calls import CALLS, Kind, Param
from conformance.case.errors import Problems
from conformance.case.names import is_descriptor
from conformance.case.yamlsource import Mapping, Node, Scalar

MAX_DESCRIPTORS: Final = 16
"""The limit of ``helpers_c/wire.h``."""


def arguments_of(call: Node) -> Iterator[tuple[Param, Node]]:
    """Give the arguments of a call as written, by their parameters, without judging anything."""
    if not isinstance(call, Mapping) or len(call.entries) != 1:
        return
    key, value = call.entries[0]
    spec = CALLS.get(key.text)
    if spec is None:
        return
    for param in spec.params:
        node = value.get(param.name) if isinstance(value, Mapping) else value
        if node is not None and (isinstance(value, Mapping) or param.name == spec.shorthand):
            yield param, node


def find_descriptors(calls: Iterable[Node]) -> tuple[str, ...]:
    """Return the names that calls give to descriptors, in order.

    Raises :class:`CaseErrors` for a name that is used and given by none, and for too many.
    """
    arguments = [argument for call in calls for argument in arguments_of(call)]
    given = {name.text: name for name in _names(arguments, Kind.NEWFD)}
    problems = Problems()
    for name in _names(arguments, Kind.FD):
        if name.text not in given:
            problems.found.append(shapes.unknown(name, "a descriptor that a step opens", given))
    if len(given) > MAX_DESCRIPTORS:
        problems.add(list(given.values())[MAX_DESCRIPTORS].mark, f"more than {MAX_DESCRIPTORS} descriptors")
    problems.raise_any()
    return tuple(given)


def _names(arguments: Iterable[tuple[Param, Node]], kind: Kind) -> Iterator[Scalar]:
    for param, node in arguments:
        may_name = param.kind is kind or (kind is Kind.FD and param.name == "id")
        text = shapes.word(node) if may_name else None
        if isinstance(node, Scalar) and text is not None and is_descriptor(text):
            yield node._replace(text=text, value=text)
