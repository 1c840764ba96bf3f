"""Nothing is left in the tree of cgroups: neither after a run nor when those who clear up are killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.executor._bridge import lib
from conformance.executor.agent import bundled_agent
from conformance.executor.session import AgentSession
from tests.agent_wire import PATIENCE_S, answers, batch, buffer, fork, literal, pid, program, step
from tests.machine import agents
from tests.test_hostile import kill_the_agent, run_until, verdicts

MARK = "waitconf-"


def own_cgroup() -> Path | None:
    """Return where the cgroup2 hierarchy shows this process's cgroup, if it is mounted as a whole."""
    places = [line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line[:3] == "0::"]
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields = line.split()
        if places and "cgroup2" in fields[fields.index("-") :] and fields[3] == "/":
            return Path(fields[4] + places[0])
    return None


def has_cgroups() -> bool:
    """Say whether an agent can make cgroups here."""
    with AgentSession([str(bundled_agent())]) as session:
        return "cgroup" in session.hello.have and own_cgroup() is not None


needs_cgroups = pytest.mark.skipif(
    not has_cgroups(), reason="needs a cgroup2 mount where cgroups can be made"
)
contained = pytest.mark.parametrize("options", [[], ["--no-pidns"]], ids=["default", "no-pidns"])


def directories(of: int | None = None) -> set[Path]:
    """Return the directories of an agent, or of all agents that are no more."""
    here = own_cgroup()
    assert here is not None
    found = {path for path in here.iterdir() if path.name.startswith(MARK)}
    if of is not None:
        return {path for path in found if path.name.startswith(f"{MARK}{of}-")}
    return {path for path in found if int(path.name.split("-")[1]) not in agents()}


def expect_none(of: int | None = None) -> None:
    """Wait until no directory is left."""
    deadline = time.monotonic() + PATIENCE_S
    while left := directories(of):
        assert time.monotonic() < deadline, f"{left} are still there"
        os.sched_yield()


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Path]:
    """An agent under a name of its own."""
    path = tmp_path / "waitconf-agent-victim"
    shutil.copy(bundled_agent(), path)
    yield path
    expect_none()


def busy() -> bytes:
    """Return a program in which members wait for each other in both cgroups."""
    return program(
        fork(1, 2),
        step(2, "cgroup_join", literal(0), literal(0)),
        fork(2, 3),
        step(1, "cgroup_join", pid(3), literal(1)),
        step(3, "pause"),
        needs=lib.WC_HAVE_CGROUP,
    )


@needs_cgroups
@contained
@pytest.mark.parametrize("sig", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_agent_leaves_no_cgroup(victim: Path, options: list[str], sig: signal.Signals) -> None:
    """Whenever it is killed: somebody removes the directories of the case it was at."""
    for moment in range(8):
        with subprocess.Popen([victim, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(batch(*[busy()] * 30))
            process.stdin.flush()
            process.stdout.read(700 * (moment + 1))
            process.send_signal(sig)
            assert process.wait(PATIENCE_S) == -sig
        expect_none(process.pid)


@needs_cgroups
@contained
def test_an_agent_that_ends_leaves_no_cgroup(victim: Path, options: list[str]) -> None:
    """All is removed by the time when it has ended."""
    with subprocess.Popen([victim, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.communicate(batch(*[busy()] * 3), timeout=PATIENCE_S)
        assert process.returncode == 0
    assert directories(process.pid) == set()


@needs_cgroups
def test_an_agent_removes_what_others_left_but_nothing_that_is_in_use() -> None:
    """A directory that nobody has locked is stale, whatever its name says."""
    here = own_cgroup()
    assert here is not None
    stale, used = here / f"{MARK}0-stale", here / f"{MARK}{os.getpid()}-used"
    for path in (stale, stale / "below", used):
        path.mkdir()
    lock = os.open(used, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert answers([bundled_agent()], batch(busy()))[0].outcome == lib.WC_OK
        assert not stale.exists()
        assert used.exists()
    finally:
        os.close(lock)
        used.rmdir()


def interrupt(process: subprocess.Popen[str]) -> None:
    """Do what ^C does."""
    process.send_signal(signal.SIGINT)


@needs_cgroups
@pytest.mark.parametrize("target", ["host", "host:no-pidns"])
@pytest.mark.parametrize("end", ["interrupt", "kill the agent"])
def test_a_run_that_is_broken_off_leaves_no_cgroup(tmp_path: Path, target: str, end: str) -> None:
    """The directories of the case that was running are gone soon."""
    act = interrupt if end == "interrupt" else kill_the_agent
    out = tmp_path / "results.jsonl"
    arguments = ["--target", target, "--repeat", "100"]
    status, _, stderr = run_until(out, 2, act, arguments, subject="cases/kill/cgroup.yaml")
    assert status == (2 if end == "interrupt" else 1), stderr
    assert "conforms" in verdicts(out)
    expect_none()


def test_without_a_pid_namespace_no_stranger_is_moved() -> None:
    """Neither by a literal pid, nor by the name of one who may be gone."""
    literal_pid = program(step(1, "cgroup_join", literal(1), literal(0)))
    gone = program(
        fork(1, 2),
        step(2, "exit", literal(0)),
        step(1, "wait4", literal(-1), buffer(), literal(0), buffer(1)),
        step(1, "cgroup_join", pid(2), literal(0)),
    )
    for verdict in answers([bundled_agent(), "--no-pidns"], batch(literal_pid, gone)):
        assert verdict.outcome == lib.WC_REFUSED
        assert "needs a PID namespace" in verdict.text
