"""A run in a table: areas by verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from conformance.publish.records import total
from conformance.publish.terminal import Paint
from conformance.verdict.model import CONFORMS, UNSUPPORTED, VERDICTS, CaseResult

_ALWAYS: Final = (CONFORMS, "diverges", UNSUPPORTED)


class Tally:
    """Counts results as they come."""

    def __init__(self) -> None:
        """Start empty."""
        self._areas: dict[str, Counter[str]] = {}
        self.cases = 0
        """How many results were counted."""
        self.bad = 0
        """How many make the run fail."""
        self.expected = 0
        """How many differ from Linux just as the target's expectation file says."""

    def add(self, result: CaseResult) -> None:
        """Count a result."""
        self._areas.setdefault(result.case.area, Counter())[result.verdict] += 1
        self.cases += 1
        self.bad += result.is_bad
        self.expected += result.verdict != CONFORMS and bool(result.expectation and result.expectation.met)

    @property
    def areas(self) -> Mapping[str, Mapping[str, int]]:
        """Counts by area and verdict, areas in the order of their first case."""
        return self._areas

    @property
    def counts(self) -> dict[str, int]:
        """Counts by verdict; every verdict has one."""
        return total(self._areas.values())


def summary_lines(areas: Mapping[str, Mapping[str, int]], paint: Paint | None = None) -> Iterator[str]:
    """Draw the table: a row per area and one for all; columns of verdicts that nobody got are left out."""
    paint = paint or Paint(False)
    counts = total(areas.values())
    verdicts = [verdict for verdict in VERDICTS if verdict in _ALWAYS or counts[verdict]]
    first = max([len("area"), len("total"), *map(len, areas)])
    yield paint.bold(f"{'area':<{first}}  " + "  ".join(verdicts) + "  cases")
    rows = [*((area or "-", row) for area, row in areas.items()), ("total", counts)]
    for name, row in rows:
        cells = [_cell(row.get(verdict, 0), verdict, paint) for verdict in verdicts]
        yield f"{name:<{first}}  {'  '.join(cells)}  {sum(row.values()):>5}"


def _cell(count: int, verdict: str, paint: Paint) -> str:
    text = f"{count or '·':>{len(verdict)}}"
    return paint.verdict(text, verdict) if count else text
