"""The expectation files that come with waitconf, one for each kind of target, and those of its users."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path

from conformance.case.errors import UsageError
from conformance.verdict.foreseen import Expectations, Foreseen, read_foreseen


def expectations_for(target: Mapping[str, str], own: Iterable[Path] = ()) -> Expectations:
    """Return what is expected of a target: by its user's files first, then by the one of its kind.

    Args:
        target: what it says of itself.
        own: expectation files.

    Raises:
        UsageError: a file cannot be read, or is malformed.
    """
    foreseen = [one for path in own for one in read_file(path)]
    return Expectations([*foreseen, *bundled(target["kind"])], target)


def bundled(kind: str) -> tuple[Foreseen, ...]:
    """Return the expectations that come with waitconf for a kind of target."""
    source = files("conformance.targets") / "expectations" / f"{kind}.toml"
    if not source.is_file():
        return ()
    return read_foreseen(source.read_text(encoding="utf-8"), f"{kind}.toml")


def read_file(path: Path) -> tuple[Foreseen, ...]:
    """Read an expectation file; see :func:`~conformance.verdict.foreseen.read_foreseen`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
    return read_foreseen(text, str(path))
