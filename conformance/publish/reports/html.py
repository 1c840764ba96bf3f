"""One page for a browser: nothing is loaded, no script runs; verdicts have a sign beside their colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from conformance.publish.recorded import Counts, Recorded, count
from conformance.publish.reports.model import Cause, Run
from conformance.publish.reports.prose import cases_text, shown, sides
from conformance.publish.reports.style import CSS
from conformance.verdict.model import Divergence

SIGNS: Final = {
    "conforms": "✓",
    "diverges": "✗",
    "unsupported": "○",
    "crashed": "!",
    "hung": "∞",
    "unstable": "~",
    "conflict": "?",
}
"""What a verdict is known by where colours are not seen."""
_EXCUSED: Final = "≈"


def html(runs: Sequence[Run]) -> str:
    """Return runs as one page."""
    title = "; ".join(run.heading for run in runs)
    body = "\n".join(line for number, run in enumerate(runs, start=1) for line in _run(run, number))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>waitconf: {escape(title)}</title>\n<style>\n{CSS}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _run(run: Run, number: int) -> Iterator[str]:
    yield f'<section aria-labelledby="run-{number}">'
    yield f'<h1 id="run-{number}">{escape(run.heading)}</h1>'
    build = f"{escape(run.target['version'])}; " if run.target.get("version") else ""
    yield f'<p class="facts">{build}against Linux {escape(run.oracle)} as waitconf knows it</p>'
    for warning in run.warnings:
        yield f'<p class="warning"><strong>⚠ Not all of a run:</strong> {escape(warning)}.</p>'
    yield from _table(run)
    yield from _bad(run)
    yield from _group("Failing as expected", run.excused)
    yield from _unsupported(run.unsupported)
    yield "</section>"


def _table(run: Run) -> Iterator[str]:
    expecting = any(case.expectation for case in run.cases)
    yield '<div class="wide" role="region" aria-label="summary" tabindex="0"><table>'
    yield "<caption>Cases by area and verdict</caption>"
    heads = [_verdict(verdict) for verdict in run.columns]
    if expecting:
        heads += [_signed(_EXCUSED, "as expected", "excused"), "bad"]
    yield f"<thead><tr>{''.join(map(_head, ('area', *heads, 'cases')))}</tr></thead><tbody>"
    for area, cases in run.areas.items():
        yield _row(area, count(cases), run, expecting=expecting)
    yield "</tbody><tfoot>"
    yield _row("total", run.counts, run, expecting=expecting)
    yield "</tfoot></table></div>"


def _head(markup: str) -> str:
    return f'<th scope="col">{markup}</th>'


def _row(name: str, counts: Counts, run: Run, *, expecting: bool) -> str:
    cells = [_number(counts.verdicts[verdict], verdict) for verdict in run.columns]
    if expecting:
        cells += [_number(counts.excused, "excused"), _number(counts.bad, "diverges")]
    return f'<tr><th scope="row">{escape(name)}</th>{"".join(cells)}<td>{counts.cases}</td></tr>'


def _number(number: int, kind: str) -> str:
    return f'<td class="{kind}">{number}</td>' if number else '<td class="none">0</td>'


def _verdict(verdict: str) -> str:
    return _signed(SIGNS[verdict], verdict, verdict)


def _signed(sign: str, word: str, kind: str) -> str:
    return f'<span class="{kind}"><span class="sign" aria-hidden="true">{sign}</span> {word}</span>'


def _bad(run: Run) -> Iterator[str]:
    if run.bad:
        yield from _group("Not as it should be", run.bad)
    elif run.warnings:
        yield "<p>Nothing bad is in the file.</p>"
    else:
        yield "<p>Nothing here is other than it should be.</p>"


def _group(title: str, cases: Sequence[Recorded]) -> Iterator[str]:
    if not cases:
        return
    yield f"<h2>{title}: {cases_text(len(cases))}</h2>"
    for case in cases:
        yield from _case(case)


def _case(case: Recorded) -> Iterator[str]:
    label = (
        _signed(_EXCUSED, f"{case.verdict}, as expected", "excused")
        if case.excused
        else _verdict(case.verdict)
    )
    level = f' <span class="level">{escape(case.level)}</span>' if case.level and case.divergences else ""
    yield f"<article><h3><code>{escape(case.name)}</code></h3><p>{label}{level}</p>"
    if case.surprise:
        yield f'<p class="warning">{escape(case.surprise)}</p>'
    elif case.expectation is not None:
        yield f"<p>{escape(case.expectation.why)}</p>"
    if case.text:
        yield f"<pre>{escape(case.text)}</pre>"
    if case.divergences:
        yield from _divergences(case)
    elif case.rules:
        yield f"<p>Rules of the case: {escape(', '.join(case.rules))}</p>"
    yield "</article>"


def _divergences(case: Recorded) -> Iterator[str]:
    """Give a list, not a table: on a phone the values are to be seen without scrolling sideways."""
    yield '<ul class="divergences">'
    for divergence in case.divergences:
        yield from _divergence(divergence, case.verdict)
    yield "</ul>"


def _divergence(divergence: Divergence, verdict: str) -> Iterator[str]:
    step, actor, field, expected, observed, rule = map(escape, map(shown, divergence))
    right, seen = sides(verdict)
    yield f'<li>step {step}, {actor} <code>{field}</code> <span class="rule">{rule}</span>'
    yield f"<dl><dt>{right}</dt><dd><code>{expected}</code></dd>"
    yield f'<dt>{seen}</dt><dd class="observed"><code>{observed}</code></dd></dl></li>'


def _unsupported(causes: Sequence[Cause]) -> Iterator[str]:
    if not causes:
        return
    yield f"<h2>Unsupported: {cases_text(sum(cause.cases for cause in causes))}</h2>"
    for cause in causes:
        yield f"<details><summary>{cases_text(cause.cases)}: {escape(cause.reason)}</summary><ul>"
        for document, number in cause.documents.items():
            cells = f" ({number} cells)" if number > 1 else ""
            yield f"<li><code>{escape(document)}</code>{cells}</li>"
        yield "</ul></details>"
