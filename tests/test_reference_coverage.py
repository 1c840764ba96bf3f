"""Nothing in the reference kernel that no case exercises."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

NOT_OF_A_KERNEL = {"run", "scheduler"}
"""Errors of a case or of the oracle itself, and traces that Linux does not give: for other tests."""

OUTSIDE = "the end of the case's own init without a PID namespace: cases that end it require one"
RING = "a ring of tracers: no case may close one"
EXPLAINED = {
    (
        "kernel",
        "if task is None or task.exit_state is not ExitState.ALIVE or self.is_stopped_or_traced(task):",
    ): "run's question",
    ("kernel", "return False"): "a step for one who is stopped or gone: an error of the case",
    ("attaching", "if tracer and tracer == tracee:"): RING,
    ("attaching", "return True"): RING,
    ("notify", "return False"): OUTSIDE,
    ("notify", "if parent is None:  # init, whose parent is outside"): OUTSIDE,
    ("notify", "if parent is not None:"): OUTSIDE,
    ("exit", "if parent is not None:"): OUTSIDE,
}
"""By module and source line: why no case comes there. A line that nothing explains is deleted."""


def test_the_cases_alone_exercise_every_branch_of_the_reference_kernel() -> None:
    """Hand-written cases and a sample of each sweep leave only what is explained here."""
    command = [sys.executable, "-m", "tests.cases_alone"]  # of this tree, wherever waitconf is installed
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    holes = [json.loads(line) for line in ran.stdout.splitlines()]
    kernel = [hole for hole in holes if hole["module"] not in NOT_OF_A_KERNEL]
    assert [hole for hole in kernel if (hole["module"], hole["source"]) not in EXPLAINED] == []
    assert len(EXPLAINED) < 10, "an explanation is no substitute for a case"
