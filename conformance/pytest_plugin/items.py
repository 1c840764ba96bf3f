"""Case files and cases as pytest sees them, and the targets that run cases ahead of their items."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from conformance.case.errors import CaseErrors, UsageError
from conformance.case.loader import load_file
from conformance.case.model import Case, Rules
from conformance.case.rulesfile import RULES_FILE, RULES_FOLDER, load_rules, rule_files
from conformance.publish.words import result_lines
from conformance.pytest_plugin.parts import parts
from conformance.targets import Target, TargetFailed, TargetOptions, parse_target
from conformance.verdict.drive import TargetStopped, judge_cases
from conformance.verdict.expectation_files import expectations_for
from conformance.verdict.judge import oracle_for
from conformance.verdict.model import CONFORMS, UNSUPPORTED, CaseResult

_OUR_RULE: Final = re.compile(r"^- id: [A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-[0-9]+", re.MULTILINE)


def suite_of(file: Path, config: pytest.Config) -> Path | None:
    """Return the folder whose rules govern a case file; None if it is no case file of waitconf."""
    for folder in file.absolute().parents:
        if _has_our_rules(folder):
            inside = file.absolute().relative_to(folder)
            is_rules = inside.name == RULES_FILE or RULES_FOLDER in inside.parts[:-1]
            return None if is_rules else folder
        if folder == config.rootpath.parent:
            return None
    return None


@cache
def _has_our_rules(folder: Path) -> bool:
    """Tell waitconf's rules from files of that name which other projects have."""
    try:
        return any(_OUR_RULE.search(file.read_text(encoding="utf-8")) for file in rule_files(folder))
    except (OSError, UnicodeDecodeError):
        return False


class NotConforming(Exception):
    """A case's verdict is neither conforms nor unsupported."""

    def __init__(self, result: CaseResult) -> None:
        """Keep the result."""
        super().__init__(f"{result.case.id}: {result.verdict}")
        self.result = result


class CaseFile(pytest.File):
    """A case file; its items are its cases on each target."""

    suite: Path
    targets: list[str]

    def collect(self) -> Iterator[CaseItem]:
        """Load the cases; what is wrong with the file is an error of the collection."""
        try:
            self.rules = _rules(self.suite)
            cases = list(load_file(self.path, self.rules))
        except (CaseErrors, UsageError) as error:
            raise self.CollectError(str(error)) from error
        for target in self.targets:
            for case in cases:
                item: CaseItem = CaseItem.from_parent(
                    self, name=f"{case.id}[{target}]", case=case, target=target
                )
                yield item


@cache
def _rules(suite: Path) -> Rules:
    return load_rules(suite)


class CaseItem(pytest.Item):
    """One case on one target."""

    def __init__(self, *, case: Case, target: str, **others: Any) -> None:
        """Remember what to run."""
        super().__init__(**others)
        self.case = case
        self.target = target

    @property
    def file(self) -> CaseFile:
        """The case file."""
        assert isinstance(self.parent, CaseFile)
        return self.parent

    def runtest(self) -> None:
        """Raise unless the case conforms, or differs as is known; skip if the target does not support it."""
        result = self.session.stash[_RUNNING].result_of(self)
        self.user_properties += [("verdict", result.verdict), ("level", result.level)]
        self.user_properties += [("rule", rule) for rule in result.case.rules]
        if result.verdict == UNSUPPORTED:
            pytest.skip(result.text)
        if result.expectation is not None and result.expectation.met and result.verdict != CONFORMS:
            pytest.xfail(f"{result.expectation.reason} ({result.expectation.bug})")
        if result.is_bad:
            raise NotConforming(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Explain a verdict as ``waitconf run`` does."""
        error = excinfo.value
        if isinstance(error, NotConforming):
            words = ["waitconf", "run", self._shown_path(), "--case", self.case.id, "--target", self.target]
            return "\n".join(result_lines(error.result, self.target, self.file.rules, shlex.join(words)))
        if isinstance(error, TargetFailed | TargetStopped):
            return str(error)
        return super().repr_failure(excinfo, style)

    def _shown_path(self) -> str:
        base = self.config.invocation_params.dir
        return str(self.path.relative_to(base) if self.path.is_relative_to(base) else self.path)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Place the case: file, line from 0, name."""
        return self.path, self.case.mark.line - 1, self.name


class _Running:
    """The targets of a session, each running cases ahead of the items that will ask for them."""

    def __init__(self, items: list[CaseItem], *, ahead: bool) -> None:
        """Plan for ``items``: all of a target in one stream if ``ahead``, else part by part.

        A worker of pytest-xdist must not run ahead of a part: what comes next is not its to know.
        """
        part_of = parts(item.nodeid for item in items)
        self._streams: dict[object, list[CaseItem]] = {}
        self._stream_of: dict[CaseItem, object] = {}
        for item in items:
            key = item.target if ahead else part_of[item.nodeid]
            self._stream_of[item] = key
            self._streams.setdefault(key, []).append(item)
        self._targets: dict[str, Target] = {}
        self._active: dict[str, Iterator[tuple[CaseItem, CaseResult]]] = {}
        self._ready: dict[CaseItem, CaseResult] = {}

    def result_of(self, item: CaseItem) -> CaseResult:
        """Return the item's result; an item that asks a second time is run again.

        Raises:
            TargetFailed: its target does not start, or is lost.
        """
        if item not in self._ready:
            stream = self._streams.pop(self._stream_of[item], None)
            if stream:
                self._begin(stream)
            self._advance(item)
        if item not in self._ready:
            self._begin([item])
            self._advance(item)
        return self._ready.pop(item)

    def _begin(self, items: list[CaseItem]) -> None:
        """Start to run ``items``, once their target has done what it is at: it does one thing at a time."""
        name = items[0].target
        with suppress(TargetFailed, TargetStopped):  # the items it leaves without a result are run singly
            self._ready.update(self._active.pop(name, ()))
        suites = {item.file.suite: item.file.rules for item in items}
        rules = {name: rule for rules in suites.values() for name, rule in rules.items()}
        target = self._target(name)
        oracle = oracle_for(target.describe())
        judged = judge_cases((item.case for item in items), target, oracle, rules)
        results = map(expectations_for(target.describe()).judge, judged)
        self._active[name] = zip(items, results, strict=False)  # a lost target ends it early, more than once

    def _advance(self, item: CaseItem) -> None:
        """Take results in until the item's is there, or there are no more."""
        for done, result in self._active[item.target]:
            self._ready[done] = result
            if done is item:
                return

    def _target(self, name: str) -> Target:
        if name not in self._targets:
            self._targets[name] = parse_target(name, TargetOptions(cpu=_own_core()))
        return self._targets[name]

    def close(self) -> None:
        """End the targets."""
        for target in self._targets.values():
            target.close()


_RUNNING: Final = pytest.StashKey[_Running]()


def _own_core() -> int | None:
    """Return a core for a worker of pytest-xdist, another one for each; None outside of xdist."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    cores = sorted(os.sched_getaffinity(0))
    return cores[int(worker[2:]) % len(cores)] if worker[2:].isdecimal() else None


def plan(session: pytest.Session) -> None:
    """Prepare to run the session's cases in batches."""
    items = [item for item in session.items if isinstance(item, CaseItem)]
    running = _Running(items, ahead="PYTEST_XDIST_WORKER" not in os.environ)
    session.stash[_RUNNING] = running
    session.config.add_cleanup(running.close)
