"""The words of the matrix: what becomes of a case, what that says of each of its rules, which is the worst.

A *standing* is a verdict, or one of what a matrix tells beside the verdicts: that nothing ran, that a case
failed before it came to a rule, that a divergence was expected, that an expectation was wrong, or that a
target conforms to a Linux for which the rule does not hold: an older one, or one on another machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from conformance.publish.recorded import Recorded
from conformance.verdict.model import (
    CONFLICT,
    CONFORMS,
    CRASHED,
    DIVERGES,
    HARMLESS,
    HUNG,
    UNSTABLE,
    UNSUPPORTED,
    VERDICTS,
)

NOTHING: Final = "nothing"
NOT_SHOWN: Final = "not-shown"
ELSEWHERE: Final = "elsewhere"
EXPECTED: Final = "expected"
UNMET: Final = "unmet"


class Standing(NamedTuple):
    """How a standing is written: one character, a word or two (and of several cases), and what it means."""

    glyph: str
    word: str
    plural: str
    meaning: str


STANDINGS: Final[Mapping[str, Standing]] = {
    NOTHING: Standing("—", "not run", "not run", "no case about it ran"),
    UNSUPPORTED: Standing("⊘", "unsupported", "unsupported", "the target lacks what the case needs"),
    NOT_SHOWN: Standing(
        "…", "not shown", "not shown", "a case that would show it went wrong over another rule"
    ),
    CONFORMS: Standing("✓", "conforms", "conform", "as Linux does"),
    ELSEWHERE: Standing(
        "○",
        "other Linux",
        "as other Linux",
        "as the Linux it is compared with, an older one or on another machine, where the rule does not hold",
    ),
    EXPECTED: Standing(
        "≈", "expected", "expected", "differs from Linux, in a way that is known, with a reason"
    ),
    UNMET: Standing(
        "≠",
        "not as expected",
        "not as expected",
        "was expected to differ and does not: the expectation is out of date",
    ),
    CONFLICT: Standing("?", "conflict", "in conflict", "the case's author and the reference kernel disagree"),
    UNSTABLE: Standing("~", "unstable", "unstable", "not the same each time"),
    DIVERGES: Standing("✗", "diverges", "diverge", "differs from Linux"),
    HUNG: Standing("H", "hung", "hung", "a step never ended"),
    CRASHED: Standing("!", "crashed", "crashed", "the target broke down"),
}
"""From the least to the worst: the worst of what is told of a rule is its standing. What conforms outweighs
what is unsupported or not shown, since then something was seen to hold."""

assert set(VERDICTS) < set(STANDINGS)

_GRAVITY: Final = {name: place for place, name in enumerate(STANDINGS)}

DIFFERING: Final = frozenset(name for name in STANDINGS if _GRAVITY[name] > _GRAVITY[ELSEWHERE])
"""Where a target does not do as its Linux does, or was not told right."""


def worst(standings: Iterable[str]) -> str:
    """Return the worst of some standings; of none, that nothing ran."""
    return max(standings, key=_GRAVITY.__getitem__, default=NOTHING)


def standing_of(case: Recorded) -> str:
    """Say what became of a case, or of folded cells.

    An expectation that came true turns what differs into ``expected``; one that did not, of a case that
    conforms or is unsupported, is ``unmet``. A difference that nobody expected in this way stays what it is.
    """
    if case.expectation is None:
        return case.verdict
    if case.expectation.met:
        return case.verdict if case.verdict in HARMLESS else EXPECTED
    return UNMET if case.verdict in HARMLESS else case.verdict


def said_of_rules(case: Recorded) -> Iterator[tuple[str, str]]:
    """Give each rule of a case with what the case says of it.

    A divergence is about one rule, which may be none of those that the case names. The other rules of such
    a case were not shown: it went wrong before, or beside them.
    """
    standing = standing_of(case)
    about = blamed(case) if standing in DIFFERING else frozenset()
    for rule in dict.fromkeys((*case.rules, *sorted(about))):
        yield rule, NOT_SHOWN if about and rule not in about else standing


def blamed(case: Recorded) -> frozenset[str]:
    """Return the rules that the divergences of a case are about; empty if it has none or they name none."""
    return frozenset(one.rule for one in case.divergences if one.rule)
