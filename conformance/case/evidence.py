"""Which cases show which rule, and which show its edge.

A rule wants two kinds of case. One is *written for it*: by hand, with an ``expect`` that states what the
documents promise; a cell of a sweep is evidence too, but is mostly judged by the reference kernel alone.
The other is its *neighbour*: a case, hand-written or a cell, that fails where the rule is read too widely.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from conformance.case.model import Case


def base_id(case_id: str) -> str:
    """Return the id of the document a case comes from: that of the sweep for a cell."""
    return case_id.partition("[")[0]


def is_cell(case: Case) -> bool:
    """Tell whether a case comes from a sweep."""
    return case.id != base_id(case.id)


@dataclass(slots=True)
class Evidence:
    """What a suite holds about one rule: ids of documents, each with the number of its cases."""

    expecting: Counter[str] = field(default_factory=Counter)
    """Hand-written cases that expect what the rule says."""
    unexpecting: Counter[str] = field(default_factory=Counter)
    """Hand-written cases that only the reference kernel judges, as far as this rule goes."""
    sweeps: Counter[str] = field(default_factory=Counter)
    neighbours: Counter[str] = field(default_factory=Counter)

    @property
    def cases(self) -> Counter[str]:
        """All that is evidence for the rule; neighbours are not."""
        return self.expecting + self.unexpecting + self.sweeps


NO_EVIDENCE = Evidence()


class Gathered(dict[str, Evidence]):
    """Evidence by rule, filled one case at a time; rules without any are left out."""

    def add(self, case: Case) -> None:
        """Count a case for every rule that it names."""
        named = (step.rule for step in case.steps if step.rule)
        for rule in dict.fromkeys((*case.rules, *named)):
            self._kind(case, rule)[base_id(case.id)] += 1
        for rule in case.neighbour_of:
            self._of(rule).neighbours[base_id(case.id)] += 1

    def passing(self, cases: Iterable[Case]) -> Iterator[Case]:
        """Pass cases on, and count each."""
        for case in cases:
            self.add(case)
            yield case

    def _kind(self, case: Case, rule: str) -> Counter[str]:
        evidence = self._of(rule)
        if is_cell(case):
            return evidence.sweeps
        return evidence.expecting if expects(case, rule) else evidence.unexpecting

    def _of(self, rule: str) -> Evidence:
        return self.setdefault(rule, Evidence())


def gather(cases: Iterable[Case]) -> Mapping[str, Evidence]:
    """Return what the cases show, by rule."""
    found = Gathered()
    for case in cases:
        found.add(case)
    return found


def expects(case: Case, rule: str) -> bool:
    """Tell whether a case has an ``expect`` about a rule: at the steps that name it, or else at any."""
    about = [step for step in case.steps if step.rule == rule]
    return any(step.expect for step in about or case.steps)
