"""A suite: case files in folders by area, and the rules beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from conformance.case.document import Document, Select
from conformance.case.errors import Problems, UsageError
from conformance.case.keyword import keyword_matcher
from conformance.case.loader import read_documents
from conformance.case.model import Case, Rules
from conformance.case.rulesfile import RULES_FILE, RULES_FOLDER, load_rules, rule_files

_PACKAGE: Final = Path(__file__).resolve().parent.parent


def bundled() -> Path:
    """Return the folder of the suite that comes with waitconf: installed, or of the working tree."""
    installed = _PACKAGE / "_bundle" / "cases"
    return installed if installed.is_dir() else _PACKAGE.parent / "cases"


def find_case_files(paths: Iterable[Path]) -> list[Path]:
    """Return the case files that the paths name or hold, sorted, each once; rules are no cases.

    Raises :class:`UsageError` for a path that does not exist.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path}: there is no such file or folder")
        for file in path.rglob("*.yaml") if path.is_dir() else (path,):
            if not _is_rules(file):
                found.setdefault(file.resolve(), file)
    return sorted(found.values())


def _is_rules(file: Path) -> bool:
    return file.name == RULES_FILE or file.absolute().parent.name == RULES_FOLDER


def rules_folder(file: Path) -> Path | None:
    """Return the nearest folder above a case file that holds rules; else the bundled suite's."""
    for folder in (*file.absolute().parents, bundled()):
        if rule_files(folder):
            return folder
    return None


def load_suite(
    paths: Iterable[Path], keyword: str | None = None, only: Select | None = None
) -> Iterator[Case]:
    """Load the cases of all files under the paths; sweeps are expanded as the iterator goes.

    ``keyword`` is an expression as of ``-k``; ``only`` chooses among the ids that match it, and is asked of
    each once, in their order. Everything is read and checked before this returns: raises :class:`CaseErrors`
    with the errors of all files (an id that two files give names both places), and :class:`UsageError`.
    """
    select = _both(keyword_matcher(keyword) if keyword else None, only)
    found, problems = read_suite(paths)
    problems.raise_any()
    return _cases(found, select)


def _both(first: Select | None, second: Select | None) -> Select | None:
    if first is None or second is None:
        return first or second
    return lambda name: first(name) and second(name)


def digest(paths: Iterable[Path]) -> str:
    """Return the SHA-256 of the case files under the paths: areas, names and contents, in hexadecimal."""
    total = hashlib.sha256()
    for file in find_case_files(paths):
        data = file.read_bytes()
        total.update(f"{file.absolute().parent.name}/{file.name} {len(data)}\n".encode())
        total.update(data)
    return total.hexdigest()


def _cases(found: list[Document], select: Select | None) -> Iterator[Case]:
    for document in found:
        yield from document.cases(select)


def read_suite(paths: Iterable[Path]) -> tuple[list[Document], Problems]:
    """Read and check all files under the paths; give the documents that are sound, and the problems.

    Raises :class:`UsageError` for a path that does not exist or cannot be read.
    """
    problems = Problems()
    found: dict[str, Document] = {}
    rules: dict[Path | None, Rules | None] = {None: None}
    for file in find_case_files(paths):
        folder = rules_folder(file)
        if folder not in rules:
            rules[folder] = _rules(folder, problems)
        with problems:
            for document in read_documents(file, rules[folder]):
                header = document.header
                first = found.setdefault(header.id, document)
                if first is not document:
                    place = first.header.mark
                    problems.add(header.mark, f"the id `{header.id}` is given twice; first at {place}")
    return list(found.values()), problems


def _rules(folder: Path | None, problems: Problems) -> Rules | None:
    """Load a suite's rules; None, which checks nothing, after noting what is wrong with them."""
    if folder is not None:
        with problems:
            return load_rules(folder)
    return None
