"""Tables whose rows come in groups: what a case, or many cells, have in common stands beside all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from conformance.publish.matrix.markup import box, escape, value
from conformance.verdict.model import Divergence


class Group(NamedTuple):
    """Cells as HTML: ``first`` and ``last`` stand once, the first of them as the group's name; ``rows`` are
    the columns between, each a row's cells.
    """

    first: Sequence[str]
    rows: Sequence[Sequence[str]]
    last: Sequence[str] = ()


def spanned(caption: str, head: Sequence[str], groups: Iterable[Group], kinds: Sequence[str]) -> str:
    """Return a table in a box of its own; ``kinds`` are the classes of its columns."""
    heads = "".join(f'<th scope="col">{name}</th>' for name in head)
    bodies = "".join(_body(group, kinds) for group in groups)
    return box(
        f'<table class="spans"><caption>{caption}</caption>\n'
        f"<thead><tr>{heads}</tr></thead>\n{bodies}</table>",
        caption,
    )


def _body(group: Group, kinds: Sequence[str]) -> str:
    span = f' rowspan="{len(group.rows)}"' if len(group.rows) > 1 else ""
    begin, end = len(group.first), len(group.first) + len(group.rows[0])
    name, *others = group.first
    before = f'<th scope="rowgroup"{span}>{name}</th>{_cells(others, kinds[1:begin], span)}'
    after = _cells(group.last, kinds[end:], span)
    middle = [_cells(row, kinds[begin:end]) for row in group.rows]
    rows = [before + middle[0] + after, *middle[1:]]
    return f"<tbody>{''.join(f'<tr>{row}</tr>' for row in rows)}</tbody>\n"


def _cells(cells: Sequence[str], kinds: Sequence[str], span: str = "") -> str:
    return "".join(
        f'<td class="{kind}"{span}>{cell}</td>' if kind else f"<td{span}>{cell}</td>"
        for cell, kind in zip(cells, kinds, strict=True)
    )


SEEN = ("Step", "Actor", "Field", "Expected", "Observed")
"""The heads of the cells that ``seen`` gives."""
SEEN_KINDS = ("number", "", "", "v", "v")


def seen(divergence: Divergence) -> tuple[str, ...]:
    """Return where and how something differs, as cells; who it is about and by which rule is the caller's."""
    step, actor, field, expected, observed, _ = divergence
    return str(step), escape(actor), f"<code>{escape(field)}</code>", value(expected), value(observed)


UNSEEN = ("",) * len(SEEN)
"""The cells of what went wrong without a divergence."""
