"""docs/coverage.md: what it names exists, and it leaves out no point of the checklist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from conformance.case.evidence import base_id
from conformance.case.suite import bundled, read_suite

TABLE: Final = Path(__file__).parent.parent / "docs" / "coverage.md"
CHECKLIST: Final = {
    f"{letter}{number}" for letter, last in (("W", 28), ("P", 16), ("K", 5)) for number in range(1, last + 1)
}


class Row(NamedTuple):
    """One line of a table."""

    point: str
    rules: list[str]
    cases: str


def rows() -> list[Row]:
    """Return the lines of all tables, without their heads."""
    found = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0] not in ("point", "---"):
            point, rules, cases = cells
            found.append(Row(point, [rule for rule in rules.split(", ") if rule], cases))
    return found


@pytest.fixture(scope="module")
def shown() -> dict[str, set[str]]:
    """Return for each document of the suite which rules it is about."""
    documents, _ = read_suite([bundled()])
    headers = [document.header for document in documents]
    return {header.id: {*header.rules, *header.neighbour_of} for header in headers}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.point[:40])
def test_a_row_names_what_exists(row: Row, shown: dict[str, set[str]]) -> None:
    """Every case exists, and every rule is one that a case of the row is about."""
    named = [base_id(name) for name in re.findall(r"`([a-z0-9-]*-[^`]*)`", row.cases)]
    assert [name for name in named if name not in shown] == []
    about = {rule for name in named for rule in shown[name]}
    assert [rule for rule in row.rules if rule not in about] == []
    assert bool(named) == bool(row.rules), "cases and rules go together"
    assert named or "outside:" in row.cases, "a point with neither a case nor a reason"


def test_the_checklist_is_complete() -> None:
    points = [row.point.split()[0] for row in rows()]
    assert {point for point in points if re.fullmatch(r"[WPK]\d+", point)} == CHECKLIST
    assert len({row.point for row in rows()}) == len(rows())
