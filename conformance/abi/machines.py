"""Machines, by their names in uname(2): what Linux does there is known."""

from __future__ import annotations

from typing import Final, NamedTuple

from conformance.abi.releases import Release

MACHINES: Final = ("x86_64", "aarch64", "riscv64")
"""Those that were measured."""

USUAL: Final = MACHINES[0]
"""The one that cases and rules are about where they do not say it."""


class Linux(NamedTuple):
    """A Linux that others are compared with; they go by age."""

    release: Release
    machine: str = USUAL

    def __str__(self) -> str:
        """Return ``6.12``, or ``6.12 on riscv64`` if the machine is not the usual one."""
        return linux_name(str(self.release), self.machine)


def linux_name(release: str, machine: str) -> str:
    """Say which Linux it is: the machine only if it is not the usual one."""
    return release if machine == USUAL else f"{release} on {machine}"


def closest_machine(text: str) -> str:
    """Return the machine to compare one with that calls itself ``text``: itself if it is known, else the
    usual one.
    """
    return text if text in MACHINES else USUAL
