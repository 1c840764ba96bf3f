"""Where things that took long to get are kept: kernels, and agents for other machines."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def cache_folder() -> Path:
    """Return ``$WAITCONF_CACHE``, else ``waitconf`` in the user's folder for caches; it may not exist. It is
    absolute: what is kept there is found from anywhere.
    """
    own = os.environ.get("WAITCONF_CACHE")
    if own:
        return Path(own).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "waitconf")


def kept(place: Path, make: Callable[[Path], None]) -> Path:
    """Return a folder of the cache, made by ``make`` if it is not there. It is there whole or not at all:
    whoever is interrupted, or comes second, leaves nothing half made.
    """
    if place.is_dir():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".making-") as room:
        new = Path(room, "new")
        new.mkdir()
        make(new)
        try:
            new.rename(place)
        except OSError:
            if not place.is_dir():
                raise
    return place
