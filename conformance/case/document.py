"""One document of a case file: a case, or a sweep whose cells are made as they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from conformance.case import shapes
from conformance.case.descriptors import find_descriptors
from conformance.case.errors import CaseError, Problems
from conformance.case.header import Header, read_rule
from conformance.case.model import Case, Rules
from conformance.case.steps import MAX_STEPS, StepCompiler, StepNode, compile_step, compile_steps, find_actors
from conformance.case.sweep import Cell, Sweep, substitute, variables
from conformance.case.yamlsource import Mapping as MappingNode
from conformance.case.yamlsource import Node, Scalar, Sequence

Select = Callable[[str], bool]
"""Tells from an id whether a case is wanted."""

_WAITS: Final = frozenset({"wait4", "waitid"})
_MOST_PARTS: Final = 2048
"""How many substituted steps a document keeps: its memory must not grow with its cells."""


class Document:
    """A checked document; ``header.id`` is the id of its case, or what the ids of its cells begin with."""

    def __init__(self, header: Header, steps: Sequence, sweep: Sweep | None, area: str) -> None:
        """Take the parts as read; :meth:`check` finds what is wrong inside the steps."""
        self.header = header
        self._items = steps
        self._sweep = sweep
        self._area = area
        self._uses = [_used_by(node, sweep) for node in steps.items]
        self._compile: StepCompiler = lru_cache(_MOST_PARTS)(compile_step) if sweep else compile_step
        self._parts: dict[object, tuple[StepNode, ...]] = {}
        self._only: Case | None = None

    @property
    def sweep(self) -> Sweep | None:
        """The variables; None for a single case."""
        return self._sweep

    @property
    def title(self) -> str:
        """The title as written, variables included."""
        return shapes.text(self.header.title, "title")

    def subject(self, cell: Cell) -> int:
        """Return the number (from 1) of the step that a cell of the sweep is about.

        It is the wait whose arguments the most variables decide; in a sweep that never waits, the call
        of which that is true. The first one, if there are several.
        """
        parts = [self._part(index, cell) for index in range(len(self._items.items))]
        places = [index for index, part in enumerate(parts) if part]
        waits = [index for index in places if _call_name(parts[index][0]) in _WAITS]
        found = max(waits or places, key=lambda index: (len(self._uses[index]), -index))
        return 1 + sum(len(part) for part in parts[:found])

    def cases(self, select: Select | None = None) -> Iterator[Case]:
        """Give the case, or the cells of the sweep, that ``select`` wants.

        Raises :class:`CaseErrors` for a cell whose very combination of values makes no sense; what
        is wrong with a single value was found by :meth:`check`.
        """
        name = self.header.id
        if self._sweep is None:
            if select is None or select(name):
                yield self._only or self._case(name, {})
            return
        for label, cell in self._sweep.cells():
            full = f"{name}[{label}]"
            if select is None or select(full):
                yield self._case(full, cell)

    def cell(self, name: str, cell: Cell) -> Case:
        """Return one cell of the sweep; raises as :meth:`cases`."""
        return self._case(name, cell)

    def check(self, rules: Rules | None) -> None:
        """Raise :class:`CaseErrors` with every error that a single value of a variable can cause."""
        problems = Problems()
        if self._sweep is None:
            self._only = self._checked_case({}, rules)
            self._items, self._parts = (
                Sequence(self._items.mark, ()),
                {},
            )
            return
        with problems:
            self._check_variables(self._sweep)
        for cell in self._sweep.probes():
            with problems:
                self._checked_case(cell, rules)
        problems.raise_any()

    def _check_variables(self, sweep: Sweep) -> None:
        used = set().union(*self._uses)
        for axis in sweep.axes:
            if axis.name not in used:
                raise CaseError(axis.mark, f"no step uses the variable `{axis.name}`")

    def _checked_case(self, cell: Cell, rules: Rules | None) -> Case:
        problems = Problems()
        case = None
        with problems:
            case = self._case(self.header.id, cell)
        with problems:
            for node in self._nodes(cell):
                if node.rule is not None:
                    with problems:
                        read_rule(node.rule, rules)
        problems.raise_any()
        assert case is not None
        return case

    def _case(self, name: str, cell: Cell) -> Case:
        header = self.header
        nodes = self._nodes(cell)
        if not nodes:
            raise CaseError(self._items.mark, "the case has no steps")
        _check_length(nodes)
        actors = find_actors(nodes)
        steps = compile_steps(nodes, actors, self._compile)
        descriptors = find_descriptors(call for node in nodes for _, call in node.acts)
        title = shapes.text(substitute(header.title, cell), "title")
        return Case(
            name,
            title,
            header.rules,
            steps,
            actors,
            self._area,
            header.catches,
            header.requires,
            header.neighbour_of,
            descriptors,
            header.mark,
        )

    def _nodes(self, cell: Cell) -> tuple[StepNode, ...]:
        problems = Problems()
        nodes: list[StepNode] = []
        for index in range(len(self._items.items)):
            with problems:
                nodes.extend(self._part(index, cell))
        problems.raise_any()
        return tuple(nodes)

    def _part(self, index: int, cell: Cell) -> tuple[StepNode, ...]:
        """Return the steps that an item of ``steps`` stands for in a cell, the same ones for like values."""
        key = (index, *[cell[name][0] for name in self._uses[index] if name in cell])
        found = self._parts.get(key)
        if found is None:
            item = self._items.items[index]
            part = Sequence(item.mark, (item,))
            found = _step_nodes(substitute(part, cell) if self._uses[index] else part)
            if len(self._parts) >= _MOST_PARTS:
                self._parts.clear()
            self._parts[key] = found
        return found


def _check_length(nodes: tuple[StepNode, ...]) -> None:
    """Refuse a case with too many calls; each of a ``together`` counts."""
    calls = [node for node in nodes for _ in node.acts]
    if len(calls) > MAX_STEPS:
        raise CaseError(calls[MAX_STEPS].mark, f"a case has at most {MAX_STEPS} steps, not {len(calls)}")


def _call_name(node: StepNode) -> str:
    """Return the name of a step's call, as written; of a ``together`` the first."""
    _, call = node.acts[0]
    name = call.entries[0][0] if isinstance(call, MappingNode) else call
    return name.text if isinstance(name, Scalar) else ""


def _step_nodes(nodes: Node) -> tuple[StepNode, ...]:
    problems = Problems()
    found = []
    for node in shapes.items(nodes):
        with problems:
            found.append(StepNode(node))
    problems.raise_any()
    return tuple(found)


def _used_by(node: Node, sweep: Sweep | None) -> tuple[str, ...]:
    """Return the variables that decide what a step becomes, by way of other variables too."""
    found: set[str] = set()
    new = variables(node)
    while new - found:
        found |= new
        axes = [axis for axis in sweep.axes if axis.name in new] if sweep else []
        new = frozenset().union(*(variables(value) for axis in axes for _, value in axis.values))
    return tuple(sorted(found))
