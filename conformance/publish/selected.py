"""Which cases of its suite a run was told to run, by the header of its file."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from conformance.case.errors import UsageError
from conformance.case.evidence import base_id
from conformance.case.keyword import keyword_matcher
from conformance.publish.recorded import visible_name

_NO_CELLS: Final = "not ["
"""The ``-k`` that leaves out the cells of sweeps: it is these that have a bracket in their ids."""
HAND_WRITTEN: Final = "hand-written cases"
SHARD: Final = re.compile(r"([1-9]\d{0,9})/([1-9]\d{0,9})", re.ASCII)
"""How a header names a part of a selection: its number and how many there are."""


class Choice(NamedTuple):
    """What one run chose by ``-k`` and ``--case``; empty for no choice."""

    keyword: str
    case: str

    @property
    def words(self) -> str:
        """Say what was chosen; nothing if all was."""
        if self.case:
            return f"the case {self.case}"
        if self.keyword == _NO_CELLS:
            return HAND_WRITTEN
        return f"cases that match -k '{self.keyword}'" if self.keyword else ""

    def takes(self, name: str) -> bool:
        """Say whether a case is among those chosen; of an expression that is none, that it may be."""
        if self.case:
            return base_id(self.case) == base_id(name)
        try:
            return not self.keyword or keyword_matcher(self.keyword)(name)
        except UsageError:
            return True


@dataclass(frozen=True, slots=True)
class Selected:
    """What the runs of a file chose, and which shards they were of a run that has others: ``1/3``."""

    choices: tuple[Choice, ...] = ()
    shards: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Say which cases were to run, such as ``hand-written cases``; nothing if all were."""
        return " and ".join(choice.words for choice in self.choices)

    @property
    def part(self) -> str:
        """Name the shards: ``shard 1/3``; nothing if none is missing."""
        if not self.shards:
            return ""
        return f"shard{'' if len(self.shards) == 1 else 's'} {', '.join(self.shards)}"

    def leaves_out(self, name: str) -> bool:
        """Say whether a case was not to be run, by its id (of a sweep, by that of a cell)."""
        return bool(self.choices) and not any(choice.takes(name) for choice in self.choices)


def selected(header: Mapping[str, Any]) -> Selected:
    """Read it from a header; what is not as ``records`` makes it says nothing."""
    runs = list(_runs(header))
    choices = tuple(dict.fromkeys(choice_of(run.get("argv")) for run in runs))
    return Selected(choices if all(choice.words for choice in choices) else (), _shards(runs))


def _runs(header: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give the runs of a file: those that it was merged from, or its own."""
    parts = header.get("parts")
    if isinstance(parts, list) and parts:
        yield from (part for part in parts if isinstance(part, dict))
    else:
        yield header


def choice_of(argv: object) -> Choice:
    """Return what a recorded command chose; which files it read, the suite's digest says."""
    words = [visible_name(word) for word in argv if isinstance(word, str)] if isinstance(argv, list) else []
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("-v", "--verbose", action="store_true")  # -vk EXPR is a way to write -k EXPR
    parser.add_argument("-k", dest="keyword", default="")
    parser.add_argument("--case", default="")
    try:
        found, _ = parser.parse_known_args(words)
    except argparse.ArgumentError:
        return Choice("", "")
    return Choice(" ".join(found.keyword.split()), found.case)


def _shards(runs: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the shards in their order, unless all are there."""
    found = {
        (int(one[2]), int(one[1])) for run in runs if (one := SHARD.fullmatch(str(run.get("shard", ""))))
    }
    whole = all(len([1 for of, _ in found if of == own]) == own for own, _ in found)
    return () if whole else tuple(f"{number}/{of}" for of, number in sorted(found))
