"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from conformance.publish.jsonl import CannotWrite


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under a temporary name beside it, then give it its own: it is never there in part.

    A device or a pipe, which nothing may replace, is written to as it is. Raises :class:`CannotWrite`; a
    file that was there before then stays. What replaces a file may be read and written by the same people.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            _replace(path.resolve(), data)  # what a symbolic link names, not the link
    except OSError as error:
        raise CannotWrite(f"{path}: cannot write: {error.strerror}") from error


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        _create_like(path, temporary)
        temporary.write_bytes(data)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _create_like(path: Path, temporary: Path) -> None:
    """Make an empty file with the permissions of another; never, not even for a moment, with more."""
    if path.exists():
        mode = stat.S_IMODE(path.stat().st_mode)
        temporary.touch(mode)
        temporary.chmod(mode)  # the umask may have taken some away
