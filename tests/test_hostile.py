"""The real command line in hostile circumstances: each ends with a clear message, the right exit status,
what was recorded kept, and no process left.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from tests.machine import agents, descendants

ROOT: Final = Path(__file__).resolve().parent.parent
RUN: Final = (sys.executable, "-m", "conformance.cli", "run")
ENVIRONMENT: Final = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}

ORDINARY_USER: Final = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
"""Somebody without capabilities whose uid is 1000, but who may read what this user may read."""

NO_MORE: Final = (
    *("unshare", "--user", "--map-root-user", "sh", "-c"),
    'echo 1 >/proc/sys/user/max_user_namespaces && exec "$@"',
    *("sh", *ORDINARY_USER),
)
"""The same in a world where that was the last user namespace."""

_SMALL_DISK: Final = """
cd "$1" && shift && mount -t tmpfs -o size=8k none disk || exit 99
"$@"
status=$?
cp disk/results.jsonl kept.jsonl
exit $status
"""
FULL_DISK: Final = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", _SMALL_DISK, "sh")
"""A disk of two pages at ./disk, of whose results a copy is kept."""


def user_namespaces() -> bool:
    """Say whether this machine has what it takes to become somebody else."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*ORDINARY_USER, "true"], check=False, capture_output=True).returncode == 0


needs_namespaces = pytest.mark.skipif(
    not user_namespaces(), reason="needs unshare(1) and user namespaces, to become somebody else"
)


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Whatever happens in a test: no agent and no actor outlives it.

    Other tests may have agents at work at the same time, so only those of this process count.
    """
    before = descendants(os.getpid())
    yield
    assert descendants(os.getpid()) <= before
    orphans = {pid for pid in agents() if Path(f"/proc/{pid}/stat").exists() and parent_of(pid) == 1}
    assert orphans == set()


def parent_of(pid: int) -> int:
    """Return a process's parent; 0 if it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def waitconf(
    *arguments: str, wrapper: Sequence[str] = (), cwd: Path | str = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run `waitconf run` to its end, through ``wrapper``."""
    return subprocess.run(
        [*wrapper, *RUN, *arguments],
        cwd=cwd,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def lines(path: Path) -> list[dict[str, Any]]:
    """Read a results file, every line of which must be whole."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def verdicts(path: Path) -> list[str]:
    """Return the verdicts of a results file, in order."""
    return [line["case"]["verdict"] for line in lines(path) if "case" in line]


def totals(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the last row of the summary: total, conforms, diverges, unsupported, cases."""
    return next(line for line in done.stdout.splitlines() if line.startswith("total")).split()


@needs_namespaces
def test_an_ordinary_user_gets_namespaces_through_a_user_namespace(tmp_path: Path) -> None:
    """Everything runs, and conforms: si_uid is then the user's own. But nobody has ids of others there."""
    out = tmp_path / "results.jsonl"
    done = waitconf("cases/kill", "cases/waitid/siginfo.yaml", "--out", str(out), wrapper=ORDINARY_USER)
    assert done.returncode == 0, done.stdout + done.stderr
    others = [line["case"] for line in lines(out) if "case" in line and line["case"]["verdict"] != "conforms"]
    assert {case["verdict"] for case in others} == {"unsupported"}
    assert all(
        "more than one user id: real root" in case["text"] or "a cgroup of" in case["text"] for case in others
    )


@needs_namespaces
def test_an_ordinary_user_without_user_namespaces_has_fewer_cases_and_is_told_why(tmp_path: Path) -> None:
    """The rest conforms; what is left out says what it would need."""
    out = tmp_path / "results.jsonl"
    done = waitconf("cases/kill", "--out", str(out), "--verbose", wrapper=NO_MORE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(verdicts(out)) == {"conforms", "unsupported"}
    assert "a PID namespace of its own (root, or user namespaces)" in done.stdout + done.stderr


def test_a_directory_that_cannot_be_written_to() -> None:
    """A run without --out needs no writable place at all."""
    done = waitconf(str(ROOT / "cases" / "wait4" / "order.yaml"), cwd="/proc")
    assert done.returncode == 0, done.stdout + done.stderr


def test_results_that_cannot_be_made() -> None:
    """The message names the file and says why."""
    done = waitconf("cases/wait4/order.yaml", "--out", "/proc/results.jsonl")
    assert done.returncode == 3
    assert "/proc/results.jsonl" in done.stderr


@needs_namespaces
def test_a_disk_that_fills_up_in_the_middle(tmp_path: Path) -> None:
    """What was written before is kept; the end is told."""
    (tmp_path / "disk").mkdir()
    done = waitconf(
        str(ROOT / "cases" / "wait4"),
        *("--out", "disk/results.jsonl"),
        wrapper=[*FULL_DISK, str(tmp_path)],
    )
    assert done.returncode == 3, done.stderr
    assert "cannot write the results: No space left on device" in done.stderr
    whole = (tmp_path / "kept.jsonl").read_text(encoding="utf-8").rpartition("\n")[0].splitlines()
    assert len(whole) > 2
    assert "footer" not in [json.loads(line) for line in whole][-1]


def run_until(
    out: Path,
    enough: int,
    act: Callable[[subprocess.Popen[str]], None],
    arguments: Sequence[str] = (),
    subject: str = "cases/wait4",
) -> tuple[int, str, str]:
    """Start a long run of hand-written cases, do something to it once some results are there; wait for it."""
    command = [*RUN, subject, "-k", "not [", "--repeat", "20", "--out", str(out), *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        while process.poll() is None and not (out.exists() and out.read_bytes().count(b"\n") > enough):
            os.sched_yield()
        act(process)
        stdout, stderr = process.communicate(timeout=300)
    return process.returncode, stdout, stderr


def test_ctrl_c_keeps_what_was_recorded(tmp_path: Path) -> None:
    """Exit status 2, a file without a footer, a summary of what there is."""
    out = tmp_path / "results.jsonl"
    status, stdout, stderr = run_until(out, 5, lambda process: process.send_signal(signal.SIGINT))
    assert status == 2, stderr
    assert set(verdicts(out)) == {"conforms"}
    assert not any("footer" in line for line in lines(out))
    assert "total" in stdout


def kill_the_agent(process: subprocess.Popen[str]) -> None:
    """Kill -9 the agent of a run: the child of the command line."""
    for pid in agents():
        if parent_of(pid) == process.pid:
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("target", ["host", "host:no-pidns"])
def test_an_agent_killed_in_mid_case_costs_that_case_alone(tmp_path: Path, target: str) -> None:
    """The others go on with a new agent; the actors of the dead one are gone."""
    out = tmp_path / "results.jsonl"
    status, stdout, stderr = run_until(out, 5, kill_the_agent, ["--target", target])
    assert status == 1, stderr
    found = verdicts(out)
    assert sum(verdict not in ("conforms", "unsupported") for verdict in found) == 1
    assert lines(out)[-1]["footer"]["complete"] is True
    assert "SIGKILL" in stdout + stderr or "crashed" in stdout
