"""Debian's kernels by release: ``debian/5.10``, ``debian/6.12``, ``debian/newest``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from conformance.targets.apt import Apt, Package, missing
from conformance.targets.base import Lack, TargetFailed
from conformance.targets.cache import cache_folder, kept

_ARCHES: Final = {"x86_64": "amd64", "aarch64": "arm64", "riscv64": "riscv64"}
_FLAVOURS: Final = {"x86_64": "cloud-amd64", "aarch64": "cloud-arm64", "riscv64": "riscv64"}
NEWEST: Final = "newest"


def kernel_folder(release: str, machine: str) -> Path:
    """Return the folder with the unpacked packages of Debian's latest kernel of a release, from the cache if
    it is there.

    Args:
        release: ``5.10``, or a stable one such as ``6.12.117``, or ``newest``.
        machine: as uname(2) calls it, one that qemu plays here.

    Raises:
        TargetFailed: Debian has no such kernel, or it cannot be fetched.
    """

    def fetch(new: Path) -> None:
        apt = Apt(_ARCHES[machine])
        flavour = re.escape(_FLAVOURS[machine])
        _fetch_first(apt, choose(apt.packages(f"^linux-image-[0-9].*-{flavour}$"), release), new)

    return kept(_place(release, machine), fetch)


def missing_to_fetch(release: str, machine: str) -> list[Lack]:
    """Say what this machine lacks to have such a kernel: nothing if it is in the cache."""
    return [] if _place(release, machine).exists() else missing()


def _place(release: str, machine: str) -> Path:
    return cache_folder() / "debian" / machine / release


def _fetch_first(apt: Apt, images: Sequence[Package], new: Path) -> None:
    """Fetch the first of some kernels that can be had: an index may be ahead of its archive.

    Raises:
        TargetFailed: none can; the reason is that of the first.
    """
    failures: list[TargetFailed] = []
    for image in images:
        tail = image.name.removeprefix("linux-image-")
        # Debian's younger kernels come in parts: the image proper, and its modules.
        parts = apt.packages(f"^linux-(binary|modules)-{re.escape(tail)}$")
        try:
            return apt.unpack([image.name, *sorted(part.name for part in parts)], new)
        except TargetFailed as error:
            failures.append(error)
    raise failures[0]


def choose(packages: Iterable[Package], release: str) -> Sequence[Package]:
    """Return the kernels of a release, the youngest first, release candidates last.

    Raises:
        TargetFailed: there is none; the message says which there are.
    """
    found = sorted(packages, key=_age, reverse=True)
    fitting = [package for package in found if release == NEWEST or _is_of(package, release)]
    if not fitting:
        there = dict.fromkeys(".".join(_upstream(package).split(".")[:2]) for package in reversed(found))
        raise TargetFailed(f"Debian has no kernel {release}; it has {', '.join(there) or 'none'}")
    return fitting


def _upstream(package: Package) -> str:
    """Return which Linux a package is of: ``6.1.176-1`` is of 6.1.176."""
    return package.version.split("-")[0]


def _is_of(package: Package, release: str) -> bool:
    return f"{_upstream(package)}.".startswith(f"{release}.")


def _age(package: Package) -> tuple[bool, list[int]]:
    return "~rc" not in package.version, [int(number) for number in re.findall(r"\d+", package.version)]
