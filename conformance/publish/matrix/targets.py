"""The targets of a matrix: where results come from, and what they are called in its columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from conformance.abi.machines import MACHINES, USUAL, Linux, closest_machine
from conformance.abi.releases import Release, release_in
from conformance.publish.jsonl import FAULTS, Results
from conformance.publish.recorded import oracle_of, visible_name
from conformance.publish.selected import HAND_WRITTEN, Selected, selected

LINUX_KINDS: Final = frozenset({"host", "qemu", "uml"})
"""The kinds of targets that are Linux itself, if they say so."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a results file says of its target and of the run.

    ``label`` names it in the matrix and ``key`` in permalinks; each is of one target only. ``oracle`` says in
    words which Linux it was compared with. ``faults`` say in words what makes the file less than whole, and
    ``selected`` which cases were to run.
    """

    key: str
    label: str
    name: str
    kind: str
    sysname: str
    release: str
    version: str
    machine: str
    oracle: str
    started: str
    suite_version: str
    suite_digest: str
    complete: bool
    faults: tuple[str, ...]
    cases: int
    selected: Selected

    @property
    def flaw(self) -> str:
        """Why its counts are not to be relied on, in a word or two; empty for a run that is whole."""
        if not self.complete:
            return "CUT OFF"
        return "DAMAGED" if self.faults else self.selected.part.upper()

    @property
    def ran(self) -> str:
        """Say how many cases ran, and of which: ``2,391 hand-written cases``."""
        words = self.selected.words
        noun = HAND_WRITTEN.removesuffix("s") if words == HAND_WRITTEN else "case"
        which = f" ({words})" if words and words != HAND_WRITTEN else ""
        return f"{self.cases:,} {noun}{'' if self.cases == 1 else 's'}{which}"

    @property
    def against(self) -> str:
        """Say what it was compared with: ``Linux 6.12``; a dash if the file does not say it."""
        return f"Linux {self.oracle}" if self.oracle else "—"

    @property
    def compared_with(self) -> Linux | None:
        """The Linux that it was compared with; None if the file does not say it."""
        release, machine = release_in(self.oracle), closest_machine(self.oracle.rpartition(" on ")[2])
        return Linux(release, machine) if release else None

    @property
    def linux(self) -> Linux | None:
        """The Linux that this is, where it is one that was compared with its own release."""
        own, oracle = release_in(self.release), self.compared_with
        real = self.sysname == "Linux" and self.kind in LINUX_KINDS
        return oracle if real and own and oracle and own.series == oracle.release.series else None


def targets_of(results: Sequence[Results]) -> tuple[tuple[Target, Results], ...]:
    """Return the targets with their results: real Linux kernels by age, then the others as given."""
    found = [(_target(one), one) for one in results]
    found.sort(key=lambda pair: _place(pair[0]))
    named = _distinct([target for target, _ in found])
    return tuple((target, one) for target, (_, one) in zip(named, found, strict=True))


def _place(target: Target) -> tuple[bool, Release, int]:
    linux = target.linux
    return (False, linux.release, MACHINES.index(linux.machine)) if linux else (True, Release(0, 0), 0)


def _target(results: Results) -> Target:
    header = results.header
    facts, suite = _part(header, "target"), _part(header, "suite")
    target = Target(
        key="",
        label="",
        oracle=oracle_of(header),
        started=_text(header, "started"),
        suite_version=_text(suite, "version"),
        suite_digest=_text(suite, "digest"),
        complete=results.complete,
        faults=tuple(f"{FAULTS[fault.kind]} (line {fault.line})" for fault in results.faults),
        cases=sum(results.counts().values()),
        selected=selected(header),
        **{name: _text(facts, name) for name in ("name", "kind", "sysname", "release", "version", "machine")},
    )
    return replace(target, label=_label(target))


def _label(target: Target) -> str:
    if target.linux is None:
        return target.name.rstrip(":") or "unnamed"
    elsewhere = f" {target.linux.machine}" if target.linux.machine != USUAL else ""
    return f"Linux {target.linux.release}{elsewhere}"


def _part(header: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = header.get(name, {})
    return found if isinstance(found, dict) else {}


def _text(part: Mapping[str, Any], name: str) -> str:
    """Return what a header says, as a text of one line that every page can carry."""
    return visible_name(str(part.get(name, "")))


def _distinct(targets: Sequence[Target]) -> list[Target]:
    """Tell apart targets of one label: by machine, kind or name where these differ, else by number."""
    labels = [target.label for target in targets]
    more: tuple[Callable[[Target], str], ...] = (lambda one: one.machine, lambda one: one.kind, _name)
    for name in more:
        many = Counter(labels)
        by_name = Counter(zip(labels, map(name, targets), strict=True))
        labels = [
            f"{label} {name(target)}".rstrip() if by_name[label, name(target)] < many[label] else label
            for label, target in zip(labels, targets, strict=True)
        ]
    labels = _numbered(labels)
    keys = _numbered([re.sub(r"[^a-z0-9.]+", "-", label.lower()).strip("-") or "target" for label in labels])
    return [replace(one, label=label, key=key) for one, label, key in zip(targets, labels, keys, strict=True)]


def _name(target: Target) -> str:
    return f"({target.name})"


def _numbered(names: Sequence[str]) -> list[str]:
    """Give all but the first of those that are called alike a number, such that nobody is called so."""
    taken: list[str] = []
    for name in names:
        number, found = 1, name
        while found in taken or (number > 1 and found in names):
            number += 1
            found = f"{name}-{number}"
        taken.append(found)
    return taken
