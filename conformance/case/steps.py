"""One step of a case, and who its actors are.

Compiling a step depends on little: its node, the case's actors and, for an ``expect`` about another
actor, the call which that one is in. So the cells of a sweep share most of their compiled steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from conformance.abi.processes import INTEGERS
from conformance.case import shapes
from conformance.case.arguments import Actors, compile_call
from conformance.case.calls import CALLS, Kind
from conformance.case.errors import CaseError, Problems
from conformance.case.expectations import Calls, compile_expect, mentioned
from conformance.case.header import read_rule
from conformance.case.model import INIT, Call, Expected, Step
from conformance.case.names import check_new_actor, is_actor
from conformance.case.yamlsource import Mapping, Node, Scalar

MAX_ACTORS: Final = 16
MAX_STEPS: Final = 64
"""The limits of ``helpers_c/wire.h``."""

KEYS: Final = ("expect", "rule")
"""The keys of a step beside its actor."""


class StepNode:
    """A step as read: compared by identity, so that it can key a cache cheaply."""

    __slots__ = ("actor", "call", "children", "expect", "mark", "mentions", "rule", "used")

    def __init__(self, node: Node) -> None:
        """Take a step apart; raises :class:`CaseError` if it has not exactly one actor."""
        table = shapes.mapping(node, "steps", "a list of `actor: call`")
        actors = [(key, value) for key, value in table.entries if key.text not in KEYS]
        if len(actors) != 1:
            raise _not_one_actor(table, [key for key, _ in actors])
        self.mark = table.mark
        self.actor, self.call = actors[0]
        if not is_actor(self.actor.text):
            check_new_actor(self.actor, self.actor.text)
        self.expect = table.get("expect")
        self.rule = table.get("rule")
        self.mentions = mentioned(self.expect)
        self.children = tuple(_names(self.call, Kind.CHILD))
        self.used = tuple(_names(self.call, Kind.PID))


def _not_one_actor(table: Mapping, keys: list[Scalar]) -> CaseError:
    if not keys:
        return CaseError(table.mark, "a step needs an actor and its call: `- P: {wait4: C}`")
    for key in keys:
        if not is_actor(key.text):
            return shapes.unknown(key, "a key of a step", KEYS)
    names = " and ".join(key.text for key in keys)
    return CaseError(keys[1].mark, f"a step has one actor, not {names}: start a new step with `- `")


def _names(call: Node, kind: Kind) -> Iterable[Scalar]:
    """Give the actors' names among the arguments of ``kind``, without judging anything else."""
    if not isinstance(call, Mapping) or len(call.entries) != 1:
        return
    key, value = call.entries[0]
    spec = CALLS.get(key.text)
    if spec is None:
        return
    for param in spec.params:
        if param.kind is not kind:
            continue
        node = value.get(param.name) if isinstance(value, Mapping) else value
        if not isinstance(value, Mapping) and param.name != spec.shorthand:
            continue
        text = (shapes.word(node) if node is not None else None) or ""
        name = text.removeprefix("-")
        if isinstance(node, Scalar) and is_actor(name) and name not in INTEGERS:
            yield node._replace(text=name, value=name)


def find_actors(steps: Iterable[StepNode]) -> Actors:
    """Return init, the root actor, then the forked actors in order of their forks.

    The root actor is the one that is driven (or, if none is, named) and never forked. Raises
    :class:`CaseErrors` for a second name like that, for two forks of one name, and for too many actors.
    """
    steps = tuple(steps)
    problems = Problems()
    forked: dict[str, Scalar] = {}
    for step in steps:
        for child in step.children:
            if child.text in forked:
                line = forked[child.text].mark.line
                problems.add(child.mark, f"`{child.text}` is forked twice; first in line {line}")
            forked.setdefault(child.text, child)
    root = _root(steps, forked)
    if root is None:
        raise CaseError(steps[0].actor.mark, "no root actor: some actor must be there without being forked")
    actors = (INIT, root, *(name for name in forked if name != INIT))
    for step in steps:
        if step.actor.text not in actors:
            problems.found.append(shapes.unknown(step.actor, "an actor that a step forks", actors))
    if len(actors) > MAX_ACTORS:
        mark = forked[actors[MAX_ACTORS]].mark
        problems.add(mark, f"more than {MAX_ACTORS} actors (init and the root actor count)")
    problems.raise_any()
    return actors


def _root(steps: Iterable[StepNode], forked: dict[str, Scalar]) -> str | None:
    driven = [step.actor for step in steps]
    named = [name for step in steps for name in step.used]
    for name in (*driven, *named):
        if name.text != INIT and name.text not in forked:
            return name.text
    return None


class Context(NamedTuple):
    """What a step's meaning depends on beside its node."""

    actors: Actors
    calls: Calls


def compile_step(node: StepNode, context: Context) -> Step:
    """Compile a step; raises :class:`CaseErrors`."""
    problems = Problems()
    actor = node.actor.text
    call: Call | None = None
    rule: str | None = None
    expect: tuple[Expected, ...] = ()
    with problems:
        call = compile_call(node.call, context.actors)
        if actor == INIT and call.name in ("exit", "exit_group", "exec"):
            raise CaseError(node.call.mark, f"init cannot {call.name}: the case would end with it")
        if actor == INIT and call.name in ("setresuid", "setresgid"):
            why = "it could lose its parent-death signal, by which it ends with the agent"
            raise CaseError(node.call.mark, f"init cannot {call.name}: {why}")
    with problems:
        rule = read_rule(node.rule, None) if node.rule is not None else None
    if call is not None and node.expect is not None:
        calls = (*context.calls, (actor, call))
        with problems:
            expect = compile_expect(node.expect, actor, calls, context.actors)
    problems.raise_any()
    assert call is not None
    return Step(actor, call, expect, rule, node.mark)


StepCompiler = Callable[[StepNode, Context], Step]


def compile_steps(
    nodes: tuple[StepNode, ...], actors: Actors, compiler: StepCompiler = compile_step
) -> tuple[Step, ...]:
    """Compile all steps of a case; raises :class:`CaseErrors` with the errors of all steps.

    ``compiler`` is :func:`compile_step`, or a cache of it.
    """
    problems = Problems()
    last: dict[str, Call] = {}
    unclear: set[str] = set()  # made a call that did not compile: what to expect of them is unknown
    steps = []
    for node in nodes:
        if unclear.intersection(node.mentions):
            continue
        calls = tuple((name, last[name]) for name in node.mentions if name in last)
        unclear.add(node.actor.text)
        with problems:
            step = compiler(node, Context(actors, calls))
            steps.append(step)
            last[step.actor] = step.call
            unclear.discard(step.actor)
    problems.raise_any()
    return tuple(steps)
