"""Colour and progress, each only where it is welcome."""

from __future__ import annotations

import os
import time
from typing import Final, TextIO

_CODES: Final = {
    "conforms": "32",
    "diverges": "31",
    "crashed": "31",
    "hung": "31",
    "unstable": "33",
    "conflict": "35",
    "unsupported": "36",
}
_INTERVAL_S: Final = 0.1


def wants_colour(stream: TextIO) -> bool:
    """Tell whether to colour: not with NO_COLOR (no-color.org), with FORCE_COLOR, else on a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


class Paint:
    """Text with or without ANSI colour."""

    def __init__(self, on: bool) -> None:
        """Colour only if ``on``."""
        self._on = on

    def bold(self, text: str) -> str:
        """Return ``text`` in bold."""
        return self._wrap("1", text)

    def coloured(self, text: str, code: str) -> str:
        """Return ``text`` in an ANSI colour, such as ``31``; with an empty code as it is."""
        return self._wrap(code, text)

    def verdict(self, text: str, verdict: str = "") -> str:
        """Return ``text`` in the colour of ``verdict`` (the text itself, if none is given)."""
        return self._wrap(_CODES.get(verdict or text, ""), text)

    def _wrap(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._on and code else text


class Progress:
    """One line on standard error that is rewritten as cases end; silent where that is no terminal."""

    def __init__(self, stream: TextIO, label: str) -> None:
        """Show progress of ``label`` on ``stream``."""
        self._stream = stream
        self._label = label
        self._on = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._next = 0.0

    def show(self, done: int, bad: int) -> None:
        """Say how many cases have ended and how many of them badly; at most ten times a second."""
        self.say(f"{done} cases, {bad} not conforming")

    def say(self, text: str) -> None:
        """Say how far it has come; at most ten times a second."""
        if not self._on or (now := time.monotonic()) < self._next:
            return
        self._next = now + _INTERVAL_S
        self._stream.write(f"\r{self._label}: {text}\x1b[K")
        self._stream.flush()

    def clear(self) -> None:
        """Take the line away, before anything else is written."""
        if self._on:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
