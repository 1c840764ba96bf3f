"""gVisor: the agent in a sandbox of its own, made by ``runsc do``."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from conformance.executor.agent import AgentError, bundled_agent
from conformance.targets.base import TargetFailed, TargetOptions
from conformance.targets.host import HostTarget

KIND: Final = "gvisor"
WATCHDOG_MS: Final = 5_000
"""Cases settle by looking many times (helpers_c/patience.h): that takes longer where others use the cores."""

_PACKAGE: Final = "Debian: apt-get install runsc"
_VERSION: Final = re.compile(r"^runsc version (\S+)", re.MULTILINE | re.ASCII)


class GvisorTarget(HostTarget):
    """Cases in a sandbox that is made anew if a case takes it down.

    A sandbox says that it is Linux 4.4.0, whatever it does: it is described as the gVisor that it is, and so
    compared with the newest Linux. Any number of them run at a time: ``runsc do`` notes them nowhere.
    """

    kind = KIND

    def __init__(self, argument: str = "", options: TargetOptions = TargetOptions()) -> None:
        """Start a sandbox.

        Args:
            argument: empty, or the path of a runsc (with a ``/``), or the platform for the one in ``PATH``
                (``ptrace``, ``kvm``, ``systrap``).
            options: the watchdog; a sandbox is pinned to no core, since it has threads of its own.

        Raises:
            TargetFailed: runsc is missing, or the sandbox does not start.
        """
        name = f"{KIND}:{argument}" if argument else KIND
        runsc, platform = _runsc(name, argument)
        self._version = runsc_version(name, runsc)
        longer = replace(options, cpu=None, watchdog_ms=max(options.watchdog_ms, WATCHDOG_MS))
        try:
            super().__init__("", longer, runsc_command(runsc, platform, bundled_agent()))
        except (AgentError, TargetFailed) as error:
            raise TargetFailed(f"{name}: {str(error).removeprefix('host: ')}") from error
        self.name = name

    def describe(self) -> Mapping[str, str]:
        """Return what a result file's header says of this target; ``version`` is what uname(2) says there."""
        facts = super().describe()
        posed = f"{facts['sysname']} {facts['release']} {facts['version']}"
        return {
            **facts,
            "name": self.name,
            "kind": KIND,
            "sysname": "gVisor",
            "release": self._version,
            "version": posed,
        }


def _runsc(name: str, argument: str) -> tuple[str, str]:
    """Return the path of runsc and the platform, empty for its own choice."""
    wanted, platform = (argument, "") if "/" in argument else ("runsc", argument)
    found = shutil.which(wanted)
    if found is None:
        raise TargetFailed(f"{name}: {wanted} is not there or cannot be executed. {_PACKAGE}")
    return found, platform


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
