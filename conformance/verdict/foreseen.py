"""Expectation files: the verdicts that are known of a target, each with its reason and the bug's reference.

A file is TOML, a table for each expectation::

    [[expect]]
    cases = "ptrace-syscall-stops*"      # an id, or several as a list; * stands for anything
    verdict = "diverges"
    reason = "no PTRACE_GET_SYSCALL_INFO: EIO"
    bug = "arch/um/Kconfig: no HAVE_ARCH_TRACEHOOK"
    seen = "step 9: P errno EIO"         # optional: the first difference must be this one
    release = ">=5.10,<6.12"             # optional: only there
    machine = "x86_64"                   # optional: only there
    steady = false                       # optional: it comes and goes, so a milder verdict is right too

An expectation that does not come true is as bad as a divergence that nobody expected: the target got
better, or differs in another way, and the file must say so.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from conformance.abi.releases import Release, release_in
from conformance.case.errors import UsageError
from conformance.verdict.model import (
    CONFORMS,
    DIVERGES,
    HUNG,
    UNSUPPORTED,
    VERDICTS,
    CaseResult,
    Divergence,
    Expectation,
)

_TEXTS: Final = ("verdict", "reason", "bug")
_OPTIONAL: Final = ("seen", "release", "machine")
_KEYS: Final = ("cases", *_TEXTS, *_OPTIONAL, "steady")
_BOUND: Final = re.compile(r"(>=|<=|<|>|=)\s*([0-9.]+)$")
_PLACE: Final = re.compile(r"\(at line (\d+), column (\d+)\)")


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One expectation of a file; ``place`` is its ``file:line``. See the module for the rest."""

    cases: tuple[str, ...]
    verdict: str
    reason: str
    bug: str
    seen: str = ""
    release: str = ""
    machine: str = ""
    steady: bool = True
    place: str = ""

    def holds_on(self, target: Mapping[str, str]) -> bool:
        """Say whether this is about a target, by what it says of itself."""
        if self.machine not in ("", target.get("machine", "")):
            return False
        release = release_in(target.get("release", ""))
        bounds = [_BOUND.match(bound.strip()) for bound in self.release.split(",") if bound]
        return all(release is not None and bound and _is_within(release, bound) for bound in bounds)

    def names(self, case_id: str) -> bool:
        """Say whether a case is meant; cells of sweeps by their whole id, or a pattern."""
        return any(_pattern(one).fullmatch(case_id) for one in self.cases)

    def met_by(self, result: CaseResult) -> bool:
        """Say whether a result is what was expected."""
        if not self.steady and result.verdict in milder_than(self.verdict):
            return True
        return result.verdict == self.verdict and self.seen in ("", first_difference(result.divergences))


def milder_than(verdict: str) -> tuple[str, ...]:
    """Return the verdicts a case may have that is not always as bad: what sometimes hangs may differ, too."""
    return (CONFORMS, DIVERGES) if verdict == HUNG else (CONFORMS,)


def _is_within(release: Release, bound: re.Match[str]) -> bool:
    """Say whether a release is within a bound; one without a point is about a whole stable series."""
    other = release_in(bound[2])
    if other is None:
        return False
    own = release if other.point else release.series
    return {
        ">=": own >= other,
        "<=": own <= other,
        ">": own > other,
        "<": own < other,
        "=": own == other,
    }[bound[1]]


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, text.split("*"))))


def first_difference(divergences: Sequence[Divergence]) -> str:
    """Spell what ``seen`` is compared with: where a result first differs, and what is there."""
    if not divergences:
        return ""
    first = divergences[0]
    return f"step {first.step}: {first.actor} {first.field} {first.observed}"


class Expectations:
    """The expectations that hold on one target; of several that name a case the first counts."""

    def __init__(self, foreseen: Sequence[Foreseen], target: Mapping[str, str]) -> None:
        """Keep those that are about the target."""
        self._foreseen = [one for one in foreseen if one.holds_on(target)]

    def judge(self, result: CaseResult) -> CaseResult:
        """Return a result with what was expected of it. What could not run proves nothing either way."""
        for one in self._foreseen:
            if one.names(result.case.id) and result.verdict != UNSUPPORTED:
                told = Expectation(one.verdict, one.reason, one.bug, one.met_by(result))
                return replace(result, expectation=told)
        return result


def read_foreseen(text: str, path: str) -> tuple[Foreseen, ...]:
    """Read an expectation file.

    Raises:
        UsageError: it is malformed, or an expectation has no reason or no bug; all that is wrong, each as
            ``file:line: what``.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        where = f":{place[1]}:{place[2]}" if place else ""
        raise UsageError(f"{path}{where}: {_PLACE.sub('', str(error)).strip()}") from error
    tables = content.pop("expect", [])
    if content or not isinstance(tables, list):
        odd = ", ".join(content) or "expect"
        raise UsageError(f"{path}: an expectation file is a list of [[expect]] tables; what is {odd}?")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line.strip() == "[[expect]]"]
    places = [f"{path}:{line}" for line in lines]
    placed = list(zip(tables, places, strict=False))
    wrong = [f"{place}: {fault}" for table, place in placed for fault in _faults(table)]
    if wrong:
        raise UsageError("\n".join(wrong))
    return tuple(Foreseen(**{**table, "cases": _names(table), "place": place}) for table, place in placed)


def _names(table: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cases of an expectation; none if they are no names."""
    cases = table.get("cases")
    names = [cases] if isinstance(cases, str) else cases
    fine = isinstance(names, list) and all(isinstance(name, str) and name.strip() for name in names)
    return tuple(names) if isinstance(names, list) and fine else ()


def _faults(table: Mapping[str, Any]) -> Iterator[str]:
    for key in table:
        if key not in _KEYS:
            yield f"`{key}` is no key of an expectation; there are {', '.join(_KEYS)}"
    if not _names(table):
        yield "`cases` is missing or empty: say which, by an id or a pattern with *, or a list of these"
    for key in _TEXTS:
        value = table.get(key)
        if not isinstance(value, str) or not value.strip():
            yield f"`{key}` is missing or empty: {_WHY[key]}"
    for key in _OPTIONAL:
        if not isinstance(table.get(key, ""), str):
            yield f"`{key}` must be a text"
    if not isinstance(table.get("steady", True), bool):
        yield "`steady` is true or false"
    yield from _odd_values(table)


_WHY: Final = {
    "verdict": "say what is expected",
    "reason": "say in a sentence why the target differs",
    "bug": "say where that is known: a report, a source file, a row of a catalogue",
}


def _odd_values(table: Mapping[str, Any]) -> Iterator[str]:
    verdict = table.get("verdict")
    if isinstance(verdict, str) and verdict.strip() and verdict not in _EXPECTABLE:
        yield f"`{verdict}` is not to be expected; verdict is one of {', '.join(_EXPECTABLE)}"
    release = table.get("release", "")
    if isinstance(release, str):
        for bound in filter(None, release.split(",")):
            if not _BOUND.match(bound.strip()):
                yield f"release `{bound.strip()}`: a bound is >=, <=, <, > or = and a release"


_EXPECTABLE: Final = tuple(
    verdict for verdict in VERDICTS if verdict not in (CONFORMS, UNSUPPORTED, "conflict")
)
