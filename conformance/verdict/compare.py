"""Two traces of one step compared: which actor, which field, what was right, what was seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest

from conformance.case.model import Case, Step
from conformance.trace import Event, Fields, State, StepTrace, Value
from conformance.verdict.model import ABSENT, Divergence

_Difference = tuple[str, str, Value, Value]
_STATE_FIELDS = ("state", "call", "ppid", "pgid", "sid")


def rule_of(case: Case, step: Step) -> str:
    """Return the rule a step is about: its own, else the first of the case."""
    return step.rule or (case.rules[0] if case.rules else "")


def returned_by(actor: str, seen: StepTrace, place: int = -1) -> Event | None:
    """Return the ``returned`` event of ``actor``'s call ``place`` in this step, -1 being the last that
    returned; None if it did not.
    """
    found = _own(actor, "returned", seen)
    return found[place] if found and place < len(found) else None


def handled_by(actor: str, seen: StepTrace) -> tuple[Event, ...]:
    """Return the signals that ``actor`` handled in this step, in order."""
    return tuple(event for event in seen.events if event.actor == actor and event.kind == "handled")


def fields_text(fields: Iterable[tuple[str, object]]) -> str:
    """Spell fields for a reader: ``ret=C status=exited(3)``."""
    return " ".join(f"{name}={value}" for name, value in fields)


def event_text(event: Event) -> str:
    """Spell an event for a reader: ``wait4 ret=C status=exited(3)``; a handled signal as its fields."""
    return " ".join(part for part in (event.call, fields_text(event.fields)) if part) or event.kind


def compare_step(
    case: Case, number: int, expected: StepTrace, observed: StepTrace | None
) -> tuple[Divergence, ...]:
    """Return the differences of step ``number`` (from 1), actor by actor; empty only if there is none.

    ``observed`` None says that the step never ran.
    """
    step = case.steps[number - 1]
    rule = rule_of(case, step)
    if observed is None:
        return (Divergence(number, step.actor, "step", "runs", ABSENT, rule),)
    if expected == observed:
        return ()
    found = tuple(_differences(case.actors, expected, observed))
    if not found:
        found = ((step.actor, "order", _order(expected), _order(observed)),)
    return tuple(Divergence(number, *difference, rule) for difference in found)


def _differences(actors: tuple[str, ...], expected: StepTrace, observed: StepTrace) -> Iterator[_Difference]:
    others = sorted({event.actor for event in observed.events} - set(actors))
    for actor in (*actors, *others):
        yield from _of_returns(actor, _own(actor, "returned", expected), _own(actor, "returned", observed))
        yield from _of_handled(actor, _own(actor, "handled", expected), _own(actor, "handled", observed))
        yield from _of_the_rest(actor, expected, observed)
        yield from _of_state(actor, _state(actor, expected), _state(actor, observed))


def _own(actor: str, kind: str, seen: StepTrace) -> list[Event]:
    return [event for event in seen.events if event.actor == actor and event.kind == kind]


def _state(actor: str, seen: StepTrace) -> State | None:
    return next((state for state in seen.states if state.actor == actor), None)


def _of_returns(actor: str, expected: list[Event], observed: list[Event]) -> Iterator[_Difference]:
    for right, seen in zip_longest(expected, observed):
        if right is None or seen is None or right.call != seen.call:
            yield actor, "returned", _text_or_absent(right), _text_or_absent(seen)
        else:
            yield from ((actor, *difference) for difference in _of_fields(right.fields, seen.fields))


def _of_fields(expected: Fields, observed: Fields) -> Iterator[tuple[str, Value, Value]]:
    """Compare by name, in the order of the expected fields, then what is there beyond them."""
    right, seen = dict(expected), dict(observed)
    for name in right | seen:
        if right.get(name) != seen.get(name):
            yield name, right.get(name, ABSENT), seen.get(name, ABSENT)


def _of_handled(actor: str, expected: list[Event], observed: list[Event]) -> Iterator[_Difference]:
    """Compare field by field if the same signals came in the same order, else the two lists."""
    right, seen = _signals(expected), _signals(observed)
    if right != seen:
        yield actor, "handled", ",".join(right) or "-", ",".join(seen) or "-"
        return
    for index, (one, other) in enumerate(zip(expected, observed, strict=True)):
        for name, value, instead in _of_fields(one.fields, other.fields):
            yield actor, f"handled[{index}].{name}", value, instead


def _signals(events: list[Event]) -> list[str]:
    return [str(event.get("si_signo")) for event in events]


def _of_the_rest(actor: str, expected: StepTrace, observed: StepTrace) -> Iterator[_Difference]:
    """Compare ``unready`` and any other kind of event: there or not there."""
    kinds = dict.fromkeys(event.kind for event in (*expected.events, *observed.events))
    for kind in kinds:
        if kind in ("returned", "handled"):
            continue
        right, seen = _own(actor, kind, expected), _own(actor, kind, observed)
        if right != seen:
            yield actor, kind, _texts(right), _texts(seen)


def _texts(events: list[Event]) -> str:
    return ", ".join(event_text(event) for event in events) or ABSENT


def _text_or_absent(event: Event | None) -> str:
    return ABSENT if event is None else event_text(event)


def _of_state(actor: str, expected: State | None, observed: State | None) -> Iterator[_Difference]:
    if expected is None or observed is None:
        if expected is not observed:
            yield (
                actor,
                "state",
                expected.state if expected else ABSENT,
                observed.state if observed else ABSENT,
            )
        return
    for name in _STATE_FIELDS:
        right, seen = getattr(expected, name), getattr(observed, name)
        if right != seen:
            yield actor, name, right, seen


def _order(seen: StepTrace) -> str:
    """Spell the order of events; all that is left when every actor's fields agree."""
    return ", ".join(f"{event.actor} {event.kind} {event_text(event)}" for event in seen.events)
