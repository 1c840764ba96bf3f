"""Results files: JSON Lines written as cases end, and read back with what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from conformance.publish.gzipped import MAGIC, Damaged, Unpacked, unpack
from conformance.publish.records import FOLDED, SCHEMA, Record, count_all, footer_record
from conformance.verdict.model import CONFORMS, VERDICTS

_KINDS: Final = ("header", "case", "cells", "footer")
_SCHEMAS: Final = (SCHEMA, FOLDED)


class ResultsError(Exception):
    """A results file cannot be written or read; ``str()`` says which, where and why."""


class CannotWrite(ResultsError):
    """The disk is full, the folder is missing…: what was written before stays."""


class NotResults(ResultsError):
    """The file is not a results file, or is damaged in its middle."""


def record_line(record: Record) -> bytes:
    """Return the line that a record is in a file."""
    try:
        return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    except UnicodeEncodeError:  # half a surrogate, which UTF-8 does not have, but JSON's escapes do
        return json.dumps(record, separators=(",", ":")).encode() + b"\n"


class Writer:
    """A context manager that writes records, each flushed at once.

    The footer is written by :meth:`finish` only: a run that stops for any reason leaves none.
    """

    def __init__(self, path: Path) -> None:
        """Start an empty file; raises :class:`CannotWrite`."""
        self._path = path
        try:
            self._file = path.open("wb", buffering=0)
        except OSError as error:
            raise self._failure(error) from error

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file as it is."""
        self._file.close()

    def write(self, record: Record) -> None:
        """Append a record; raises :class:`CannotWrite`, and what was written before stays."""
        line = record_line(record)
        try:
            while line:
                line = line[self._file.write(line) :]
        except OSError as error:
            raise self._failure(error) from error

    def finish(self, summary: Mapping[str, int]) -> None:
        """Append the footer."""
        self.write(footer_record(summary))

    def _failure(self, error: OSError) -> CannotWrite:
        return CannotWrite(f"{self._path}: cannot write the results: {error.strerror}")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that makes a file less than a whole run. ``kind`` is one of FAULTS; ``line`` from 1."""

    kind: str
    line: int
    message: str


FAULTS: Final = {
    "missing-footer": "the run was cut off: the file has no footer",
    "cut-line": "the last line is cut",
    "cut-gzip": "the compressed data are cut, or only their checksum",
    "duplicate-case": "a case is there twice",
    "wrong-summary": "the footer's summary is not what the cases add up to",
    "after-footer": "there are lines after the footer",
}


@dataclass(frozen=True, slots=True)
class Results:
    """A results file as read. ``faults`` is empty for a whole run; ``footer`` None for one cut off.

    ``folded``: the ``cells`` records of a folded file, whose cases are not among ``cases``.
    """

    path: str
    header: Mapping[str, Any]
    cases: tuple[Mapping[str, Any], ...]
    folded: tuple[Mapping[str, Any], ...]
    footer: Mapping[str, Any] | None
    faults: tuple[Fault, ...]

    @property
    def complete(self) -> bool:
        """Whether the run came to its end."""
        return self.footer is not None

    def counts(self) -> dict[str, int]:
        """Count the cases by verdict, the folded ones too."""
        return count_cases(self.cases, self.folded)


def count_cases(cases: Iterable[Mapping[str, Any]], folded: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Count cases and folded cells by verdict; every verdict has a count."""
    found = dict.fromkeys(VERDICTS, 0)
    for case in cases:
        found[case["verdict"]] += 1
    for cells in folded:
        found[cells["verdict"]] += cells["count"]
    return found


def read_results(path: Path) -> Results:
    """Read a results file, whole or cut off; one that was compressed by gzip is read as it is.

    Raises :class:`NotResults` for what is no results file, has no header, or is damaged before its end.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NotResults(f"{path}: {error.strerror}") from error
    try:
        found = unpack(data) if data.startswith(MAGIC) else Unpacked(data, whole=True)
    except Damaged as error:
        raise NotResults(f"{path}: damaged: {error}") from error
    return _Reader(str(path)).read(*found)


class _Reader:
    """The states a file goes through: before its header, among its cases, after its footer."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._header: Mapping[str, Any] | None = None
        self._cases: dict[str, Mapping[str, Any]] = {}
        self._folded: dict[str, Mapping[str, Any]] = {}
        self._footer: Mapping[str, Any] | None = None
        self._faults: list[Fault] = []

    def read(self, data: bytes, whole: bool) -> Results:
        lines = data.split(b"\n")
        rest = lines.pop()
        for number, line in enumerate(lines, start=1):
            self._take(number, line)
        if rest:
            self._fault("cut-line", len(lines) + 1)
        if not whole:
            self._fault("cut-gzip", len(lines) + bool(rest))
        if self._header is None:
            raise NotResults(f"{self._path}: no results of waitconf: there is no header")
        self._check_end(len(lines))
        cases, folded = tuple(self._cases.values()), tuple(self._folded.values())
        return Results(self._path, self._header, cases, folded, self._footer, tuple(self._faults))

    def _take(self, number: int, line: bytes) -> None:
        kind, content = self._parse(number, line)
        if kind == "header":
            self._take_header(number, content)
        elif self._header is None:
            raise self._error(number, "no results of waitconf: the first line is not a header")
        elif self._footer is not None:
            self._fault("after-footer", number)
        elif kind == "footer":
            self._take_footer(number, content)
        elif kind == "case":
            self._take_case(number, content, self._cases)
        elif kind == "cells":
            self._take_cells(number, content)

    def _parse(self, number: int, line: bytes) -> tuple[str, Mapping[str, Any]]:
        """Return a record's kind and content; an unknown kind is allowed, for files of later versions."""
        try:
            record = json.loads(line)
        except ValueError:
            raise self._error(number, "not JSON") from None
        except RecursionError:
            raise self._error(number, "values are nested too deeply") from None
        if not isinstance(record, dict):
            raise self._error(number, "not a record")
        kind = next((kind for kind in _KINDS if kind in record), "")
        content = record.get(kind, {})
        if not isinstance(content, dict):
            raise self._error(number, f"the {kind} is not an object")
        return kind, content

    def _take_header(self, number: int, content: Mapping[str, Any]) -> None:
        if self._header is not None:
            raise self._error(number, "a second header: this is more than one run")
        schema = content.get("schema")
        if type(schema) is not int or schema not in _SCHEMAS:
            known = " and ".join(map(str, _SCHEMAS))
            raise self._error(number, f"schema {schema!r}; this waitconf reads {known}")
        self._header = content

    def _take_footer(self, number: int, content: Mapping[str, Any]) -> None:
        if not isinstance(content.get("summary", {}), dict):
            raise self._error(number, "the footer's summary is not an object")
        self._footer = content

    def _take_cells(self, number: int, content: Mapping[str, Any]) -> None:
        if type(content.get("count")) is not int or content["count"] < 1:
            raise self._error(number, "cells need a count, of 1 or more")
        if content.get("verdict") != CONFORMS or content.get("expectation"):
            raise self._error(number, "folded cells conform, and nothing else was expected of them")
        self._take_case(number, content, self._folded)

    def _take_case(
        self, number: int, content: Mapping[str, Any], taken: dict[str, Mapping[str, Any]]
    ) -> None:
        name, verdict = content.get("id"), content.get("verdict")
        if not isinstance(name, str) or not name.strip() or verdict not in VERDICTS:
            raise self._error(number, f"a case needs an id and one of the verdicts {', '.join(VERDICTS)}")
        if name in taken:
            self._fault("duplicate-case", number)
        taken[name] = content

    def _check_end(self, lines: int) -> None:
        if self._footer is None:
            self._fault("missing-footer", lines)
        elif count_all(self._footer.get("summary", {})) != count_cases(
            self._cases.values(), self._folded.values()
        ):
            self._fault("wrong-summary", lines)

    def _fault(self, kind: str, line: int) -> None:
        self._faults.append(Fault(kind, line, f"{self._path}:{line}: {FAULTS[kind]}"))

    def _error(self, number: int, message: str) -> NotResults:
        return NotResults(f"{self._path}:{number}: {message}")
