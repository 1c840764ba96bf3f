"""The static part of ``waitconf check``: what can be seen in a case without running it.

Errors of the loader (unknown names, ids given twice, rules that do not exist or have no source…) are
findings too; what is added here compiles, but cannot be what its author meant. Of a whole suite it is also
said which rules have no case of their own, and which have no neighbour.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from conformance.abi.processes import CLONE_NEWPID, CLONE_THREAD
from conformance.abi.signals import SIGKILL
from conformance.abi.waiting import P_ALL
from conformance.case.calls.processes import FLAGS_OF
from conformance.case.errors import CaseErrors
from conformance.case.evidence import NO_EVIDENCE, Evidence, Gathered
from conformance.case.model import INIT, AnyOf, Call, Case, Mark, Pid, Rules, Step
from conformance.case.rulesfile import RULES_FILE, RULES_FOLDER, load_rules
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
    paths = list(paths)
    documents, problems = read_suite(paths)
    found: dict[Finding, None] = {}
    evidence = Gathered()
    for document in documents:
        with problems:
            found.update(dict.fromkeys(_lint_cells(evidence.passing(document.cases()))))
    for folder in _whole_suites(paths):
        with problems:
            found.update(dict.fromkeys(lint_rules(load_rules(folder), evidence)))
    errors = CaseErrors(problems.found).errors
    found.update((Finding(error.mark, error.message), None) for error in errors)
    return sorted(found)


def lint_rules(rules: Rules, evidence: Mapping[str, Evidence]) -> Iterator[Finding]:
    """Give the rules that no hand-written case expects, and those that no case is a neighbour of."""
    for rule in rules.values():
        shown = evidence.get(rule.id, NO_EVIDENCE)
        if not shown.expecting:
            yield Finding(rule.mark, f"no hand-written case with `expect` is evidence for {rule.id}")
        if not shown.neighbours:
            yield Finding(rule.mark, f"no case is a neighbour of {rule.id} (`neighbour_of`)")


def _whole_suites(paths: Iterable[Path]) -> dict[Path, None]:
    """Return the top folders of the suites that lie under the paths with all their cases.

    A single area, or a single file, says nothing about what the rest of its suite shows.
    """
    found: dict[Path, None] = {}
    for root in paths:
        for file in sorted(root.rglob("*.yaml")) if root.is_dir() else ():
            if file.name == RULES_FILE:
                found[file.parent.resolve()] = None
            elif file.parent.name == RULES_FOLDER and root.resolve() != file.parent.resolve():
                found[file.parent.parent.resolve()] = None
    return found


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
    yield from _becomes_another(case)
    for step in case.steps:
        if step.rule is not None and step.rule not in case.rules:
            yield Finding(step.mark, f"the step is about {step.rule}, which the case's `rules` do not name")


def _too_early(case: Case) -> Iterator[Finding]:
    born = {INIT, case.root}
    for step in case.steps:
        for actor in (*(act.actor for act in step.acts), *_pids(step)):
            if actor not in born:
                yield Finding(step.mark, f"`{actor}` is used before it is forked")
        born.update(_children(step))


def _too_late(case: Case) -> Iterator[Finding]:
    """Find calls of actors that an earlier one has ended: by their exit, or by SIGKILL by name.

    Within a ``together`` only an actor's own exit comes before its next call. A thread that calls exec goes
    on under the name of the first one.
    """
    ended: dict[str, str] = {}
    firsts = _first_threads(case)
    spared = {INIT, *_inits(case)}
    for step in case.steps:
        killed: dict[str, str] = {}
        for actor, call in step.acts:
            if actor in ended:
                yield Finding(step.mark, f"`{actor}` cannot make a call after {ended[actor]}")
            how = f"the {call.name} in line {step.mark.line}"
            if call.name in _ENDS:
                ended.setdefault(actor, how)
            elif call.name == "exec" and actor in firsts:
                ended.pop(firsts[actor], None)
                ended.setdefault(actor, how)
            elif call.name == "kill" and call.args[1] == SIGKILL and not _fails(step):
                target = call.args[0]
                if isinstance(target, Pid) and target.sign > 0 and target.actor not in spared:
                    killed.setdefault(target.actor, how)
        ended = killed | ended


def _first_threads(case: Case) -> dict[str, str]:
    """Map the threads of a case, other than the first of a process, to that one."""
    firsts: dict[str, str] = {}
    for step in case.steps:
        for actor, call in step.acts:
            if call.name == "thread" or _clone_flags(call) & CLONE_THREAD:
                firsts[str(call.args[0])] = firsts.get(actor, actor)
    return firsts


def _clone_flags(call: Call) -> int:
    place = FLAGS_OF.get(call.name)
    return int(str(call.args[place])) if place is not None else 0


def _inits(case: Case) -> Iterator[str]:
    """Give who may be the init of a PID namespace, which SIGKILL from inside does not end."""
    unshared = {step.actor for step in case.steps if step.call.name == "unshare_pid"}
    for step in case.steps:
        if _clone_flags(step.call) & CLONE_NEWPID or step.actor in unshared:
            yield from _children(step)


def _unused(case: Case) -> Iterator[Finding]:
    """Find forked actors that nothing refers to, nor could: no later call selects by a number."""
    for index, step in enumerate(case.steps):
        for child in _children(step):
            later = case.steps[index + 1 :]
            used = _fails(step) or any(child in _mentions(other) for other in case.steps)
            if not used and not any(_selects_many(act.call) for other in later for act in other.acts):
                yield Finding(step.mark, f"`{child}` is forked and never used")


def _becomes_another(case: Case) -> Iterator[Finding]:
    """Find changes of ids in a case that also runs where nobody can make them."""
    for step in case.steps:
        changes = step.call.name in _IDS and any(arg != -1 for arg in step.call.args)
        if changes and "uids" not in case.requires:
            yield Finding(step.mark, f"{step.call.name} to an id takes root: add `requires: [uids]`")


def _children(step: Step) -> tuple[str, ...]:
    return tuple(arg for act in step.acts for arg in act.call.args if isinstance(arg, str))


def _fails(step: Step) -> bool:
    """Tell whether a step is expected to fail: then no child of it is ever born."""
    own = (expected for expected in step.expect if expected.actor == step.actor)
    return any(name == "errno" for expected in own for name, _ in expected.fields)


def _pids(step: Step) -> tuple[str, ...]:
    return tuple(arg.actor for act in step.acts for arg in act.call.args if isinstance(arg, Pid))


def _mentions(step: Step) -> Iterator[object]:
    """Give the actors of a step, and every expected value: some of them are names of actors."""
    yield from (act.actor for act in step.acts)
    yield from _pids(step)
    for expected in step.expect:
        yield expected.actor
        for pairs in (expected.fields, expected.state, *(expected.handled or ())):
            for _, value in pairs:
                yield from value.values if isinstance(value, AnyOf) else (value,)


def _selects_many(call: Call) -> bool:
    """Tell whether a call can reach processes that it does not name."""
    if call.name == "waitid":
        return call.args[0] == P_ALL or isinstance(call.args[1], int)
    if call.name in _BY_PID:
        pid = call.args[0]
        return isinstance(pid, int) or (isinstance(pid, Pid) and pid.sign == -1)
    return call.name in _ENDS  # what becomes of the children of one that ends


_ENDS: Final = frozenset({"exit", "exit_group"})
_IDS: Final = frozenset({"setresuid", "setresgid"})
_BY_PID: Final = frozenset({"wait4", "kill"})
