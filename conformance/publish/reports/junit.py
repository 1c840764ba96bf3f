"""JUnit XML, as CI systems read it: a suite of tests for each target, a class for each area."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from conformance.publish.recorded import Recorded
from conformance.publish.reports.model import WHOLE, Run
from conformance.publish.reports.prose import cells_text, divergence_line
from conformance.verdict.model import CONFLICT, CRASHED, HUNG, UNSUPPORTED

_ERRORS: Final = frozenset({CRASHED, HUNG, CONFLICT})
"""Verdicts that are no answer to what the case asks."""
_SECONDS: Final = len("2026-01-02T03:04:05")
"""The format knows no time zone."""


def junit(runs: Sequence[Run]) -> str:
    """Return runs as one XML document."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', _open("testsuites", name="waitconf", **_counts(runs))]
    for run in runs:
        lines += _suite(run)
    return "\n".join([*lines, "</testsuites>\n"])


def kind_of(case: Recorded) -> str:
    """Return the element that says what became of a case; empty if it passed."""
    if case.bad:
        return "error" if case.verdict in _ERRORS else "failure"
    return "skipped" if case.excused or case.verdict == UNSUPPORTED else ""


def _suite(run: Run) -> Iterator[str]:
    when = {"timestamp": run.started[:_SECONDS]} if run.started else {}
    yield _open(
        "testsuite", name=run.heading, **_counts([run]), skipped=str(_kinds([run]).count("skipped")), **when
    )
    yield from _properties(run)
    for case in run.cases:
        yield from _case(case)
    if run.warnings:
        yield _open("testcase", classname="waitconf", name=WHOLE, time=_seconds(0))
        details = escape("\n".join(run.warnings))
        yield f"{_open('error', message=run.warnings[0], type='incomplete')}{details}</error>"
        yield "</testcase>"
    yield "</testsuite>"


def _kinds(runs: Sequence[Run]) -> list[str]:
    """Say of each test case which element it has; a sweep's folded cells are one test case."""
    return [kind for run in runs for kind in (*map(kind_of, run.cases), *["error"] * bool(run.warnings))]


def _counts(runs: Sequence[Run]) -> dict[str, str]:
    """Count what both a suite and the root may count: what is skipped, the schema allows a suite only."""
    kinds = _kinds(runs)
    return {
        "tests": str(len(kinds)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "time": _seconds(sum(case.duration_us for run in runs for case in run.cases)),
    }


def _properties(run: Run) -> Iterator[str]:
    facts = {f"target.{key}": value for key, value in run.target.items()}
    facts |= {f"suite.{key}": value for key, value in run.suite.items()}
    facts |= {"oracle.release": run.oracle, "cases": str(run.counts.cases)}
    yield "<properties>"
    for name, value in facts.items():
        yield _open("property", name=name, value=value, end="/>")
    yield "</properties>"


def _case(case: Recorded) -> Iterator[str]:
    opening = _open(
        "testcase", classname=case.area or "waitconf", name=case.name, time=_seconds(case.duration_us)
    )
    kind = kind_of(case)
    if not kind and not case.folded:
        yield opening.removesuffix(">") + "/>"
        return
    yield opening
    if case.folded:
        yield f"<system-out>{cells_text(case.count)} conform</system-out>"
    if kind == "skipped":
        yield _open("skipped", message=_why_skipped(case), end="/>")
    elif kind:
        details = "\n".join(_details(case))
        yield f"{_open(kind, message=_message(case), type=case.verdict)}{escape(details)}</{kind}>"
    yield "</testcase>"


def _why_skipped(case: Recorded) -> str:
    if case.expectation is None or not case.excused:
        return case.text or case.verdict
    return f"{case.verdict}, as expected: {case.expectation.why}"


def _message(case: Recorded) -> str:
    """Say in one line what is wrong; the details have all of it."""
    first = [divergence_line(divergence, case.verdict) for divergence in case.divergences[:1]]
    return next(filter(None, (case.surprise, *first, case.text)), case.verdict)


def _details(case: Recorded) -> Iterator[str]:
    yield f"{case.verdict} ({case.level})" if case.level else case.verdict
    if case.surprise:
        yield case.surprise
    if case.text:
        yield case.text
    for divergence in case.divergences:
        yield divergence_line(divergence, case.verdict)
    if case.rules:
        yield f"rules of the case: {', '.join(case.rules)}"


def _open(tag: str, *, end: str = ">", **attributes: str) -> str:
    # An attribute's line ends would be read as blanks.
    said = [f'{key}="{escape(value).replace(chr(10), "&#10;")}"' for key, value in attributes.items()]
    return f"<{tag} {' '.join(said)}{end}"


def _seconds(microseconds: int) -> str:
    return f"{microseconds / 1_000_000:.6f}"
