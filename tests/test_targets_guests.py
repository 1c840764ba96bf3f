"""Guests that are killed, stopped and babble in the middle of a run: nothing else is lost."""

from __future__ import annotations

import itertools
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.executor.agent import bundled_agent
from conformance.executor.outcome import Outcome
from conformance.publish.jsonl import read_results
from conformance.targets import parse_target
from conformance.targets.agent import AgentTarget
from tests.executor_world import case
from tests.fakes import REAPED, write_suite

PATIENCE_S = 60.0
PLAIN = case("- P: {fork: C}\n- C: {exit: 3}\n- P: {wait4: C}")
UML = shutil.which("linux.uml") or shutil.which("linux")
needs_uml = pytest.mark.skipif(UML is None, reason="user-mode Linux is not installed")


@pytest.fixture(params=["uml:,silence=5", f"command:{bundled_agent()} --console,silence=5"])
def guest(request: pytest.FixtureRequest) -> Iterator[AgentTarget]:
    """Start a place that can be taken down: a kernel of its own, and a console."""
    if request.param.startswith("uml") and UML is None:
        pytest.skip("user-mode Linux is not installed")
    target = parse_target(request.param)
    assert isinstance(target, AgentTarget)
    yield target
    target.close()


def kept(target: AgentTarget) -> int:
    """Return the program that the keeper of a target runs, and in a namespace its init."""
    agent = target.session._agent
    assert agent is not None
    pid = agent._child.pid
    while "--keep" in (words := Path(f"/proc/{pid}/cmdline").read_text()):
        pid = int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
    assert words
    return int(pid)


def run_and(target: AgentTarget, at: int, strike: Callable[[], None]) -> list[Outcome]:
    """Run 150 cases, and do something when so many have ended."""
    outcomes = []
    for number, outcome in enumerate(target.run(itertools.repeat(PLAIN, 150))):
        if number == at:
            strike()
        outcomes.append(outcome)
    return outcomes


@pytest.mark.parametrize(("signo", "verdict"), [(signal.SIGKILL, "crashed"), (signal.SIGSTOP, "hung")])
def test_a_guest_that_is_struck_loses_at_most_the_case_that_was_running(
    guest: AgentTarget, signo: int, verdict: str
) -> None:
    outcomes = run_and(guest, 20, lambda: os.kill(kept(guest), signo))
    assert len(outcomes) == 150
    assert [one.status for one in outcomes if one.status != "ok"] == [verdict]


def panic(target: AgentTarget) -> None:
    """Have the kernel of a guest crash itself: "sysrq c" to its management console (mconsole.h)."""
    words = Path(f"/proc/{kept(target)}/cmdline").read_text().split("\0")
    (folder,) = (word.removeprefix("uml_dir=") for word in words if word.startswith("uml_dir="))
    (console,) = Path(folder).glob("*/mconsole")
    magic, version, request = 0xCAFEBABE, 2, b"sysrq c"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind("")  # a name of the kernel's choice: whoever has none is not listened to
        line.sendto(struct.pack("=III512s", magic, version, len(request), request), str(console))


@needs_uml
def test_a_kernel_that_panics_loses_the_case_that_was_running() -> None:
    target = parse_target("uml:")
    assert isinstance(target, AgentTarget)
    try:
        outcomes = run_and(target, 20, lambda: panic(target))
    finally:
        target.close()
    assert len(outcomes) == 150
    assert [one.status for one in outcomes if one.status != "ok"] == ["crashed"]


def test_a_console_that_babbles_loses_nothing(tmp_path: Path) -> None:
    script = tmp_path / "babble.sh"
    script.write_text(
        "(while :; do printf '[ 1.0] eth0: link\\r\\n~wc: no'; sleep 0.02; done) &\n"
        f"exec {bundled_agent()} --console\n"
    )
    target = parse_target(f"command:sh {script}")
    try:
        statuses = {outcome.status for outcome in target.run(itertools.repeat(PLAIN, 150))}
    finally:
        target.close()
    assert statuses == {"ok"}


@needs_uml
def test_killing_waitconf_keeps_what_was_recorded_and_ends_the_guest(tmp_path: Path) -> None:
    """The results go into a FIFO: their header is there as soon as the guest is up. No folder stays."""
    write_suite(tmp_path / "suite", REAPED)
    fifo, kept_results = tmp_path / "out", tmp_path / "out.jsonl"
    os.mkfifo(fifo)
    words = ["run", str(tmp_path / "suite"), "--target", "uml:", "--repeat", "1000000", "--out", str(fifo)]
    command = [sys.executable, "-m", "conformance.cli", *words]
    (tmp_path / "tmp").mkdir()
    variables = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    with (
        subprocess.Popen(command, stdin=subprocess.DEVNULL, env=variables) as ours,
        fifo.open("rb") as written,
    ):
        header = written.readline()
        guests = [os.pidfd_open(pid) for pid in descendants(ours.pid)]
        folders = [path.name.startswith("waitconf-uml-") for path in (tmp_path / "tmp").iterdir()]
        ours.kill()
        kept_results.write_bytes(header + written.read())
    assert guests
    for guest in guests:
        assert select.select([guest], [], [], PATIENCE_S)[0]
        os.close(guest)
    assert folders == [True]
    assert list((tmp_path / "tmp").iterdir()) == []
    read = read_results(kept_results)
    assert not read.complete
    assert [fault.kind for fault in read.faults] == ["missing-footer"]


def descendants(pid: int) -> list[int]:
    told = Path(f"/proc/{pid}/task/{pid}/children")
    children = [int(word) for word in told.read_text().split()] if told.exists() else []
    return [*children, *(one for child in children for one in descendants(child))]
