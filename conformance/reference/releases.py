"""The reference kernel of any release: what changed, since when, and what it was like before.

The kernel itself answers as the newest release. Each change is an entry of ``TABLE``, whose kernel overrides
one decision with what was decided before; the kernel of a release has all overrides of changes that came
after it. What changed several times has several entries, and the oldest that applies is the one that counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.abi.releases import Release, release_in
from conformance.reference.kernel import Kernel

FIRST: Final = Release(5, 0)
"""The oldest release that the reference kernel answers as."""

_LAST_OF: Final = {5: 19, 6: 19, 7: 3}
"""The last release of each series: Linux counts on with the next after it."""

RELEASES: Final = tuple(
    Release(major, minor) for major, last in _LAST_OF.items() for minor in range(last + 1)
)
"""All releases that the reference kernel knows, the oldest first."""

LATEST: Final = str(RELEASES[-1])


class UnknownRelease(ValueError):
    """The reference kernel does not know the release that was asked for."""


@dataclass(frozen=True, slots=True)
class Change:
    """A behaviour that is not what it was.

    ``rules`` say what holds since the release ``since`` (a facility has several); ``before`` says in words
    what Linux did until then, and ``kernel`` does it. ``source`` is the kernel function and, where known, the
    commit.
    """

    rules: tuple[str, ...]
    since: str
    before: str
    source: str
    kernel: type[Kernel]

    @property
    def release(self) -> Release:
        """The release since which it is as it is now."""
        found = release_in(self.since)
        assert found is not None
        return found


TABLE: Final[tuple[Change, ...]] = ()
"""Every change that a case can see."""


def known_release(text: str) -> Release:
    """Return the release that a user names.

    Raises :class:`UnknownRelease`, saying which are known.
    """
    found = release_in(text)
    if found not in RELEASES or text != str(found):
        raise UnknownRelease(f"the reference kernel knows Linux {FIRST} to {LATEST}, not {text}")
    return found


def closest_release(sysname: str, text: str) -> str:
    """Return the release to compare a target with that says it is ``sysname`` of release ``text``.

    Its own, if that is a Linux that is known; else the latest: also of what only poses as an old Linux.
    """
    found = release_in(text)
    return str(found) if sysname == "Linux" and found in RELEASES else LATEST


def changes_between(older: Release, newer: Release) -> tuple[Change, ...]:
    """Return what changed after ``older`` until ``newer``, in the order of the table."""
    return tuple(change for change in TABLE if older < change.release <= newer)


def kernel_of(release: str, kernel: type[Kernel] = Kernel) -> type[Kernel]:
    """Return the reference kernel of a release, or a variant of it.

    Raises :class:`UnknownRelease`.
    """
    found = _MADE.get((release, kernel))
    if found is None:
        past = changes_between(known_release(release), RELEASES[-1])
        oldest_first = sorted(past, key=lambda change: change.release)
        bases = tuple(dict.fromkeys(change.kernel for change in oldest_first))
        found = type(f"{kernel.__name__}{release}", (*bases, kernel), {}) if bases else kernel
        _MADE[release, kernel] = found
    return found


_MADE: Final[dict[tuple[str, type[Kernel]], type[Kernel]]] = {}
