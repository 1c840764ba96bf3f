"""What is wrong with a case file, where, and what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from types import TracebackType

from conformance.case.model import Mark


class UsageError(Exception):
    """A question that cannot be answered as it was put: a path that does not exist, a bad ``-k``."""


class CaseError(Exception):
    """One thing that is wrong with a case file; ``str()`` is ``path:line:column: message``."""

    def __init__(self, mark: Mark, message: str) -> None:
        """Keep the place and the message."""
        super().__init__(mark, message)
        self.mark = mark
        self.message = message

    def __str__(self) -> str:
        """Return ``path:line:column: message``."""
        return f"{self.mark}: {self.message}"


class CaseErrors(Exception):
    """Everything that is wrong with a file, in the order of its lines; ``str()`` has a line for each."""

    def __init__(self, errors: Iterable[CaseError]) -> None:
        """Sort by place and drop repetitions (the cells of a sweep share their faults)."""
        unique = {(error.mark, error.message): error for error in errors}
        self.errors: tuple[CaseError, ...] = tuple(unique[key] for key in sorted(unique))
        super().__init__(self.errors)

    def __str__(self) -> str:
        """Return one ``path:line:column: message`` per line."""
        return "\n".join(str(error) for error in self.errors)


class Problems:
    """Collects errors: each ``with problems:`` block may fail without hiding the next one's errors."""

    def __init__(self) -> None:
        """Start without any."""
        self.found: list[CaseError] = []

    def __enter__(self) -> None:
        """Guard a block."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Swallow and remember a case error; let everything else through."""
        if isinstance(error, CaseError):
            self.found.append(error)
            return True
        if isinstance(error, CaseErrors):
            self.found.extend(error.errors)
            return True
        return False

    def add(self, mark: Mark, message: str) -> None:
        """Remember an error."""
        self.found.append(CaseError(mark, message))

    def raise_any(self) -> None:
        """Raise :class:`CaseErrors` if anything was found."""
        if self.found:
            raise CaseErrors(self.found)


def suggestion(word: str, known: Iterable[str], limit: int = 12) -> str:
    """Return ``; did you mean `X`?``, or what is known if nothing is near and the list is short."""
    names = list(dict.fromkeys(known))
    folded = {name.upper(): name for name in names}
    close = difflib.get_close_matches(word.upper(), folded, n=1, cutoff=0.6)
    if close:
        return f"; did you mean `{folded[close[0]]}`?"
    if names and len(names) <= limit:
        return "; known: " + ", ".join(names)
    return ""


def shorten(text: str, limit: int = 40) -> str:
    """Return ``text`` fit for a message: one line, at most ``limit`` characters."""
    line = text.encode("unicode_escape").decode("ascii") if not text.isprintable() else text
    return line if len(line) <= limit else line[: limit - 1] + "…"
