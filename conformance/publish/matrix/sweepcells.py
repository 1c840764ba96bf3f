"""The cells of a sweep that do not conform: what many have in common is told once, with the list of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from conformance.publish.matrix.differences import Difference
from conformance.publish.matrix.markup import escape, rule_link, tag
from conformance.publish.matrix.model import Matrix
from conformance.publish.matrix.spans import SEEN, SEEN_KINDS, UNSEEN, Group, seen, spanned

_MOST_CELLS: Final = 300
_MOST_GROUPS: Final = 60
"""So many ways to differ are listed of a sweep for each target, and so many cells of each."""


def cells_that_differ(matrix: Matrix, by_target: Sequence[Sequence[Difference]]) -> str:
    """List for every target how cells differ, and which do so."""
    parts = [_table(matrix, place, found) for place, found in enumerate(by_target) if found]
    return f"<h2>Cells that do not conform</h2>\n{''.join(parts)}" if parts else ""


def _table(matrix: Matrix, place: int, found: Sequence[Difference]) -> str:
    """List the ways that most cells go first."""
    found = sorted(found, key=lambda one: -len(one.labels))
    rest = sum(len(one.labels) for one in found[_MOST_GROUPS:])
    more = f"; {rest:,} more cells differ in still other ways" if rest else ""
    caption = f"How cells differ on {escape(matrix.targets[place].label)}{more}"
    groups = [_group(matrix, one) for one in found[:_MOST_GROUPS]]
    return spanned(caption, ("Cells", "Verdict", *SEEN, "Rule"), groups, ("", "", *SEEN_KINDS, "w"))


def _group(matrix: Matrix, one: Difference) -> Group:
    rows = [(*seen(found), rule_link(found.rule, "../", matrix.rules)) for found in one.divergences]
    return Group((_labels(one), tag(one.standing)), rows or [(*UNSEEN, escape(one.text))])


def _labels(one: Difference) -> str:
    shown = [f"<code>{escape(label)}</code>" for label in one.labels[:_MOST_CELLS]]
    if len(one.labels) <= 3:
        return "<br>".join(shown)
    rest = f"<br>and {len(one.labels) - _MOST_CELLS:,} more" if len(one.labels) > _MOST_CELLS else ""
    return f"<details><summary>{len(one.labels):,} cells</summary>{'<br>'.join(shown)}{rest}</details>"
