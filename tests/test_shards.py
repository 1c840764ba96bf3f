"""``--shard I/N``: parts of a selection that make up the whole."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("of", [2, 3, 4, 6, 8, 100])
def test_shards_are_of_one_size_and_each_value_of_a_sweep_spreads(of: int) -> None:
    """Variables of 2, 3 and 256 values: in rounds that all begin alike, shards would have one value only."""
    cells = list(itertools.product(range(256), ("looks", "sleeps"), range(3)))
    parts = [[cells[n] for n in range(len(cells)) if Shard(number + 1, of).holds(n)] for number in range(of)]
    assert sorted(cell for part in parts for cell in part) == cells
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    whole = Counter(value for cell in cells for value in cell[1:])
    for part in parts:
        values = Counter(value for cell in part for value in cell[1:])
        assert all(
            abs(values[value] - whole[value] / of) < 4 * math.sqrt(whole[value] / of) for value in whole
        )


def test_only_what_is_selected_is_shared_out(suite: Path) -> None:
    parts = [ids(suite, Shard(number, 3), "codes") for number in (1, 2, 3)]
    assert sorted(parts) == [["codes[0]"], ["codes[1]"], ["codes[255]"]]


def test_a_shard_is_the_same_each_time_and_on_every_machine(suite: Path) -> None:
    selection = select([str(suite)], None, None, Shard(1, 2))
    found = [[case.id for case in selection.cases()] for _ in range(2)]
    assert found == [["child-is-reaped", "codes[1]", "codes[255]"]] * 2


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
