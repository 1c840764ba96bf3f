"""What a case requires, as a program tries it before it begins: where it is missing it says so and ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from conformance.case.model import Case
from conformance.publish.cprogram.text import NotExpressible

_TRIED: Final[Mapping[str, tuple[str, ...]]] = {
    "pidns": ("pidns",),
    "core": ("core",),
    "proc": ("probe_proc", "proc", "labelled_pid"),
    "uids": ("probe_uids",),
    "set-tid": ("probe_set_tid", "probe_inside", "clone3_args", "pidns"),
    "last-pid": ("probe_last_pid", "probe_inside", "last_pid", "pidns"),
    "pty": ("probe_pty", "pty", "openpty"),
    "stealtty": ("probe_stealtty", "pty", "openpty"),
    "ptrace": ("probe_ptrace", "ptrace"),
    "seccomp": ("probe_seccomp", "seccomp"),
    "pidfd": ("probe_pidfd",),
}
"""By requirement: the parts of a program that try it. Numbers are chosen in a namespace of the case's own
only: elsewhere they may be strangers'."""


def needs_of_requirements(case: Case, needs: frozenset[str]) -> frozenset[str]:
    """Return what a program needs to try what its case requires; ``needs`` is what it needs anyway.

    Raises :class:`NotExpressible` for what no program can give itself.
    """
    untried = [name for name in case.requires if name not in _TRIED]
    if untried:
        raise NotExpressible(f"the requirement {untried[0]}")
    found = {need for name in case.requires for need in _TRIED[name]}
    if any(need.startswith("probe_") for need in found):
        found.add("probes")
    if "probe_uids" in found and "exec" in needs:
        found.add("stat")
    return frozenset(found)
