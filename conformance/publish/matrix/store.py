"""The site in its folder: written whole beside it, then put in its place."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

_TELLING: Final = ("index.html", "matrix.json", "matrix.md")
"""A folder that lacks one of these is no site, whatever else it holds."""
_FILES: Final = frozenset({*_TELLING, "rules.html", "style.css", "rules.js", "boxes.js"})
_FOLDERS: Final = frozenset({"rule", "case"})
"""All that a site has; in its folders there are pages alone."""


class CannotStore(Exception):
    """The site cannot be written; ``str()`` says where and why."""


def check_place(folder: Path) -> None:
    """Raise :class:`CannotStore` if a folder holds anything but an earlier site: it would be lost."""
    if folder.exists() and not folder.is_dir():
        raise CannotStore(f"{folder}: there is a file of this name")
    if folder.is_dir():
        _check_held(folder)
    if not folder.resolve().parent.is_dir():
        raise CannotStore(f"{folder}: there is no folder {folder.parent} to make it in")


def _check_held(folder: Path) -> None:
    try:
        strange = next(_strange(folder), None)
        empty = next(folder.iterdir(), None) is None
    except OSError as error:
        raise CannotStore(f"{folder}: cannot be read: {error.strerror}") from error
    if not empty and not all((folder / name).is_file() for name in _TELLING):
        raise CannotStore(f"{folder}: is not empty and holds no matrix: it would be replaced as a whole")
    if strange is not None:
        raise CannotStore(
            f"{folder}: holds {strange.relative_to(folder)} beside a matrix: it would be lost, since the "
            "folder is replaced as a whole"
        )


def _strange(folder: Path) -> Iterator[Path]:
    """Find what no matrix has put there; a link may be somebody's."""
    for one in sorted(folder.iterdir()):
        if one.is_symlink():
            yield one
        elif one.name in _FOLDERS and one.is_dir():
            yield from (page for page in sorted(one.iterdir()) if not _is_page(page))
        elif one.name not in _FILES or not one.is_file():
            yield one


def _is_page(path: Path) -> bool:
    return path.suffix == ".html" and path.is_file() and not path.is_symlink()


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
            check_place(folder)  # again: writing took its time, and somebody may have put something there
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
