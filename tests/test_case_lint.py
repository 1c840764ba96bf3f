"""The static checks of ``waitconf check``: each finds its mistake, and leaves good cases alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.case.lint import lint, lint_case
from conformance.case.loader import load_text
from conformance.case.suite import bundled

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
            "- P: {thread: T}\n- T: exec\n- T: pause\n",
            "f:7:3: `T` cannot make a call after the exec in line 6",
        ),
        (
            "- P: setresgid\n- P: {setresuid: {suid: 0}}\n",
            "f:6:3: setresuid to an id takes root: add `requires: [uids]`",
        ),
        (
            "- P: pause\n  rule: WAIT-002\n",
            "f:5:3: the step is about WAIT-002, which the case's `rules` do not name",
        ),
    ],
)
def test_finds(steps: str, message: str) -> None:
    assert findings(steps) == [message]


def test_ids_may_change_where_that_is_required() -> None:
    (case,) = load_text("requires: [uids]\n" + HEAD + "- P: {setresgid: {sgid: 0}}\n", "f")
    assert list(lint_case(case)) == []


@pytest.mark.parametrize(
    "steps",
    [
        "- P: {fork: C}\n- C: {exit: 1}\n- P: {wait4: C}\n  rule: WAIT-001\n",
        "- P: {fork: C}\n- P: {wait4: -1}\n",
        "- P: {fork: C}\n- P: waitid\n",
        "- P: {thread: T}\n- T: {thread: U}\n- P: {exit: 1}\n- U: exec\n- P: pause\n",
        "- P: {clone: {child: T, flags: 0x10900}}\n- P: exit\n- T: exec\n- P: pause\n",
        "- P: {clone3: {child: C, flags: CLONE_NEWPID}}\n- C: {kill: {pid: C, sig: SIGKILL}}\n- C: getppid\n",
        "- P: unshare_pid\n- P: {fork: C}\n- C: {kill: {pid: C, sig: SIGKILL}}\n- C: getppid\n",
        "- P: {fork: C}\n- C: {kill: {pid: P, sig: SIGKILL}}\n  expect: {errno: ESRCH}\n- P: getppid\n",
        "- P: {clone3: {child: C, set_tid: P}}\n  expect: {errno: EEXIST}\n",
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


RULES = "".join(
    f"- {{id: {rule}, statement: x, level: posix, source: x}}\n" for rule in ("WAIT-001", "KILL-002")
)
EXPECTING = "- P: {wait4: -1}\n  expect: {errno: ECHILD}\n"
NO_CASE = "no hand-written case with `expect` is evidence for %s"
NO_NEIGHBOUR = "no case is a neighbour of %s (`neighbour_of`)"


def suite(folder: Path, *cases: str) -> Path:
    """Make a suite of two rules; each case is given without its id and title."""
    (folder / "rules.yaml").write_text(RULES)
    (folder / "area").mkdir()
    texts = (f"id: c{index}\ntitle: x\n{text}" for index, text in enumerate(cases))
    (folder / "area" / "some.yaml").write_text("---\n".join(texts))
    return folder


def said(*paths: Path) -> list[tuple[int, str]]:
    return [(finding.mark.line, finding.message) for finding in lint(paths)]


SHOWN = f"rules: [WAIT-001]\nneighbour_of: [KILL-002]\nsteps:\n{EXPECTING}"


def test_a_rule_wants_a_case_and_a_neighbour(tmp_path: Path) -> None:
    """Of each rule both are missed, at the rule's place."""
    folder = suite(tmp_path, SHOWN)
    assert said(folder) == [(1, NO_NEIGHBOUR % "WAIT-001"), (2, NO_CASE % "KILL-002")]


@pytest.mark.parametrize(
    ("case", "is_enough"),
    [
        (f"rules: [KILL-002]\nsteps:\n{EXPECTING}", True),
        (f"rules: [KILL-002]\nsteps:\n{EXPECTING}  rule: KILL-002\n", True),
        (f"rules: [KILL-002, WAIT-001]\nsteps:\n{EXPECTING}- P: pause\n  rule: KILL-002\n", False),
        ("rules: [KILL-002]\nsteps:\n- P: {wait4: -1}\n", False),
        (f"rules: [KILL-002]\nsweep: {{a: [1, 2]}}\nsteps:\n{EXPECTING}- P: {{exit: $a}}\n", False),
    ],
    ids=["expects", "expects at its step", "expects elsewhere", "expects nothing", "sweep"],
)
def test_what_is_evidence_enough(case: str, is_enough: bool, tmp_path: Path) -> None:
    folder = suite(tmp_path, SHOWN, case)
    assert ((2, NO_CASE % "KILL-002") not in said(folder)) == is_enough


def test_a_cell_can_be_a_neighbour(tmp_path: Path) -> None:
    """Neighbours may come from a sweep, and need no `expect`: the reference kernel judges them."""
    sweep = "rules: [KILL-002]\nneighbour_of: [WAIT-001]\nsweep: {a: [1, 2]}\nsteps:\n- P: {exit: $a}\n"
    assert said(suite(tmp_path, SHOWN, sweep)) == [(2, NO_CASE % "KILL-002")]


def test_only_a_whole_suite_can_miss_a_case(tmp_path: Path) -> None:
    """A file or an area says nothing about what the rest of the suite shows; rules alone do not either."""
    folder = suite(tmp_path, SHOWN)
    assert said(folder / "area") == said(folder / "area" / "some.yaml") == []
    (folder / "rules").mkdir()
    (folder / "rules.yaml").rename(folder / "rules" / "some.yaml")
    assert said(folder / "area") == said(folder / "rules") == []
    assert len(said(folder)) == 2


def test_the_bundled_suite_misses_nothing() -> None:
    """Every rule has a hand-written case that expects it and a neighbour; no case is doubtful."""
    assert [str(finding) for finding in lint([bundled()])] == []


def test_an_actor_that_only_some_cells_use_is_used(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("- {id: WAIT-001, statement: x, level: posix, source: wait(2)}\n")
    sweep = (
        "id: s\ntitle: x\nrules: [WAIT-001]\nsweep: {who: [%s]}\nsteps:\n- P: {fork: C}\n- P: {wait4: $who}\n"
    )
    (tmp_path / "both.yaml").write_text(sweep % "P, C")
    assert lint([tmp_path / "both.yaml"]) == []
    (tmp_path / "both.yaml").write_text(sweep % "P, init")
    assert [finding.message for finding in lint([tmp_path / "both.yaml"])] == ["`C` is forked and never used"]
