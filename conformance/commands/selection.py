"""Which cases a command is about, and the rules they are judged by."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from conformance import __version__
from conformance.case.errors import UsageError
from conformance.case.evidence import base_id
from conformance.case.model import Case, Rule, Rules
from conformance.case.rulesfile import load_rules
from conformance.case.suite import bundled, digest, find_case_files, load_suite, rules_folder
from conformance.commands.shards import Shard


@dataclass(frozen=True, slots=True)
class Selection:
    """Cases by path, ``-k`` expression and exact id; of these a part, if they are shared out."""

    paths: tuple[Path, ...]
    keyword: str | None = None
    case_id: str | None = None
    shard: Shard | None = None

    def cases(self) -> Iterator[Case]:
        """Load the cases; sweeps are expanded as the iterator goes.

        Raises:
            CaseErrors: with all that is wrong with the files, before the first case.
            UsageError: a path does not exist, or the expression does not parse.
        """
        found = load_suite(self.roots, self._expression(), self.shard.dealer() if self.shard else None)
        if self.case_id is not None:
            return (case for case in found if case.id == self.case_id)
        return found

    def _expression(self) -> str | None:
        """Let the loader leave out at once what an exact id excludes: all documents but its own."""
        if self.case_id is None:
            return self.keyword
        document = base_id(self.case_id)
        return f"({self.keyword}) and {document}" if self.keyword else document

    @property
    def roots(self) -> tuple[Path, ...]:
        """The paths; the bundled suite if none were given."""
        return self.paths or (bundled(),)

    def rules(self) -> Rules:
        """Return the rules of every suite that the paths lie in or hold; raises as :meth:`cases`."""
        rules: dict[str, Rule] = {}
        for folder in self._suites():
            rules.update(load_rules(folder))
        return rules

    def _suites(self) -> list[Path]:
        files = find_case_files(self.roots)
        # A suite with rules and without a case has rules all the same.
        places = chain(files, (root / "rules.yaml" for root in self.roots if root.is_dir()))
        return list(dict.fromkeys(folder for place in places if (folder := rules_folder(place))))

    def facts(self) -> dict[str, str]:
        """Return ``version`` and ``digest`` for a result file's header."""
        return {"version": __version__, "digest": f"sha256:{digest(self.roots)}"}

    def reproduce(self, case: Case, target: str, release: str | None) -> str:
        """Return the command that runs one of the cases again."""
        words = ["waitconf", "run", *([case.mark.path] if self.paths else []), "--case", case.id]
        words += ["--target", target, *(["--release", release] if release else [])]
        return shlex.join(words)


def select(
    paths: Sequence[str],
    keyword: str | None = None,
    case_id: str | None = None,
    shard: Shard | None = None,
) -> Selection:
    """Make a selection from what the user wrote; raises UsageError for an id that can be none."""
    if case_id is not None and (not base_id(case_id) or set("() \t") & set(base_id(case_id))):
        raise UsageError(f"--case {case_id!r}: that is no case's id")
    return Selection(tuple(Path(path) for path in paths), keyword, case_id, shard)


def first_and_rest(cases: Iterator[Case]) -> Iterator[Case] | None:
    """Return the same iterator, or None if there is nothing in it."""
    first = next(cases, None)
    return None if first is None else chain([first], cases)
