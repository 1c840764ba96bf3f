"""A case on the reference kernel: its trace, or whether an observed trace is one that Linux allows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from conformance.abi.signals import signal_name
from conformance.case.model import Act, Call, Case, Pid
from conformance.reference.kernel import Kernel
from conformance.reference.scheduler import TooManyOrders, settle, settle_every_way
from conformance.trace import Environment, Event, StepTrace, Trace

_ORDINARY = Environment()
_REFUSABLE = frozenset({"fault", "ptrace", "poll", "io"})


class CaseNotRunnable(Exception):
    """A step is given to an actor that cannot take it: a defect of the case."""

    def __init__(self, case: Case, number: int, actor: str, problem: str) -> None:
        """Say which step (counted from 1), and what the actor is or would do that makes it impossible."""
        self.mark = case.steps[number - 1].mark
        self.step = number
        self.actor = actor
        super().__init__(f"step {number}: {actor} {problem}")


class Allowed(NamedTuple):
    """The answer of :func:`allows`: ``step`` (from 1) is the first that no order of events explains, 0 if
    none; ``expected`` is what the reference kernel usually does in that step after the observed beginning,
    ``outcomes`` all that it may do.
    """

    step: int
    expected: StepTrace | None
    outcomes: tuple[StepTrace, ...] = ()


def required(case: Case, environment: Environment) -> Environment:
    """Return an environment with what a case requires of it: only there can it run."""
    return environment._replace(
        pidns=environment.pidns or "pidns" in case.requires,
        core=environment.core or "core" in case.requires,
        uid=0 if "uids" in case.requires else environment.uid,
    )


def run_case(case: Case, environment: Environment = _ORDINARY, kernel: type[Kernel] = Kernel) -> Trace:
    """Return the trace of ``case`` in the usual order of events.

    ``kernel`` may be that of an older release, or a variant. Raises :class:`CaseNotRunnable`.
    """
    world = kernel(case.root, environment)
    return Trace(tuple(_step(case, number, world) for number in range(1, len(case.steps) + 1)))


def _step(case: Case, number: int, world: Kernel) -> StepTrace:
    step = case.steps[number - 1]
    _begin(case, number, world)
    settle(world, world.pids[step.actor])
    return _observe(case, world)


def _begin(case: Case, number: int, world: Kernel) -> None:
    calls: dict[str, list[Call]] = {}
    for actor, call in case.steps[number - 1].acts:
        if not world.is_idle(actor):
            state = world.state(actor) if actor in world.pids else None
            told = "not born" if state is None else f"{state.state} {state.call}".strip()
            raise CaseNotRunnable(case, number, actor, f"is {told} and cannot make a call")
        for arg in call.args:
            if isinstance(arg, Pid) and arg.actor not in world.pids:
                raise CaseNotRunnable(case, number, actor, f"is told of {arg.actor}, who was never born")
        if call.name in _REFUSABLE:
            _refuse(case, number, Act(actor, call), world)
        calls.setdefault(actor, []).append(call)
    for actor, made in calls.items():
        world.start(actor, *made)


def _refuse(case: Case, number: int, act: Act, world: Kernel) -> None:
    """Refuse a fault that would never end, tracers that would not, and files that are no concern of ours."""
    task = world.tasks[world.pids[act.actor]]
    args = world.resolved(task, act.call)
    if act.call.name == "fault" and world.faults_for_ever(task, *args):
        problem = f"would return from its {signal_name(args[0])} handler to the same fault for ever"
        raise CaseNotRunnable(case, number, act.actor, f"{problem}: add SA_RESETHAND")
    if act.call.name == "ptrace" and world.closes_ring(task, *args):
        raise CaseNotRunnable(case, number, act.actor, "would close a ring of tracers, which might never end")
    if act.call.name in ("poll", "io") and world.is_foreign(task, args[0]):
        problem = (
            f"would {act.call.name} what is no pidfd: the reference kernel does not know what that gives"
        )
        raise CaseNotRunnable(case, number, act.actor, problem)


def _observe(case: Case, world: Kernel) -> StepTrace:
    """Take the events of a step off the log, by actor, and look at every actor."""
    events = sorted_events(world.log, case.actors)
    world.log = []
    return StepTrace(events, world.states(case.actors))


def sorted_events(log: Iterable[Event], actors: tuple[str, ...]) -> tuple[Event, ...]:
    """Order events by actor; within an actor they keep the order in which they happened."""
    events = tuple(log)
    if len(events) < 2:
        return events
    return tuple(sorted(events, key=lambda event: actors.index(event.actor)))


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
        right = tuple(dict.fromkeys(trace for _, trace in outcomes))
        if number > len(observed.steps):
            return Allowed(number, usual, right)
        worlds = _distinct(world for world, trace in outcomes if trace == observed.steps[number - 1])
        if not worlds:
            return Allowed(number, usual, right)
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
        outcomes += [(end, _observe(case, end)) for end in _followed(number, world)]
    return first, outcomes


def _followed(number: int, world: Kernel) -> list[Kernel]:
    """Settle step ``number`` in every way; say which step it is that leaves too many orders open."""
    try:
        return settle_every_way(world)
    except TooManyOrders as error:
        error.step = number
        raise


def _distinct(worlds: Iterable[Kernel]) -> list[Kernel]:
    """Return worlds, each state once."""
    return list({world.key(): world for world in worlds}.values())


def possible_traces(
    case: Case, environment: Environment = _ORDINARY, kernel: type[Kernel] = Kernel
) -> frozenset[Trace]:
    """Return every trace that some order of transitions gives.

    Raises :class:`CaseNotRunnable` if some order leads to a step that cannot be made, and
    :class:`~conformance.reference.scheduler.TooManyOrders`.
    """
    beginnings: list[tuple[Kernel, tuple[StepTrace, ...]]] = [(kernel(case.root, environment), ())]
    for number in range(1, len(case.steps) + 1):
        ends: dict[object, tuple[Kernel, tuple[StepTrace, ...]]] = {}
        for world, past in beginnings:
            _begin(case, number, world)
            for end in _followed(number, world):
                seen = (*past, _observe(case, end))
                ends[end.key(), seen] = (end, seen)
        beginnings = list(ends.values())
    return frozenset(Trace(past) for _, past in beginnings)
