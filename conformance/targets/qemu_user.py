"""qemu-user: the agent, translated, on the kernel that runs waitconf; of this machine or of another."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.executor.agent import AgentError, bundled_agent
from conformance.executor.session import Patience
from conformance.targets.agent import AgentTarget, launch_of
from conformance.targets.base import Address, TargetFailed, TargetOptions, UnknownTarget
from conformance.targets.cache import cache_folder

_PATIENCE: Final = Patience(boot_s=60.0, silence_s=30.0)
_WATCHDOG_S: Final = 5.0
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


def missing() -> list[str]:
    """Say what this machine lacks to translate the agent of its own kind."""
    try:
        find_translator("x86_64")
    except TargetFailed as error:
        return [str(error).removeprefix("needs ")]
    return []


def start(address: Address, options: TargetOptions) -> AgentTarget:
    """Start a translated agent, compiled before if it is for another machine than this. Its system calls go,
    as the translator sees fit, to the running kernel, with which it is compared.

    Raises:
        UnknownTarget: the argument is no machine that the agent is known to work for.
        TargetFailed: the translator or the compiler is missing, or the agent does not start: nothing but
            a PID namespace contains cases here, and making one takes root.
    """
    machine = address.argument or "x86_64"
    if machine not in MACHINES:
        raise UnknownTarget(f"{address.text}: no such machine; there are {', '.join(MACHINES)}")
    try:
        translator = find_translator(machine)
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
    agent = cache_folder() / f"agent-{machine}-{_digest(compiler, files)}"
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
