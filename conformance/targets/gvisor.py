"""gVisor: the agent in a sandbox of its own, made by ``runsc do``."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from typing import Final

from conformance.executor.session import Patience
from conformance.targets.agent import AgentTarget, agent_path, launch_of
from conformance.targets.base import Address, Lack, TargetFailed, TargetOptions, lacking

_PATIENCE: Final = Patience(boot_s=60.0, silence_s=30.0)
_WATCHDOG_S: Final = 5.0
"""Cases settle by looking many times (helpers_c/patience.h): that takes longer where others use the cores."""
_PACKAGE: Final = "Debian: apt-get install runsc"
_VERSION: Final = re.compile(r"^runsc version (\S+)", re.MULTILINE | re.ASCII)


class GvisorTarget(AgentTarget):
    """Cases in a sandbox that is made anew if a case takes it down.

    A sandbox says that it is Linux 4.4.0, whatever it does: it is described as the gVisor that it is, and so
    compared with the newest Linux. Any number of them run at a time: ``runsc do`` notes them nowhere.
    """

    def describe(self) -> Mapping[str, str]:
        """Return what a result file's header says of this target; ``version`` is what uname(2) says there."""
        facts = super().describe()
        posed = f"{facts['sysname']} {facts['release']} {facts['version']}"
        return {**facts, "sysname": "gVisor", "release": facts["runsc"], "version": posed}


def missing(address: Address) -> list[Lack]:
    """Say what this machine lacks."""
    return lacking({_runsc(address)[0]: "runsc"})


def start(address: Address, options: TargetOptions) -> GvisorTarget:
    """Start a sandbox; it is pinned to no core, since it has threads of its own.

    Args:
        address: its argument is empty, or the path of a runsc (with a ``/``), or the platform for the one in
            ``PATH`` (``ptrace``, ``kvm``, ``systrap``).
        options: the watchdog.

    Raises:
        TargetFailed: runsc is none, or the sandbox does not start.
    """
    runsc, platform = _runsc(address)
    facts = {"runsc": runsc_version(address.text, runsc)}
    words = runsc_command(runsc, platform, str(agent_path(address)))
    return GvisorTarget(address, launch_of(address, words, _PATIENCE, _WATCHDOG_S, facts), options)


def _runsc(address: Address) -> tuple[str, str]:
    """Return the program and the platform, empty for its own choice."""
    return (address.argument, "") if "/" in address.argument else ("runsc", address.argument)


def runsc_version(name: str, runsc: str) -> str:
    """Return the version that runsc says it is.

    Raises:
        TargetFailed: it says none.
    """
    try:
        said = subprocess.run(
            [runsc, "--version"], capture_output=True, encoding="utf-8", errors="replace", check=False
        ).stdout
    except OSError as error:
        raise TargetFailed(f"{name}: {runsc} cannot be executed: {error.strerror}. {_PACKAGE}") from error
    found = _VERSION.search(said)
    if found is None:
        raise TargetFailed(f"{name}: {runsc} --version does not say which version it is. {_PACKAGE}")
    return found[1]


def runsc_command(runsc: str, platform: str, agent: str) -> list[str]:
    """Return the command that runs the agent in a sandbox, on the command's standard input and output.

    Args:
        runsc: its path.
        platform: how the sandbox catches system calls; empty for what this runsc does by itself.
        agent: the agent's path; the sandbox sees the machine's files.
    """
    return [
        runsc,
        *([f"--platform={platform}"] if platform else []),
        *("--network=none", "--ignore-cgroups"),
        *(["--rootless"] if os.geteuid() else []),
        *("do", agent),
    ]
