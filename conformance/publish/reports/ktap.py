"""KTAP, version 1 (Linux, Documentation/dev-tools/ktap.rst): areas are tests, cases are their subtests.

Failures that were expected are ``ok … # XFAIL``; what hung is ``not ok … # TIMEOUT``, and what is no answer
at all ``not ok … # ERROR``. Divergences are diagnostic lines before the result they belong to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from conformance.publish.recorded import Recorded
from conformance.publish.reports.model import Run
from conformance.publish.reports.prose import cells_text, divergence_line
from conformance.verdict.model import CONFLICT, CRASHED, HUNG, UNSUPPORTED

_DIRECTIVES: Final = {HUNG: "TIMEOUT", CRASHED: "ERROR", CONFLICT: "ERROR"}


class _Test(NamedTuple):
    """A test: its result line without the number, the lines before it, and what it consists of."""

    name: str
    passed: bool
    directive: str = ""
    notes: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    subtests: tuple[_Test, ...] = ()


def ktap(runs: Sequence[Run]) -> str:
    """Return a run as a KTAP document; of several, each is a test of its own."""
    if len(runs) == 1:
        tests, heads = _areas(runs[0]), _heads(runs[0])
    else:
        tests, heads = tuple(map(_target, runs)), ()
    return "".join(f"{line}\n" for line in _lines(tests, heads, ""))


def _lines(tests: Sequence[_Test], heads: Sequence[str], indent: str) -> Iterator[str]:
    yield f"{indent}KTAP version 1"
    for head in heads:
        yield f"{indent}# {head}"
    yield f"{indent}1..{len(tests)}"
    for number, test in enumerate(tests, start=1):
        if test.subtests:
            yield from _lines(test.subtests, test.heads, f"{indent}  ")
        for note in test.notes:
            yield f"{indent}# {note}".rstrip()
        result = "ok" if test.passed else "not ok"
        yield f"{indent}{result} {number} {_description(test.name)}{_remark(test.directive)}"


def _description(name: str) -> str:
    """Return a name as it may stand there: a ``#`` would begin a directive."""
    return name.replace("#", r"\x23")


def _remark(directive: str) -> str:
    return f" # {' '.join(directive.split())}" if directive else ""


def _heads(run: Run) -> tuple[str, ...]:
    return (run.title, *(f"{key}: {value}" for key, value in run.target.items() if key == "version"))


def _target(run: Run) -> _Test:
    return _parent(run.name, _areas(run), _heads(run))


def _areas(run: Run) -> tuple[_Test, ...]:
    found = [_parent(area, tuple(map(_case, cases))) for area, cases in run.areas.items()]
    found += [_Test("the run is whole", False, f"ERROR {warning}") for warning in run.warnings]
    return tuple(found)


def _parent(name: str, subtests: tuple[_Test, ...], heads: tuple[str, ...] = ()) -> _Test:
    """Make a test of tests: it fails if one of them does, and is skipped if all are."""
    skipped = bool(subtests) and all(test.directive.startswith("SKIP") for test in subtests)
    passed = all(test.passed for test in subtests)
    return _Test(name, passed, "SKIP" if skipped else "", heads=heads, subtests=subtests)


def _case(case: Recorded) -> _Test:
    notes = tuple(_notes(case)) if case.bad or case.excused else ()
    return _Test(case.name, not case.bad, _directive(case), notes)


def _directive(case: Recorded) -> str:
    if case.folded:
        return f"{cells_text(case.count)} conform"
    if case.bad:
        keyword = _DIRECTIVES.get(case.verdict)
        return f"{keyword} {case.text or case.verdict}" if keyword else case.verdict
    if case.excused and case.expectation is not None:
        return f"XFAIL {case.expectation.why}"
    return f"SKIP {case.text}" if case.verdict == UNSUPPORTED else ""


def _notes(case: Recorded) -> Iterator[str]:
    """Give the lines that explain a failure, each named after its case, as the kernel's own tests do."""
    told = [case.surprise, *case.text.split("\n")]
    told += [divergence_line(divergence, case.verdict) for divergence in case.divergences]
    for line in filter(None, told):
        yield f"{case.name}: {line}"
