"""A sweep as a map: rows and columns of its variables, a glyph for what the cells in a place came to.

Where more cells fall on a place than one, verdicts show the worst of them, outcomes the one that they
share, or that they are mixed.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Final, NamedTuple

from conformance.case.sweep import Sweep
from conformance.publish.terminal import Paint
from conformance.trace import Event, StepTrace
from conformance.verdict.model import VERDICTS

MIXED: Final = "mixed"


class Glyph(NamedTuple):
    """How a value is drawn: one character, and an ANSI colour."""

    sign: str
    colour: str


VERDICT_GLYPHS: Final[Mapping[str, Glyph]] = {
    "conforms": Glyph("·", "32"),
    "unsupported": Glyph("-", "36"),
    "conflict": Glyph("?", "35"),
    "unstable": Glyph("~", "33"),
    "diverges": Glyph("X", "31"),
    "hung": Glyph("H", "31"),
    "crashed": Glyph("!", "31"),
}
"""From the least to the worst: the worst of the cells in a place is drawn."""

assert set(VERDICT_GLYPHS) == set(VERDICTS)

OUTCOME_GLYPHS: Final[Mapping[str, Glyph]] = {
    "exited": Glyph("x", "32"),
    "signaled": Glyph("k", "32"),
    "dumped": Glyph("d", "32"),
    "stopped": Glyph("s", "32"),
    "trapped": Glyph("t", "32"),
    "continued": Glyph("c", "32"),
    "ok": Glyph("+", "32"),
    "nothing": Glyph("0", "36"),
    "sleeps": Glyph("z", "33"),
    "ends": Glyph("e", "33"),
    "ECHILD": Glyph("E", "31"),
    "EINVAL": Glyph("I", "35"),
    "ESRCH": Glyph("R", "31"),
    "EFAULT": Glyph("F", "31"),
    "EINTR": Glyph("T", "31"),
    MIXED: Glyph("*", ""),
}
_SPARE: Final = "ABCDGHJKLMNOPQSUVWXYZ"
_EMPTY: Final = Glyph(" ", "")

_CLD: Final = {
    "CLD_EXITED": "exited",
    "CLD_KILLED": "signaled",
    "CLD_DUMPED": "dumped",
    "CLD_STOPPED": "stopped",
    "CLD_TRAPPED": "trapped",
    "CLD_CONTINUED": "continued",
}


def outcome_of(actor: str, seen: StepTrace) -> str:
    """Say in a word what a call came to in its step: a report, nothing, an error, or ``sleeps``."""
    for event in seen.events:
        if event.actor == actor and event.kind == "returned":
            return _returned(event)
    state = next((state.state for state in seen.states if state.actor == actor), "")
    return "sleeps" if state == "blocked" else "ends"


def _returned(event: Event) -> str:
    error, report = event.get("errno"), event.get("si_code")
    if error is not None:
        return str(error)
    if event.call == "waitid":
        return _CLD.get(str(report), "nothing") if report is not None else "ok"
    if event.call == "wait4":
        if event.get("ret") == 0:
            return "nothing"
        return str(event.get("status") or "ok").partition("(")[0]
    return "ok"


@dataclass(frozen=True, slots=True)
class Dimension:
    """A variable, or one of the items whose subsets are a variable: then ``labels`` are ("", item)."""

    axis: str
    name: str
    labels: tuple[str, ...]
    is_bit: bool


Point = tuple[int, ...]
"""The place of a cell: an index into the labels of each dimension."""


def dimensions_of(sweep: Sweep) -> tuple[Dimension, ...]:
    """Return the dimensions of a sweep, in the order of its variables."""
    found: list[Dimension] = []
    for axis in sweep.axes:
        if axis.bits:
            found += [Dimension(axis.name, bit, ("", bit), True) for bit in axis.bits]
        else:
            found.append(Dimension(axis.name, axis.name, tuple(label for label, _ in axis.values), False))
    return tuple(found)


def points_of(sweep: Sweep) -> Iterator[Point]:
    """Give the places of the cells, in the order of :meth:`Sweep.cells`."""
    places: list[list[Point]] = []
    for axis in sweep.axes:
        if axis.bits:
            width = len(axis.bits)
            places.append([tuple(n >> bit & 1 for bit in range(width)) for n in range(1 << width)])
        else:
            places.append([(n,) for n in range(len(axis.values))])
    for chosen in itertools.product(*places):
        yield tuple(itertools.chain(*chosen))


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a map is drawn from: one sweep, its cells' places and what each came to."""

    name: str
    title: str
    dimensions: tuple[Dimension, ...]
    cells: Mapping[Point, str]

    def has(self, name: str) -> bool:
        """Say whether a variable, or an item of its subsets, has this name."""
        return any(name in (dimension.axis, dimension.name) for dimension in self.dimensions)

    def named(self, names: Sequence[str]) -> tuple[int, ...]:
        """Return the numbers of the dimensions that the names stand for, in the order of the names."""
        found: dict[int, None] = {}
        for name in names:
            found.update(
                (number, None)
                for number, dimension in enumerate(self.dimensions)
                if name in (dimension.axis, dimension.name)
            )
        return tuple(found)

    def used(self, number: int) -> tuple[int, ...]:
        """Return which labels of a dimension any cell has."""
        return tuple(sorted({point[number] for point in self.cells}))


class Layout(NamedTuple):
    """The numbers of the dimensions that are rows and columns; the others are folded."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]

    def folds(self, sheet: Sheet) -> bool:
        """Say whether a place can stand for more cells than one."""
        shown = {*self.rows, *self.columns}
        return any(len(sheet.used(n)) > 1 for n in range(len(sheet.dimensions)) if n not in shown)


def lay_out(
    sheet: Sheet, room: int, most_rows: int, rows: Sequence[str] = (), columns: Sequence[str] = ()
) -> Layout:
    """Choose what was not chosen by name.

    Columns are the largest variable that has room; of subsets too many for that, the items that have.
    Rows are then the largest of the others, and more of them as long as there are ``most_rows`` at most.
    """
    row = sheet.named(rows)
    column = sheet.named(columns) or _columns(sheet, [n for n in _by_axis(sheet) if n not in row], room)
    row = tuple(n for n in row if n not in column)
    if not row:
        chosen: list[int] = []
        torn = {sheet.dimensions[n].axis for n in column}
        groups = _groups(sheet, [n for n in _by_axis(sheet) if n not in column])
        for group in sorted(groups, key=lambda group: sheet.dimensions[group[0]].axis in torn):
            for part in [group, *([n] for n in group)]:
                new = [n for n in part if n not in chosen]
                if _size(sheet, [*chosen, *new]) <= most_rows:
                    chosen += new
        row = tuple(sorted(chosen))
    return Layout(row, column)


def _size(sheet: Sheet, numbers: Sequence[int]) -> int:
    return prod(len(sheet.used(number)) for number in numbers)


def _by_axis(sheet: Sheet) -> list[int]:
    """Order dimensions by the size of their variable, the largest first; variables stay whole."""
    numbers = [n for n in range(len(sheet.dimensions)) if len(sheet.used(n)) > 1]
    sizes: Counter[str] = Counter()
    for axis in {sheet.dimensions[n].axis for n in numbers}:
        sizes[axis] = _size(sheet, [n for n in numbers if sheet.dimensions[n].axis == axis])
    return sorted(numbers, key=lambda n: (-sizes[sheet.dimensions[n].axis], n))


def _groups(sheet: Sheet, numbers: Sequence[int]) -> list[list[int]]:
    return [list(group) for _, group in itertools.groupby(numbers, lambda n: sheet.dimensions[n].axis)]


def _columns(sheet: Sheet, numbers: Sequence[int], room: int) -> tuple[int, ...]:
    for group in _groups(sheet, numbers):
        if _size(sheet, group) <= room:
            return tuple(group)
        if sheet.dimensions[group[0]].is_bit:
            return tuple(group[: room.bit_length() - 1])
    return ()


def draw(sheet: Sheet, layout: Layout, glyphs: Mapping[str, Glyph], paint: Paint) -> Iterator[str]:
    """Draw a sheet: title, heads of the columns, rows, and counts."""
    rows, columns = _places(sheet, layout.rows), _places(sheet, layout.columns)
    names = [_row_label(sheet, layout.rows, place) for place in rows]
    width = max(map(len, [*names, *_head_names(sheet, layout.columns)]), default=0)
    yield paint.bold(sheet.name) + f"  {sheet.title}"
    yield f"  {_legend_of(sheet, layout)}"
    for name, line in _heads(sheet, layout.columns, columns):
        yield f"  {name:>{width}}  {line}".rstrip()
    drawn = _folded(sheet, layout, list(glyphs))
    for place, name in zip(rows, names, strict=True):
        signs = [glyphs.get(drawn.get((place, column), ""), _EMPTY) for column in columns]
        yield f"  {name:<{width}}  {_painted(signs, paint)}".rstrip()
    counts = Counter(sheet.cells.values())
    told = ", ".join(f"{counts[value]} {value}" for value in glyphs if counts[value])
    yield f"  {len(sheet.cells)} cells: {told}"


def _places(sheet: Sheet, numbers: Sequence[int]) -> list[Point]:
    return list(itertools.product(*(sheet.used(number) for number in numbers)))


def _row_label(sheet: Sheet, numbers: Sequence[int], place: Point) -> str:
    labels = [sheet.dimensions[number].labels[index] for number, index in zip(numbers, place, strict=True)]
    return " ".join(filter(None, labels)) or "-"


def _legend_of(sheet: Sheet, layout: Layout) -> str:
    """Say which variables are where."""
    shown = {*layout.rows, *layout.columns}
    fixed = {n: sheet.used(n)[0] for n in range(len(sheet.dimensions)) if len(sheet.used(n)) == 1}
    folded = [n for n in range(len(sheet.dimensions)) if n not in shown and n not in fixed]
    parts = []
    for word, numbers in (("rows", layout.rows), ("columns", layout.columns), ("folded", tuple(folded))):
        if numbers:
            parts.append(f"{word}: {', '.join(_names(sheet, numbers))}")
    parts += [
        f"{sheet.dimensions[n].name}={sheet.dimensions[n].labels[index] or 'no'}"
        for n, index in fixed.items()
        if n not in shown
    ]
    return "; ".join(parts)


def _names(sheet: Sheet, numbers: Sequence[int]) -> list[str]:
    """Name dimensions: a variable once if all the items of its subsets are meant."""
    found: dict[str, None] = {}
    for number in numbers:
        dimension = sheet.dimensions[number]
        whole = {n for n, other in enumerate(sheet.dimensions) if other.axis == dimension.axis}
        found[dimension.axis if whole <= set(numbers) else dimension.name] = None
    return list(found)


def _head_names(sheet: Sheet, numbers: Sequence[int]) -> list[str]:
    return [sheet.dimensions[number].name if sheet.dimensions[number].is_bit else "" for number in numbers]


def _heads(sheet: Sheet, numbers: Sequence[int], columns: Sequence[Point]) -> Iterator[tuple[str, str]]:
    """Give the lines above the columns: labels written downwards; a line of marks for an item of subsets."""
    for at, number in enumerate(numbers):
        dimension = sheet.dimensions[number]
        labels = [dimension.labels[column[at]] for column in columns]
        if dimension.is_bit:
            yield dimension.name, "".join("▇" if label else "╷" for label in labels)
            continue
        height = max(map(len, labels), default=0)
        for line in range(height):
            yield "", "".join(label.rjust(height)[line] for label in labels)


def _folded(sheet: Sheet, layout: Layout, order: Sequence[str]) -> dict[tuple[Point, Point], str]:
    """Return what each place of the map shows."""
    found: dict[tuple[Point, Point], str] = {}
    mixes = MIXED in order
    for point, value in sheet.cells.items():
        place = tuple(point[n] for n in layout.rows), tuple(point[n] for n in layout.columns)
        before = found.setdefault(place, value)
        if before != value:
            found[place] = MIXED if mixes else max(before, value, key=order.index)
    return found


def _painted(signs: Sequence[Glyph], paint: Paint) -> str:
    return "".join(
        paint.coloured("".join(glyph.sign for glyph in run), colour)
        for colour, run in itertools.groupby(signs, lambda glyph: glyph.colour)
    )


def outcome_glyphs(outcomes: set[str]) -> dict[str, Glyph]:
    """Return glyphs for these outcomes: the usual ones, and a spare letter for any other."""
    spare = iter(_SPARE)
    others = {value: Glyph(next(spare, "#"), "31") for value in sorted(outcomes - set(OUTCOME_GLYPHS))}
    return {**OUTCOME_GLYPHS, **others}


def legend(glyphs: Mapping[str, Glyph], shown: set[str], paint: Paint) -> str:
    """Explain the glyphs that can be seen."""
    return "  ".join(
        f"{paint.coloured(glyph.sign, glyph.colour)} {value}"
        for value, glyph in glyphs.items()
        if value in shown
    )
