"""Sweeps: the axes of a case with variables, their product cell by cell, and what stands for a variable.

Nothing is expanded before it is asked for: a sweep of 100,000 cells takes the memory of its text.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from conformance.case import shapes
from conformance.case.errors import CaseError, Problems, shorten, suggestion
from conformance.case.model import Mark
from conformance.case.names import AXIS, LABEL
from conformance.case.yamlsource import Mapping as MappingNode
from conformance.case.yamlsource import Node, Scalar, Sequence, make_scalar

MAX_CELLS: Final = 1_000_000
MAX_SUBSETS: Final = 12

_WHOLE: Final = re.compile(r"\$([A-Za-z_]\w*)", re.ASCII)
_INSIDE: Final = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Axis:
    """A variable: its values, each with the label that stands for it in the ids of cells.

    ``bits`` are the labels of the items whose subsets the values are, in the order in which the subsets
    are counted; empty for other values.
    """

    name: str
    mark: Mark
    values: tuple[tuple[str, Node], ...]
    bits: tuple[str, ...] = ()


Binding = tuple[str, Node]
"""A label and the value it stands for."""
Cell = Mapping[str, Binding]
"""The binding of every axis."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """The axes in the order of the file."""

    axes: tuple[Axis, ...]

    def cells(self) -> Iterator[tuple[str, Cell]]:
        """Give each cell's label (``255-zombie``) and bindings; the last axis varies fastest."""
        names = [axis.name for axis in self.axes]
        for chosen in itertools.product(*(axis.values for axis in self.axes)):
            yield "-".join(label for label, _ in chosen), dict(zip(names, chosen, strict=True))

    def probes(self) -> Iterator[Cell]:
        """Give few cells that together hold every value of every axis: enough to find a bad value."""
        first = {axis.name: axis.values[0] for axis in self.axes}
        yield first
        for axis in self.axes:
            for binding in axis.values[1:]:
                yield {**first, axis.name: binding}


def read_sweep(node: Node) -> Sweep:
    """Read the value of ``sweep:``; raises :class:`CaseErrors`."""
    table = shapes.mapping(node, "sweep", "a mapping of variables to their values")
    problems = Problems()
    axes = []
    for key, value in table.entries:
        with problems:
            if not AXIS.fullmatch(key.text):
                raise CaseError(key.mark, "a variable is a small letter, then small letters, digits, `_`")
            axes.append(Axis(key.text, key.mark, _values(key.text, value), _bits(value)))
    problems.raise_any()
    if not axes:
        raise CaseError(table.mark, "`sweep` has no variables")
    sweep = Sweep(tuple(axes))
    _check_size(sweep, table.mark)
    _check_labels(sweep, table.mark)
    return sweep


def _values(name: str, node: Node) -> tuple[tuple[str, Node], ...]:
    if isinstance(node, MappingNode):
        subsets = _subset_items(node)
        if subsets is not None:
            values = _subsets(shapes.sequence(subsets, "subsets"))
        else:
            values = tuple((key.text, value) for key, value in node.entries)
    else:
        table = shapes.sequence(node, name, "a list, a mapping of labels to values, or {subsets: […]}")
        values = tuple((_label(item), item) for item in table.items)
    if not values:
        raise CaseError(node.mark, f"`{name}` has no values")
    seen = set()
    for label, value in values:
        if not LABEL.fullmatch(label):
            raise CaseError(
                value.mark, f"`{shorten(label)}` cannot be a label: give a mapping of labels to values"
            )
        if label in seen:
            raise CaseError(value.mark, f"`{name}` has two values with the label `{shorten(label)}`")
        seen.add(label)
    return values


def _label(node: Node) -> str:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence) and all(isinstance(item, Scalar) for item in node.items):
        return "|".join(_label(item) for item in node.items) or "none"
    raise CaseError(node.mark, "this value needs a label: give a mapping of labels to values")


def _bits(node: Node) -> tuple[str, ...]:
    """Return the labels of the items of ``{subsets: […]}``."""
    subsets = _subset_items(node)
    return () if subsets is None else tuple(_label(item) for item in shapes.items(subsets))


def _subset_items(node: Node) -> Node | None:
    """Return what ``{subsets: …}`` holds; None for any other values."""
    if isinstance(node, MappingNode) and len(node.entries) == 1:
        return node.get("subsets")
    return None


def _subsets(node: Sequence) -> tuple[tuple[str, Node], ...]:
    """Return every subset, counted in binary: none, A, B, A|B, C and so on."""
    if len(node.items) > MAX_SUBSETS:
        raise CaseError(node.mark, f"`subsets` takes at most {MAX_SUBSETS} items, not {len(node.items)}")
    found = []
    for bits in range(1 << len(node.items)):
        chosen = tuple(item for place, item in enumerate(node.items) if bits >> place & 1)
        subset = Sequence(node.mark, chosen)
        found.append((_label(subset), subset))
    return tuple(found)


def _check_size(sweep: Sweep, mark: Mark) -> None:
    count = 1
    for axis in sweep.axes:
        count *= len(axis.values)
    if count > MAX_CELLS:
        raise CaseError(mark, f"the sweep has {count} cells; at most {MAX_CELLS} are allowed: split it")


def _check_labels(sweep: Sweep, mark: Mark) -> None:
    """Refuse labels that give two cells one id, which takes two axes with a ``-`` in their labels."""
    dashed = [axis for axis in sweep.axes if any("-" in label for label, _ in axis.values)]
    if len(dashed) < 2:
        return
    seen = set()
    for label, _ in sweep.cells():
        if label in seen:
            raise CaseError(mark, f"two cells have the id `[{shorten(label, 80)}]`: change the labels")
        seen.add(label)


def variables(node: Node) -> frozenset[str]:
    """Return the names of all variables that stand in a tree."""
    if isinstance(node, Scalar):
        whole = _WHOLE.fullmatch(node.text)
        return frozenset([whole.group(1)] if whole else _INSIDE.findall(node.text))
    if isinstance(node, Sequence):
        return frozenset().union(*map(variables, node.items))
    return frozenset().union(*(variables(part) for entry in node.entries for part in entry))


def substitute(node: Node, cell: Cell) -> Node:
    """Return the tree with its variables replaced; a list put into a list is spliced.

    Values may hold other variables. Raises :class:`CaseError` for a variable that is no axis.
    """
    if isinstance(node, Scalar):
        return _substitute_scalar(node, cell) if "$" in node.text else node
    if isinstance(node, Sequence):
        return Sequence(node.mark, tuple(part for item in node.items for part in _spliced(item, cell)))
    entries = tuple((_key(key, cell), substitute(value, cell)) for key, value in node.entries)
    _check_keys(entries)
    return MappingNode(node.mark, entries)


def _spliced(item: Node, cell: Cell) -> tuple[Node, ...]:
    value = substitute(item, cell)
    if isinstance(item, Scalar) and isinstance(value, Sequence):
        return value.items
    return (value,)


def _key(key: Scalar, cell: Cell) -> Scalar:
    value = substitute(key, cell)
    if not isinstance(value, Scalar):
        raise CaseError(key.mark, f"`{key.text}` stands for {shapes.kind(value)}, which cannot be a key")
    return value


def _check_keys(entries: tuple[tuple[Scalar, Node], ...]) -> None:
    if len({key.text for key, _ in entries}) == len(entries):
        return
    seen = set()
    for key, _ in entries:
        if key.text in seen:
            raise CaseError(key.mark, f"`{shorten(key.text)}` is given twice")
        seen.add(key.text)


def _substitute_scalar(node: Scalar, cell: Cell) -> Node:
    whole = _WHOLE.fullmatch(node.text)
    if whole:
        name = whole.group(1)
        _, value = _binding(node, name, cell)
        return substitute(value, _without(cell, name))
    text = _INSIDE.sub(lambda match: _inserted(node, match.group(1), cell), node.text)
    return make_scalar(node.mark, text, node.plain)


def _inserted(node: Scalar, name: str, cell: Cell) -> str:
    label, value = _binding(node, name, cell)
    value = substitute(value, _without(cell, name))
    return value.text if isinstance(value, Scalar) else label


def _binding(node: Scalar, name: str, cell: Cell) -> Binding:
    found = cell.get(name)
    if found is None:
        hint = suggestion(name, cell) if cell else "; the case has no `sweep`"
        raise CaseError(node.mark, f"`{shorten(name)}` is not a variable of the sweep{hint}")
    return found


def _without(cell: Cell, name: str) -> Cell:
    """Return the bindings that a value of ``name`` may use: all others, so that nothing goes in circles."""
    return {other: binding for other, binding in cell.items() if other != name}
