"""Releases of Linux, as far as they tell behaviours apart: two numbers, whatever comes after them."""

from __future__ import annotations

import re
from typing import NamedTuple

_BEGINNING = re.compile(r"(\d{1,3})\.(\d{1,3})(?!\d)", re.ASCII)


class Release(NamedTuple):
    """A release of Linux; they compare by age."""

    major: int
    minor: int

    def __str__(self) -> str:
        """Return ``6.18``."""
        return f"{self.major}.{self.minor}"


def release_in(text: str) -> Release | None:
    """Return the release that a text begins with, as ``uname -r`` gives it (``6.18.44-cloud-amd64``), or
    None.
    """
    found = _BEGINNING.match(text)
    return Release(*map(int, found.groups())) if found else None
