"""The figures: how they are put together, and that each can be measured."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from conformance import bench_cells
from conformance.bench import Figure, _smallest, as_json
from conformance.cli import main
from tests.fakes import FAULT, REAPED, SWEEP, write_suite

FIGURE = Figure("a / b", "a; b", "<= 2", 300.0, 150.0, (3.0, 1.0, 2.0))


def test_the_ratio_is_the_median_of_the_rounds() -> None:
    assert FIGURE.ratio == 2.0


def test_figures_as_json() -> None:
    assert as_json([FIGURE], {"cases": 7}) == {
        "figures": {
            "a / b": {
                "ratio": 2.0,
                "goal": "<= 2",
                "about": "a; b",
                "rounds": [3.0, 1.0, 2.0],
                "of_us": 300.0,
                "against_us": 150.0,
            }
        },
        "info": {"cases": 7},
    }


def test_every_figure_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few cells stand for many here, to be quick."""
    monkeypatch.setattr(bench_cells, "measure", partial(bench_cells.measure, few=256, many=512))
    write_suite(tmp_path, REAPED, FAULT, SWEEP.replace("[0, 1, 255]", str(list(range(60)))))
    assert main(["bench", str(tmp_path), "--rounds", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["info"]["cases"] == 62
    assert list(found["figures"]) == [
        "host / floor",
        "host with Python / floor",
        "reference / host",
        "pytest / run",
        "1 worker / 2 workers",
        "cells, many / few",
    ]
    assert found["info"]["KiB of the agent at 512 cells"] > 0
    assert found["figures"]["host / floor"]["against_us"] > 0
    assert found["figures"]["reference / host"]["of_us"] > 0


def test_nothing_to_measure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", str(tmp_path)]) == 5
    assert "no case is selected" in capsys.readouterr().err


def test_of_a_large_suite_the_smallest_files_stand_for_all() -> None:
    assert _smallest({"a": 1500, "b": 60_000, "c": 100}) == ["c", "a"]
    assert _smallest({"b": 60_000}) == ["b"]
