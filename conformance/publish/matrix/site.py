"""All files of the site: a pure function of results and suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from conformance.publish.jsonl import Results
from conformance.publish.matrix.casepage import Program, case_page
from conformance.publish.matrix.index import index_page
from conformance.publish.matrix.jsonfile import json_text
from conformance.publish.matrix.markdown import markdown
from conformance.publish.matrix.model import Matrix, build
from conformance.publish.matrix.rulepage import rule_page
from conformance.publish.matrix.rulestable import rules_page
from conformance.publish.matrix.script import BOXES, SCRIPT
from conformance.publish.matrix.style import style_sheet
from conformance.publish.matrix.suite import Suite


def site(results: Sequence[Results], suite: Suite, program: Program | None = None) -> Mapping[str, str]:
    """Return the text of every file by its path in the site's folder.

    ``program`` makes a stand-alone C program of a case, or None of one that cannot be told so.
    """
    return dict(pages(build(results, suite), program))


def pages(matrix: Matrix, program: Program | None = None) -> Iterator[tuple[str, str]]:
    """Give path and text of one file after the other; there are thousands."""
    yield "index.html", index_page(matrix)
    yield "rules.html", rules_page(matrix)
    yield "matrix.md", markdown(matrix)
    yield "matrix.json", json_text(matrix)
    yield "style.css", style_sheet()
    yield "rules.js", SCRIPT
    yield "boxes.js", BOXES
    for rule in matrix.rules:
        yield f"rule/{rule}.html", rule_page(matrix, rule)
    for name in matrix.suite.written:
        yield f"case/{name}.html", case_page(matrix, name, program)
