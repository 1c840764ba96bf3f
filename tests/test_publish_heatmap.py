"""Maps of sweeps: what lands where, what folds into what, and what is said when a file is not whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance import targets
from conformance.case.loader import load_text, read_documents
from conformance.cli import main
from conformance.publish.heatmap import (
    MIXED,
    VERDICT_GLYPHS,
    Glyph,
    Sheet,
    dimensions_of,
    draw,
    lay_out,
    outcome_glyphs,
    outcome_of,
    points_of,
)
from conformance.publish.terminal import Paint
from conformance.reference import run_case
from tests.fakes import REAPED, buggy, write_suite

Output = pytest.CaptureFixture[str]

WAITS = """\
id: waits
title: waits of every kind
rules: [WAIT-001]
sweep:
  state:
    running: []
    dead-by-exit: [{C: {exit: 3}}]
  status: [given, bad]
  options: {subsets: [WNOHANG, WUNTRACED, 0x10]}
steps:
  - P: {fork: C}
  - $state
  - P: {wait4: {pid: C, status: $status, options: $options}}
"""


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw without colour on a terminal of a known width, and add a kernel with a bug."""
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    known = {**targets.KINDS, "buggy": buggy}
    monkeypatch.setattr(targets, "KINDS", known)
    monkeypatch.setattr("conformance.commands.run.KINDS", known)


@pytest.fixture
def suite(tmp_path: Path) -> str:
    write_suite(tmp_path / "suite", REAPED, WAITS)
    return str(tmp_path / "suite")


@pytest.fixture
def results(suite: str, tmp_path: Path, capsys: Output) -> str:
    """Record a run on a kernel that keeps the zombie when the status pointer is bad."""
    out = tmp_path / "results.jsonl"
    assert main(["run", suite, "--target", "buggy", "--out", str(out)]) == 1
    told = capsys.readouterr().out
    assert f"results: {out}\nmaps of the 32 cells of sweeps: waitconf heatmap {out} {suite}\n" in told
    return str(out)


MAP = """\
waits  waits of every kind
  rows: state, status; columns: options
                  WNOHANG  ╷╷╷╷▇▇▇▇
                WUNTRACED  ╷╷▇▇╷╷▇▇
                     0x10  ╷▇╷▇╷▇╷▇
  running given            ········
  running bad              ········
  dead-by-exit given       ········
  dead-by-exit bad         X·X·X·X·
  32 cells: 28 conforms, 4 diverges

· conforms  X diverges
32 cells of 1 sweep: 28 conforms, 4 diverges
1 other cases are in no map
"""


def test_a_map_of_verdicts(suite: str, results: str, capsys: Output) -> None:
    assert main(["heatmap", results, suite]) == 0
    out, err = capsys.readouterr()
    assert [line.split() for line in out.splitlines()] == [line.split() for line in MAP.splitlines()]
    assert err == ""


def test_axes_by_name_fold_the_others_to_the_worst(suite: str, results: str, capsys: Output) -> None:
    assert main(["heatmap", results, suite, "--rows", "status", "--columns", "state,0x10"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "  rows: status; columns: state, 0x10; folded: WNOHANG, WUNTRACED"
    assert [line.split() for line in lines[-7:-5]] == [["given", "····"], ["bad", "··X·"]]


def test_a_selection_draws_what_it_selects(suite: str, results: str, capsys: Output) -> None:
    assert main(["heatmap", results, suite, "-k", "waits and bad and not dead"]) == 0
    out = capsys.readouterr().out
    assert "8 cells of 1 sweep: 8 conforms\n" in out
    assert "status=bad" in out


def test_a_map_of_outcomes_needs_no_results(suite: str, capsys: Output) -> None:
    assert (
        main(["heatmap", "--show", "outcome", suite, "--rows", "state,status", "--columns", "options"]) == 0
    )
    rows = [line.split() for line in capsys.readouterr().out.splitlines()][5:9]
    assert rows == [
        ["running", "given", "zIzI0I0I"],
        ["running", "bad", "zIzI0I0I"],
        ["dead-by-exit", "given", "xIxIxIxI"],
        ["dead-by-exit", "bad", "FIFIFIFI"],
    ]


def test_a_file_that_was_cut_off_is_said_to_be(suite: str, results: str, capsys: Output) -> None:
    whole = Path(results).read_text(encoding="utf-8").splitlines(keepends=True)
    Path(results).write_text("".join(whole[:10]), encoding="utf-8")
    assert main(["heatmap", results, suite]) == 0
    out, err = capsys.readouterr()
    assert "8 cells of 1 sweep" in out
    assert "the run was cut off: the file has no footer" in err


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ([], 4, "needs a results file"),
        (
            ["RESULTS", "SUITE", "--rows", "stat"],
            4,
            "no sweep here has a variable `stat`; did you mean `state`?",
        ),
        (["RESULTS", "SUITE", "-k", "nothing"], 5, "no cell of a sweep is selected"),
        (["SUITE/rules.yaml"], 4, "not JSON"),
        (["SUITE/none.jsonl"], 4, "No such file"),
    ],
)
def test_what_cannot_be_drawn(
    suite: str, results: str, capsys: Output, words: list[str], status: int, message: str
) -> None:
    given = [word.replace("SUITE", suite).replace("RESULTS", results) for word in words]
    assert main(["heatmap", *given]) == status
    assert message in capsys.readouterr().err


def test_colour_comes_with_the_glyphs(
    suite: str, results: str, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert main(["heatmap", results, suite, "--rows", "status", "--columns", "state"]) == 0
    assert "\x1b[32m·\x1b[0m\x1b[31mX\x1b[0m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    assert main(["heatmap", results, suite]) == 0
    assert "\x1b" not in capsys.readouterr().out


def sheet(tmp_path: Path, axes: str, value: str = "conforms") -> Sheet:
    """Return a sheet in which every cell has one value."""
    names = [axis.split(":")[0].strip() for axis in axes.split(";")]
    steps = "".join(f"  - P: {{exit: ${name}}}\n" for name in names)
    sweep = "".join(f"  {axis.strip()}\n" for axis in axes.split(";"))
    file = tmp_path / "some.yaml"
    file.write_text(f"id: s\ntitle: s\nrules: [WAIT-001]\nsweep:\n{sweep}steps:\n{steps}", encoding="utf-8")
    (document,) = read_documents(file)
    assert document.sweep is not None
    return Sheet("s", "s", dimensions_of(document.sweep), dict.fromkeys(points_of(document.sweep), value))


def test_places_go_with_the_cells_of_the_sweep(tmp_path: Path) -> None:
    """The n-th place is that of the n-th cell, which is all that ties a map to ids."""
    (document,) = read_documents(_written(tmp_path))
    assert document.sweep is not None
    dimensions = dimensions_of(document.sweep)
    for (label, _), point in zip(document.sweep.cells(), points_of(document.sweep), strict=True):
        labels = [one.labels[n] for one, n in zip(dimensions, point, strict=True)]
        bits = "|".join(filter(None, labels[2:])) or "none"
        assert label == "-".join([*labels[:2], bits])


def _written(folder: Path) -> Path:
    file = folder / "some.yaml"
    file.write_text(WAITS, encoding="utf-8")
    return file


def test_the_largest_axis_that_has_room_is_across(tmp_path: Path) -> None:
    found = sheet(tmp_path, f"a: {list(range(9))}; b: {list(range(30))}; c: [1, 2]")
    assert lay_out(found, 40, 20) == ((0, 2), (1,))
    assert lay_out(found, 20, 9) == ((2,), (0,))
    assert lay_out(found, 20, 60) == ((1, 2), (0,))
    assert lay_out(found, 1, 60).columns == ()


def test_the_worst_is_drawn_and_what_differs_is_mixed(tmp_path: Path) -> None:
    found = sheet(tmp_path, "a: [1, 2]; b: [1, 2, 3]")
    order = list(VERDICT_GLYPHS)
    for index, value in enumerate(order[:3]):
        found = Sheet("s", "s", found.dimensions, {**found.cells, (0, index): value})
    layout = lay_out(found, 40, 1, columns=("a",))
    assert list(draw(found, layout, VERDICT_GLYPHS, Paint(False)))[-2].strip() == "-  ?·"
    both = {"exited": Glyph("x", ""), "0": Glyph("0", ""), MIXED: Glyph("*", "")}
    mixed = Sheet("s", "s", found.dimensions, {(0, 0): "0", (0, 1): "exited", (1, 0): "0", (1, 1): "0"})
    assert list(draw(mixed, layout, both, Paint(False)))[-2].strip() == "-  *0"


def test_what_has_no_glyph_gets_one_of_its_own() -> None:
    glyphs = outcome_glyphs({"EPERM", "EIO", "nothing"})
    signs = [glyph.sign for glyph in glyphs.values()]
    assert len(set(signs)) == len(signs)
    assert {"EPERM", "EIO"} <= set(glyphs)


@pytest.mark.parametrize(
    ("call", "outcome"),
    [
        ("{waitid: {id: C, options: [WEXITED, WNOHANG]}}", "nothing"),
        ("{waitid: {id: C, options: [WEXITED, WNOHANG], infop: 'null'}}", "ok"),
        ("{wait4: C}", "sleeps"),
        ("{wait4: {pid: C, options: WNOHANG}}", "nothing"),
        ("{wait4: P}", "ECHILD"),
        ("{getpgid: 0}", "ok"),
        ("{exit: 0}", "ends"),
    ],
)
def test_outcomes(call: str, outcome: str) -> None:
    (one,) = load_text(f"id: x\ntitle: x\nrules: [WAIT-001]\nsteps:\n- P: {{fork: C}}\n- P: {call}\n")
    assert outcome_of("P", run_case(one).steps[1]) == outcome


def test_records_are_all_that_a_map_takes_from_a_file(suite: str, results: str, capsys: Output) -> None:
    """Ids that this suite does not know are counted, not guessed at."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in Path(results).read_text().splitlines()]
    for line in lines[2:10]:
        line["case"]["id"] = line["case"]["id"].replace("waits", "elsewhere")
    Path(results).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert main(["heatmap", results, suite]) == 0
    assert "24 cells of 1 sweep" in (out := capsys.readouterr().out)
    assert "9 other cases are in no map\n" in out
