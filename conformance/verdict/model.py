"""The words of a judgement: verdicts, divergences, results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from conformance.case.model import LEVELS, Case, Rules
from conformance.trace import Value

CONFORMS: Final = "conforms"
DIVERGES: Final = "diverges"
UNSUPPORTED: Final = "unsupported"
CRASHED: Final = "crashed"
HUNG: Final = "hung"
UNSTABLE: Final = "unstable"
CONFLICT: Final = "conflict"

VERDICTS: Final = (CONFORMS, DIVERGES, UNSUPPORTED, CRASHED, HUNG, UNSTABLE, CONFLICT)
"""All verdicts, in the order in which summaries show them."""

HARMLESS: Final = frozenset({CONFORMS, UNSUPPORTED})
"""Verdicts that leave a run's exit status at 0."""

ABSENT: Final = "absent"
"""What stands for a field, an event or an actor that is not there."""


class Divergence(NamedTuple):
    """One difference between what is right and what was seen.

    ``step`` counts from 1. ``field`` is a field of the ``returned`` event (``ret``, ``errno``,
    ``si_code``…), of the state (``state``, ``call``, ``ppid``, ``pgid``, ``sid``), ``handled`` or
    ``handled[i].field``, ``returned``, ``unready`` or ``order``. ``rule`` is the id of the step's rule, or
    the first of the case. In a conflict, ``expected`` is the author's and ``observed`` the reference
    kernel's.
    """

    step: int
    actor: str
    field: str
    expected: Value
    observed: Value
    rule: str


class Expectation(NamedTuple):
    """What an expectation file says of a case on a target, and whether it came true."""

    verdict: str
    reason: str
    bug: str
    met: bool


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The judgement of one case on one target.

    ``level`` is the strongest level (posix, documented, implementation) among the rules that diverge,
    or among the case's rules. ``duration_ns`` is the target's time. ``text`` is empty unless the verdict
    needs words. ``expectation``: what was known of this case on this target, if anything was.
    """

    case: Case
    verdict: str
    level: str
    duration_ns: int
    divergences: tuple[Divergence, ...] = ()
    text: str = ""
    expectation: Expectation | None = None

    @property
    def is_bad(self) -> bool:
        """Whether this makes a run fail: it is not harmless, or not what was expected."""
        if self.expectation is not None:
            return not self.expectation.met
        return self.verdict not in HARMLESS


def strongest_level(ids: tuple[str, ...], rules: Rules) -> str:
    """Return the strongest level among the rules ``ids``; the weakest one if none is known."""
    known = {rules[name].level for name in ids if name in rules}
    return next((level for level in LEVELS if level in known), LEVELS[-1])
