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
from conformance.case.calls import Kind
from conformance.case.descriptors import arguments_of
from conformance.case.errors import CaseError, Problems
from conformance.case.expectations import Calls, compile_expect, compile_together_expect, mentioned
from conformance.case.header import read_rule
from conformance.case.model import INIT, Act, Call, Expected, Step
from conformance.case.names import check_new_actor, is_actor
from conformance.case.yamlsource import Mapping, Node, Scalar

MAX_ACTORS: Final = 16
MAX_STEPS: Final = 64
MAX_TOGETHER: Final = 8
"""The limits of ``helpers_c/wire.h``."""

KEYS: Final = ("expect", "rule")
"""The keys of a step beside its actor."""
TOGETHER: Final = "together"
"""What stands in the place of the actor where a step has several calls."""


class StepNode:
    """A step as read: compared by identity, so that it can key a cache cheaply.

    ``acts`` are its calls by actor: one, or those of a ``together``.
    """

    __slots__ = ("acts", "children", "expect", "mark", "mentions", "rule", "together", "used")

    def __init__(self, node: Node) -> None:
        """Take a step apart; raises :class:`CaseErrors` if it is neither one call nor a ``together``."""
        table = shapes.mapping(node, "steps", "a list of `actor: call`")
        actors = [(key, value) for key, value in table.entries if key.text not in KEYS]
        if len(actors) != 1:
            raise _not_one_actor(table, [key for key, _ in actors])
        self.mark = table.mark
        self.together = actors[0][0].text == TOGETHER
        self.acts = _acts(actors[0][1]) if self.together else (_checked_act(*actors[0]),)
        self.expect = table.get("expect")
        self.rule = table.get("rule")
        self.mentions = mentioned(self.expect)
        self.children = tuple(name for _, call in self.acts for name in _names(call, Kind.CHILD))
        self.used = tuple(name for _, call in self.acts for name in _names(call, Kind.PID))


def _checked_act(actor: Scalar, call: Node) -> tuple[Scalar, Node]:
    if not is_actor(actor.text):
        check_new_actor(actor, actor.text)
    return actor, call


def _acts(node: Node) -> tuple[tuple[Scalar, Node], ...]:
    """Read the list of a ``together``: each item has one actor and its call, and nothing else."""
    items = shapes.sequence(node, TOGETHER, "a list of `actor: call`").items
    if not 2 <= len(items) <= MAX_TOGETHER:
        raise CaseError(node.mark, f"`together` takes 2 to {MAX_TOGETHER} calls, not {len(items)}")
    problems = Problems()
    found = []
    for item in items:
        with problems:
            found.append(_act(item))
    problems.raise_any()
    _check_newborns(found)
    return tuple(found)


def _act(node: Node) -> tuple[Scalar, Node]:
    table = shapes.mapping(node, TOGETHER, "a list of `actor: call`")
    keys = [key for key, _ in table.entries]
    for key in keys:
        if key.text in KEYS:
            raise CaseError(key.mark, f"`{key.text}` belongs beside `{TOGETHER}`, not inside: it is one step")
    if len(keys) != 1:
        raise _not_one_actor(table, keys)
    return _checked_act(*table.entries[0])


def _check_newborns(acts: Iterable[tuple[Scalar, Node]]) -> None:
    """Refuse a call by or about an actor that is forked in the same block: nobody knows its pid yet."""
    acts = tuple(acts)
    born = {name.text for _, call in acts for name in _names(call, Kind.CHILD)}
    problems = Problems()
    for actor, call in acts:
        for name in (actor, *_names(call, Kind.PID)):
            if name.text in born:
                problems.add(name.mark, f"`{name.text}` is forked in this very step: use it in a later one")
    problems.raise_any()


def _not_one_actor(table: Mapping, keys: list[Scalar]) -> CaseError:
    if not keys:
        return CaseError(table.mark, "a step needs an actor and its call: `- P: {wait4: C}`")
    for key in keys:
        if not is_actor(key.text) and key.text != TOGETHER:
            return shapes.unknown(key, "a key of a step", (*KEYS, TOGETHER))
    names = " and ".join(key.text for key in keys)
    return CaseError(keys[1].mark, f"a step has one actor, not {names}: start a new step with `- `")


def _names(call: Node, kind: Kind) -> Iterable[Scalar]:
    """Give the actors' names among the arguments of ``kind``, without judging anything else."""
    for param, node in arguments_of(call):
        text = (shapes.word(node) if param.kind is kind else None) or ""
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
        raise CaseError(
            steps[0].acts[0][0].mark, "no root actor: some actor must be there without being forked"
        )
    actors = (INIT, root, *(name for name in forked if name != INIT))
    for step in steps:
        for actor, _ in step.acts:
            if actor.text not in actors:
                problems.found.append(shapes.unknown(actor, "an actor that a step forks", actors))
    if len(actors) > MAX_ACTORS:
        mark = forked[actors[MAX_ACTORS]].mark
        problems.add(mark, f"more than {MAX_ACTORS} actors (init and the root actor count)")
    problems.raise_any()
    return actors


def _root(steps: Iterable[StepNode], forked: dict[str, Scalar]) -> str | None:
    driven = [actor for step in steps for actor, _ in step.acts]
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
    acts: list[Act] = []
    rule: str | None = None
    expect: tuple[Expected, ...] = ()
    for actor, call in node.acts:
        with problems:
            acts.append(_compile_act(actor.text, call, context.actors))
    with problems:
        rule = read_rule(node.rule, None) if node.rule is not None else None
    if len(acts) == len(node.acts) and node.expect is not None:
        with problems:
            expect = _compile_expect(node, node.expect, acts, context)
    problems.raise_any()
    (actor_name, first), *more = acts
    return Step(actor_name, first, expect, rule, node.mark, tuple(more))


def _compile_act(actor: str, node: Node, actors: Actors) -> Act:
    call = compile_call(node, actors)
    if actor == INIT and call.name in ("exit", "exit_group", "exec", "fault"):
        raise CaseError(node.mark, f"init cannot {call.name}: the case would end with it")
    if actor == INIT and call.name in ("setresuid", "setresgid"):
        why = "it could lose its parent-death signal, by which it ends with the agent"
        raise CaseError(node.mark, f"init cannot {call.name}: {why}")
    return Act(actor, call)


def _compile_expect(node: StepNode, expect: Node, acts: list[Act], context: Context) -> tuple[Expected, ...]:
    if node.together:
        return compile_together_expect(expect, acts, context.calls, context.actors)
    return compile_expect(expect, acts[0].actor, (*context.calls, acts[0]), context.actors)


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
        drivers = {actor.text for actor, _ in node.acts}
        unclear |= drivers
        with problems:
            step = compiler(node, Context(actors, calls))
            steps.append(step)
            last.update(step.acts)
            unclear -= drivers
    problems.raise_any()
    return tuple(steps)
