"""``waitconf heatmap``: sweeps as maps, of the verdicts in a results file or of what Linux answers."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from conformance.case.document import Document, Select
from conformance.case.errors import UsageError, suggestion
from conformance.case.keyword import keyword_matcher
from conformance.case.suite import read_suite
from conformance.commands import status
from conformance.commands.selection import select
from conformance.publish.heatmap import (
    MIXED,
    VERDICT_GLYPHS,
    Glyph,
    Sheet,
    dimensions_of,
    draw,
    lay_out,
    legend,
    outcome_glyphs,
    outcome_of,
    points_of,
)
from conformance.publish.jsonl import Results, read_results
from conformance.publish.terminal import Paint, wants_colour
from conformance.reference import run_case

_LABELS: Final = 34
"""So many of the terminal's columns are for the labels of rows."""
_MOST_ROWS: Final = {"verdict": 20, "outcome": 64}
"""Verdicts fold well: the worst is what one looks for. Outcomes are better seen apart."""


def heatmap(args: argparse.Namespace) -> int:
    """Draw a map for every sweep that has selected cells."""
    results = None
    words = list(args.inputs)
    if args.show == "verdict":
        if not words:
            raise UsageError("heatmap needs a results file (or --show outcome, for what Linux answers)")
        results = read_results(Path(words.pop(0)))
    wanted = keyword_matcher(args.keyword) if args.keyword else None
    found, problems = read_suite(select(words).roots)
    problems.raise_any()
    documents = [document for document in found if document.sweep is not None]
    verdicts = {case["id"]: case["verdict"] for case in results.cases} if results else {}
    sheets = [
        sheet
        for document in documents
        if (sheet := _sheet(document, wanted, verdicts if results else None)).cells
    ]
    rows, columns = _names(args.rows), _names(args.columns)
    sheets = _with_axes(sheets, (*rows, *columns))
    if not sheets:
        sys.stderr.write("waitconf: no cell of a sweep is selected\n")
        return status.NOTHING
    _draw_all(sheets, args.show, rows, columns)
    if results:
        _tell_the_rest(results, sheets, wanted)
    return status.OK


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(filter(None, (text or "").split(",")))


def _with_axes(sheets: list[Sheet], names: Sequence[str]) -> list[Sheet]:
    """Leave out the sweeps that lack a variable which was asked for; raise UsageError if all do."""
    for name in names:
        if sheets and not any(sheet.has(name) for sheet in sheets):
            known = {part for sheet in sheets for one in sheet.dimensions for part in (one.axis, one.name)}
            raise UsageError(f"no sweep here has a variable `{name}`{suggestion(name, sorted(known))}")
    return [sheet for sheet in sheets if all(sheet.has(name) for name in names)]


def _sheet(document: Document, wanted: Select | None, verdicts: Mapping[str, str] | None) -> Sheet:
    assert document.sweep is not None
    sweep, name = document.sweep, document.header.id
    cells = {}
    for (label, cell), point in zip(sweep.cells(), points_of(sweep), strict=True):
        full = f"{name}[{label}]"
        if wanted is not None and not wanted(full):
            continue
        if verdicts is not None:
            value = verdicts.get(full)
        else:
            case = document.cell(full, cell)
            number = document.subject(cell)
            value = outcome_of(case.steps[number - 1].actor, run_case(case).steps[number - 1])
        if value is not None:
            cells[point] = value
    return Sheet(name, document.title, dimensions_of(sweep), cells)


def _draw_all(sheets: Sequence[Sheet], show: str, rows: Sequence[str], columns: Sequence[str]) -> None:
    paint = Paint(wants_colour(sys.stdout))
    room = max(8, shutil.get_terminal_size((120, 40)).columns - _LABELS)
    seen = {value for sheet in sheets for value in sheet.cells.values()}
    glyphs: Mapping[str, Glyph] = VERDICT_GLYPHS if show == "verdict" else outcome_glyphs(seen)
    explained = set(seen)
    for sheet in sheets:
        layout = lay_out(sheet, room, _MOST_ROWS[show], rows, columns)
        sys.stdout.write("\n".join(draw(sheet, layout, glyphs, paint)) + "\n\n")
        if show == "outcome" and layout.folds(sheet):
            explained.add(MIXED)
    sys.stdout.write(legend(glyphs, explained, paint) + "\n")
    counts = Counter(value for sheet in sheets for value in sheet.cells.values())
    told = ", ".join(f"{counts[value]} {value}" for value in glyphs if counts[value])
    sweeps = "1 sweep" if len(sheets) == 1 else f"{len(sheets)} sweeps"
    sys.stdout.write(f"{counts.total()} cells of {sweeps}: {told}\n")


def _tell_the_rest(results: Results, sheets: Sequence[Sheet], wanted: Select | None) -> None:
    """Say what is in the file and in no map, and what is wrong with the file."""
    drawn = sum(len(sheet.cells) for sheet in sheets)
    chosen = sum(wanted is None or wanted(case["id"]) for case in results.cases)
    if chosen > drawn:
        sys.stdout.write(f"{chosen - drawn} other cases are in no map\n")
    for fault in results.faults:
        sys.stderr.write(f"waitconf: {fault.message}\n")
