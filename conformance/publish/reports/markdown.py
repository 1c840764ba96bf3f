"""Markdown (GitHub's): a table, then what does not conform; for pull requests and release notes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from conformance.publish.recorded import Counts, Recorded, count
from conformance.publish.reports.model import Run
from conformance.publish.reports.prose import cases_text, sides
from conformance.verdict.model import Divergence

_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]<>#|~&!]")


def markdown(runs: Sequence[Run]) -> str:
    """Return runs as one document, one after the other."""
    return "\n".join(line for run in runs for line in _run(run))


def _run(run: Run) -> Iterator[str]:
    yield f"# {plain(run.title)}"
    yield ""
    for warning in run.warnings:
        yield f"> ⚠ **Not all of a run:** {plain(warning)}."
        yield ""
    yield from _table(run)
    yield from _bad(run)
    yield from _excused(run)
    yield from _unsupported(run)


def _table(run: Run) -> Iterator[str]:
    heads = [*run.columns, *_extra_heads(run), "cases"]
    yield f"| area | {' | '.join(heads)} |"
    yield f"|---|{'---:|' * len(heads)}"
    for area, cases in run.areas.items():
        yield _row(plain(area), count(cases), run)
    yield _row("**total**", run.counts, run)
    yield ""


def _extra_heads(run: Run) -> list[str]:
    """Name the columns that only a target with expectations has."""
    return ["as expected", "bad"] if any(case.expectation for case in run.cases) else []


def _row(name: str, counts: Counts, run: Run) -> str:
    numbers = [counts.verdicts[verdict] for verdict in run.columns]
    if _extra_heads(run):
        numbers += [counts.excused, counts.bad]
    return f"| {name} | {' | '.join(str(number or '·') for number in numbers)} | {counts.cases} |"


def _bad(run: Run) -> Iterator[str]:
    if not run.bad:
        yield (
            "Nothing here is other than it should be." if not run.warnings else "Nothing bad is in the file."
        )
        yield ""
        return
    yield f"## Not as it should be: {cases_text(len(run.bad))}"
    yield ""
    for case in run.bad:
        yield from _case(case, "###")


def _case(case: Recorded, head: str) -> Iterator[str]:
    level = f" ({plain(case.level)})" if case.level and case.divergences else ""
    yield f"{head} {code(case.name)}: {case.verdict}{level}"
    yield ""
    if case.surprise:
        yield f"**{plain(case.surprise)}**"
        yield ""
    if case.text:
        yield from _quoted(case.text)
    if case.divergences:
        yield from _divergences(case)
    elif case.rules:
        yield f"Rules of the case: {', '.join(map(plain, case.rules))}"
        yield ""


def _quoted(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        yield f"> {plain(line)}".rstrip()
    yield ""


def _divergences(case: Recorded) -> Iterator[str]:
    right, seen = sides(case.verdict)
    for step, found in groupby(case.divergences, lambda divergence: divergence.step):
        yield f"- step {step}"
        for divergence in found:
            values = f"{right} {code(str(divergence.expected))}, {seen} {code(str(divergence.observed))}"
            rule = f" ({plain(divergence.rule)})" if divergence.rule else ""
            yield f"  - {_what(divergence)}: {values}{rule}"
    yield ""


def _what(divergence: Divergence) -> str:
    return " ".join(
        filter(None, (plain(divergence.actor), code(divergence.field) if divergence.field else ""))
    )


def _excused(run: Run) -> Iterator[str]:
    if not run.excused:
        return
    yield f"## Failing as expected: {cases_text(len(run.excused))}"
    yield ""
    whys: dict[str, list[Recorded]] = {}
    for case in run.excused:
        assert case.expectation is not None
        whys.setdefault(case.expectation.why, []).append(case)
    for why, cases in whys.items():
        yield f"### {plain(why)}"
        yield ""
        for case in cases:
            yield from _case(case, "####")


def _unsupported(run: Run) -> Iterator[str]:
    if not run.unsupported:
        return
    yield f"## Unsupported: {cases_text(sum(cause.cases for cause in run.unsupported))}"
    yield ""
    for cause in run.unsupported:
        yield f"- {cases_text(cause.cases)}: {plain(' '.join(cause.reason.split()))}"
    yield ""


def plain(text: str) -> str:
    """Return a text such that Markdown shows it as it is."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def code(text: str) -> str:
    """Return a text as code, whatever backticks it has."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    blank = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{blank}{text}{blank}{fence}" if text else "(empty)"
