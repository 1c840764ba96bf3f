"""The suite as the matrix shows it: documents, their own text, and the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path

from conformance.case.document import Document
from conformance.case.evidence import Gathered
from conformance.case.loader import read_text
from conformance.case.model import Case, Mark, Rules
from conformance.case.suite import digest, find_case_files, read_suite


@dataclass(frozen=True)
class Written:
    """A document of a suite: a case by hand, or a sweep, which is told of by its first cell.

    ``path`` is that of its file as one would type it beside the suite's folder (``cases/wait4/basic.yaml``),
    ``line`` where the document begins in it, ``text`` the document as it was written. ``cells`` is None for a
    case by hand.
    """

    document: Document
    first: Case
    path: str
    line: int
    text: str
    cells: int | None

    @property
    def id(self) -> str:
        """The id of the case, or what the ids of the cells begin with."""
        return self.document.header.id


@dataclass(frozen=True)
class Suite:
    """What results are shown with; ``written`` by id, rules and documents in the order of their ids."""

    written: Mapping[str, Written]
    rules: Rules
    digest: str

    @cached_property
    def by_hand(self) -> tuple[Case, ...]:
        """The cases that are no cells of sweeps."""
        return tuple(one.first for one in self.written.values() if one.cells is None)

    @cached_property
    def evidence(self) -> Gathered:
        """What shows each rule; a sweep counts as one, by its first cell."""
        found = Gathered()
        for one in self.written.values():
            found.add(one.first)
        return found


def read_matrix_suite(roots: Iterable[Path], rules: Rules) -> Suite:
    """Read the suite under some paths, whose rules are known.

    Raises :class:`~conformance.case.errors.CaseErrors` with all that is wrong with it, and
    :class:`~conformance.case.errors.UsageError` for a path that does not exist.
    """
    roots = tuple(roots)
    documents, problems = read_suite(roots)
    problems.raise_any()
    texts = {str(file): read_text(file).splitlines() for file in find_case_files(roots)}
    written = [_written(one, texts[one.header.mark.path], roots) for one in documents]
    return Suite(
        {one.id: one for one in sorted(written, key=lambda one: one.id)},
        {name: rules[name] for name in sorted(rules)},
        f"sha256:{digest(roots)}",
    )


def _written(document: Document, lines: list[str], roots: tuple[Path, ...]) -> Written:
    mark, sweep = document.header.mark, document.sweep
    start, text = own_text(lines, mark)
    cells = prod(len(axis.values) for axis in sweep.axes) if sweep else None
    return Written(
        document, next(iter(document.cases())), shown_path(Path(mark.path), roots), start, text, cells
    )


def own_text(lines: list[str], mark: Mark) -> tuple[int, str]:
    """Return the text of the document that a mark is in, and the number of its first line.

    Comments before the first ``---`` of a file are about the file.
    """
    inside = mark.line - 1
    start = next((n + 1 for n in range(inside, -1, -1) if lines[n].startswith("---")), 0)
    end = next((n for n in range(inside, len(lines)) if lines[n].startswith("---")), len(lines))
    while start < end and not lines[start].strip():
        start += 1
    return start + 1, "\n".join(lines[start:end]).rstrip() + "\n"


def shown_path(file: Path, roots: tuple[Path, ...]) -> str:
    """Return a path that says nothing of the machine: from the folder of the suite on."""
    for root in roots:
        if root.is_dir() and file.is_relative_to(root):
            return str(Path(root.resolve().name, file.relative_to(root)))
    return str(Path(file.absolute().parent.name, file.name))
