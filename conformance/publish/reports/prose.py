"""A divergence in words that are the same in all formats."""

from __future__ import annotations

from typing import NamedTuple

from conformance.trace import Value
from conformance.verdict.model import CONFLICT, Divergence


class Sides(NamedTuple):
    """What the two sides of a divergence are called."""

    right: str
    seen: str


def sides(verdict: str) -> Sides:
    """Return who says what: in a conflict the author of the case contradicts the reference kernel."""
    if verdict == CONFLICT:
        return Sides("the author expects", "the reference kernel gives")
    return Sides("expected", "observed")


def place_of(divergence: Divergence) -> str:
    """Say where something is otherwise: ``step 3, P status``."""
    return f"step {divergence.step}, {divergence.actor} {divergence.field}".rstrip()


def shown(value: Value) -> str:
    """Return a value such that it can be seen, even if it is the empty text."""
    return str(value) or "(empty)"


def divergence_line(divergence: Divergence, verdict: str) -> str:
    """Say in a line what is otherwise: ``step 3, P status: expected 0, observed 9 (WAIT-001)``."""
    right, seen = sides(verdict)
    values = f"{right} {shown(divergence.expected)}, {seen} {shown(divergence.observed)}"
    return f"{place_of(divergence)}: {values}" + (f" ({divergence.rule})" if divergence.rule else "")


def cells_text(number: int) -> str:
    """Say how many cells: ``1 cell``, ``960 cells``."""
    return "1 cell" if number == 1 else f"{number} cells"


def cases_text(number: int) -> str:
    """Say how many cases: ``1 case``, ``2391 cases``."""
    return "1 case" if number == 1 else f"{number} cases"
