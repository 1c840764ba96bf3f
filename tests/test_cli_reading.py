"""The commands that look at cases: list, show, trace, check, rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.cli import main
from tests.fakes import CONFLICT, FAULT, REAPED, SWEEP, write_suite

Output = pytest.CaptureFixture[str]


@pytest.fixture
def suite(tmp_path: Path) -> str:
    """Make a suite of five cases, three of them the cells of a sweep."""
    write_suite(tmp_path / "suite", REAPED, FAULT, SWEEP)
    return str(tmp_path / "suite")


def test_list(suite: str, capsys: Output) -> None:
    assert main(["list", suite, "-k", "codes or reaped"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "child-is-reaped  wait4 reaps",
        "codes[0]  exit code 0",
        "codes[1]  exit code 1",
        "codes[255]  exit code 255",
    ]


def test_show(suite: str, capsys: Output) -> None:
    assert main(["show", "fault-reaps", suite]) == 0
    out = capsys.readouterr().out
    assert out.startswith("fault-reaps\n  wait4 with a bad")
    assert "  WAIT-001 [posix] wait4 reaps the child that ended.\n" in out
    assert "│◁ ret=-1 errno=EFAULT" in out
    assert main(["show", "codes", suite]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("codes[0]\n")
    assert "3 cells" in shown.err
    assert main(["show", "fault-reap", suite]) == 5
    assert "did you mean `fault-reaps`?" in capsys.readouterr().err


def test_a_case_that_cannot_be_drawn_is_placed(tmp_path: Path, capsys: Output) -> None:
    file = write_suite(tmp_path, REAPED.replace("- C: {exit: 3}", "- C: pause\n  - C: {exit: 3}"))
    assert main(["show", "child-is-reaped", str(tmp_path)]) == 4
    assert capsys.readouterr().err.startswith(f"{file}:7:5: step 3: C is blocked")


def test_trace(suite: str, capsys: Output) -> None:
    assert main(["trace", suite, "--target", "reference", "-k", "reaped"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert (found["id"], found["target"], found["status"]) == ("child-is-reaped", "reference", "ok")
    assert [step["call"] for step in found["steps"]] == ["fork child=C", "exit code=3", "wait4 pid=C"]
    assert found["steps"][2]["events"] == [
        {
            "actor": "P",
            "kind": "returned",
            "call": "wait4",
            "fields": {"ret": "C", "status": "exited(3)"},
        }
    ]
    assert found["steps"][1]["states"][2] == {
        "actor": "C",
        "state": "zombie",
        "call": "",
        "ppid": "P",
        "pgid": "P",
        "sid": "init",
    }


def test_check(suite: str, tmp_path: Path, capsys: Output) -> None:
    area = str(Path(suite) / "area")
    assert main(["check", area]) == 0
    assert capsys.readouterr().out == "5 cases, 0 findings, 0 conflicts\n"
    assert main(["check", suite]) == 1, "the whole suite lacks neighbours"
    assert "rules.yaml:10:7: no case is a neighbour of WAIT-003" in capsys.readouterr().out
    file = write_suite(tmp_path / "other", REAPED, CONFLICT)
    assert main(["check", str(file)]) == 1
    out = capsys.readouterr().out
    assert "author expects    exited(4)" in out
    assert out.endswith("2 cases, 0 findings, 1 conflicts\n")


def test_check_tells_what_the_linter_finds(tmp_path: Path, capsys: Output) -> None:
    late = REAPED.replace("  - C: {exit: 3}\n", "  - C: {exit: 3}\n  - C: pause\n")
    write_suite(tmp_path, late)
    assert main(["check", str(tmp_path)]) == 1
    assert "some.yaml:7:" in capsys.readouterr().out


def test_rules(suite: str, capsys: Output) -> None:
    assert main(["rules", suite]) == 0
    out = capsys.readouterr().out
    assert "WAIT-001 [posix] wait4 reaps the child that ended.\n    source: wait(2), DESCRIPTION\n" in out
    assert "    child-is-reaped\n    fault-reaps\n    codes (3 cells)\n" in out
    assert out.index("Rules without evidence") < out.index("WAIT-003") > out.index("WAIT-002")
    assert out.endswith("3 rules, 1 without evidence, 3 without neighbour\n")


NEIGHBOUR = REAPED.replace("id: child-is-reaped", "id: edge").replace(
    "steps:", "neighbour_of: [WAIT-002, WAIT-003]\nsteps:"
)
SILENT = REAPED.replace("id: child-is-reaped", "id: silent").replace(
    "    expect: {ret: C, status: exited(3)}\n", ""
)


def test_rules_with_their_neighbours(tmp_path: Path, capsys: Output) -> None:
    edges = SWEEP.replace("id: codes", "id: edges").replace(
        "[WAIT-001]", "[WAIT-002]\nneighbour_of: [WAIT-001]"
    )
    write_suite(tmp_path, NEIGHBOUR, SILENT, edges)
    assert main(["rules", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "    edge\n    silent (no expect)\n    neighbour: edges (3 cells)\n" in out
    assert "    edges (3 cells)\n    neighbour: edge\n" in out
    assert out.endswith("    neighbour: edge\n\n3 rules, 1 without evidence, 0 without neighbour\n")
    assert main(["rules", str(tmp_path), "--json"]) == 0
    first, second, third = json.loads(capsys.readouterr().out)
    assert first["evidence"] == {"edge": 1, "silent": 1}
    assert (first["expected_by"], first["sweeps"], first["neighbours"]) == (["edge"], {}, {"edges": 3})
    assert (second["expected_by"], second["sweeps"], second["neighbours"]) == ([], {"edges": 3}, {"edge": 1})
    assert (third["evidence"], third["neighbours"]) == ({}, {"edge": 1})


def test_rules_as_json(suite: str, capsys: Output) -> None:
    assert main(["rules", suite, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(rule["id"], rule["evidence"]) for rule in found] == [
        ("WAIT-001", {"child-is-reaped": 1, "fault-reaps": 1, "codes": 3}),
        ("WAIT-002", {"fault-reaps": 1}),
        ("WAIT-003", {}),
    ]
    assert found[1]["since"] == "2.6"


LEADER_FIRST = """\
id: leader-first
title: The siginfo of a process whose first thread ended before another tells how the other did
rules: [ZOMBIE-106]
steps:
  - P: {sigaction: {sig: SIGCHLD, handler: log}}
  - P: {fork: C}
  - C: {thread: T}
  - C: {exit: 3}
  - T: {exit: 4}
"""
ITS_RULES = """\
- id: ZOMBIE-106
  statement: SIGCHLD tells what a wait tells.
  level: implementation
  source: kernel/signal.c do_notify_parent
  since: "6.15"
"""


@pytest.fixture
def of_threads(tmp_path: Path) -> str:
    """Make a suite of one case, about something that Linux does since 6.15."""
    write_suite(tmp_path, LEADER_FIRST)
    (tmp_path / "rules.yaml").write_text(ITS_RULES, encoding="utf-8")
    return str(tmp_path)


def test_diff_releases(of_threads: str, capsys: Output) -> None:
    assert main(["diff-releases", "6.14", "6.15", of_threads]) == 0
    out = capsys.readouterr().out
    assert "ZOMBIE-106 [implementation] SIGCHLD tells what a wait tells.\n" in out
    assert "    since Linux 6.15; before: SIGCHLD about a process whose leader died" in out
    assert "    leader-first\n" in out
    assert "changes that a case can see, from Linux 6.14 to 6.15\n" in out


def test_diff_releases_as_json(of_threads: str, capsys: Output) -> None:
    assert main(["diff-releases", "6.12", "6.15", of_threads, "--json"]) == 0
    told = {change["rules"][0]: change for change in json.loads(capsys.readouterr().out)}
    assert told["ZOMBIE-106"]["cases"] == ["leader-first"]
    assert told["PIDFD-120"]["since"] == "6.13"
    assert main(["diff-releases", "6.12", "6.12.117", of_threads, "--json"]) == 0
    assert all(change["backports"] for change in json.loads(capsys.readouterr().out))


@pytest.mark.parametrize(
    ("older", "newer", "said"),
    [
        ("6.1", "6.0", "6.1 is not older than 6.0"),
        ("6.1", "6.1", "6.1 is not older than 6.1"),
        ("4.19", "6.1", "knows Linux 5.0 to"),
        ("six", "6.1", "knows Linux 5.0 to"),
    ],
)
def test_diff_releases_of_what_is_no_pair(older: str, newer: str, said: str, capsys: Output) -> None:
    assert main(["diff-releases", older, newer]) == 4
    assert said in capsys.readouterr().err
