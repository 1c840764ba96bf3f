"""Releases of Linux, as far as they tell behaviours apart."""

from __future__ import annotations

import re
from typing import NamedTuple

_BEGINNING = re.compile(r"(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?(?!\d)", re.ASCII)


class Release(NamedTuple):
    """A release; they compare by age. ``point`` is that of a stable series, 0 for its first release."""

    major: int
    minor: int
    point: int = 0

    def __str__(self) -> str:
        """Return ``6.18`` or ``6.18.44``."""
        return f"{self.major}.{self.minor}" + (f".{self.point}" if self.point else "")

    @property
    def series(self) -> Release:
        """The release that the stable series began with."""
        return self._replace(point=0)


def release_in(text: str) -> Release | None:
    """Return the release that a text begins with, as ``uname -r`` gives it (``6.18.44-cloud-amd64``), or
    None.
    """
    found = _BEGINNING.match(text)
    return Release(*(int(number or 0) for number in found.groups())) if found else None
