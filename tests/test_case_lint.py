"""The static checks of ``waitconf check``: each finds its mistake, and leaves good cases alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.case.lint import lint, lint_case
from conformance.case.loader import load_text

HEAD = "id: x\ntitle: x\nrules: [WAIT-001]\nsteps:\n"


def findings(steps: str) -> list[str]:
    return [str(finding) for case in load_text(HEAD + steps, "f") for finding in lint_case(case)]


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ("- C: pause\n- P: {fork: C}\n", "f:5:3: `C` is used before it is forked"),
        ("- P: {wait4: C}\n- P: {fork: C}\n", "f:5:3: `C` is used before it is forked"),
        ("- P: {fork: C}\n- P: {getpgid: 0}\n", "f:5:3: `C` is forked and never used"),
        ("- P: {fork: C}\n- P: {waitid: {id: P}}\n", "f:5:3: `C` is forked and never used"),
        (
            "- P: {fork: C}\n- C: {exit: 1}\n- C: pause\n",
            "f:7:3: `C` cannot make a call after the exit in line 6",
        ),
        (
            "- P: {fork: C}\n- P: {kill: {pid: C, sig: SIGKILL}}\n- C: getppid\n",
            "f:7:3: `C` cannot make a call after the kill in line 6",
        ),
        (
            "- P: pause\n  rule: WAIT-002\n",
            "f:5:3: the step is about WAIT-002, which the case's `rules` do not name",
        ),
    ],
)
def test_finds(steps: str, message: str) -> None:
    assert findings(steps) == [message]


@pytest.mark.parametrize(
    "steps",
    [
        "- P: {fork: C}\n- C: {exit: 1}\n- P: {wait4: C}\n  rule: WAIT-001\n",
        "- P: {fork: C}\n- P: {wait4: -1}\n",
        "- P: {fork: C}\n- P: waitid\n",
        "- P: {fork: C}\n- P: {kill: {pid: -P, sig: SIGTERM}}\n",
        "- P: {fork: C}\n- P: {exit: 0}\n",
        "- P: {fork: C}\n  expect: {ret: C}\n",
        "- P: {fork: C}\n  expect: {C: {state: idle}}\n",
        "- P: {fork: C}\n- P: {getsid: C}\n",
        "- init: {fork: C}\n- init: {kill: {pid: P, sig: SIGKILL}}\n- C: pause\n- init: {wait4: P}\n",
        "- P: {fork: C}\n- P: {kill: {pid: C, sig: SIGTERM}}\n- C: getppid\n",
        "- P: {fork: C}\n- C: {kill: {pid: -C, sig: SIGKILL}}\n- C: getppid\n",
    ],
)
def test_leaves_alone(steps: str) -> None:
    assert findings(steps) == []


def test_findings_of_a_suite_with_those_of_the_loader(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        "- {id: WAIT-001, statement: x, level: posix, source: wait(2)}\n"
        "- {id: WAIT-002, statement: x, level: posix}\n"
    )
    cases = tmp_path / "wait4"
    cases.mkdir()
    (cases / "a.yaml").write_text(HEAD.replace("id: x", "id: X") + "- P: pause\n")
    (cases / "b.yaml").write_text(
        "id: b\ntitle: x\nrules: [WAIT-001]\nsweep: {a: [1, 2]}\n"
        "steps:\n- P: {fork: C}\n- C: {exit: $a}\n- C: pause\n"
    )
    (cases / "c.yaml").write_text("id: c\ntitle: x\nrules: [WAIT-001]\nsteps:\n- P: {wait4: D}\n")
    found = [(Path(finding.mark.path).name, finding.mark.line) for finding in lint([tmp_path])]
    assert found == [("rules.yaml", 2), ("a.yaml", 1), ("b.yaml", 8), ("c.yaml", 5)]
    assert str(lint([cases / "b.yaml"])[-1]).endswith(
        "b.yaml:8:3: `C` cannot make a call after the exit in line 7"
    )


def test_an_actor_that_only_some_cells_use_is_used(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("- {id: WAIT-001, statement: x, level: posix, source: wait(2)}\n")
    sweep = (
        "id: s\ntitle: x\nrules: [WAIT-001]\nsweep: {who: [%s]}\nsteps:\n- P: {fork: C}\n- P: {wait4: $who}\n"
    )
    (tmp_path / "both.yaml").write_text(sweep % "P, C")
    assert lint([tmp_path]) == []
    (tmp_path / "both.yaml").write_text(sweep % "P, init")
    assert [finding.message for finding in lint([tmp_path])] == ["`C` is forked and never used"]
