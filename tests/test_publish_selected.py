"""What a run was told to run, by the header of its file."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.publish.selected import selected


def header(*argv: str, **more: Any) -> dict[str, Any]:
    return {"argv": ["waitconf", "run", *argv], **more}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (header("--workers", "auto", "--out", "a.jsonl"), ""),
        (header("--target", "gvisor:", "-k", "not [", "--out", "a.jsonl"), "hand-written cases"),
        (header("-knot   ["), "hand-written cases"),
        (header("cases", "-k", "wait4 and not ["), "cases that match -k 'wait4 and not ['"),
        (header("--case=fault-reaps"), "the case fault-reaps"),
        (header("-k"), ""),
        ({}, ""),
        ({"argv": "-k x"}, ""),
        (
            {"parts": [header("-k", "a"), header("-k", "b")]},
            "cases that match -k 'a' and cases that match -k 'b'",
        ),
        ({"parts": [header("-k", "a"), header()]}, ""),
        ({"parts": [header("-k", "not ["), header("-k", "not [")]}, "hand-written cases"),
    ],
)
def test_what_was_chosen_in_words(given: dict[str, Any], words: str) -> None:
    assert selected(given).words == words


@pytest.mark.parametrize(
    ("given", "part"),
    [
        (header(), ""),
        (header(shard="1/3"), "shard 1/3"),
        (header(shard="1/1"), ""),
        (header(shard="one"), ""),
        ({"parts": [header(shard="10/11"), header(shard="2/11")]}, "shards 2/11, 10/11"),
        ({"parts": [header(shard="2/2"), header(shard="1/2")]}, ""),
    ],
)
def test_shards_are_told_unless_all_are_there(given: dict[str, Any], part: str) -> None:
    assert selected(given).part == part


@pytest.mark.parametrize(
    ("argv", "left_out"),
    [
        ([], []),
        (["-k", "not ["], ["codes[0]"]),
        (["-k", "codes"], ["fault-reaps"]),
        (["--case", "codes[7]"], ["fault-reaps"]),
        (["-k", "(("], []),
    ],
)
def test_what_was_left_out_is_known(argv: list[str], left_out: list[str]) -> None:
    own = selected(header(*argv))
    assert [name for name in ("codes[0]", "fault-reaps") if own.leaves_out(name)] == left_out
