"""The site in its folder: written whole beside it, then put in its place."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_OURS: Final = ("index.html", "matrix.json", "matrix.md")


class CannotStore(Exception):
    """The site cannot be written; ``str()`` says where and why."""


def check_place(folder: Path) -> None:
    """Raise :class:`CannotStore` if a folder holds anything but an earlier site: it would be lost."""
    if folder.exists() and not folder.is_dir():
        raise CannotStore(f"{folder}: there is a file of this name")
    if folder.is_dir() and any(folder.iterdir()) and not all((folder / name).is_file() for name in _OURS):
        raise CannotStore(f"{folder}: is not empty and holds no matrix: it would be replaced as a whole")
    if not folder.resolve().parent.is_dir():
        raise CannotStore(f"{folder}: there is no folder {folder.parent} to make it in")


def write_site(files: Iterable[tuple[str, str]], folder: Path) -> int:
    """Write files, by their paths, into a folder that is then ``folder``, and return how many there were.

    Until all are written, what was there before stays as it was; raises :class:`CannotStore`.
    """
    check_place(folder)
    place = folder.resolve()
    try:
        with tempfile.TemporaryDirectory(prefix=f".{place.name}-", dir=place.parent) as room:
            made = Path(room, "new")
            made.mkdir()
            count = sum(_write(made / path, text) for path, text in files)
            _swap(made, place, Path(room, "old"))
            return count
    except OSError as error:
        raise CannotStore(f"{folder}: cannot write the matrix: {error.strerror}") from error


def _swap(made: Path, place: Path, old: Path) -> None:
    """Put what was made in its place; if that fails, what was there before comes back."""
    if place.exists():
        place.rename(old)
    try:
        made.rename(place)
    except OSError:
        if old.exists():
            old.rename(place)
        raise


def _write(path: Path, text: str) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return 1
