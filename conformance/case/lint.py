"""The static part of ``waitconf check``: what can be seen in a case without running it.

Errors of the loader (unknown names, ids given twice, rules that do not exist or have no source…) are
findings too; what is added here compiles, but cannot be what its author meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from conformance.abi.signals import SIGKILL
from conformance.abi.waiting import P_ALL
from conformance.case.errors import CaseErrors
from conformance.case.model import INIT, Case, Mark, Pid, Step
from conformance.case.suite import read_suite


class Finding(NamedTuple):
    """Something that a case's author should look at."""

    mark: Mark
    message: str

    def __str__(self) -> str:
        """Return ``path:line:column: message``."""
        return f"{self.mark}: {self.message}"


def lint(paths: Iterable[Path]) -> list[Finding]:
    """Return all findings about the case files under the paths, by place, each once.

    Raises :class:`UsageError` for a path that does not exist.
    """
    documents, problems = read_suite(paths)
    found: dict[Finding, None] = {}
    for document in documents:
        with problems:
            found.update(dict.fromkeys(_lint_cells(document.cases())))
    errors = CaseErrors(problems.found).errors
    found.update((Finding(error.mark, error.message), None) for error in errors)
    return sorted(found)


def _lint_cells(cells: Iterable[Case]) -> list[Finding]:
    """Lint the cells of a sweep together: an actor may be idle in some of them, if others use it."""
    found: dict[Finding, None] = {}
    unused: dict[Finding, None] = {}
    used: set[Mark] = set()
    for case in cells:
        idle = list(_unused(case))
        unused.update(dict.fromkeys(idle))
        used.update(
            {step.mark for step in case.steps if _children(step)} - {finding.mark for finding in idle}
        )
        found.update(dict.fromkeys(finding for finding in lint_case(case) if finding not in unused))
    return [*found, *(finding for finding in unused if finding.mark not in used)]


def lint_case(case: Case) -> Iterator[Finding]:
    """Give what is doubtful about one case."""
    yield from _too_early(case)
    yield from _too_late(case)
    yield from _unused(case)
    for step in case.steps:
        if step.rule is not None and step.rule not in case.rules:
            yield Finding(step.mark, f"the step is about {step.rule}, which the case's `rules` do not name")


def _too_early(case: Case) -> Iterator[Finding]:
    born = {INIT, case.root}
    for step in case.steps:
        for actor in (step.actor, *_pids(step)):
            if actor not in born:
                yield Finding(step.mark, f"`{actor}` is used before it is forked")
        born.update(_children(step))


def _too_late(case: Case) -> Iterator[Finding]:
    """Find steps of actors that an earlier step has ended: by their exit, or by SIGKILL by name."""
    ended: dict[str, Step] = {}
    for step in case.steps:
        end = ended.get(step.actor)
        if end is not None:
            how = f"the {end.call.name} in line {end.mark.line}"
            yield Finding(step.mark, f"`{step.actor}` cannot make a call after {how}")
        if step.call.name in _ENDS:
            ended.setdefault(step.actor, step)
        elif step.call.name == "kill" and step.call.args[1] == SIGKILL:
            target = step.call.args[0]
            if isinstance(target, Pid) and target.sign > 0 and target.actor != INIT:
                ended.setdefault(target.actor, step)


def _unused(case: Case) -> Iterator[Finding]:
    """Find forked actors that nothing refers to, nor could: no later call selects by a number."""
    for index, step in enumerate(case.steps):
        for child in _children(step):
            later = case.steps[index + 1 :]
            used = any(child in _mentions(other) for other in case.steps)
            if not used and not any(_selects_many(other) for other in later):
                yield Finding(step.mark, f"`{child}` is forked and never used")


def _children(step: Step) -> tuple[str, ...]:
    return tuple(arg for arg in step.call.args if isinstance(arg, str))


def _pids(step: Step) -> tuple[str, ...]:
    return tuple(arg.actor for arg in step.call.args if isinstance(arg, Pid))


def _mentions(step: Step) -> Iterator[object]:
    """Give the actors of a step, and every expected value: some of them are names of actors."""
    yield step.actor
    yield from _pids(step)
    for expected in step.expect:
        yield expected.actor
        for pairs in (expected.fields, expected.state, *(expected.handled or ())):
            yield from (value for _, value in pairs)


def _selects_many(step: Step) -> bool:
    """Tell whether a call can reach processes that it does not name."""
    if step.call.name == "waitid":
        return step.call.args[0] == P_ALL or isinstance(step.call.args[1], int)
    if step.call.name in _BY_PID:
        pid = step.call.args[0]
        return isinstance(pid, int) or pid[1] == -1
    return step.call.name in _ENDS  # what becomes of the children of one that ends


_ENDS: Final = frozenset({"exit", "exit_group"})
_BY_PID: Final = frozenset({"wait4", "kill"})
