"""``waitconf update-expectations``: an expectation file as a run would have it, without the reasons."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.commands import status
from conformance.publish.jsonl import read_results
from conformance.publish.wholefile import write_whole
from conformance.verdict.expectation_files import read_file
from conformance.verdict.foreseen import Foreseen, first_difference, milder_than
from conformance.verdict.model import HARMLESS, UNSUPPORTED, Divergence

_KEYS = ("cases", "verdict", "seen", "reason", "bug", "release", "machine", "steady")
_HEAD = "# Verdicts that are known of this target. A reason and a bug are written by a person.\n"


def update_expectations(args: argparse.Namespace) -> int:
    """Keep what came true, drop what did not, and add what nobody expected, for a person to explain."""
    path = Path(args.file)
    results = read_results(Path(args.results))
    target = results.header["target"]
    old = read_file(path) if path.exists() else ()
    cases = {case["id"]: case for case in results.cases}
    new = updated(old, cases, target)
    write_whole(path, expectation_text(new).encode())
    for name, one in _half_true(new, cases, target):
        words = ", ".join(one.cases)
        sys.stderr.write(f"{one.place}: `{words}` is no longer true of {name}: name those that are left\n")
    blank = [one for one in new if not one.reason]
    kept = len(new) - len(blank)
    sys.stderr.write(f"{path}: {kept} kept, {len(old) - kept} dropped, {len(blank)} new\n")
    if blank:
        sys.stderr.write(f"{path}: write the reason and the bug of the {len(blank)} that are new\n")
    return status.OK


def updated(
    old: Sequence[Foreseen], cases: Mapping[str, Mapping[str, Any]], target: Mapping[str, str]
) -> tuple[Foreseen, ...]:
    """Return the expectations of a file after a run.

    One about another release or machine, or about cases that did not run, is kept; one of which every case
    now conforms or differs otherwise is dropped.
    """
    kept = [one for one in old if not one.holds_on(target) or _is_true(one, cases)]
    explained = {name for name in cases for one in kept if one.holds_on(target) and one.names(name)}
    return (*kept, *_added(cases, explained))


def _half_true(
    new: Sequence[Foreseen], cases: Mapping[str, Mapping[str, Any]], target: Mapping[str, str]
) -> Iterator[tuple[str, Foreseen]]:
    """Yield the cases that an expectation names and that are not as it says, though others are."""
    for name, case in cases.items():
        one = next((one for one in new if one.holds_on(target) and one.names(name)), None)
        if one is not None and not _may_be(one, case["verdict"]) and not _comes_true(one, case):
            yield name, one


def _may_be(one: Foreseen, verdict: str) -> bool:
    """Say whether a verdict tells nothing against an expectation, whatever differs."""
    return verdict == UNSUPPORTED or (not one.steady and verdict in milder_than(one.verdict))


def _is_true(one: Foreseen, cases: Mapping[str, Mapping[str, Any]]) -> bool:
    about = [case for name, case in cases.items() if one.names(name)]
    return not about or not one.steady or any(_comes_true(one, case) for case in about)


def _comes_true(one: Foreseen, case: Mapping[str, Any]) -> bool:
    return case["verdict"] == one.verdict and one.seen in ("", _seen(case))


def _seen(case: Mapping[str, Any]) -> str:
    return first_difference([Divergence(**one) for one in case.get("divergences", [])[:1]])


def _added(cases: Mapping[str, Mapping[str, Any]], explained: set[str]) -> Iterator[Foreseen]:
    for name, case in cases.items():
        if name not in explained and case["verdict"] not in HARMLESS:
            yield Foreseen((name,), case["verdict"], "", "", seen=_seen(case))


def expectation_text(foreseen: Sequence[Foreseen]) -> str:
    """Return a whole file. TOML's basic strings are written as JSON's are."""
    return _HEAD + "".join(f"\n[[expect]]\n{''.join(_lines(one))}" for one in foreseen)


def _lines(one: Foreseen) -> Iterator[str]:
    for key in _KEYS:
        value = getattr(one, key)
        if key == "steady":
            yield "" if value else "steady = false\n"
        elif key == "cases":
            yield f"cases = {_spelled(one.cases)}\n"
        elif value or key in ("reason", "bug"):
            yield f"{key} = {json.dumps(value, ensure_ascii=False)}\n"


def _spelled(names: Sequence[str]) -> str:
    """Spell one name, or a list with a line for each."""
    words = [json.dumps(name, ensure_ascii=False) for name in names]
    return words[0] if len(words) == 1 else "[\n" + "".join(f"    {word},\n" for word in words) + "]"
