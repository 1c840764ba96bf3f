"""The matrix as Markdown: areas by targets, and the rules that somebody gets wrong."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from conformance.publish.matrix.caveats import caveats, selections
from conformance.publish.matrix.model import Counts, Matrix, gravest_first
from conformance.publish.matrix.targets import Target
from conformance.publish.matrix.verdicts import STANDINGS

_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>|~#])")
_MARKUP: Final = re.compile(r"</?[a-z]+>")


def markdown(matrix: Matrix) -> str:
    """Return ``matrix.md``."""
    return "".join(f"{line}\n" for line in _lines(matrix))


def _lines(matrix: Matrix) -> Iterator[str]:
    heads = [_head(target) for target in matrix.targets]
    yield "# waitconf matrix"
    yield ""
    for caveat in (*caveats(matrix), *selections(matrix)):
        yield f"**Note.** {plain(caveat)}"
        yield ""
    yield "## Areas"
    yield ""
    rows = [
        [escape(area or "-"), *(_counts(matrix.area_counts(area, place)) for place in range(len(heads)))]
        for area in matrix.areas
    ]
    yield from _table(["area", *heads], rows)
    yield ""
    yield "## Rules that somebody gets wrong"
    yield ""
    yield from _rules(matrix, heads)
    yield ""
    yield "## Systems"
    yield ""
    yield from _table(
        ["system", "target", "kernel", "machine", "when", "compared with", "run", "suite"],
        [_system(target) for target in matrix.targets],
    )
    yield ""
    yield "  ".join(f"{one.glyph} {one.word}" for one in STANDINGS.values())


def _rules(matrix: Matrix, heads: Sequence[str]) -> Iterator[str]:
    found = matrix.differing()
    if not found:
        yield "None."
        return
    rows = [
        [
            f"[{rule}](rule/{rule}.html)",
            escape(matrix.rules[rule].statement),
            *(_standing(matrix.rule_standing(rule, place)) for place in range(len(heads))),
        ]
        for rule in found
    ]
    yield from _table(["rule", "statement", *heads], rows)


def _head(target: Target) -> str:
    return escape(target.label) + (f" ({escape(target.flaw)})" if target.flaw else "")


def _standing(name: str) -> str:
    return f"{escape(STANDINGS[name].glyph)} {STANDINGS[name].word}"


def _counts(counts: Counts) -> str:
    rows = gravest_first(counts)
    told = (f"{escape(STANDINGS[name].glyph)} {count:,} {STANDINGS[name].plural}" for name, count in rows)
    return ", ".join(told) or f"{STANDINGS['nothing'].glyph} not run"


def _system(target: Target) -> list[str]:
    run = f"**{escape(target.flaw)}**" if target.flaw else "complete"
    return [
        escape(target.label),
        escape(target.name),
        escape(f"{target.sysname} {target.release} {target.version}".strip()),
        escape(target.machine or "—"),
        escape(target.started),
        escape(target.against),
        f"{run}, {escape(target.ran)}",
        escape(f"{target.suite_version} {target.suite_digest.removeprefix('sha256:')[:12]}".strip()),
    ]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def escape(text: str) -> str:
    """Return a text that Markdown takes as it is, in a cell of a table too."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def plain(text: str) -> str:
    """Return a sentence of a page as Markdown, without its tags."""
    return escape(html.unescape(_MARKUP.sub("", text)))
