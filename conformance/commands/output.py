"""Standard output that may be full: what cannot be written is an error with words."""

from __future__ import annotations

import os
from typing import Any, TextIO

from conformance.publish.jsonl import CannotWrite


class Output:
    """Stands for standard output; a write that fails raises :class:`CannotWrite`, and none is tried again.

    A reader that has left is another matter: :class:`BrokenPipeError` passes.
    """

    def __init__(self, stream: TextIO) -> None:
        """Write to ``stream``."""
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        """Return what else the stream has."""
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, or keep to be written; returns the number of letters."""
        try:
            return self._stream.write(text)
        except OSError as error:
            raise self._failure(error) from error

    def flush(self) -> None:
        """Write all that was kept."""
        try:
            self._stream.flush()
        except OSError as error:
            raise self._failure(error) from error

    def _failure(self, error: OSError) -> Exception:
        drop(self._stream)
        if isinstance(error, BrokenPipeError):
            return error
        return CannotWrite(f"standard output: cannot write: {error.strerror}")


def drop(stream: TextIO) -> None:
    """Let all that is still to be written to a stream go nowhere, at the interpreter's end too."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
