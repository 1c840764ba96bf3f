"""A case on the reference kernel: its trace, or whether an observed trace is one that Linux allows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from conformance.abi.signals import signal_name
from conformance.case.model import Case
from conformance.reference.kernel import LATEST, Kernel
from conformance.reference.scheduler import settle, settle_every_way
from conformance.trace import Environment, Event, StepTrace, Trace

_ORDINARY = Environment()


class CaseNotRunnable(Exception):
    """A step is given to an actor that cannot take it: a defect of the case."""

    def __init__(self, case: Case, number: int, problem: str) -> None:
        """Say which step (counted from 1), and what its actor is or would do."""
        step = case.steps[number - 1]
        self.mark = step.mark
        self.step = number
        super().__init__(f"step {number}: {step.actor} {problem}")


class Allowed(NamedTuple):
    """The answer of :func:`allows`: ``step`` (from 1) is the first that no order of events explains, 0 if
    none; ``expected`` is what the reference kernel does in that step after the observed beginning.
    """

    step: int
    expected: StepTrace | None


def run_case(
    case: Case, environment: Environment = _ORDINARY, kernel: type[Kernel] = Kernel, release: str = LATEST
) -> Trace:
    """Return the trace of ``case`` in the usual order of events.

    ``kernel`` may be a variant. Raises :class:`CaseNotRunnable`, and ValueError for an unknown release.
    """
    if release != LATEST:
        raise ValueError(f"the reference kernel knows only Linux {LATEST}, not {release}")
    world = kernel(case.root, environment)
    return Trace(tuple(_step(case, number, world) for number in range(1, len(case.steps) + 1)))


def _step(case: Case, number: int, world: Kernel) -> StepTrace:
    step = case.steps[number - 1]
    _begin(case, number, world)
    settle(world, world.pids[step.actor])
    return _observe(case, world)


def _begin(case: Case, number: int, world: Kernel) -> None:
    step = case.steps[number - 1]
    if not world.is_idle(step.actor):
        state = world.state(step.actor) if step.actor in world.pids else None
        told = "not born" if state is None else f"{state.state} {state.call}".strip()
        raise CaseNotRunnable(case, number, f"is {told} and cannot make a call")
    if step.call.name == "fault":
        _end_of_fault(case, number, world)
    world.start(step.actor, step.call)


def _end_of_fault(case: Case, number: int, world: Kernel) -> None:
    """Refuse a fault that would never end."""
    step = case.steps[number - 1]
    (signo,) = world.resolved(step.call)
    if world.faults_for_ever(world.tasks[world.pids[step.actor]], signo):
        name = signal_name(signo)
        raise CaseNotRunnable(
            case, number, f"would return from its {name} handler to the same fault for ever: add SA_RESETHAND"
        )


def _observe(case: Case, world: Kernel) -> StepTrace:
    """Take the events of a step off the log, by actor, and look at every actor."""
    events = sorted_events(world.log, case.actors)
    world.log = []
    return StepTrace(events, world.states(case.actors))


def sorted_events(log: Iterable[Event], actors: tuple[str, ...]) -> tuple[Event, ...]:
    """Order events by actor; within an actor they keep the order in which they happened."""
    return tuple(sorted(log, key=lambda event: actors.index(event.actor)))


def allows(
    case: Case, observed: Trace, environment: Environment = _ORDINARY, kernel: type[Kernel] = Kernel
) -> Allowed:
    """Say whether some order of transitions explains an observed trace.

    Where tasks run concurrently within a step (a parent returning from kill() while its child dies),
    Linux leaves the order open; a step is right if any order gives it. States that the observation
    excludes are dropped, so each step is judged on what was seen before it.
    """
    worlds = [kernel(case.root, environment)]
    for number in range(1, len(case.steps) + 1):
        usual, outcomes = _outcomes(case, number, worlds)
        if number > len(observed.steps):
            return Allowed(number, usual)
        worlds = [world for world, trace in outcomes if trace == observed.steps[number - 1]]
        if not worlds:
            return Allowed(number, usual)
    return Allowed(0, None)


def _outcomes(
    case: Case, number: int, worlds: list[Kernel]
) -> tuple[StepTrace, list[tuple[Kernel, StepTrace]]]:
    """Return the usual outcome of a step (from the first world), and every possible one."""
    usual = worlds[0].copy()
    first = _step(case, number, usual)
    outcomes = []
    for world in worlds:
        _begin(case, number, world)
        outcomes += [(end, _observe(case, end)) for end in settle_every_way(world)]
    return first, outcomes


def possible_traces(case: Case, environment: Environment = _ORDINARY) -> set[Trace]:
    """Return every trace that some order of transitions gives."""
    beginnings: list[tuple[Kernel, tuple[StepTrace, ...]]] = [(Kernel(case.root, environment), ())]
    for number in range(1, len(case.steps) + 1):
        ends = []
        for world, past in beginnings:
            _begin(case, number, world)
            ends += [(end, (*past, _observe(case, end))) for end in settle_every_way(world)]
        beginnings = ends
    return {Trace(past) for _, past in beginnings}
