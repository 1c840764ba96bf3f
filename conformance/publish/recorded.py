"""The cases of a results file with types, checked, and what each means to a reader.

What a file says may come from anywhere; its texts are made such that every format can carry them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from conformance.abi.machines import USUAL, linux_name
from conformance.publish.jsonl import NotResults, Results
from conformance.trace import Value
from conformance.verdict.model import HARMLESS, VERDICTS, Divergence

_NONE: Final = "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but for tabs and line ends, which texts may have
    "\u2028\u2029"  # ends of lines and paragraphs, for some readers
    "\u202a-\u202e\u2066-\u2069"  # what turns the direction of all that follows
    f"\ud800-\udfff\ufdd0-\ufdef{_NONE}]"  # half surrogates, and what is no character
)
"""What XML or a terminal cannot carry, or what makes a text look like another."""
_UNPRINTABLE_IN_A_NAME: Final = re.compile("[\t\n]")


def visible(text: str) -> str:
    r"""Return a text with names for what cannot be seen: ``\x1b`` stands for that control character."""
    return _UNPRINTABLE.sub(_escape, text)


def visible_name(text: str) -> str:
    r"""Return a text that is one line: as :func:`visible`, with ``\x0a`` for the end of a line."""
    return _UNPRINTABLE_IN_A_NAME.sub(_escape, visible(text))


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def oracle_of(header: Mapping[str, Any]) -> str:
    """Say which Linux a run was compared with, ``6.12`` or ``6.12 on riscv64``; nothing if it is not told.

    Files that say no machine are older than the difference.
    """
    found = header.get("oracle")
    facts = found if isinstance(found, dict) else {}
    release, machine = str(facts.get("release", "")), str(facts.get("machine", USUAL))
    return visible_name(linux_name(release, machine)) if release else ""


class Expectation(NamedTuple):
    """What the target's expectation file says of a case, and whether it came true.

    Met, a failure is nothing new; not met, a case is bad even if it conforms.
    """

    verdict: str
    reason: str
    bug: str
    met: bool

    @property
    def why(self) -> str:
        """The reason and where the bug is tracked, in one line."""
        return f"{self.reason} ({self.bug})" if self.bug else self.reason


@dataclass(frozen=True, slots=True)
class Recorded:
    """A case as recorded; or all the folded cells of a sweep, ``count`` of them, whose id is the sweep's."""

    id: str
    area: str
    verdict: str
    rules: tuple[str, ...] = ()
    level: str = ""
    duration_us: int = 0
    divergences: tuple[Divergence, ...] = ()
    text: str = ""
    expectation: Expectation | None = None
    count: int = 1
    folded: bool = False

    @property
    def name(self) -> str:
        """What it is called: its id; ``sweep[…]`` for folded cells."""
        return f"{self.id}[…]" if self.folded else self.id

    @property
    def bad(self) -> bool:
        """Whether it neither conforms, nor is unsupported, nor is as its expectation says."""
        if self.expectation is not None:
            return not self.expectation.met
        return self.verdict not in HARMLESS

    @property
    def excused(self) -> bool:
        """Whether it fails, and was expected to."""
        return self.verdict not in HARMLESS and not self.bad

    @property
    def surprise(self) -> str:
        """Say what was expected instead; empty unless there is an expectation that is not met."""
        if self.expectation is None or self.expectation.met:
            return ""
        return f"expected: {self.expectation.verdict}, but: {self.verdict}. {self.expectation.why}"


def read_cases(results: Results) -> tuple[Recorded, ...]:
    """Return the cases of a file and its folded cells, in the file's order, these after those.

    Raises :class:`NotResults` for a case whose record is not as ``records`` makes it.
    """
    return (
        *(_Record(results.path, case).read() for case in results.cases),
        *(_Record(results.path, cells).read(folded=True) for cells in results.folded),
    )


class _Record:
    """One record while it is read; the reader of the file has seen to its ``id`` and ``verdict``."""

    def __init__(self, path: str, content: Mapping[str, Any]) -> None:
        self._path = path
        self._content = content

    def read(self, *, folded: bool = False) -> Recorded:
        return Recorded(
            id=visible_name(self._content["id"]),
            area=visible_name(self._take("area", str, "")),
            verdict=self._content["verdict"],
            rules=self._rules(),
            level=visible_name(self._take("level", str, "")),
            duration_us=self._take("duration_us", int, 0),
            divergences=tuple(map(self._divergence, self._take("divergences", list, []))),
            text=visible(self._take("text", str, "")),
            expectation=self._expectation(),
            count=self._take("count", int, 1) if folded else 1,
            folded=folded,
        )

    def _take(self, key: str, kind: type, default: Any, within: Mapping[str, Any] | None = None) -> Any:
        """Return a member, of a type that is not bool unless asked for."""
        found = (self._content if within is None else within).get(key, default)
        if not isinstance(found, kind) or (isinstance(found, bool) and kind is not bool):
            raise self._error(f"its `{key}` is not {_KINDS[kind]}")
        return found

    def _rules(self) -> tuple[str, ...]:
        found = self._take("rules", list, [])
        if not all(isinstance(rule, str) for rule in found):
            raise self._error("its `rules` are not texts")
        return tuple(map(visible_name, found))

    def _divergence(self, found: object) -> Divergence:
        if not isinstance(found, dict):
            raise self._error("a divergence is not an object")
        step = self._take("step", int, None, found)
        actor, field, rule = (
            visible_name(self._take(key, str, None, found)) for key in ("actor", "field", "rule")
        )
        return Divergence(
            step, actor, field, _value(found.get("expected")), _value(found.get("observed")), rule
        )

    def _expectation(self) -> Expectation | None:
        if self._content.get("expectation") is None:
            return None
        found = self._take("expectation", dict, None)
        verdict, reason, bug = (
            visible_name(self._take(key, str, "", found)) for key in ("verdict", "reason", "bug")
        )
        return Expectation(verdict, reason, bug, self._take("met", bool, None, found))

    def _error(self, what: str) -> NotResults:
        return NotResults(f"{self._path}: case {visible_name(self._content['id'])}: {what}")


_KINDS: Final[Mapping[type, str]] = {
    str: "a text",
    int: "a whole number",
    list: "a list",
    dict: "an object",
    bool: "true or false",
}


def _value(found: Any) -> Value:
    """Return what is expected or observed as it is shown: words and numbers as they are, the rest as JSON."""
    if isinstance(found, int) and not isinstance(found, bool):
        return found
    return visible_name(found if isinstance(found, str) else json.dumps(found, ensure_ascii=False))


class Counts(NamedTuple):
    """How many cases there are, by verdict; how many of them are bad, and how many failed as expected."""

    verdicts: Mapping[str, int]
    bad: int
    excused: int

    @property
    def cases(self) -> int:
        """How many there are in all."""
        return sum(self.verdicts.values())


def count(cases: Iterable[Recorded]) -> Counts:
    """Count cases, each folded cell too; every verdict has a count."""
    verdicts, bad, excused = dict.fromkeys(VERDICTS, 0), 0, 0
    for case in cases:
        verdicts[case.verdict] += case.count
        bad += case.count * case.bad
        excused += case.count * case.excused
    return Counts(verdicts, bad, excused)
