"""The command line: exit statuses, what goes where, and what stays when a run is cut short."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance import targets
from conformance.__main__ import main as begin
from conformance.case.model import Case
from conformance.cli import main
from conformance.commands.run import out_path
from conformance.commands.status import gravest
from conformance.publish.jsonl import read_results
from conformance.reference.releases import LATEST
from conformance.targets import TargetFailed, TargetOptions
from tests.fakes import CONFLICT, FAULT, REAPED, SWEEP, FakeTarget, buggy, dead, fake_kind, write_suite

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Add targets that misbehave, and leave out colours."""
    known = {**targets.KINDS, "buggy": buggy, "dead": dead}
    monkeypatch.setattr(targets, "KINDS", known)
    monkeypatch.setattr("conformance.commands.run.KINDS", known)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return known


@pytest.fixture
def suite(tmp_path: Path) -> str:
    """Make a suite in which a buggy kernel fails one case of five."""
    write_suite(tmp_path / "suite", REAPED, FAULT, SWEEP)
    return str(tmp_path / "suite")


def records(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_run_that_conforms(suite: str, capsys: Output) -> None:
    assert main(["run", suite, "--target", "reference"]) == 0
    out, err = capsys.readouterr()
    assert out == (
        f"reference: Linux {LATEST}, against Linux {LATEST} as waitconf knows it\n"
        "area   conforms  diverges  unsupported  cases\n"
        "area          5         ·            ·      5\n"
        "total         5         ·            ·      5\n\n"
    )
    assert err == ""


def test_a_divergence_is_explained_on_standard_output(suite: str, capsys: Output) -> None:
    assert main(["run", suite, "--target", "buggy"]) == 1
    out = capsys.readouterr().out
    assert "fault-reaps[buggy]: diverges (implementation)\n" in out
    assert "step 3  P: wait4 pid=C status=bad\n" in out
    assert "    C state\n      expected  gone\n      observed  zombie\n" in out
    assert "WAIT-002 [implementation] A bad status pointer costs the report.\n" in out
    assert "source: kernel_wait4; since Linux 2.6\n" in out
    assert f"again: waitconf run {suite}/area/some.yaml --case fault-reaps --target buggy\n" in out


def test_the_command_that_is_told_runs_that_case_alone(suite: str, capsys: Output) -> None:
    file = f"{suite}/area/some.yaml"
    assert main(["run", file, "--case", "fault-reaps", "--target", "buggy"]) == 1
    assert "total         ·         1            ·      1" in capsys.readouterr().out
    assert main(["run", file, "--case", "codes[1]", "--target", "reference", "--verbose"]) == 0
    assert "conforms     codes[1][reference]\n" in capsys.readouterr().out


def test_verbose_names_every_case(suite: str, capsys: Output) -> None:
    assert main(["run", suite, "--target", "reference", "-v"]) == 0
    assert capsys.readouterr().out.count("conforms     ") == 5


def test_out_has_a_record_of_everything(suite: str, tmp_path: Path, capsys: Output) -> None:
    out = tmp_path / "results.jsonl"
    argv = ["run", suite, "--target", "buggy", "--out", str(out)]
    assert main(argv) == 1
    header, *cases, footer = records(out)
    assert header["header"]["argv"] == ["waitconf", *argv]
    assert header["header"]["oracle"] == {"release": LATEST, "machine": "x86_64"}
    assert header["header"]["target"]["sysname"] == "Fake"
    assert header["header"]["suite"]["digest"].startswith("sha256:")
    assert [record["case"]["id"] for record in cases] == [
        "child-is-reaped",
        "fault-reaps",
        "codes[0]",
        "codes[1]",
        "codes[255]",
    ]
    assert [record["case"]["verdict"] for record in cases].count("conforms") == 4
    assert cases[1]["case"]["divergences"][0].keys() == {
        "step",
        "actor",
        "field",
        "expected",
        "observed",
        "rule",
    }
    assert footer["footer"]["complete"] is True
    assert read_results(out).faults == ()
    assert f"results: {out}\n" in capsys.readouterr().out


def test_several_targets_write_a_whole_file_each(suite: str, tmp_path: Path) -> None:
    out = tmp_path / "results.jsonl"
    arguments = ["--target", "reference", "--target", "buggy:a/b", "--target", "reference"]
    assert main(["run", suite, *arguments, "--out", str(out)]) == 1
    found = {path.name: read_results(path) for path in tmp_path.glob("*.jsonl")}
    assert sorted(found) == ["results.buggy-a-b.jsonl", "results.reference.jsonl"]
    assert all(results.faults == () and len(results.cases) == 5 for results in found.values())


@pytest.mark.parametrize(
    ("out", "targets_", "expected"),
    [("a/r.jsonl", 1, "a/r.jsonl"), ("a/r.jsonl", 2, "a/r.host.jsonl"), ("r", 2, "r.host")],
)
def test_where_results_go(out: str, targets_: int, expected: str) -> None:
    assert out_path(out, "host", targets_) == Path(expected)


def test_repeats(suite: str, capsys: Output, kinds: dict[str, Any]) -> None:
    made: list[FakeTarget] = []

    def fake(_argument: str, _options: TargetOptions) -> FakeTarget:
        made.append(FakeTarget())
        return made[-1]

    kinds["fake"] = fake_kind(fake)
    assert main(["run", suite, "--target", "fake", "--repeat", "3", "-k", "codes"]) == 0
    assert made[0].given == ["codes[0]"] * 3 + ["codes[1]"] * 3 + ["codes[255]"] * 3
    assert made[0].closed == 1
    assert "      3\n" in capsys.readouterr().out


def test_a_conflict_fails_and_blames_the_author(tmp_path: Path, capsys: Output) -> None:
    write_suite(tmp_path, CONFLICT)
    assert main(["run", str(tmp_path), "--target", "reference"]) == 1
    out = capsys.readouterr().out
    assert "author-errs[reference]: conflict (posix)" in out
    assert "author expects    exited(4)" in out


def test_only_some_failures_are_explained_unless_asked(tmp_path: Path, capsys: Output) -> None:
    conflicts = [CONFLICT.replace("author-errs", f"errs-{number}") for number in range(23)]
    write_suite(tmp_path, *conflicts)
    assert main(["run", str(tmp_path), "--target", "reference"]) == 1
    out = capsys.readouterr().out
    assert (out.count("author expects"), "… and 3 more" in out) == (20, True)
    assert main(["run", str(tmp_path), "--target", "reference", "--verbose"]) == 1
    assert capsys.readouterr().out.count("author expects") == 23


def stopping(kinds: dict[str, Any], stop: Callable[[], None]) -> None:
    """Add a target on which something happens when it is given ``codes[1]``, after three cases."""

    def before(case: Case) -> None:
        if case.id == "codes[1]":
            stop()

    def stops(_argument: str, _options: TargetOptions) -> FakeTarget:
        return FakeTarget(before=before, name="stops")

    kinds["stops"] = fake_kind(stops)


def test_ctrl_c_keeps_what_was_recorded(
    suite: str, tmp_path: Path, capsys: Output, kinds: dict[str, Any]
) -> None:
    stopping(kinds, lambda: os.kill(os.getpid(), signal.SIGINT))
    out = tmp_path / "r.jsonl"
    assert main(["run", suite, "--target", "stops", "--target", "reference", "--out", str(out)]) == 2
    results = read_results(tmp_path / "r.stops.jsonl")
    assert [fault.kind for fault in results.faults] == ["missing-footer"]
    assert len(results.cases) == 3
    shown = capsys.readouterr()
    assert "total         3" in shown.out
    assert "interrupted" in shown.err
    assert not (tmp_path / "r.reference.jsonl").exists()


def test_a_target_that_is_lost_keeps_what_was_recorded(
    suite: str, tmp_path: Path, capsys: Output, kinds: dict[str, Any]
) -> None:
    def lose() -> None:
        raise TargetFailed("it is gone")

    stopping(kinds, lose)
    out = tmp_path / "r.jsonl"
    assert main(["run", suite, "--target", "stops", "--out", str(out)]) == 3
    assert (read_results(out).complete, len(read_results(out).cases)) == (False, 3)
    shown = capsys.readouterr()
    assert ("total         3" in shown.out, "it is gone" in shown.err) == (True, True)


def test_a_target_that_does_not_start_does_not_stop_the_others(suite: str, capsys: Output) -> None:
    assert main(["run", suite, "--target", "dead", "--target", "reference"]) == 3
    shown = capsys.readouterr()
    assert "dead: it does not start" in shown.err
    assert "reference: Linux" in shown.out


def test_a_fault_of_waitconf_is_not_taken_for_a_divergence(
    suite: str, capsys: Output, kinds: dict[str, Any]
) -> None:
    def fault() -> None:
        raise ZeroDivisionError

    stopping(kinds, fault)
    assert main(["run", suite, "--target", "stops"]) == 3
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_full_disk_is_told(suite: str, capsys: Output) -> None:
    assert main(["run", suite, "--target", "reference", "--out", "/dev/full"]) == 3
    assert "/dev/full: cannot write the results: No space left on device" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "list", "trace"])
def test_nothing_selected(suite: str, command: str, capsys: Output) -> None:
    assert main([command, suite, "-k", "nothing-like-it"]) == 5
    assert "no case is selected" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["run", "/none/such"], "no such file or folder"),
        (["run", "-k", "a and"], "-k"),
        (["run", "--target", "hoost"], "there are buggy, command, dead, gvisor, host, qemu"),
        (["trace", "--target", "hoost"], "no such target"),
        (["run", "--out", "results.jsonl.gz"], "compress the file when it is whole"),
        (["run", "--target", "reference:1.0"], "1.0"),
        (["run", "--release", "2.4"], "2.4"),
        (["run", "--repeat", "0"], "positive number"),
        (["run", "-n", "x"], "positive number"),
        (["run", "--case", "a b"], "no case's id"),
        (["run", "--nonsense"], "unrecognized"),
        (["frobnicate"], "invalid choice"),
        ([], "required"),
    ],
)
def test_bad_usage(argv: list[str], message: str, suite: str, capsys: Output) -> None:
    words = [*argv[:1], suite, *argv[1:]] if len(argv) > 1 and not argv[1].startswith("/") else argv
    try:
        status = main(words)
    except SystemExit as left:
        status = int(str(left.code))
    assert status == 4
    shown = capsys.readouterr()
    assert (shown.out, message in shown.err) == ("", True)


def test_a_bad_case_file_is_placed(tmp_path: Path, capsys: Output) -> None:
    file = write_suite(tmp_path, REAPED, FAULT.replace("EFAULT", "EFAULTY"))
    for command in ("run", "list", "check", "trace", "rules"):
        assert main([command, str(tmp_path)]) == 4
        shown = capsys.readouterr()
        assert shown.out == ""
        assert shown.err.startswith(f"{file}:18:21: ")
        assert "did you mean `EFAULT`?" in shown.err


def test_help_teaches_by_examples(capsys: Output) -> None:
    for command in ("run", "list", "show", "trace", "check", "rules", "bench", "heatmap"):
        with pytest.raises(SystemExit) as left:
            main([command, "--help"])
        assert left.value.code == 0
        assert f"examples:\n  waitconf {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statuses", "expected"), [([0, 0], 0), ([0, 1], 1), ([1, 3], 3), ([3, 2, 1], 2), ([], 5)]
)
def test_the_gravest_status_stands_for_all(statuses: list[int], expected: int) -> None:
    assert gravest(statuses) == expected


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "conformance.cli", *words]


def test_workers_share_the_cases(suite: str, tmp_path: Path) -> None:
    cells = SWEEP.replace("[0, 1, 255]", str(list(range(100))))
    write_suite(Path(suite), REAPED, CONFLICT, cells)
    out = tmp_path / "r.jsonl"
    arguments = ["run", suite, "--target", "reference", "-n", "3", "--out", str(out)]
    done = subprocess.run(command(*arguments), check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.count("author expects") == 1
    results = read_results(out)
    assert (results.faults, results.counts()["conforms"]) == ((), 101)
    assert len({case["id"] for case in results.cases}) == 102


def test_a_reader_that_leaves_gets_no_traceback(suite: str) -> None:
    write_suite(Path(suite), SWEEP.replace("[0, 1, 255]", str(list(range(5000)))))
    with subprocess.Popen(command("list", suite), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == b"codes[0]  exit code 0\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 2


FULL = "waitconf: standard output: cannot write: No space left on device\n"


@pytest.mark.parametrize("cells", [3, 5000], ids=["a little", "more than is kept"])
def test_an_output_that_is_full_is_told(suite: str, cells: int) -> None:
    write_suite(Path(suite), SWEEP.replace("[0, 1, 255]", str(list(range(cells)))))
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command("list", suite), check=False, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert (done.returncode, done.stderr) == (3, FULL)


@pytest.mark.parametrize("words", [["--version"], ["run", "--help"]])
def test_help_that_finds_no_room_is_told(words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command(*words), check=False, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (3, FULL)


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_an_output_that_is_closed_is_told(suite: str, closed: str) -> None:
    redirected = f'exec "$@" {"12"[closed == "stderr"]}>&-'
    done = subprocess.run(
        ["sh", "-c", redirected, "sh", *command("list", suite)], check=False, capture_output=True, text=True
    )
    told = "waitconf: standard output or standard error is closed\n"
    assert (done.returncode, done.stdout + done.stderr) == (3, told)


class _Interrupting:
    """Finds modules as a user does who has changed his mind."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "conformance.cli":
            raise KeyboardInterrupt


def test_an_interrupt_while_modules_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "conformance.cli")
    monkeypatch.setattr(sys, "meta_path", [_Interrupting(), *sys.meta_path])
    assert begin() == 2


def test_data_in_a_pipe_is_plain(suite: str) -> None:
    done = subprocess.run(
        command("run", suite, "--target", "reference"), check=True, capture_output=True, text=True
    )
    assert "\x1b" not in done.stdout
    assert done.stderr == ""
