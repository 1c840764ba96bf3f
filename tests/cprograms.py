"""C programs of cases: made of the bundled suite for this very kernel, compiled, and run."""

from __future__ import annotations

import platform
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import pytest

from conformance.case.model import Case
from conformance.case.rulesfile import load_rules
from conformance.case.suite import bundled, load_suite
from conformance.publish.cprogram import c_program, expected
from conformance.reference import closest_release, kernel_of
from conformance.trace import Trace

KERNEL = kernel_of(closest_release(platform.system(), platform.release(), platform.version()))
RULES = load_rules(bundled())


@lru_cache(maxsize=1)
def hand_written() -> dict[str, Case]:
    return {case.id: case for case in load_suite([bundled()], "not [")}


def find(name: str) -> Case:
    return hand_written()[name]


def trace_of(case: Case) -> Trace:
    return expected(case, KERNEL)


def program(name: str, trace: Trace | None = None) -> str:
    case = find(name)
    return c_program(case, trace or trace_of(case), RULES)


@contextmanager
def open_folder() -> Iterator[Path]:
    """Give a folder that any user can look into."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def build(text: str, folder: Path, name: str = "x") -> Path:
    """Compile a program; a warning is an error."""
    source = folder / f"{name}.c"
    source.write_text(text)
    flags = ["-O1", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["cc", *flags, "-o", str(folder / name), str(source)], check=True)
    return folder / name


def ends(*command: str | Path, user: int | None = None) -> tuple[int, str]:
    """Return the exit status of a command and what it printed: to a file, which nobody that it leaves behind
    can keep open.
    """
    with tempfile.TemporaryFile("w+") as out:
        done = subprocess.run(
            ["timeout", "30", *map(str, command)],
            stdout=out,
            check=False,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        out.seek(0)
        return done.returncode, out.read()


def run(binary: Path, user: int | None = None) -> tuple[int, str]:
    """Run a program; what cannot run here is skipped."""
    status, out = ends(binary, user=user)
    if status == 2:
        pytest.skip(out.strip())
    return status, out
