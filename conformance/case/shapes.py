"""Asking a YAML node for the shape that the language wants there, or saying what it is instead."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.case.errors import CaseError, shorten, suggestion
from conformance.case.yamlsource import Mapping, Node, Scalar, Sequence


def kind(node: Node) -> str:
    """Name what a node is, for a message: ``a mapping``, ``a list``, ``an integer`` and so on."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    if node.value is None:
        return "null" if node.text else "nothing"
    if isinstance(node.value, bool):
        return f"`{node.text}`"
    if isinstance(node.value, int):
        return "an integer"
    return "text" if node.value.strip() else "an empty one"


def wrong(node: Node, name: str, wants: str) -> CaseError:
    """Return the error that ``name`` takes something else."""
    return CaseError(node.mark, f"`{name}` takes {wants}, not {kind(node)}")


def mapping(node: Node, name: str, wants: str = "a mapping") -> Mapping:
    """Return ``node`` as a mapping."""
    if not isinstance(node, Mapping):
        raise wrong(node, name, wants)
    return node


def sequence(node: Node, name: str, wants: str = "a list") -> Sequence:
    """Return ``node`` as a list."""
    if not isinstance(node, Sequence):
        raise wrong(node, name, wants)
    return node


def items(node: Node) -> tuple[Node, ...]:
    """Return the items of a list; anything else stands for the list of itself."""
    return node.items if isinstance(node, Sequence) else (node,)


def text(node: Node, name: str, wants: str = "text") -> str:
    """Return the text of a scalar that is not empty, null, a number or a boolean."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str) or not node.value.strip():
        raise wrong(node, name, wants)
    return node.value


def integer(node: Node) -> int | None:
    """Return the integer that ``node`` is, or None."""
    if isinstance(node, Scalar) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return node.value
    return None


def word(node: Node) -> str | None:
    """Return the text that ``node`` is (``null`` too), or None."""
    if not isinstance(node, Scalar):
        return None
    if node.value is None and node.text:
        return node.text
    return node.value if isinstance(node.value, str) else None


def unknown(node: Scalar, what: str, known: Iterable[str]) -> CaseError:
    """Return the error that a word is not ``what``, with what was probably meant."""
    shown = shorten(node.text)
    hint = suggestion(node.text, known)
    if not hint and ":" in node.text and node.plain:
        hint = "; put a space after the `:`"
    return CaseError(node.mark, f"`{shown}` is not {what}{hint}")
