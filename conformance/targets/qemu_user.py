"""qemu-user: the agent, translated, on the kernel that runs waitconf; of this machine or of another."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from conformance.executor.agent import AgentError, bundled_agent
from conformance.targets.base import TargetFailed, TargetOptions, UnknownTarget
from conformance.targets.host import HostTarget

KIND: Final = "qemu-user"
WATCHDOG_MS: Final = 5_000
"""What is translated is slow, and cases settle by looking many times (helpers_c/patience.h)."""

_COMPILE: Final = ("-O2", "-std=gnu11", "-Wall", "-Wextra", "-static")


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that is translated: ``compiler`` makes programs for it, Debian's ``packages`` have that."""

    compiler: str
    packages: str


MACHINES: Final[Mapping[str, Machine]] = {
    "x86_64": Machine("x86_64-linux-gnu-gcc", "gcc-x86-64-linux-gnu libc6-dev-amd64-cross"),
    "aarch64": Machine("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu libc6-dev-arm64-cross"),
    "riscv64": Machine("riscv64-linux-gnu-gcc", "gcc-riscv64-linux-gnu libc6-dev-riscv64-cross"),
}
"""Those for which the agent is known to work."""


class QemuUserTarget(HostTarget):
    """Cases whose system calls a translator passes on, as it sees fit, to the running kernel.

    So it is compared with the Linux that it runs on.
    """

    kind = KIND

    def __init__(self, argument: str = "", options: TargetOptions = TargetOptions()) -> None:
        """Start a translated agent, compiled before if it is for another machine than this.

        Args:
            argument: the machine, ``x86_64`` if empty.
            options: which core, and the watchdog.

        Raises:
            UnknownTarget: the argument is no machine that the agent is known to work for.
            TargetFailed: the translator or the compiler is missing, or the agent does not start: nothing but
                a PID namespace contains cases here, and making one takes root.
        """
        machine = argument or "x86_64"
        name = f"{KIND}:{argument}" if argument else KIND
        if machine not in MACHINES:
            raise UnknownTarget(f"{name}: no such machine; there are {', '.join(MACHINES)}")
        longer = replace(options, watchdog_ms=max(options.watchdog_ms, WATCHDOG_MS))
        try:
            translator = find_translator(machine)
            super().__init__("", longer, [translator, agent_for(machine)])
        except (AgentError, TargetFailed) as error:
            raise TargetFailed(f"{name}: {str(error).removeprefix('host: ')}{_hint(error)}") from error
        self.name = name
        self._translator = _first_line([translator, "--version"])

    def describe(self) -> Mapping[str, str]:
        """Return what a result file's header says of this target, with its ``translator``."""
        return {**super().describe(), "name": self.name, "kind": KIND, "translator": self._translator}


def find_translator(machine: str) -> str:
    """Return the path of the translator.

    Raises:
        TargetFailed: there is none.
    """
    wanted = f"qemu-{machine}"
    found = shutil.which(wanted) or shutil.which(f"{wanted}-static")
    if found is None:
        raise TargetFailed(
            f"needs {wanted} or {wanted}-static. Debian: apt-get install qemu-user or qemu-user-static"
        )
    return found


def agent_for(machine: str, sources: Path | None = None) -> str:
    """Return the path of an agent for a machine: the bundled one if it is this, else one compiled, once.

    Args:
        machine: a key of :data:`MACHINES`.
        sources: the folder of the agent's sources; by default those that came with this installation.

    Raises:
        AgentError: there is no bundled agent.
        TargetFailed: the compiler or the sources are missing, or it does not compile.
    """
    if machine == platform.machine():
        return bundled_agent()
    compiler, packages = MACHINES[machine].compiler, MACHINES[machine].packages
    if shutil.which(compiler) is None:
        raise TargetFailed(f"needs {compiler}. Debian: apt-get install {packages}")
    files = _sources(sources)
    agent = _cache() / f"agent-{machine}-{_digest(compiler, files)}"
    if not agent.exists():
        _compile([compiler, *_COMPILE, *map(str, files)], agent, packages)
    return str(agent)


def _sources(folder: Path | None) -> list[Path]:
    """Return the agent's sources."""
    package = Path(__file__).resolve().parents[1]
    places = [folder] if folder else [package.parent / "helpers_c", package / "_bundle" / "helpers_c"]
    for place in places:
        if files := sorted(place.glob("*.c")):
            return files
    raise TargetFailed(f"the agent's sources are not in {places[-1]}; install waitconf again")


def _cache() -> Path:
    """Return where compiled agents are kept."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "waitconf"


def _digest(compiler: str, files: Sequence[Path]) -> str:
    """Return what an agent is made from, as a name."""
    digest = hashlib.sha256(" ".join((compiler, *_COMPILE)).encode())
    for file in (*files, *sorted(files[0].parent.glob("*.h"))):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _compile(command: Sequence[str], agent: Path, packages: str) -> None:
    """Compile an agent; others that look for it meanwhile find it whole or not at all."""
    try:
        agent.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=agent.parent) as room:
            made = Path(room, agent.name)
            done = subprocess.run(
                [*command, "-o", str(made)],
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
            if done.returncode:
                raise TargetFailed(
                    f"the agent does not compile with {command[0]}:\n{done.stderr.rstrip()}\n"
                    f"A missing -lc or header means a missing package. Debian: apt-get install {packages}"
                )
            made.replace(agent)
    except OSError as error:
        raise TargetFailed(f"cannot keep the agent in {agent.parent}: {error.strerror}") from error


def _hint(error: Exception) -> str:
    """Say what most likely keeps an agent from starting."""
    if "does not start" not in str(error) or os.geteuid() == 0:
        return ""
    return " (nothing but a PID namespace contains cases here, and making one takes root)"


def _first_line(command: Sequence[str]) -> str:
    """Return the first line of what a command prints, empty if it fails."""
    said = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False)
    return said.stdout.partition("\n")[0]
