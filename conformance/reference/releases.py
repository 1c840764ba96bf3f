"""The reference kernel of any release, put together from what changed after it.

The kernel itself answers as the newest release. Each change is an entry of ``changes.TABLE``, whose kernel
overrides one decision with what was decided before; the kernel of a release has the overrides of all changes
that it does not have. What changed several times has several entries, and the oldest of them counts.
"""

from __future__ import annotations

import re
from typing import Final

from conformance.abi.machines import USUAL
from conformance.abi.releases import Release, release_in
from conformance.reference.changes import TABLE, Change
from conformance.reference.kernel import Kernel
from conformance.reference.machines import PECULIARITIES

_STABLE: Final = re.compile(r"\d+\.\d+\.\d+", re.ASCII)

FIRST: Final = Release(5, 0)
"""The oldest release that the reference kernel answers as."""

_LAST_OF: Final = {5: 19, 6: 19, 7: 3}
"""The last release of each major number: Linux counts on with the next after it."""

RELEASES: Final = tuple(
    Release(major, minor) for major, last in _LAST_OF.items() for minor in range(last + 1)
)
"""All releases that the reference kernel knows, the oldest first; of each it knows the stable series too."""

LATEST: Final = str(RELEASES[-1])


class UnknownRelease(ValueError):
    """The reference kernel does not know the release that was asked for."""


def known_release(text: str) -> Release:
    """Return the release that a user names.

    Raises :class:`UnknownRelease`, saying which are known.
    """
    found = release_in(text)
    if found is None or found.series not in RELEASES or text != str(found):
        raise UnknownRelease(f"the reference kernel knows Linux {FIRST} to {LATEST}, not {text}")
    return found


def closest_release(sysname: str, text: str, version: str = "") -> str:
    """Return the release to compare a target with that says it is ``sysname`` of release ``text``.

    Its own, if that is a Linux that is known; else the latest: also for what only poses as an old Linux. Some
    distributions tell the stable release in the ``version`` alone (``6.1.0-50-amd64``, ``Debian 6.1.176-1``).
    """
    found = release_in(text)
    stable = filter(None, map(release_in, _STABLE.findall(version)))
    found = next((one for one in stable if found is not None and one.series == found.series), found)
    known = sysname == "Linux" and found is not None and found.series in RELEASES
    return str(found) if known else LATEST


def has_change(release: Release, change: Change) -> bool:
    """Say whether a release has a change: since it was made, or since it came into its stable series."""
    if release >= change.release:
        return True
    return any(release.series == port.series and release >= port for port in change.ports)


def changes_between(older: Release, newer: Release) -> tuple[Change, ...]:
    """Return what ``newer`` has and ``older`` has not, in the order of the table."""
    return tuple(change for change in TABLE if has_change(newer, change) and not has_change(older, change))


def kernel_of(release: str, kernel: type[Kernel] = Kernel, machine: str = USUAL) -> type[Kernel]:
    """Return the reference kernel of a release, or a variant of it, as it is on a machine that is known.

    Raises :class:`UnknownRelease`.
    """
    found = _MADE.get((release, kernel, machine))
    if found is None:
        past = changes_between(known_release(release), RELEASES[-1])
        oldest_first = sorted(past, key=lambda change: change.release)
        there = (peculiarity.kernel for peculiarity in PECULIARITIES[machine])
        bases = tuple(dict.fromkeys((*there, *(change.kernel for change in oldest_first))))
        found = type(f"{kernel.__name__}{release}", (*bases, kernel), {}) if bases else kernel
        _MADE[release, kernel, machine] = found
    return found


_MADE: Final[dict[tuple[str, type[Kernel], str], type[Kernel]]] = {}
