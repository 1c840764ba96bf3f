"""Which cases show a change of Linux: what they come to with it, and what they came to before."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.case.model import Case
from conformance.reference import (
    CaseNotRunnable,
    Change,
    Kernel,
    kernel_of,
    possible_traces,
    required,
    run_case,
)
from conformance.trace import Environment, Trace


def showing(change: Change, cases: Iterable[Case], release: str) -> list[str]:
    """Name the hand-written cases about the rules of a change that tell what was before from what is now: by
    what usually happens, or else by what may.
    """
    now = kernel_of(release)
    before = type("Before", (change.kernel, now), {}) if not issubclass(now, change.kernel) else now
    names = set(change.rules.split())
    about = [case for case in cases if names & {*case.rules, *case.neighbour_of}]
    for trace in usual, every:
        found = [case.id for case in about if trace(case, before) != trace(case, now)]
        if found:
            return found
    return []


def usual(case: Case, kernel: type[Kernel]) -> frozenset[Trace]:
    """Return what a kernel makes of a case, and all that it may of a race; nothing if it gets stuck there."""
    if case.races:
        return every(case, kernel)
    try:
        return frozenset((run_case(case, required(case, Environment()), kernel),))
    except CaseNotRunnable:
        return frozenset()


def every(case: Case, kernel: type[Kernel]) -> frozenset[Trace]:
    """Return all that a kernel may make of a case."""
    try:
        return possible_traces(case, required(case, Environment()), kernel)
    except CaseNotRunnable:
        return frozenset()
