"""Build what Python's metadata cannot say: the cffi bridge, the agent, and the bundled cases."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sysconfig
from pathlib import Path

from setuptools import setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).resolve().parent
BUNDLE = Path("conformance", "_bundle")
AGENT_FLAGS = ["-O2", "-std=gnu11", "-Wall", "-Wextra", "-static"]


def compiler() -> list[str]:
    """Return the C compiler's command.

    Raises:
        SystemExit: there is none, or Python's headers are missing; the message says what to install.
    """
    command = shlex.split(os.environ.get("CC", "cc"))
    if shutil.which(command[0]) is None:
        raise SystemExit(f"waitconf needs a C compiler ({command[0]}). Debian: apt-get install gcc libc6-dev")
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        raise SystemExit("waitconf needs the headers of Python. Debian: apt-get install python3-dev")
    return command


def build_agent(target: Path) -> None:
    """Compile the agent: one static binary that runs on any target.

    Raises:
        SystemExit: it does not compile.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    # Relative names: an absolute one would end up in the binary and tell of the machine that built it.
    sources = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "helpers_c").glob("*.c"))
    command = [*compiler(), *AGENT_FLAGS, *sources, "-o", str(target.resolve())]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise SystemExit(
            "waitconf's agent did not compile (above: why). A missing -lc means no static libc: "
            "Debian: apt-get install libc6-dev"
        )


def copy_sources(target: Path) -> None:
    """Copy the agent's sources: a target that is another machine has it compiled when it is asked for."""
    target.mkdir(parents=True, exist_ok=True)
    for source in sorted((ROOT / "helpers_c").glob("*.[ch]")):
        shutil.copyfile(source, target / source.name)


def copy_cases(target: Path) -> None:
    """Copy the suite, so that an installation without the source tree has it."""
    for source in sorted((ROOT / "cases").rglob("*.yaml")):
        copy = target / source.relative_to(ROOT / "cases")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)


class BuildNative(build_ext):
    """Build the bridge, then the agent beside it; an editable installation reads cases where they are."""

    def run(self) -> None:
        """Build into the source tree (editable) or into the wheel."""
        compiler()
        super().run()
        if self.inplace:
            build_agent(ROOT / BUNDLE / "waitconf-agent")
            return
        bundle = Path(self.build_lib) / BUNDLE
        build_agent(bundle / "waitconf-agent")
        copy_cases(bundle / "cases")
        copy_sources(bundle / "helpers_c")


setup(
    cffi_modules=["conformance/executor/build_bridge.py:ffibuilder"],
    cmdclass={"build_ext": BuildNative},
)
