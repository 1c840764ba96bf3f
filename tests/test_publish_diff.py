"""What ``waitconf diff`` finds between two runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.cli import main
from conformance.publish.diff import KINDS, Difference, difference
from conformance.publish.jsonl import read_results
from conformance.publish.recorded import read_cases
from tests.results_files import DIVERGENCE, MET, UNMET, case, cells, write_file

Output = pytest.CaptureFixture[str]
Records = list[dict[str, Any]]

GOOD = case("a")
FAILS = case("a", "diverges", divergences=[DIVERGENCE])
FAILS_OTHERWISE = case("a", "diverges", divergences=[DIVERGENCE | {"observed": 9}])
KNOWN = case("a", "diverges", divergences=[DIVERGENCE], expectation=MET)
HEALED = case("a", expectation=UNMET)
MUTE = case("a", "unsupported", text="needs more")


@pytest.fixture(autouse=True)
def _no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def compared(tmp_path: Path, old: Records, new: Records) -> Difference:
    sides = [write_file(tmp_path / name, *records) for name, records in (("old", old), ("new", new))]
    before, after = (read_cases(read_results(Path(path))) for path in sides)
    return difference(before, after)


def kinds(found: Difference) -> dict[str, list[str]]:
    every = {kind: [change.name for change in getattr(found, kind)] for kind in KINDS}
    return {kind: names for kind, names in every.items() if names}


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (GOOD, FAILS, "regressions"),
        (GOOD, HEALED, "regressions"),
        (KNOWN, HEALED, "regressions"),
        (KNOWN, FAILS, "regressions"),
        (KNOWN, case("a", "hung", expectation=UNMET), "regressions"),
        (None, FAILS, "new_failures"),
        (MUTE, FAILS, "new_failures"),
        (FAILS, GOOD, "fixed"),
        (KNOWN, GOOD, "fixed"),
        (HEALED, GOOD, "fixed"),
        (FAILS, FAILS_OTHERWISE, "changed"),
        (FAILS, case("a", "hung"), "changed"),
        (FAILS, KNOWN, "changed"),
        (GOOD, KNOWN, "changed"),
        (FAILS, MUTE, "changed"),
        (GOOD, MUTE, "changed"),
        (MUTE, GOOD, "changed"),
        (GOOD, None, "vanished"),
        (FAILS, None, "vanished"),
        (None, GOOD, "appeared"),
        (None, KNOWN, "appeared"),
        (GOOD, case("a", duration_us=9, level="documented"), ""),
        (FAILS, FAILS, ""),
        (MUTE, case("a", "unsupported", text="says it otherwise"), ""),
    ],
)
def test_what_becomes_of_a_case(
    tmp_path: Path, old: dict[str, Any] | None, new: dict[str, Any] | None, kind: str
) -> None:
    found = compared(tmp_path, [old] if old else [], [new] if new else [])
    assert kinds(found) == ({kind: ["a"]} if kind else {})
    assert found.worse == (kind in ("regressions", "new_failures"))
    assert found.same == (kind == "")


FOLDED = cells("s", 10)
ROW = [case(f"s[{n}]") for n in range(10)]
LAME = [case("s[3]", "diverges"), *ROW[:3], *ROW[4:]]


@pytest.mark.parametrize(
    ("old", "new", "expected", "same"),
    [
        (ROW, [FOLDED], {}, 10),
        ([FOLDED], ROW, {}, 10),
        ([FOLDED], [FOLDED], {}, 10),
        ([FOLDED], [cells("s", 9), case("s[3]", "diverges")], {"regressions": ["s[3]"]}, 9),
        ([FOLDED], LAME, {"regressions": ["s[3]"]}, 9),
        (LAME, [FOLDED], {"fixed": ["s[3]"]}, 9),
        (ROW, [cells("s", 9), case("s[3]", "diverges")], {"regressions": ["s[3]"]}, 9),
        ([FOLDED], [], {"vanished": ["s[…]"]}, 0),
        ([], [FOLDED], {"appeared": ["s[…]"]}, 0),
        ([case("s")], [FOLDED], {"vanished": ["s"], "appeared": ["s[…]"]}, 0),
    ],
)
def test_cells_that_a_folded_file_does_not_name_conformed(
    tmp_path: Path, old: Records, new: Records, expected: dict[str, list[str]], same: int
) -> None:
    found = compared(tmp_path, old, new)
    assert (kinds(found), found.same, found.resized) == (expected, same, ())


def test_a_folded_sweep_of_another_size(tmp_path: Path) -> None:
    found = compared(tmp_path, [FOLDED], [cells("s", 8), case("s[3]")])
    assert [tuple(sweep) for sweep in found.resized] == [("s", 10, 9)]
    assert found.same == 9


LAME_9 = [case("s[3]", "diverges"), cells("s", 8)]


@pytest.mark.parametrize(
    ("old", "new", "expected", "same"),
    [
        (ROW[:3], [cells("s", 2)], {}, 2),
        ([cells("s", 2)], ROW[:3], {}, 2),
        (LAME, [cells("s", 9)], {"vanished": ["s[3]"]}, 9),
        (LAME, LAME_9, {}, 9),
        (LAME, [cells("s", 11)], {"fixed": ["s[3]"]}, 9),
        ([FOLDED], LAME_9, {"regressions": ["s[3]"]}, 8),
        ([FOLDED], [FOLDED, case("s[3]", "diverges")], {"new_failures": ["s[3]"]}, 10),
        (
            [case("s[0]", "hung"), case("s[1]", "hung"), ROW[2]],
            [cells("s", 2)],
            {"vanished": ["s[0]", "s[1]"]},
            1,
        ),
        ([case("s[3]", expectation=UNMET), cells("s", 2)], [cells("s", 2)], {"vanished": ["s[3]"]}, 2),
    ],
)
def test_which_cells_a_sweep_of_another_size_has_is_not_known(
    tmp_path: Path, old: Records, new: Records, expected: dict[str, list[str]], same: int
) -> None:
    found = compared(tmp_path, old, new)
    assert (kinds(found), found.same) == (expected, same)
    assert [sweep.sweep for sweep in found.resized] == ["s"]


def test_what_is_told_of_cells_and_of_expectations(tmp_path: Path, capsys: Output) -> None:
    old = write_file(tmp_path / "old", HEALED, cells("s", 2), cells("t", 164))
    digest = {"version": "1", "digest": "sha256:9"}
    new = write_file(tmp_path / "new", GOOD, case("s[x=9]", "diverges"), cells("s", 1), suite=digest)
    assert main(["diff", old, new]) == 1
    out = capsys.readouterr().out.splitlines()
    assert "  ✗ s[x=9]  conforms → diverges" in out
    assert "  ✓ a  conforms (expected: diverges) → conforms" in out
    assert "  - t[…]  conforms (164 cells) → not there" in out
    assert "the suites differ: their digest was sha256:0 and is sha256:9" in out
    assert "164 vanished" in out
    assert out[-1] == "1 regression, 0 new failures, 1 fixed, 0 changed, 164 vanished, 0 appeared, 1 the same"
    assert main(["diff", old, new, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["counts"]["vanished"], found["vanished"][0]["old"]["count"]) == (164, 164)
    assert (found["regressions"][0]["old"]["id"], found["regressions"][0]["old"]["count"]) == ("s[x=9]", 1)


def test_what_is_told(tmp_path: Path, capsys: Output) -> None:
    both = DIVERGENCE | {"field": "ret"}
    old = write_file(
        tmp_path / "old", GOOD, case("b", "diverges", divergences=[DIVERGENCE, both]), case("c"), FOLDED
    )
    other = [both, DIVERGENCE | {"step": 4}]
    new = write_file(
        tmp_path / "new", FAILS, case("b", "diverges", divergences=other), cells("s", 12), footer=False
    )
    assert main(["diff", old, new]) == 1
    out, err = capsys.readouterr()
    assert out == (
        "old: box: Linux 6.1 x86_64, against Linux 6.1 as waitconf knows it\n"
        "new: box: Linux 6.1 x86_64, against Linux 6.1 as waitconf knows it\n"
        "     the run was cut off: the file has no footer (line 4)\n\n"
        "1 regression\n"
        "  ✗ a  conforms → diverges\n"
        "      step 3, P status: expected exited(3), observed 0 (WAIT-001)\n\n"
        "1 changed\n"
        "  ~ b  diverges → diverges\n"
        "      step 4, P status: expected exited(3), observed 0 (WAIT-001)\n"
        "      no more: step 3, P status: expected exited(3), observed 0 (WAIT-001)\n\n"
        "1 vanished\n"
        "  - c  conforms → not there\n\n"
        "s had 10 cells and has 12; which ones, folded files do not say\n"
        "1 regression, 0 new failures, 0 fixed, 1 changed, 1 vanished, 0 appeared, 10 the same\n"
    )
    assert f"waitconf: {new}:4: the run was cut off" in err


def test_only_what_got_worse_decides_the_exit_status(tmp_path: Path) -> None:
    good, fails = (
        write_file(tmp_path / "good", GOOD, FOLDED),
        write_file(tmp_path / "fails", FAILS, case("z")),
    )
    assert main(["diff", good, good]) == 0
    assert main(["diff", fails, good]) == 0
    assert main(["diff", good, fails]) == 1
    assert main(["diff", write_file(tmp_path / "none"), fails]) == 1


def test_a_run_that_died_is_not_said_to_be_as_good_as_before(tmp_path: Path) -> None:
    good, fails = write_file(tmp_path / "good", GOOD), write_file(tmp_path / "fails", FAILS)
    cut = write_file(tmp_path / "cut", footer=False)
    assert main(["diff", good, cut]) == 3
    assert main(["diff", good, write_file(tmp_path / "twice", GOOD, GOOD)]) == 3
    assert main(["diff", good, write_file(tmp_path / "bad", FAILS, footer=False)]) == 1
    assert main(["diff", good, write_file(tmp_path / "shard", GOOD, shard="1/2")]) == 0
    assert main(["diff", cut, good]) == 0
    assert main(["diff", fails, cut]) == 3


def test_json(tmp_path: Path, capsys: Output) -> None:
    old, new = (
        write_file(tmp_path / "old", KNOWN, FOLDED),
        write_file(tmp_path / "new", HEALED, cells("s", 9)),
    )
    assert main(["diff", old, new, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    counts = dict.fromkeys(KINDS, 0) | {"regressions": 1, "same": 9}
    assert found["counts"] == counts
    (change,) = found["regressions"]
    assert (change["id"], change["old"]["verdict"], change["new"]["expectation"]) == ("a", "diverges", UNMET)
    assert found["resized"] == [{"sweep": "s", "old": 10, "new": 9}]
    assert found["new"]["target"]["name"] == "box"


@pytest.mark.parametrize("text", ["", "{}\n", '{"header":{"schema":9}}\n', '{"header":{"schema":1}}\n{}{}\n'])
def test_what_is_no_results_file(tmp_path: Path, text: str, capsys: Output) -> None:
    good = write_file(tmp_path / "good", GOOD)
    (tmp_path / "bad").write_text(text)
    assert main(["diff", good, str(tmp_path / "bad")]) == 4
    assert main(["diff", str(tmp_path / "bad"), good]) == 4
    assert str(tmp_path / "bad") in capsys.readouterr().err
