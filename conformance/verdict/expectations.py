"""What the author of a case says, against what the reference kernel does: a subset of the trace.

A difference found here is a defect of the case or of the reference kernel, never of a target.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.case.model import AnyOf, Case, Expected, Step
from conformance.trace import Event, StepTrace, Trace, Value
from conformance.verdict.compare import event_text, fields_text, handled_by, returned_by, rule_of
from conformance.verdict.model import ABSENT, Divergence

BLOCKS: Final = "blocks"


def contradictions(case: Case, trace: Trace) -> tuple[Divergence, ...]:
    """Return each point in which ``trace`` is not what the author expects; so is a step that did not run."""
    found: list[Divergence] = []
    for number, step in enumerate(case.steps, start=1):
        if not step.expect:
            continue
        if number > len(trace.steps):
            found.append(Divergence(number, step.actor, "step", "runs", ABSENT, rule_of(case, step)))
            break
        rule = rule_of(case, step)
        for actor, field, expected, observed in _of_step(step, trace.steps[number - 1]):
            found.append(Divergence(number, actor, field, expected, observed, rule))
    return tuple(found)


_Difference = tuple[str, str, Value, Value]


def _of_step(step: Step, seen: StepTrace) -> Iterator[_Difference]:
    for expected in step.expect:
        yield from _of_return(expected, returned_by(expected.actor, seen, expected.place))
        yield from _of_state(expected, seen)
        if expected.handled is not None:
            yield from _of_handled(expected, handled_by(expected.actor, seen))


def _of_return(expected: Expected, event: Event | None) -> Iterator[_Difference]:
    actor = expected.actor
    if expected.returns is False:
        if event is not None:
            yield actor, "returned", BLOCKS, event_text(event)
        return
    if event is None:
        if expected.fields or expected.returns:
            yield actor, "returned", fields_text(expected.fields) or "returns", ABSENT
        return
    for name, value in expected.fields:
        observed = event.get(name)
        if not _is(value, observed):
            yield actor, name, _spelled(value), ABSENT if observed is None else observed


def _is(expected: Value | AnyOf, observed: Value | None) -> bool:
    return observed in expected.values if isinstance(expected, AnyOf) else observed == expected


def _spelled(expected: Value | AnyOf) -> Value:
    return str(expected) if isinstance(expected, AnyOf) else expected


def _of_state(expected: Expected, seen: StepTrace) -> Iterator[_Difference]:
    if not expected.state:
        return
    state = next((state for state in seen.states if state.actor == expected.actor), None)
    for name, value in expected.state:
        observed = ABSENT if state is None else getattr(state, name)
        if not _is(value, observed):
            yield expected.actor, name, _spelled(value), observed


def _of_handled(expected: Expected, events: tuple[Event, ...]) -> Iterator[_Difference]:
    wanted = expected.handled or ()
    for index, fields in enumerate(wanted):
        if index >= len(events):
            yield expected.actor, f"handled[{index}]", fields_text(fields), ABSENT
            continue
        for name, value in fields:
            observed = events[index].get(name)
            if observed != value:
                yield (
                    expected.actor,
                    f"handled[{index}].{name}",
                    value,
                    ABSENT if observed is None else observed,
                )
    for index in range(len(wanted), len(events)):
        yield expected.actor, f"handled[{index}]", ABSENT, event_text(events[index])
