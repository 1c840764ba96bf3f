"""The lanes of a case as SVG: actors as columns, time downwards, and where a target went another way.

What is shown is ``lanemodel``'s; here it gets places. Colours and kinds of lines are the style sheet's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from conformance.case.model import Case
from conformance.publish.lanemodel import IDLE, LaneStep, Note, first_states, lane_steps, wrapped
from conformance.publish.matrix.markup import escape
from conformance.publish.matrix.style import CLASSES
from conformance.publish.matrix.verdicts import STANDINGS
from conformance.trace import Trace

LINE: Final = 17
"""Height of a line of text, in pixels; ``CHARACTER`` is the width of a character of 12 pixels, monospaced."""
CHARACTER: Final = 7.3
_LEFT: Final = 40
_TOP: Final = 30
_INDENT: Final = 14
_GAP: Final = 24
_GONE: Final = frozenset({"", "gone"})

_SIGNS: Final[Mapping[str, str]] = {"returns": "◁ ", "handles": "» "}
_STYLES: Final[Mapping[str, str]] = {
    "returns": "ret",
    "handles": "sig",
    "born": "end",
    "gone": "end",
    "left": "end",
    "event": "end",
}


class Mark(NamedTuple):
    """A place where targets went another way: the step (from 1), the actor, who, and what in words."""

    step: int
    actor: str
    standing: str
    who: str
    words: tuple[str, ...]


class _Text(NamedTuple):
    """A line of text in a lane. ``state`` is the lane's beside it; ``edge`` is the note's kind if the lane
    shows it too: a call, or a life that begins or ends.
    """

    style: str
    text: str
    state: str
    edge: str = ""


class _Segment(NamedTuple):
    state: str
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class _Row:
    """A step in its place: the lines of each lane, ``height`` lines with the gap that follows."""

    step: LaneStep
    lines: tuple[tuple[_Text, ...], ...]
    top: int
    height: int

    @property
    def bottom(self) -> int:
        return self.top + self.height * LINE


def drawing(case: Case, trace: Trace, marks: Iterable[Mark] = ()) -> str:
    """Draw ``trace`` as an SVG image; marks of a step that the trace lacks stand at its last one."""
    rows = _rows(case, trace, tuple(marks))
    lefts = _lefts(case.actors, rows)
    width, height = round(lefts[-1]), (rows[-1].bottom if rows else _TOP + LINE) + 4
    parts = [*_bands(rows, width), *_names(case.actors, lefts)]
    for index, left in enumerate(lefts[:-1]):
        parts += _lane(index, left, rows, first_states(case)[index], lefts[index + 1])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-labelledby="lanes-title lanes-desc">\n'
        f'<title id="lanes-title">{escape(case.title)}</title>\n'
        f'<desc id="lanes-desc">{escape(description(case, trace, marks))}</desc>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _rows(case: Case, trace: Trace, marks: Sequence[Mark]) -> list[_Row]:
    rows: list[_Row] = []
    top = _TOP
    for step in lane_steps(case, trace):
        last = step.number == min(len(trace.steps), len(case.steps))
        own = [mark for mark in marks if mark.step == step.number or (last and mark.step > step.number)]
        lines = tuple(
            tuple(_lines(step.notes[index], step.states[index], _of_lane(own, case, index)))
            for index in range(len(case.actors))
        )
        row = _Row(step, lines, top, max(map(len, lines)) + 1)
        rows.append(row)
        top = row.bottom
    return rows


def _of_lane(marks: Sequence[Mark], case: Case, index: int) -> list[Mark]:
    """Return the marks of a lane; those of somebody who has none stand in the root actor's."""
    actor = case.actors[index]
    return [mark for mark in marks if (mark.actor if mark.actor in case.actors else case.root) == actor]


def _lines(notes: Sequence[Note], after: str, marks: Sequence[Mark]) -> Iterator[_Text]:
    for note in notes:
        first = _SIGNS.get(note.kind, "")
        style = _STYLES.get(note.kind, "")
        edge = note.kind if note.kind in ("born", "gone", "calls") else ""
        for number, part in enumerate(_broken(note.text)):
            indent = " " * len(first)
            yield _Text(style, (indent if number else first) + part, note.state, "" if number else edge)
    for mark in marks:
        name = CLASSES[mark.standing]
        yield _Text(f"mark {name}", f"{STANDINGS[mark.standing].glyph} {mark.who}", after)
        for word in mark.words:
            yield from (_Text(name, f"  {part}", after) for part in wrapped(word, 34))


def _broken(text: str) -> list[str]:
    """Break a text into lines, if need be between flags."""
    return [part.replace("| ", "|") for part in wrapped(text.replace("|", "| "))]


def _lefts(actors: Sequence[str], rows: Sequence[_Row]) -> list[float]:
    """Return where each lane begins, and where the last one ends."""
    lefts = [float(_LEFT)]
    for index, actor in enumerate(actors):
        widest = max([len(actor) + 1, 5, *(len(line.text) for row in rows for line in row.lines[index])])
        lefts.append(round(lefts[-1] + _INDENT + widest * CHARACTER + _GAP, 1))
    return lefts


def _bands(rows: Sequence[_Row], width: int) -> Iterator[str]:
    for row in rows:
        if row.step.number % 2:
            top = row.top - 3
            yield f'<rect class="band" x="0" y="{top}" width="{width}" height="{row.height * LINE}"/>'
        sign = " ‖" if row.step.together else ""
        yield _text("num", 8, row.top + 12, f"{row.step.number}{sign}")


def _names(actors: Sequence[str], lefts: Sequence[float]) -> Iterator[str]:
    for actor, left in zip(actors, lefts, strict=False):
        yield _text("name", left, 18, actor)


def _lane(index: int, left: float, rows: Sequence[_Row], state: str, right: float) -> Iterator[str]:
    x = left + 4
    segments: list[_Segment] = [_Segment(state, _TOP - 6, _TOP)]
    for row in rows:
        yield from _tints(row, index, left, right)
        for number, line in enumerate(row.lines[index]):
            top = row.top + number * LINE
            yield from _edge(line, x, top + LINE / 2)
            yield _text(line.style, left + _INDENT, top + 12, line.text)
            state = _grown(segments, line, top, state)
        _grow(segments, row.step.states[index], row.top + len(row.lines[index]) * LINE, row.bottom)
        state = row.step.states[index]
    for one in segments:
        if one.state not in _GONE:
            yield f'<path class="l {one.state}" d="M{x:g} {one.top:g}V{one.bottom:g}"/>'


def _text(style: str, x: float, y: float, text: str) -> str:
    return f'<text class="{style}" x="{x:g}" y="{y:g}">{escape(text)}</text>'


def _grown(segments: list[_Segment], line: _Text, top: float, before: str) -> str:
    """Draw a lane on beside a line of text; where a life begins or ends, by half of it."""
    middle = top + LINE / 2
    if line.edge == "born":
        _grow(segments, line.state, middle, top + LINE)
    elif line.edge == "gone":
        _grow(segments, before, top, middle)
    else:
        _grow(segments, line.state, top, top + LINE)
    return line.state


def _grow(segments: list[_Segment], state: str, top: float, bottom: float) -> None:
    if segments[-1].state == state and segments[-1].bottom == top:
        segments[-1] = segments[-1]._replace(bottom=bottom)
    elif bottom > top:
        segments.append(_Segment(state, top, bottom))


def _edge(line: _Text, x: float, y: float) -> Iterator[str]:
    """Draw a bar where a life begins or ends, and a tick where a call begins."""
    if line.edge in ("born", "gone"):
        yield f'<path class="l" d="M{x - 5:g} {y:g}H{x + 5:g}"/>'
    elif line.edge == "calls":
        yield f'<path class="l" d="M{x:g} {y - 1:g}h7"/>'


def _tints(row: _Row, index: int, left: float, right: float) -> Iterator[str]:
    """Draw what is behind marks: a box for each."""
    start: int | None = None
    lines = row.lines[index]
    for number in range(len(lines) + 1):
        begins = number == len(lines) or lines[number].style.startswith("mark ")
        if begins and start is not None:
            name = lines[start].style.removeprefix("mark ")
            place = f'x="{left + _INDENT - 5:g}" y="{row.top + start * LINE - 1}"'
            size = f'width="{right - left - _INDENT - 8:g}" height="{(number - start) * LINE + 1}"'
            yield f'<rect class="{name}" {place} {size} rx="2"/>'
        if begins:
            start = number


def description(case: Case, trace: Trace, marks: Iterable[Mark] = ()) -> str:
    """Tell the drawing in words, for those who do not see it."""
    words = {"calls": "calls ", "returns": "returns ", "handles": "handles ", "left": "is "}
    told = []
    by_step: dict[int, list[Mark]] = {}
    for mark in marks:
        by_step.setdefault(mark.step, []).append(mark)
    for step in lane_steps(case, trace):
        parts = [
            f"{actor} {words.get(note.kind, 'is ' if note.kind in ('born', 'gone') else '')}{note.text}"
            for actor, notes in zip(case.actors, step.notes, strict=True)
            for note in notes
        ]
        parts += [
            f"{mark.who} {STANDINGS[mark.standing].word} at {mark.actor}: {'; '.join(mark.words)}"
            for mark in by_step.get(step.number, ())
        ]
        told.append(f"Step {step.number}: {', '.join(parts) or 'nothing'}.")
    return " ".join(told)


_LEGEND: Final = (
    (IDLE, "idle"),
    ("blocked", "blocked"),
    ("stopped", "stopped"),
    ("ptrace-stop", "ptrace-stop"),
    ("zombie", "zombie"),
)


def legend() -> str:
    """Say what the lines and signs of drawings mean, as the caption of a figure."""
    lines = "".join(f"<span>{_sample(name)}{word}</span> " for name, word in _LEGEND)
    signs = "<span>◁ returns</span> <span>» handles a signal</span> <span>‖ together</span>"
    return f"<figcaption>{lines}{signs}</figcaption>\n"


def _sample(state: str) -> str:
    return f'<svg viewBox="0 0 16 16" aria-hidden="true"><path class="l {state}" d="M8 0V16"/></svg>'
