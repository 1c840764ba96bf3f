"""The plugin in a pytest of its own: what is collected, how it is judged and told."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from conformance.pytest_plugin.parts import PART, parts
from tests.fakes import CONFLICT, FAULT, REAPED, SWEEP, write_suite

ROOT = Path(__file__).resolve().parent.parent

Run = Callable[..., "subprocess.CompletedProcess[str]"]

BUGGY = """\
from conformance import targets
from conformance.executor.outcome import without_trace
from tests.fakes import FakeTarget, buggy, fake_kind

MUTE = {"codes[1]": [without_trace("unsupported", "needs more")]}

def mute(argument, options):
    return FakeTarget(outcomes=MUTE, name="mute")

def counting(argument, options):
    def before(case):
        with open("given.txt", "a") as file:
            file.write(case.id + "\\n")
    return FakeTarget(before=before, name="counting")

def lost(argument, options):
    def before(case):
        if case.id == "codes[1]":
            raise targets.TargetFailed("it is gone")
    return FakeTarget(before=before, name="lost")

targets.KINDS = {**targets.KINDS, "buggy": buggy} | {
    start.__name__: fake_kind(start) for start in (mute, counting, lost)
}
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a function that runs pytest in ``tmp_path`` with the plugin and some targets."""
    (tmp_path / "odd_targets.py").write_text(BUGGY, encoding="utf-8")
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    variables |= {"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    def pytest_there(*words: str) -> subprocess.CompletedProcess[str]:
        plugins = ["-p", "odd_targets", "-p", "conformance.pytest_plugin"]
        fixed = ["-c", os.devnull, "--rootdir", str(tmp_path), "-p", "no:cacheprovider", "-W", "error"]
        command = [sys.executable, "-m", "pytest", *plugins, *fixed, *words]
        return subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=tmp_path, env=variables
        )

    return pytest_there


def test_cases_are_items_named_by_case_and_target(run: Run, tmp_path: Path) -> None:
    write_suite(tmp_path / "cases", REAPED, SWEEP)
    done = run("cases", "--collect-only", "-q", "--target=reference", "--target=buggy")
    assert done.stdout.splitlines()[:8] == [
        f"cases/area/some.yaml::{name}[{target}]"
        for target in ("reference", "buggy")
        for name in ("child-is-reaped", "codes[0]", "codes[1]", "codes[255]")
    ]


def test_conforming_cases_pass(run: Run, tmp_path: Path) -> None:
    write_suite(tmp_path / "cases", REAPED, FAULT, SWEEP)
    done = run("cases", "--target=reference")
    assert (done.returncode, "5 passed" in done.stdout, done.stderr) == (0, True, "")


def test_a_divergence_fails_with_the_text_of_the_command_line(run: Run, tmp_path: Path) -> None:
    write_suite(tmp_path / "cases", REAPED, FAULT)
    done = run("cases", "--target=buggy")
    assert (done.returncode, "1 failed, 1 passed" in done.stdout) == (1, True)
    assert "_ fault-reaps[buggy] _" in done.stdout
    assert "fault-reaps[buggy]: diverges (implementation)\n" in done.stdout
    assert "    C state\n      expected  gone\n      observed  zombie\n" in done.stdout
    assert "again: waitconf run cases/area/some.yaml --case fault-reaps --target buggy\n" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_conflict_fails(run: Run, tmp_path: Path) -> None:
    write_suite(tmp_path / "cases", CONFLICT)
    done = run("cases", "--target=reference")
    assert done.returncode == 1
    assert "author-errs[reference]: conflict" in done.stdout


def test_an_unsupported_case_is_skipped_with_the_reason(run: Run, tmp_path: Path) -> None:
    write_suite(tmp_path / "cases", REAPED, SWEEP)
    done = run("cases", "--target=mute", "-rs")
    assert (done.returncode, "3 passed, 1 skipped" in done.stdout) == (0, True)
    assert "needs more" in done.stdout


def test_a_case_is_placed_and_described_in_reports(run: Run, tmp_path: Path) -> None:
    write_suite(tmp_path / "cases", REAPED, FAULT)
    run("cases", "--target=buggy", "--junitxml=junit.xml")
    root = ET.parse(tmp_path / "junit.xml").getroot()
    found = {test.get("name"): test for test in root.iter("testcase")}
    properties = [(one.get("name"), one.get("value")) for one in found["fault-reaps[buggy]"].iter("property")]
    assert ("verdict", "diverges") in properties
    assert ("rule", "WAIT-002") in properties
    assert found["child-is-reaped[buggy]"].find("failure") is None
    verbose = run("cases", "--target=reference", "-v").stdout
    assert "cases/area/some.yaml::fault-reaps[reference] PASSED" in verbose


def test_a_bad_file_is_an_error_with_its_place(run: Run, tmp_path: Path) -> None:
    file = write_suite(tmp_path / "cases", REAPED.replace("wait4: C", "wait5: C"))
    done = run("cases", "--target=reference")
    assert done.returncode == 2
    assert f"{file}:7:9: " in done.stdout
    assert "did you mean `wait4`?" in done.stdout


@pytest.mark.parametrize(
    "rules",
    [None, "groups:\n  - name: alerts\n    rules: []\n", "- id: something\n  else: true\n"],
)
def test_other_yaml_is_left_alone(run: Run, tmp_path: Path, rules: str | None) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "some.yaml").write_text(REAPED, encoding="utf-8")
    if rules:
        (tmp_path / "other" / "rules.yaml").write_text(rules, encoding="utf-8")
    done = run("other")
    assert (done.returncode, "no tests ran" in done.stdout) == (5, True)


def test_rules_are_no_cases(run: Run, tmp_path: Path) -> None:
    file = write_suite(tmp_path / "cases", REAPED)
    (tmp_path / "cases" / "rules").mkdir()
    (tmp_path / "cases" / "rules.yaml").rename(tmp_path / "cases" / "rules" / "wait.yaml")
    done = run("cases", "--target=reference")
    assert (done.returncode, "1 passed" in done.stdout, file.exists()) == (0, True, True)


def test_an_unknown_target_is_bad_usage(run: Run) -> None:
    done = run("--target=hoost")
    assert done.returncode == 4
    assert "hoost: no such target; there are buggy, command, counting, gvisor, host, lost" in done.stderr


def test_selection_runs_nothing_else(run: Run, tmp_path: Path) -> None:
    write_suite(tmp_path / "cases", REAPED, FAULT, SWEEP)
    done = run("cases", "--target=counting", "-k", "codes and not 255")
    assert "2 passed, 3 deselected" in done.stdout
    assert (tmp_path / "given.txt").read_text(encoding="utf-8").split() == ["codes[0]", "codes[1]"]


def test_a_lost_target_fails_what_it_did_not_run(run: Run, tmp_path: Path) -> None:
    write_suite(tmp_path / "cases", REAPED, SWEEP)
    done = run("cases", "--target=lost", "--target=reference")
    assert done.returncode == 1
    assert "codes[1][lost]" in done.stdout
    assert "it is gone" in done.stdout
    assert "Error" not in done.stdout, done.stdout
    assert "reference" not in "".join(line for line in done.stdout.splitlines() if line.startswith("FAILED"))


def test_an_item_that_runs_twice_is_run_twice(run: Run, tmp_path: Path) -> None:
    write_suite(tmp_path / "cases", REAPED, SWEEP)
    again = "def pytest_runtest_call(item):\n    item.name == 'codes[1][counting]' and item.runtest()\n"
    (tmp_path / "again.py").write_text(again, encoding="utf-8")
    done = run("cases", "--target=counting", "-p", "again")
    assert (done.returncode, "4 passed" in done.stdout) == (0, True)
    given = (tmp_path / "given.txt").read_text(encoding="utf-8").split()
    assert sorted(given) == ["child-is-reaped", "codes[0]", "codes[1]", "codes[1]", "codes[255]"]


def test_workers_of_xdist_run_each_case_once(run: Run, tmp_path: Path) -> None:
    cells = SWEEP.replace("[0, 1, 255]", str(list(range(PART + 10))))
    write_suite(tmp_path / "cases", REAPED, cells)
    done = run("cases", "--target=counting", "-p", "xdist", "-n", "2")
    assert (done.returncode, f"{PART + 11} passed" in done.stdout) == (0, True), done.stdout
    given = (tmp_path / "given.txt").read_text(encoding="utf-8").split()
    assert len(given) == len(set(given)) == PART + 11


def test_xdist_deals_other_tests_out_as_ever(run: Run, tmp_path: Path) -> None:
    write_suite(tmp_path / "cases", REAPED, SWEEP)
    (tmp_path / "test_other.py").write_text("def test_it():\n    pass\n", encoding="utf-8")
    done = run("cases", "test_other.py", "--target=reference", "-p", "xdist", "-n", "2")
    assert (done.returncode, "5 passed" in done.stdout) == (0, True), done.stdout


def test_the_plugin_imports_nothing_until_there_is_a_case_file() -> None:
    code = "import conformance.pytest_plugin, sys; print([m for m in sys.modules if 'conformance.' in m])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "['conformance.pytest_plugin']"


def test_parts_are_cut_by_file_and_target_in_the_order_of_items() -> None:
    ids = [f"a.yaml::c{number}[{target}]" for target in ("x", "y") for number in range(PART + 1)]
    found = parts([*ids, "b.yaml::c[x]", "test_a.py::test[x]"])
    assert found[ids[0]] == found[ids[PART - 1]] == ("a.yaml", "x]", 0)
    assert found[ids[PART]] == ("a.yaml", "x]", 1)
    assert found[ids[PART + 1]] == ("a.yaml", "y]", 0)
    assert found["b.yaml::c[x]"] == ("b.yaml", "x]", 0)
    assert "test_a.py::test[x]" not in found
