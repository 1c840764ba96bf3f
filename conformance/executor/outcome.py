"""How a case ended on a target. No extension is needed to read this module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from conformance.trace import Trace

Status = Literal["ok", "hung", "crashed", "refused", "unsupported", "invalid", "broken"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of running one case.

    ``status``: ``ok`` (all steps ran and settled), ``hung`` (a step did not settle in time; the last
    entry of the trace is the last look), ``crashed`` (the target died under it), ``refused`` (the agent
    does not make calls that could reach outside the case), ``unsupported`` (the target lacks what the
    case requires), ``invalid`` (the target could not read the program) or ``broken`` (the target itself
    failed). ``text`` explains any but ``ok``. ``duration_ns`` is the time on the target, 0 if unknown.
    """

    status: Status
    trace: Trace
    text: str = ""
    duration_ns: int = 0


def without_trace(status: Status, text: str) -> Outcome:
    """Return the outcome of a case of which nothing was observed."""
    return Outcome(status, Trace(()), text)
