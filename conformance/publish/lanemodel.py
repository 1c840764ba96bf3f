"""What a picture of a case shows, before it is drawn: who does what in which step, and how it leaves them.

``lanes`` draws it as text, ``matrix.drawing`` as SVG.
"""

from __future__ import annotations

import textwrap
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from conformance.case.model import Case, Step
from conformance.publish.words import call_text
from conformance.trace import Event, State, StepTrace, Trace

IDLE: Final = "idle"
_WIDEST: Final = 30
_LONGEST_WORD: Final = 42

UNBORN: Final = ""
"""The state of an actor before its birth."""


class Note(NamedTuple):
    """One thing that an actor does or goes through.

    ``kind`` is ``calls``, ``returns``, ``handles``, ``born``, ``gone``, ``left`` (in another state than
    before) or ``event`` (any other). ``state`` is the actor's while it happens.
    """

    kind: str
    text: str
    state: str


class LaneStep(NamedTuple):
    """A step: for each actor of the case, in their order, the notes and the state that it is left in."""

    number: int
    together: bool
    notes: tuple[tuple[Note, ...], ...]
    states: tuple[str, ...]


def first_states(case: Case) -> tuple[str, ...]:
    """Return the states before the first step: init and the root actor are there."""
    return tuple(IDLE if index < 2 else UNBORN for index in range(len(case.actors)))


def lane_steps(case: Case, trace: Trace) -> Iterator[LaneStep]:
    """Tell of each step of ``trace``, which may be shorter than the case has steps."""
    states = first_states(case)
    for number, (step, seen) in enumerate(zip(case.steps, trace.steps, strict=False), start=1):
        after = {state.actor: state for state in seen.states}
        told = [
            _told(actor, before, step, seen, after.get(actor))
            for actor, before in zip(case.actors, states, strict=True)
        ]
        states = tuple(after[actor].state if actor in after else UNBORN for actor in case.actors)
        yield LaneStep(number, bool(step.more), tuple(map(tuple, told)), states)


def _told(actor: str, before: str, step: Step, seen: StepTrace, after: State | None) -> list[Note]:
    """Return an actor's notes of a step: each call stands after the return of the one before."""
    calls = deque(Note("calls", call_text(call), before) for who, call in step.acts if who == actor)
    notes = [calls.popleft()] if calls else []
    for event in _own(actor, seen.events):
        notes.append(_event(event, before))
        if event.kind == "returned" and calls:
            notes.append(calls.popleft())
    return notes + _change(before, after)


def _own(actor: str, events: Sequence[Event]) -> Iterator[Event]:
    return (event for event in events if event.actor == actor)


def _event(event: Event, state: str) -> Note:
    fields = " ".join(f"{name}={value}" for name, value in event.fields)
    if event.kind == "returned":
        return Note("returns", fields, IDLE)
    if event.kind == "handled":
        return Note("handles", fields.removeprefix("si_signo="), state)
    return Note("event", event.kind, state)


def _change(before: str, after: State | None) -> list[Note]:
    """Say how an actor is left, if that is not how it was."""
    if after is None or after.state == before:
        return []
    if after.state == IDLE:
        return [] if before else [Note("born", "born", IDLE)]
    if after.state == "gone":
        return [Note("gone", "gone", "gone")]
    amid = after.state in ("stopped", "ptrace-stop") and after.call
    return [Note("left", after.state + (f" in {after.call}" if amid else ""), after.state)]


def wrapped(text: str, room: int = _WIDEST) -> list[str]:
    """Break a text into lines that fit a lane, of ``room`` characters or of what its longest word needs."""
    longest = max(map(len, text.split()), default=0)
    return textwrap.wrap(text, max(room, min(longest, _LONGEST_WORD)), break_on_hyphens=False) or [""]
