"""The agent for machines other than this one: compiled when first needed, and kept in the cache."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.executor.agent import bundled_agent
from conformance.targets.base import Lack, TargetFailed, lacking
from conformance.targets.cache import cache_folder

_COMPILE: Final = ("-O2", "-std=gnu11", "-Wall", "-Wextra", "-static")


@dataclass(frozen=True, slots=True)
class Compiler:
    """A C compiler whose programs run on another machine, and Debian's packages that have it."""

    program: str
    packages: str


COMPILERS: Final[Mapping[str, Compiler]] = {
    "x86_64": Compiler("x86_64-linux-gnu-gcc", "gcc-x86-64-linux-gnu libc6-dev-amd64-cross"),
    "aarch64": Compiler("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu libc6-dev-arm64-cross"),
    "riscv64": Compiler("riscv64-linux-gnu-gcc", "gcc-riscv64-linux-gnu libc6-dev-riscv64-cross"),
}
"""For each machine, as uname(2) calls it, that the agent is known to work on."""


def missing_for(machine: str) -> list[Lack]:
    """Say what this machine lacks to make an agent for a machine."""
    if machine == platform.machine():
        return []
    compiler = COMPILERS[machine]
    return lacking({compiler.program: compiler.packages})


def agent_for(machine: str, sources: Path | None = None) -> str:
    """Return the path of an agent for a machine: the bundled one if it is this, else one compiled, once.

    Args:
        machine: a key of :data:`COMPILERS`.
        sources: the folder of the agent's sources; by default those that came with this installation.

    Raises:
        AgentError: there is no bundled agent.
        TargetFailed: the sources are missing, or it does not compile.
    """
    if machine == platform.machine():
        return bundled_agent()
    compiler, packages = COMPILERS[machine].program, COMPILERS[machine].packages
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
