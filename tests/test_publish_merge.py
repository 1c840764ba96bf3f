"""Shards made one file, and cells folded."""

from __future__ import annotations

import gzip
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from conformance.cli import main
from conformance.publish.jsonl import CannotWrite, read_results
from conformance.publish.merge import merge
from conformance.publish.wholefile import write_whole
from tests.results_files import DIVERGENCE, HEADER, HOSTILE, MET, UNMET, case, cells, write_file

Output = pytest.CaptureFixture[str]


def merged(*paths: str, fold: bool = False) -> list[Any]:
    parts = [read_results(Path(path)) for path in paths]
    return [json.loads(line) for line in merge(parts, fold=fold).lines]


def shards(folder: Path, number: int = 3) -> list[str]:
    """Write the shards of a run, each with a case and a cell."""
    return [
        write_file(
            folder / f"{n}.jsonl",
            case(f"c{n}", area="waitid"),
            case(f"s[{n}]"),
            shard=f"{n}/{number}",
            started=f"2026-01-02T03:04:0{9 - n}+00:00",
            argv=["waitconf", "run", "--shard", f"{n}/{number}"],
        )
        for n in range(1, number + 1)
    ]


def test_shards_become_a_whole_file_in_whatever_order_they_are_given(tmp_path: Path) -> None:
    parts = shards(tmp_path)
    found = [merged(*order) for order in itertools.permutations(parts)]
    assert all(one == found[0] for one in found)
    header, *cases, footer = found[0]
    assert [record["case"]["id"] for record in cases] == ["s[1]", "s[2]", "s[3]", "c1", "c2", "c3"]
    assert footer["footer"]["summary"]["conforms"] == 6
    assert "shard" not in header["header"]
    assert [part["shard"] for part in header["header"]["parts"]] == ["1/3", "2/3", "3/3"]
    assert header["header"]["argv"] == header["header"]["parts"][0]["argv"]
    assert {key: header["header"][key] for key in ("suite", "target", "oracle", "schema")} == {
        key: HEADER[key] for key in ("suite", "target", "oracle", "schema")
    }


def test_the_command_writes_a_file_that_is_whole(tmp_path: Path, capsys: Output) -> None:
    out = tmp_path / "all.jsonl.gz"
    assert main(["merge", *shards(tmp_path), "-o", str(out)]) == 0
    results = read_results(out)
    assert (results.faults, len(results.cases)) == ((), 6)
    assert gzip.decompress(out.read_bytes()).startswith(b'{"header"')
    assert capsys.readouterr() == ("", "")
    assert out.read_bytes()[4:8] == bytes(4), "the time is left out"


@pytest.mark.parametrize(("of", "lack"), [("cut", "3.jsonl was cut off"), ("gone", "shard 3/3 is missing")])
def test_less_than_a_whole_run_has_no_footer(tmp_path: Path, capsys: Output, of: str, lack: str) -> None:
    parts = shards(tmp_path)
    if of == "gone":
        parts.pop()
    else:
        lines = Path(parts[2]).read_bytes().splitlines(keepends=True)
        Path(parts[2]).write_bytes(b"".join(lines[:2]) + lines[2][:9])
    out = tmp_path / "out"
    assert main(["merge", *parts, "-o", str(out)]) == 3
    assert f"{out}: the run is not complete: " in (told := capsys.readouterr().err)
    assert lack in told
    results = read_results(out)
    assert [fault.kind for fault in results.faults] == ["missing-footer"]
    assert len(results.cases) == 5 if of == "cut" else 4


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            {"suite": {"version": "1", "digest": "sha256:9"}},
            "suite digest is 'sha256:0' in the first and 'sha256:9'",
        ),
        ({"suite": {"version": "2", "digest": "sha256:0"}}, "suite version is '1' in the first and '2'"),
        ({"target": HEADER["target"] | {"release": "6.2"}}, "target release is '6.1' in the first and '6.2'"),
        ({"target": HEADER["target"] | {"version": "x"}}, "target version is None in the first and 'x'"),
        ({"oracle": {"release": "5.4"}}, "oracle release is '6.1' in the first and '5.4'"),
        ({"target": 3}, "its header does not say what the target was"),
        ({"shard": "0/3"}, "'0/3' is no shard"),
        ({"parts": [3]}, "the `parts` of its header are no list of objects"),
    ],
)
def test_parts_of_other_runs(tmp_path: Path, capsys: Output, header: dict[str, Any], message: str) -> None:
    paths = [write_file(tmp_path / "a", case("a")), write_file(tmp_path / "b", case("b"), **header)]
    assert main(["merge", *paths, "-o", str(tmp_path / "out")]) == 4
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def asked(*words: str) -> dict[str, Any]:
    return {"argv": ["waitconf", "run", *words]}


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ({"shard": "1/2"}, {"shard": "4/3"}, "FOLDER/b: '4/3' is no shard"),
        (
            {"shard": "1/3"},
            {"shard": "1/3"},
            "FOLDER/a is shard 1/3 and FOLDER/b is shard 1/3: these are the",
        ),
        (
            {"shard": "1/3"},
            {"shard": "2/4"},
            "FOLDER/a is shard 1/3 and FOLDER/b is shard 2/4: these are not",
        ),
        ({"shard": "1/2"}, {}, "FOLDER/a is shard 1/2, but FOLDER/b is of a whole run"),
        ({}, {"shard": "1/2"}, "FOLDER/b is shard 1/2, but FOLDER/a is of a whole run"),
        (
            {"shard": "1/2"} | asked("--shard", "1/2", "-k", "pidfd"),
            {"shard": "2/2"} | asked("-vkwait", "--shard=2/2"),
            "other selections: cases that match -k 'pidfd'; cases that match -k 'wait'",
        ),
        (
            {"shard": "1/2"} | asked("--case", "a[1]"),
            {"shard": "2/2"} | asked("--case"),
            "of other selections: the case a[1]; all cases",
        ),
        ({"shard": "1/2"} | asked("-k", "a"), {"shard": "2/2", "argv": 3}, "-k 'a'; all cases"),
    ],
)
def test_what_are_not_the_shards_of_one_run(
    tmp_path: Path, capsys: Output, first: dict[str, Any], second: dict[str, Any], message: str
) -> None:
    paths = [
        write_file(tmp_path / "a", case("a"), **first),
        write_file(tmp_path / "b", case("b"), **second),
    ]
    assert main(["merge", *paths, "-o", str(tmp_path / "out")]) == 4
    assert message.replace("FOLDER", str(tmp_path)) in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_shards_may_be_run_in_different_ways(tmp_path: Path) -> None:
    ways = (["here", "-k", "a", "-n", "4"], ["-kd", "-ka", "there", "-v", "--out", "b.jsonl"])
    paths = [
        write_file(tmp_path / f"{n}", case(f"c{n}"), shard=f"{n}/2", **asked(*words))
        for n, words in enumerate(ways, start=1)
    ]
    assert main(["merge", *paths, "-o", str(tmp_path / "out")]) == 0


def test_many_missing_shards_are_told_in_few_words(tmp_path: Path, capsys: Output) -> None:
    paths = [write_file(tmp_path / f"{n}", case(f"c{n}"), shard=f"{n}/3000000") for n in (3, 1, 2_999_999, 7)]
    assert main(["merge", *paths, "-o", str(tmp_path / "out")]) == 3
    told = [line.partition("complete: ")[2] for line in capsys.readouterr().err.splitlines()]
    assert told == [
        "shard 2/3000000 is missing",
        "shards 4/3000000 to 6/3000000 are missing",
        "shards 8/3000000 to 2999998/3000000 are missing",
        "shard 3000000/3000000 is missing",
    ]


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ([case("a")], [case("b"), case("a", "hung")], "the case a is in FOLDER/1 and in FOLDER/2"),
        ([case("a"), case("a")], [], "FOLDER/1:3: a case is there twice"),
        ([cells("s", 2)], [cells("s", 3)], "cells of s are folded in FOLDER/1 and also in FOLDER/2"),
        ([case("s[1]")], [cells("s", 3)], "cells of s are folded in FOLDER/2 and also in FOLDER/1"),
    ],
)
def test_a_case_in_two_parts(
    tmp_path: Path, capsys: Output, first: list[Any], second: list[Any], message: str
) -> None:
    paths = [write_file(tmp_path / "1", *first), write_file(tmp_path / "2", *second)]
    assert main(["merge", *paths, "-o", str(tmp_path / "out")]) == 4
    assert message.replace("FOLDER", str(tmp_path)) in capsys.readouterr().err


def test_folding_keeps_all_but_plain_conforming_cells(tmp_path: Path) -> None:
    fails = case("s[3]", "diverges", divergences=[DIVERGENCE])
    kept = [case("a"), fails, case("s[4]", expectation=UNMET), case("s[5]", "hung", expectation=MET)]
    kept += [case("s[6]", "unsupported"), case("s[7]", remark="kept")]
    path = write_file(tmp_path / "r", case("s[1]"), case("s[2]", duration_us=9), *kept, case("t[1]"))
    header, *records, footer = merged(path, fold=True)
    assert header["header"] == HEADER | {"schema": 2}
    assert [record for record in records if "case" in record] == kept
    assert [record for record in records if "cells" in record] == [cells("s", 2), cells("t", 1)]
    assert footer["footer"]["summary"] == read_results(Path(path)).footer["summary"]  # type: ignore[index]


def test_cells_that_differ_in_what_they_share_stay(tmp_path: Path) -> None:
    records = [case("s[1]"), case("s[2]", rules=["WAIT-002"]), case("t[1]"), case("t[2]")]
    _, *found, _ = merged(write_file(tmp_path / "r", *records), fold=True)
    assert found == [records[0], records[1], cells("t", 2)]


def test_folding_again_changes_nothing(tmp_path: Path) -> None:
    path = write_file(
        tmp_path / "r", case("s[1]"), case("a"), case("s[2]", "hung"), case("s[3]"), shard="1/2"
    )
    once, twice = tmp_path / "once", tmp_path / "twice"
    assert main(["merge", path, "--fold", "-o", str(once)]) == 0
    assert main(["merge", str(once), "--fold", "-o", str(twice)]) == 0
    assert twice.read_bytes() == once.read_bytes()
    assert main(["merge", str(once), "-o", str(once)]) == 0
    assert once.read_bytes() == twice.read_bytes()
    assert read_results(once).header["shard"] == "1/2"


def test_cells_are_added_to_those_folded_before(tmp_path: Path) -> None:
    _, *records, footer = merged(write_file(tmp_path / "r", cells("s", 5), case("s[9]")), fold=True)
    assert records == [cells("s", 6)]
    assert footer["footer"]["summary"]["conforms"] == 6


def test_merging_and_folding_at_once_or_one_after_the_other(tmp_path: Path) -> None:
    parts = shards(tmp_path)
    assert main(["merge", *parts, "-o", str(tmp_path / "m")]) == 0
    assert merged(str(tmp_path / "m"), fold=True) == merged(*parts, fold=True)


def test_what_no_text_can_carry_is_kept(tmp_path: Path) -> None:
    path = write_file(tmp_path / "r", case("a", "hung", text=HOSTILE))
    assert merged(path)[1]["case"]["text"] == HOSTILE


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = tmp_path / "there"
    there.write_bytes(b"before")

    def fail(_self: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(CannotWrite, match="there: cannot write: No space left on device"):
            write_whole(there, b"after")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == {there: b"before"}
    write_whole(there, b"after")
    assert there.read_bytes() == b"after"


@pytest.mark.parametrize("mode", [0o640, 0o600, 0o666])
def test_who_may_read_a_file_does_not_change(tmp_path: Path, mode: int) -> None:
    there = tmp_path / "there"
    there.touch()
    there.chmod(mode)
    write_whole(there, b"after")
    assert (there.read_bytes(), there.stat().st_mode & 0o777) == (b"after", mode)


def test_a_link_stays_one_and_a_device_too(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"before")
    (tmp_path / "link").symlink_to("file")
    write_whole(tmp_path / "link", b"after")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"after"
    write_whole(Path("/dev/null"), b"nothing")
    assert Path("/dev/null").is_char_device()
