"""A case drawn: a lane for every actor, time downwards, as the reference kernel tells it.

::

          init       P                       C
           │         │
      1    │         ├ fork child=C
           │         │◁ ret=C                ┬ born

The number of a step of several calls has a ``‖``; each call of an actor stands after the return of the
one before.

The line of a lane shows how its actor is left by the step: ``│`` idle, ``┃`` blocked, ``╎`` stopped,
``┊`` a zombie; nothing before its birth and once it is gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from conformance.case.model import Case
from conformance.publish.lanemodel import IDLE, LaneStep, Note, first_states, lane_steps, wrapped
from conformance.trace import Trace

LEGEND: Final = (
    "│ idle  ┃ blocked  ╎ stopped  ┆ ptrace-stop  ┊ zombie  ├ calls  ◁ returns  » handles a signal  "
    "┬ born  ┴ gone  ‖ together"
)

_LINES: Final = {IDLE: "│", "blocked": "┃", "stopped": "╎", "ptrace-stop": "┆", "zombie": "┊"}
_MARGIN: Final = 6
_WIDEST: Final = 30

_NARROWEST: Final = 8


def lanes(case: Case, trace: Trace) -> Iterator[str]:
    """Draw ``trace``, which may be shorter than the case has steps."""
    rows: list[tuple[str, list[str]]] = [("", list(map(_line, first_states(case))))]
    for step in lane_steps(case, trace):
        rows += _step_rows(step)
    widths = [_width(index, actor, rows) for index, actor in enumerate(case.actors)]
    yield _row("", case.actors, widths)
    for margin, cells in rows:
        yield _row(margin, cells, widths)


def _line(state: str) -> str:
    """Return the line of a lane; there is none for who is not there."""
    return _LINES.get(state, " ")


def _step_rows(step: LaneStep) -> list[tuple[str, list[str]]]:
    """Draw a step: what every actor did in it, as many rows as the busiest of them needs."""
    told = [[line for note in notes for line in _note_lines(note)] for notes in step.notes]
    after = [_line(state) for state in step.states]
    rows = []
    for index in range(max(map(len, told))):
        cells = [
            lines[index] if index < len(lines) else line for lines, line in zip(told, after, strict=True)
        ]
        mark = f"{step.number:>3}" + (" ‖" if step.together else "")
        rows.append((mark if index == 0 else "", cells))
    rows.append(("", after))
    return rows


def _note_lines(note: Note) -> list[str]:
    line = _line(note.state)
    signs = {"calls": "├ ", "returns": "│◁ ", "handles": "│» "}
    if note.kind in signs:
        return _wrapped(signs[note.kind], line, note.text)
    return [{"born": "┬ ", "gone": "┴ "}.get(note.kind, f"{line} ") + note.text]


def _wrapped(first: str, line: str, text: str) -> list[str]:
    """Break a text into lines that fit a lane; the lane's line runs on beside them."""
    parts = wrapped(text, _WIDEST - len(first))
    return [first + parts[0], *(f"{line}{' ' * len(first)}{part}" for part in parts[1:])]


def _width(index: int, actor: str, rows: Sequence[tuple[str, list[str]]]) -> int:
    return max(_NARROWEST, len(actor), *(len(cells[index]) for _, cells in rows)) + 2


def _row(margin: str, cells: Sequence[str], widths: Sequence[int]) -> str:
    body = "".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"{margin:<{_MARGIN}}{body}".rstrip()
