"""Expectation files: what they say, when they count, and how a run keeps them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance import targets
from conformance.case.errors import UsageError
from conformance.cli import main
from conformance.commands.expectations import expectation_text
from conformance.publish.jsonl import read_results
from conformance.verdict.expectation_files import bundled, expectations_for
from conformance.verdict.foreseen import Expectations, Foreseen, read_foreseen
from conformance.verdict.model import CaseResult, Divergence
from tests.fakes import FAULT, REAPED, buggy, case, write_suite

Output = pytest.CaptureFixture[str]

LINUX = {"kind": "host", "release": "6.12.117", "machine": "x86_64"}
ONE = Foreseen(("a-*",), "diverges", "it is old", "a report")
DIFFERS = CaseResult(
    replace(case(REAPED), id="a-case"),
    "diverges",
    "posix",
    1,
    (Divergence(2, "P", "errno", "EINTR", "EIO", "X"),),
)
CONFORMS = replace(DIFFERS, verdict="conforms", divergences=())

TABLE = """\
[[expect]]
cases = "a-*"
verdict = "diverges"
reason = "it is old"
bug = "a report"
"""


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {**targets.KINDS, "buggy": buggy}
    monkeypatch.setattr(targets, "KINDS", known)
    monkeypatch.setattr("conformance.commands.run.KINDS", known)
    monkeypatch.delenv("FORCE_COLOR", raising=False)


@pytest.mark.parametrize(
    ("change", "result", "met"),
    [
        ({}, DIFFERS, True),
        ({}, CONFORMS, False),
        ({"steady": False}, CONFORMS, True),
        ({"verdict": "hung"}, DIFFERS, False),
        ({"verdict": "hung", "steady": False}, DIFFERS, True),
        ({"verdict": "hung", "steady": False}, CONFORMS, True),
        ({"steady": False}, replace(DIFFERS, verdict="hung"), False),
        ({"seen": "step 2: P errno EIO"}, DIFFERS, True),
        ({"seen": "step 2: P errno EINVAL"}, DIFFERS, False),
        ({"cases": ("b", "a-case")}, DIFFERS, True),
        ({"cases": ("b*",)}, DIFFERS, None),
        ({"cases": ("*[x]",)}, DIFFERS, None),
        ({"machine": "riscv64"}, DIFFERS, None),
        ({"release": ">=6.12"}, DIFFERS, True),
        ({"release": "<6.12"}, DIFFERS, None),
        ({"release": "<=6.12"}, DIFFERS, True),
        ({"release": ">6.12"}, DIFFERS, None),
        ({"release": ">6.12.100,<7"}, DIFFERS, None),
        ({"release": "=6.12"}, DIFFERS, True),
        ({"release": ">5.10, <7.0"}, DIFFERS, True),
        ({}, replace(DIFFERS, verdict="unsupported", divergences=()), None),
    ],
)
def test_an_expectation_is_met_or_not_or_about_something_else(
    change: dict[str, Any], result: CaseResult, met: bool | None
) -> None:
    judged = Expectations([replace(ONE, **change)], LINUX).judge(result)
    assert (judged.expectation and judged.expectation.met) is met
    assert judged.is_bad == (result.verdict == "diverges" if met is None else not met)


def test_the_first_that_names_a_case_counts() -> None:
    judged = Expectations([ONE, replace(ONE, verdict="hung")], LINUX).judge(DIFFERS)
    assert not judged.is_bad


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            TABLE.replace('reason = "it is old"\n', ""),
            "x.toml:1: `reason` is missing or empty: say in a sentence",
        ),
        (TABLE.replace("a report", " "), "x.toml:1: `bug` is missing or empty"),
        (TABLE + "\n" + TABLE.replace("diverges", "conforms"), "x.toml:7: `conforms` is not to be expected"),
        (TABLE.replace('"a-*"', "[]"), "x.toml:1: `cases` is missing or empty"),
        (TABLE.replace('"a-*"', '["a", 1]'), "x.toml:1: `cases` is missing or empty"),
        (TABLE + "relaese = '5.10'\n", "x.toml:1: `relaese` is no key"),
        (TABLE + "release = '5.10'\n", "release `5.10`: a bound is >=,"),
        (TABLE + "steady = 1\n", "`steady` is true or false"),
        (TABLE + "seen = 1\n", "`seen` must be a text"),
        ("[[expect]]\ncases = \n", "x.toml:2:9: Invalid value"),
        ("[expect]\ncases = 'a'\n", "is a list of"),
        ("a = 1\n", "what is a?"),
    ],
)
def test_a_malformed_file_is_told_with_its_line(text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        read_foreseen(text, "x.toml")
    assert message in str(error.value)


def test_a_file_that_is_written_reads_as_it_was() -> None:
    odd = replace(
        ONE,
        cases=("a", "b[*]"),
        reason='a "quote", a \\ and a \u2026',
        seen="x",
        release=">=6.1",
        steady=False,
    )
    again = read_foreseen(expectation_text([ONE, odd]), "x")
    assert [replace(one, place="") for one in again] == [ONE, odd]


@pytest.mark.parametrize("kind", sorted(targets.KINDS))
def test_the_files_that_come_with_waitconf_are_sound(kind: str) -> None:
    assert all(one.reason and one.bug for one in bundled(kind))
    expectations_for({"kind": kind})


def run(suite: Path, *words: str) -> int:
    return main(["run", str(suite), "--target", "buggy", *words])


def test_a_run_is_as_good_as_its_expectations(tmp_path: Path, capsys: Output) -> None:
    suite, own, out = (
        write_suite(tmp_path / "suite", REAPED, FAULT),
        tmp_path / "own.toml",
        tmp_path / "out.jsonl",
    )
    assert run(suite, "--out", str(out)) == 1
    assert main(["update-expectations", str(out), "--file", str(own)]) == 0
    assert "0 kept, 0 dropped, 1 new" in capsys.readouterr().err
    assert run(suite, "--expectations", str(own)) == 4
    assert f"{own}:3: `reason` is missing or empty" in capsys.readouterr().err
    own.write_text(own.read_text().replace('= ""', '= "because"'))
    assert run(suite, "--expectations", str(own), "--out", str(out)) == 0
    assert "1 of these differ as is known of this target" in capsys.readouterr().out
    assert run(suite, "--expectations", str(own), "-v") == 0
    assert "as is known: because (because)" in capsys.readouterr().out
    (expected,) = [one["expectation"] for one in read_results(out).cases if "expectation" in one]
    assert expected == {"verdict": "diverges", "reason": "because", "bug": "because", "met": True}
    assert main(["update-expectations", str(out), "--file", str(own)]) == 0
    assert "1 kept, 0 dropped, 0 new" in capsys.readouterr().err


def test_an_expectation_that_does_not_come_true_is_red(tmp_path: Path, capsys: Output) -> None:
    suite, own, out = write_suite(tmp_path / "suite", REAPED), tmp_path / "own.toml", tmp_path / "out.jsonl"
    own.write_text(TABLE.replace("a-*", "*"))
    assert run(suite, "--expectations", str(own), "--out", str(out)) == 1
    assert "not as expected: diverges, for it is old (a report)" in capsys.readouterr().out
    assert main(["update-expectations", str(out), "--file", str(own)]) == 0
    assert "0 kept, 1 dropped, 0 new" in capsys.readouterr().err
    assert run(suite, "--expectations", str(own)) == 0


def test_a_file_that_is_not_there_is_told(tmp_path: Path, capsys: Output) -> None:
    suite = write_suite(tmp_path / "suite", REAPED)
    assert run(suite, "--expectations", str(tmp_path / "none.toml")) == 4
    assert "none.toml: cannot be read" in capsys.readouterr().err
