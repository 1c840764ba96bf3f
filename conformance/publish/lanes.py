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

import textwrap
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from conformance.case.model import Case, Step
from conformance.publish.words import call_text
from conformance.trace import Event, State, StepTrace, Trace

LEGEND: Final = (
    "│ idle  ┃ blocked  ╎ stopped  ┆ ptrace-stop  ┊ zombie  ├ calls  ◁ returns  » handles a signal  "
    "┬ born  ┴ gone  ‖ together"
)

_LINES: Final = {"idle": "│", "blocked": "┃", "stopped": "╎", "ptrace-stop": "┆", "zombie": "┊", "gone": " "}
_MARGIN: Final = 6
_WIDEST: Final = 30
_LONGEST_WORD: Final = 42

_NARROWEST: Final = 8
_IDLE: Final = "idle"


def lanes(case: Case, trace: Trace) -> Iterator[str]:
    """Draw ``trace``, which may be shorter than the case has steps."""
    columns = [_Lane(actor) for actor in case.actors]
    for lane in columns[:2]:
        lane.state = _IDLE
    rows: list[tuple[str, list[str]]] = [("", [lane.line for lane in columns])]
    for number, (step, seen) in enumerate(zip(case.steps, trace.steps, strict=False), start=1):
        rows += _step_rows(number, step, seen, columns)
    widths = [_width(index, lane.actor, rows) for index, lane in enumerate(columns)]
    yield _row("", [lane.actor for lane in columns], widths)
    for margin, cells in rows:
        yield _row(margin, cells, widths)


class _Lane:
    """An actor's column: its state, empty before its birth."""

    def __init__(self, actor: str) -> None:
        self.actor = actor
        self.state = ""

    @property
    def line(self) -> str:
        return _LINES.get(self.state, " ")


def _step_rows(
    number: int, step: Step, seen: StepTrace, columns: Sequence[_Lane]
) -> list[tuple[str, list[str]]]:
    """Draw a step: what every actor did in it, as many rows as the busiest of them needs."""
    states = {state.actor: state for state in seen.states}
    told = [_told(lane, step, seen.events, states) for lane in columns]
    height = max(len(lines) for lines in told)
    rows = []
    for index in range(height):
        cells = [
            lines[index] if index < len(lines) else lane.line
            for lane, lines in zip(columns, told, strict=True)
        ]
        mark = f"{number:>3}" + (" ‖" if step.more else "")
        rows.append((mark if index == 0 else "", cells))
    rows.append(("", [lane.line for lane in columns]))
    return rows


def _told(lane: _Lane, step: Step, events: Sequence[Event], states: Mapping[str, State]) -> list[str]:
    """Return an actor's lines in a step, and leave its lane in the state that the step left it in."""
    before, after = lane.state, states.get(lane.actor)
    lines = []
    calls = deque(call for actor, call in step.acts if actor == lane.actor)
    if calls:
        lines += _wrapped("├ ", lane.line, call_text(calls.popleft()))
    for event in events:
        if event.actor != lane.actor:
            continue
        lines += _event_lines(event, lane.line)
        if event.kind == "returned" and calls:
            lines += _wrapped("├ ", lane.line, call_text(calls.popleft()))
    lane.state = after.state if after else ""
    return lines + _change(before, after, lane.line)


def _event_lines(event: Event, line: str) -> list[str]:
    fields = " ".join(f"{name}={value}" for name, value in event.fields)
    if event.kind == "returned":
        return _wrapped("│◁ ", _LINES[_IDLE], fields)
    if event.kind == "handled":
        return _wrapped("│» ", line, fields.removeprefix("si_signo="))
    return [f"{line} {event.kind}"]


def _change(before: str, after: State | None, line: str) -> list[str]:
    """Say how an actor is left, if that is not how it was."""
    if after is None or after.state == before:
        return []
    if after.state == _IDLE:
        return [] if before else ["┬ born"]
    if after.state == "gone":
        return ["┴ gone"]
    amid = after.state in ("stopped", "ptrace-stop") and after.call
    return [f"{line} {after.state}" + (f" in {after.call}" if amid else "")]


def _wrapped(first: str, line: str, text: str) -> list[str]:
    """Break a text into lines that fit a lane; the lane's line runs on beside them."""
    longest = max(map(len, text.split()), default=0)
    width = max(_WIDEST - len(first), min(longest, _LONGEST_WORD))
    parts = textwrap.wrap(text, width, break_on_hyphens=False) or [""]
    return [first + parts[0], *(f"{line}{' ' * len(first)}{part}" for part in parts[1:])]


def _width(index: int, actor: str, rows: Sequence[tuple[str, list[str]]]) -> int:
    return max(_NARROWEST, len(actor), *(len(cells[index]) for _, cells in rows)) + 2


def _row(margin: str, cells: Sequence[str], widths: Sequence[int]) -> str:
    body = "".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"{margin:<{_MARGIN}}{body}".rstrip()
