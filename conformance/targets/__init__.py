"""The places where a case runs, by the names that users give them: ``kind[:argument]``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from conformance.reference import LATEST, UnknownRelease
from conformance.targets.base import Target, TargetFailed, TargetOptions, UnknownTarget

__all__ = ["KINDS", "Target", "TargetFailed", "TargetOptions", "UnknownTarget", "parse_target"]


def _host(argument: str, options: TargetOptions) -> Target:
    # Imported late: whoever only asks the reference kernel needs neither the extension nor the agent.
    from conformance.targets.host import HostTarget

    return HostTarget(argument, options)


def _reference(argument: str, options: TargetOptions) -> Target:
    from conformance.targets.reference import ReferenceTarget

    try:
        return ReferenceTarget(argument or options.release or LATEST)
    except UnknownRelease as error:
        raise UnknownTarget(f"reference:{argument}: {error}") from error


def _gvisor(argument: str, options: TargetOptions) -> Target:
    from conformance.targets.gvisor import GvisorTarget

    return GvisorTarget(argument, options)


def _qemu_user(argument: str, options: TargetOptions) -> Target:
    from conformance.targets.qemu_user import QemuUserTarget

    return QemuUserTarget(argument, options)


KINDS: Final[Mapping[str, Callable[[str, TargetOptions], Target]]] = {
    "gvisor": _gvisor,
    "host": _host,
    "qemu-user": _qemu_user,
    "reference": _reference,
}
"""Every kind of target, and what starts one from its argument."""


def parse_target(text: str, options: TargetOptions = TargetOptions()) -> Target:
    """Start the target that ``kind[:argument]`` names.

    Raises:
        UnknownTarget: there is no such kind, or it does not take that argument.
        TargetFailed: it does not start.
    """
    kind, _, argument = text.partition(":")
    if kind not in KINDS:
        raise UnknownTarget(f"{text}: no such target; there are {', '.join(sorted(KINDS))}")
    return KINDS[kind](argument, options)
