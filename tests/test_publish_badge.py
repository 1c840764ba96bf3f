"""The badge of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from conformance.cli import main
from conformance.publish.badge import badge_svg
from conformance.publish.jsonl import read_results
from tests.results_files import MET, UNMET, case, cells, write_file

GREEN, RED, GREY = "#1a7f37", "#b4161b", "#59636e"
FAILS = case("b", "diverges")


@pytest.mark.parametrize(
    ("records", "more", "words", "colour"),
    [
        ([case("a"), cells("s", 9)], {}, "10 conform", GREEN),
        ([case("a"), case("b", "unsupported")], {}, "1 conform", GREEN),
        ([case("a"), FAILS], {}, "1 conform, 1 do not", RED),
        ([case("b", "hung", expectation=MET)], {}, "0 conform, 1 as expected", GREEN),
        ([], {}, "0 conform", GREY),
        ([case("b", "unsupported")], {}, "0 conform", GREY),
        ([case("a", expectation=UNMET)], {}, "1 conform, 1 do not", RED),
        ([case("a"), FAILS], {"footer": False}, "cut off: 1 conform, 1 do not", GREY),
        ([case("a"), case("a")], {}, "damaged: 1 conform", GREY),
        ([case("a")], {"shard": "1/3"}, "shard 1/3: 1 conform", GREY),
        ([case("a")], {"shard": "<\x1b>"}, "shard <\\x1b>: 1 conform", GREY),
    ],
)
def test_the_words_and_the_colour(
    tmp_path: Path, records: list[dict[str, Any]], more: dict[str, Any], words: str, colour: str
) -> None:
    svg = ET.fromstring(badge_svg(read_results(Path(write_file(tmp_path / "r", *records, **more)))))
    space = "{http://www.w3.org/2000/svg}"
    assert svg.get("role") == "img"
    assert svg.findtext(f"{space}title") == svg.get("aria-label") == f"waitconf: {words}"
    assert [rect.get("fill") for rect in svg.iter(f"{space}rect")][1] == colour
    assert [text.text for text in svg.iter(f"{space}text")] == ["waitconf", words]


def test_the_command(tmp_path: Path) -> None:
    path = write_file(tmp_path / "r", case("a"))
    assert main(["badge", path, "-o", str(tmp_path / "b.svg")]) == 0
    assert (tmp_path / "b.svg").read_text(encoding="utf-8") == badge_svg(read_results(Path(path)))
    assert main(["badge", str(tmp_path / "b.svg"), "-o", str(tmp_path / "c.svg")]) == 4
    assert not (tmp_path / "c.svg").exists()


def test_a_badge_does_not_replace_the_results(tmp_path: Path) -> None:
    path = Path(write_file(tmp_path / "r", case("a")))
    before = path.read_bytes()
    assert main(["badge", str(path), "-o", str(path)]) == 4
    assert path.read_bytes() == before
