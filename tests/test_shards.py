"""``--shard I/N``: parts of a selection that make up the whole."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest

from conformance.case.evidence import base_id
from conformance.cli import main
from conformance.commands.selection import select
from conformance.commands.shards import Shard
from conformance.publish.jsonl import read_results
from tests.fakes import FAULT, REAPED, SWEEP, write_suite

Output = pytest.CaptureFixture[str]


def ids(suite: Path, shard: Shard | None, keyword: str | None = None) -> list[str]:
    return [case.id for case in select([str(suite)], keyword, None, shard).cases()]


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    write_suite(tmp_path / "suite", REAPED, FAULT, SWEEP)
    return tmp_path / "suite"


@pytest.mark.parametrize("of", [1, 2, 3, 7])
def test_every_case_is_in_one_shard(suite: Path, of: int) -> None:
    parts = [ids(suite, Shard(number, of)) for number in range(1, of + 1)]
    assert sorted(name for part in parts for name in part) == sorted(ids(suite, None))


def test_a_case_stays_in_its_shard_whatever_else_is_selected(suite: Path) -> None:
    shard = Shard(1, 2)
    few = ids(suite, shard, "codes")
    assert few == [name for name in ids(suite, shard) if base_id(name) == "codes"]


@pytest.mark.parametrize("of", [2, 3, 4, 6, 8])
def test_the_cells_of_a_sweep_spread_evenly_and_so_does_each_value(of: int) -> None:
    """Variables of 2, 3 and 256 values: going round by places, some shards would have one value only."""
    cells = [(a, b, c) for a in range(256) for b in ("looks", "sleeps") for c in range(3)]
    whole = Counter(value for cell in cells for value in cell[1:])
    for number in range(1, of + 1):
        held = [cell for cell in cells if Shard(number, of).holds("wide[{},{},{}]".format(*cell))]
        values = Counter(value for cell in held for value in cell[1:])
        for total, count in [(len(cells), len(held)), *((whole[value], values[value]) for value in whole)]:
            assert abs(count - total / of) < 4 * math.sqrt(total / of)


def test_a_shard_is_the_same_on_every_machine() -> None:
    assert [Shard(number, 4).holds("codes[0]") for number in (1, 2, 3, 4)] == [True, False, False, False]


def test_shards_that_are_run_merge_to_the_whole(suite: Path, tmp_path: Path) -> None:
    outs = [str(tmp_path / f"{number}.jsonl") for number in (1, 2)]
    for number, out in enumerate(outs, start=1):
        argv = ["run", str(suite), "--target", "reference", "--shard", f"{number}/2", "--out", out]
        assert main(argv) == 0
        header = read_results(Path(out)).header
        assert (header["shard"], header["argv"]) == (f"{number}/2", ["waitconf", *argv])
    assert main(["merge", *outs, "-o", str(tmp_path / "all")]) == 0
    assert sorted(case["id"] for case in read_results(tmp_path / "all").cases) == sorted(ids(suite, None))


def test_a_run_of_everything_says_nothing_of_shards(suite: Path, tmp_path: Path) -> None:
    assert main(["run", str(suite), "--target", "reference", "--out", str(tmp_path / "r")]) == 0
    assert "shard" not in read_results(tmp_path / "r").header


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/0", "-1/2", "1/2/3", "1/٣", ""])
def test_what_is_no_shard(text: str, capsys: Output) -> None:
    with pytest.raises(SystemExit) as exited:
        main(["run", f"--shard={text}"])
    assert exited.value.code == 4
    assert f"`{text}` is not I/N with I from 1 to N" in capsys.readouterr().err
