"""A case file to cases: a YAML stream, each document a case or a sweep."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from conformance.case import shapes
from conformance.case.document import Document, Select
from conformance.case.errors import CaseError, CaseErrors, Problems, UsageError
from conformance.case.header import KEYS, REQUIRED, attempt, read_header
from conformance.case.model import Case, Rules
from conformance.case.sweep import read_sweep
from conformance.case.yamlsource import Node, Sequence, decode, documents


def load_file(path: Path, rules: Rules | None = None, select: Select | None = None) -> Iterator[Case]:
    """Load the cases of a file; sweeps are expanded as the iterator goes.

    The whole file is read and checked at once: raises :class:`CaseErrors` with all that is wrong, and
    :class:`UsageError` if it cannot be read. With ``rules``, ids of rules must exist. ``select`` tells
    from an id whether a case is wanted.
    """
    return _cases(read_documents(path, rules), select)


def load_text(text: str, path: str = "<text>", rules: Rules | None = None) -> list[Case]:
    """Load the cases of a text, sweeps expanded; raises :class:`CaseErrors`."""
    return list(_cases(_checked(text, path, "", rules), None))


def read_documents(path: Path, rules: Rules | None = None) -> list[Document]:
    """Read and check a file; raises as :func:`load_file`. The area is the name of the file's folder."""
    return _checked(read_text(path), str(path), path.absolute().parent.name, rules)


def read_text(path: Path) -> str:
    """Return the text of a YAML file; raises :class:`CaseErrors` or :class:`UsageError`."""
    try:
        return decode(path.read_bytes(), str(path))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except CaseError as error:
        raise CaseErrors([error]) from None


def _cases(found: list[Document], select: Select | None) -> Iterator[Case]:
    for document in found:
        yield from document.cases(select)


def _checked(text: str, path: str, area: str, rules: Rules | None) -> list[Document]:
    problems = Problems()
    found: dict[str, Document] = {}
    with problems:
        for node in documents(text, path):
            with problems:
                document = _document(node, area, rules)
                mark = document.header.mark
                first = found.setdefault(document.header.id, document)
                if first is not document:
                    line = first.header.mark.line
                    problems.add(mark, f"the id `{document.header.id}` is given twice; first in line {line}")
                document.check(rules)
    problems.raise_any()
    return list(found.values())


def _document(node: Node, area: str, rules: Rules | None) -> Document:
    table = shapes.mapping(node, "a case", "a mapping with id, title, rules and steps")
    problems = Problems()
    given = {key.text: value for key, value in table.entries}
    for key, _ in table.entries:
        if key.text not in KEYS:
            problems.found.append(shapes.unknown(key, "a key of a case", KEYS))
    missing = [f"`{name}:`" for name in REQUIRED if name not in given]
    if missing:
        problems.add(table.mark, f"the case needs {', '.join(missing)}")
    header = read_header(given, rules, problems)
    sweep = attempt(given.get("sweep"), read_sweep, None, problems)
    steps = attempt(given.get("steps"), _steps, None, problems)
    if problems.found and steps is not None and header is not None and (sweep or "sweep" not in given):
        with problems:
            Document(header, steps, sweep, area).check(rules)
    problems.raise_any()
    assert header is not None
    assert steps is not None
    return Document(header, steps, sweep, area)


def _steps(node: Node) -> Sequence:
    return shapes.sequence(node, "steps", "a list of steps")
