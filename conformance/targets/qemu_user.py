"""qemu-user: the agent, translated, on the kernel that runs waitconf; of this machine or of another."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

from conformance.executor.agent import AgentError
from conformance.executor.session import Patience
from conformance.targets.agent import AgentTarget, launch_of
from conformance.targets.base import Address, Lack, TargetFailed, TargetOptions, UnknownTarget
from conformance.targets.cross import COMPILERS, agent_for, missing_for

_PATIENCE: Final = Patience(boot_s=60.0, silence_s=30.0)
_WATCHDOG_S: Final = 5.0
"""What is translated is slow, and cases settle by looking many times (helpers_c/patience.h)."""


def missing(address: Address) -> list[Lack]:
    """Say what this machine lacks to make an agent and to translate it.

    Raises:
        UnknownTarget: see :func:`start`.
    """
    machine = _machine(address)
    names = f"qemu-{machine} or qemu-{machine}-static"
    translator = [] if _translator(machine) else [Lack(names, "qemu-user or qemu-user-static")]
    return translator + missing_for(machine)


def start(address: Address, options: TargetOptions) -> AgentTarget:
    """Start a translated agent, compiled before if it is for another machine than this. Its system calls go,
    as the translator sees fit, to the running kernel, with which it is compared.

    Raises:
        UnknownTarget: the argument is no machine that the agent is known to work for.
        TargetFailed: the agent cannot be made or does not start: nothing but a PID namespace contains cases
            here, and making one takes root.
    """
    machine = _machine(address)
    translator = _translator(machine)
    try:
        pinned = [] if options.cpu is None else ["--cpu", str(options.cpu)]
        words = [translator, agent_for(machine), *pinned]
    except (AgentError, TargetFailed) as error:
        raise TargetFailed(f"{address.text}: {error}") from error
    facts = {"translator": _first_line([translator, "--version"])}
    with ExitStack() as room:
        # The translator writes cores of its own, with names of its own, whatever the limit.
        folder = room.enter_context(tempfile.TemporaryDirectory(prefix="waitconf-qemu-"))
        launch = launch_of(address, words, _PATIENCE, _WATCHDOG_S, facts, keeper=("--keep-at", folder))
        try:
            return AgentTarget(address, launch, options, room.pop_all())
        except TargetFailed as error:
            raise TargetFailed(f"{error}{_hint(error)}") from error


def _machine(address: Address) -> str:
    machine = address.argument or "x86_64"
    if machine not in COMPILERS:
        raise UnknownTarget(f"{address.text}: no such machine; there are {', '.join(COMPILERS)}")
    return machine


def _translator(machine: str) -> str:
    """Return the path of the translator, empty if there is none."""
    return shutil.which(f"qemu-{machine}") or shutil.which(f"qemu-{machine}-static") or ""


def _hint(error: Exception) -> str:
    """Say what most likely keeps an agent from starting."""
    if "does not start" not in str(error) or os.geteuid() == 0:
        return ""
    return " (nothing but a PID namespace contains cases here, and making one takes root)"


def _first_line(command: Sequence[str]) -> str:
    """Return the first line of what a command prints, empty if it fails."""
    said = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False)
    return said.stdout.partition("\n")[0]
