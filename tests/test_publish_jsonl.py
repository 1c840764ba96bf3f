"""Results files: what is in them, and what a reader says of damaged ones."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.publish.jsonl import CannotWrite, NotResults, Writer, read_results
from conformance.publish.records import case_record, header_record
from conformance.verdict.model import VERDICTS, CaseResult, Divergence
from tests.fakes import REAPED, case

TARGET = {"name": "host", "kind": "host", "sysname": "Linux", "release": "6.18.1", "machine": "x86_64"}
HEADER = header_record(
    {"version": "1", "digest": "sha256:0"},
    TARGET,
    ("6.18", "x86_64"),
    ["waitconf", "run"],
    datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
)
DIVERGENCE = Divergence(3, "P", "status", "exited(3)", 0, "WAIT-001")
GOOD = CaseResult(case(REAPED), "conforms", "posix", 1_234_567)
BAD = CaseResult(case(REAPED.replace("child-is", "it-is")), "diverges", "posix", 0, (DIVERGENCE,))
MUTE = CaseResult(case(REAPED.replace("child-is", "none-is")), "unsupported", "posix", 0, (), "needs more")
SUMMARY = {"conforms": 1, "diverges": 1, "unsupported": 1}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write a whole file and return its path."""
    found = tmp_path / "results.jsonl"
    with Writer(found) as writer:
        writer.write(HEADER)
        for result in (GOOD, BAD, MUTE):
            writer.write(case_record(result))
        writer.finish(SUMMARY)
    return found


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_header_has_what_scripts_rely_on(path: Path) -> None:
    assert lines(path)[0] == {
        "header": {
            "schema": 1,
            "suite": {"version": "1", "digest": "sha256:0"},
            "target": TARGET,
            "oracle": {"release": "6.18", "machine": "x86_64"},
            "argv": ["waitconf", "run"],
            "started": "2026-01-02T03:04:05+00:00",
        }
    }


def test_a_case_has_what_scripts_rely_on(path: Path) -> None:
    good, bad, mute = (line["case"] for line in lines(path)[1:4])
    assert good == {
        "id": "child-is-reaped",
        "area": "",
        "verdict": "conforms",
        "rules": ["WAIT-001"],
        "level": "posix",
        "duration_us": 1234,
    }
    assert bad["divergences"] == [
        {
            "step": 3,
            "actor": "P",
            "field": "status",
            "expected": "exited(3)",
            "observed": 0,
            "rule": "WAIT-001",
        }
    ]
    assert (mute["divergences"], mute["text"]) == ([], "needs more")


def test_the_footer_counts_every_verdict(path: Path) -> None:
    footer = lines(path)[-1]["footer"]
    assert footer == {"summary": dict.fromkeys(VERDICTS, 0) | SUMMARY, "complete": True}


def test_a_whole_file_reads_without_faults(path: Path) -> None:
    results = read_results(path)
    assert (results.complete, results.faults, len(results.cases)) == (True, (), 3)
    assert results.counts() == dict.fromkeys(VERDICTS, 0) | SUMMARY
    assert results.header["target"] == TARGET


def test_each_line_is_there_as_soon_as_it_is_written(tmp_path: Path) -> None:
    with Writer(tmp_path / "now") as writer:
        writer.write(HEADER)
        assert len(lines(tmp_path / "now")) == 1
        writer.write(case_record(GOOD))
        assert len(lines(tmp_path / "now")) == 2


def faults(path: Path) -> list[tuple[str, int]]:
    return [(fault.kind, fault.line) for fault in read_results(path).faults]


def damage(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_file_without_a_footer_is_a_run_that_was_cut_off(path: Path) -> None:
    whole = path.read_bytes().splitlines(keepends=True)
    assert faults(damage(path, b"".join(whole[:-1]))) == [("missing-footer", 4)]
    assert not read_results(path).complete


@pytest.mark.parametrize("cut", [1, 30])
def test_a_cut_last_line_is_told(path: Path, cut: int) -> None:
    assert faults(damage(path, path.read_bytes()[:-cut])) == [("cut-line", 5), ("missing-footer", 4)]


@pytest.mark.parametrize(
    ("cut", "kinds"),
    [
        (0, []),
        (1, ["cut-gzip"]),
        (8, ["cut-gzip"]),
        (60, ["cut-line", "cut-gzip", "missing-footer"]),
    ],
)
def test_a_compressed_file_reads_as_it_is(path: Path, cut: int, kinds: list[str]) -> None:
    """Whole, it says the same; cut off, it says so, even if only its checksum is lost."""
    header = read_results(path).header
    data = gzip.compress(path.read_bytes())
    found = read_results(damage(path, data[: len(data) - cut]))
    assert found.header == header
    assert [fault.kind for fault in found.faults] == kinds


def test_all_members_of_a_compressed_file_are_read(path: Path) -> None:
    whole = read_results(path)
    lines = path.read_bytes().splitlines(keepends=True)
    members = [gzip.compress(line) for line in lines]
    assert read_results(damage(path, b"".join(members))) == whole
    assert read_results(damage(path, b"".join(members) + bytes(512))) == whole
    assert faults(damage(path, b"".join(members[:-1]) + members[-1][:3])) == [
        ("cut-gzip", 4),
        ("missing-footer", 4),
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:12] + bytes(20), "damaged"),
        (lambda data: data[:-8] + bytes(4) + data[-4:], "damaged: .*incorrect data check"),
        (lambda data: data + b"junk", "damaged: there is something else behind the compressed data"),
        (lambda data: data + data, ":6: a second header"),
    ],
)
def test_a_damaged_compressed_file_is_told(
    path: Path, change: Callable[[bytes], bytes], message: str
) -> None:
    damage(path, change(gzip.compress(path.read_bytes())))
    with pytest.raises(NotResults, match=message):
        read_results(path)


def test_other_faults(path: Path) -> None:
    header, *cases, footer = path.read_bytes().splitlines(keepends=True)
    assert faults(damage(path, b"".join([header, *cases, cases[0], footer]))) == [("duplicate-case", 5)]
    assert faults(damage(path, b"".join([header, *cases[:2], footer]))) == [("wrong-summary", 4)]
    assert faults(damage(path, b"".join([header, *cases, footer, cases[0]]))) == [("after-footer", 6)]


def test_a_second_verdict_on_a_case_does_not_hide_the_first(path: Path) -> None:
    header, good, *_ = path.read_bytes().splitlines(keepends=True)
    other = good.replace(b'"conforms"', b'"hung"')
    read = read_results(damage(path, header + good + other))
    assert [fault.kind for fault in read.faults] == ["duplicate-case", "missing-footer"]


def test_records_of_later_versions_are_passed_over(path: Path) -> None:
    header, *rest = path.read_bytes().splitlines(keepends=True)
    assert faults(damage(path, b"".join([header, b'{"note":{}}\n', *rest]))) == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no header"),
        (b"\n", "not JSON"),
        (b"[]\n", "not a record"),
        (b'{"case":{"id":"a","verdict":"hung"}}\n', "first line is not a header"),
        (b'{"header":{"schema":3}}\n', "schema 3"),
        (b'{"header":[]}\n', "not an object"),
        (b'{"header":{"schema":1}}\n{"header":{"schema":1}}\n', "2: a second header"),
        (b'{"header":{"schema":1}}\n{"case":{"id":"a","verdict":"fine"}}\n', "2: a case needs"),
        (b'{"header":{"schema":1}}\n{"case"\n{"footer":{}}\n', "2: not JSON"),
        (b'{"header":{"schema":1}}\n' + b"[" * 200_000 + b"\n", "2: values are nested too deeply"),
        (b'{"header":{"schema":true}}\n', "1: schema True"),
        (b'{"header":{"schema":1}}\n{"footer":{"summary":[1]}}\n', "2: the footer's summary is not an"),
        (b'{"header":{"schema":1}}\n{"case":{"id":" ","verdict":"hung"}}\n', "2: a case needs an id"),
    ],
)
def test_what_is_no_results_file(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(NotResults, match=message):
        read_results(damage(tmp_path / "a.jsonl", data))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotResults, match="No such file"):
        read_results(tmp_path / "none")
    with pytest.raises(CannotWrite, match="No such file"):
        Writer(tmp_path / "none" / "a")


def test_a_full_disk_is_told() -> None:
    with Writer(Path("/dev/full")) as writer, pytest.raises(CannotWrite, match=r"/dev/full: .*No space left"):
        writer.write(HEADER)


def test_cells_that_were_folded_count(tmp_path: Path) -> None:
    path = tmp_path / "folded.jsonl"
    lines = (
        '{"header":{"schema":2}}',
        '{"case":{"id":"a","verdict":"conforms"}}',
        '{"cells":{"id":"sweep","verdict":"conforms","count":960}}',
        '{"footer":{"summary":{"conforms":961}}}',
    )
    path.write_text("".join(line + "\n" for line in lines))
    results = read_results(path)
    assert results.faults == ()
    assert results.counts()["conforms"] == 961
    assert [cells["id"] for cells in results.folded] == ["sweep"]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"verdict": "conforms", "count": 0}, "cells need a count"),
        ({"verdict": "conforms", "count": True}, "cells need a count"),
        ({"verdict": "diverges", "count": 3}, "folded cells conform"),
        ({"count": 3}, "folded cells conform"),
        ({"verdict": "conforms", "count": 3, "expectation": {"met": False}}, "folded cells conform"),
    ],
)
def test_cells_that_are_none(tmp_path: Path, cells: dict[str, Any], message: str) -> None:
    path = tmp_path / "folded.jsonl"
    record = json.dumps({"cells": {"id": "sweep"} | cells})
    path.write_text(f'{{"header":{{"schema":2}}}}\n{record}\n')
    with pytest.raises(NotResults, match=f":2: {message}"):
        read_results(path)


def test_a_case_counts_as_one_whatever_it_says(tmp_path: Path) -> None:
    path = tmp_path / "r"
    path.write_text('{"header":{"schema":1}}\n{"case":{"id":"a","verdict":"hung","count":"7"}}\n')
    assert read_results(path).counts()["hung"] == 1
