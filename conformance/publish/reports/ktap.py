"""KTAP, version 1 (Linux, Documentation/dev-tools/ktap.rst): areas are tests, cases are their subtests.

Failures that were expected are ``ok … # XFAIL``; what hung is ``not ok … # TIMEOUT``, and what is no answer
at all ``not ok … # ERROR``. Divergences are diagnostic lines before the result they belong to.

Texts are spelled such that no parser takes a part of them for more than text; the kernel's own parser, for
one, stops where a line has one of the last words of a kernel, wherever in the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from conformance.publish.recorded import Recorded
from conformance.publish.reports.model import WHOLE, Run
from conformance.publish.reports.prose import cells_text, divergence_line
from conformance.verdict.model import CONFLICT, CRASHED, HUNG, UNSUPPORTED

_DIRECTIVES: Final = {HUNG: "TIMEOUT", CRASHED: "ERROR", CONFLICT: "ERROR"}
_SPECIAL: Final = re.compile(r"#|(?<=^)-(?= )")
"""What begins a directive, and what may stand before a name without being a part of it."""
_ENDS: Final = re.compile(
    r"(?<=List of all partitions):|(?<=Kernel panic - not syncing):(?= VFS:)|(?<=reboot):(?= System halted)"
    r"|(?<=^Subtest):"
)
"""The colons of what the kernel's parser takes for the end of the output, or for the name of a test."""


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
    return "".join(f"{line}\n" for line in ("KTAP version 1", *_lines(tests, heads, "")))


def _lines(tests: Sequence[_Test], heads: Sequence[str], indent: str) -> Iterator[str]:
    for head in heads:
        yield f"{indent}# {_text(head)}"
    yield f"{indent}1..{len(tests)}"
    for number, test in enumerate(tests, start=1):
        if test.subtests:
            yield from _subtests(test, f"{indent}  ")
        for note in test.notes:
            yield f"{indent}# {_text(note)}".rstrip()
        result = "ok" if test.passed else "not ok"
        remark = f" # {_word(test.directive)}" if test.directive else ""
        yield f"{indent}{result} {number} {_word(test.name)}{remark}"


def _subtests(test: _Test, indent: str) -> Iterator[str]:
    yield f"{indent}KTAP version 1"
    name = _word(test.name)
    if name not in (_word(one.name) for one in test.subtests):  # that one would be taken for the test's end
        yield f"{indent}# Subtest: {name}"
    yield from _lines(test.subtests, test.heads, indent)


def _text(text: str) -> str:
    """Return a text as it may stand in a line of diagnostics."""
    return _ENDS.sub(_escape, text)


def _word(text: str) -> str:
    """Return a name or a remark as it may stand in a result line, blanks as parsers leave them."""
    return _SPECIAL.sub(_escape, _text(" ".join(text.split())))


def _escape(found: re.Match[str]) -> str:
    return f"\\x{ord(found.group()):02x}"


def _heads(run: Run) -> tuple[str, ...]:
    return (run.title, *(f"{key}: {value}" for key, value in run.target.items() if key == "version"))


def _target(run: Run) -> _Test:
    return _parent(run.name, _areas(run), _heads(run))


def _areas(run: Run) -> tuple[_Test, ...]:
    found = [_parent(area, tuple(map(_case, cases))) for area, cases in run.areas.items()]
    if run.warnings:
        found.append(_Test(WHOLE, False, f"ERROR {run.warnings[0]}", notes=run.warnings))
    return tuple(found) or (_Test("any case", True, "SKIP the run has no cases"),)


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
