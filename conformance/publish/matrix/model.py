"""The matrix before it is written down: what each target says of each area, rule and case."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from conformance.abi.machines import Linux
from conformance.case.evidence import NO_EVIDENCE, base_id
from conformance.case.model import Rule, Rules
from conformance.case.names import RULE_ID
from conformance.publish.jsonl import Results
from conformance.publish.matrix.measured import (
    UNMEASURED,
    Measured,
    Runs,
    contradicted,
    holds_in,
    known,
    measure,
)
from conformance.publish.matrix.suite import Suite
from conformance.publish.matrix.targets import Target, targets_of
from conformance.publish.matrix.verdicts import (
    DIFFERING,
    ELSEWHERE,
    STANDINGS,
    said_of_rules,
    standing_of,
    worst,
)
from conformance.publish.recorded import Recorded, read_cases
from conformance.verdict.model import CONFORMS

Counts = Mapping[str, int]
"""Cases by standing; only those that there are."""

_NONE: Final[Counts] = {}
_STRANGE: Final = "This rule is not in the suite that these pages were made with."


@dataclass(frozen=True)
class Told:
    """What one target's results come to.

    ``areas``, ``rules`` and ``documents`` count cases, those that are folded too. ``of_document`` and
    ``of_rule`` hold the cases that have more to tell than that the case conforms, in the order of their
    ids; a case is told of the rules that it is wrong about.
    """

    areas: Mapping[str, Counts]
    rules: Mapping[str, Counts]
    documents: Mapping[str, Counts]
    of_document: Mapping[str, Sequence[Recorded]]
    of_rule: Mapping[str, Sequence[Recorded]]


def tell(cases: Iterable[Recorded]) -> Told:
    """Count and sort the cases of a results file."""
    alike: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
    special: list[Recorded] = []
    for case in cases:
        if case.verdict == CONFORMS and case.expectation is None:
            alike[base_id(case.id), case.area, case.rules] += case.count
        else:
            special.append(case)
    found = _Counting()
    for (name, area, rules), count in alike.items():
        found.count(Recorded(name, area, CONFORMS, rules, count=count))
    for case in sorted(special, key=lambda one: one.id):
        found.count(case)
        found.keep(case)
    return found.told()


class _Counting:
    def __init__(self) -> None:
        self._areas: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._rules: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._documents: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._of_document: defaultdict[str, list[Recorded]] = defaultdict(list)
        self._of_rule: defaultdict[str, list[Recorded]] = defaultdict(list)

    def count(self, case: Recorded) -> None:
        standing = standing_of(case)
        self._areas[case.area][standing] += case.count
        self._documents[base_id(case.id)][standing] += case.count
        for rule, said in said_of_rules(case):
            self._rules[rule][said] += case.count

    def keep(self, case: Recorded) -> None:
        self._of_document[base_id(case.id)].append(case)
        for rule, said in said_of_rules(case):
            if said in DIFFERING:
                self._of_rule[rule].append(case)

    def told(self) -> Told:
        return Told(self._areas, self._rules, self._documents, self._of_document, self._of_rule)


@dataclass(frozen=True)
class Matrix:
    """All that the pages are made from; targets by their place in ``targets``.

    ``rules`` are those of the suite and those that only results name. ``otherwise`` has, for each Linux
    that a target was compared with, the hand-written cases whose authors expect what that Linux does not do.
    """

    suite: Suite
    targets: tuple[Target, ...]
    told: tuple[Told, ...]
    rules: Rules
    otherwise: Mapping[Linux, frozenset[str]]
    measured: Mapping[str, Measured]

    @cached_property
    def areas(self) -> tuple[str, ...]:
        """The areas in which some case ran or could have run."""
        found = {area for told in self.told for area in told.areas}
        return tuple(sorted(found | {one.first.area for one in self.suite.written.values()}))

    @cached_property
    def areas_of(self) -> Mapping[str, tuple[str, ...]]:
        """The areas of the cases that show each rule."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for one in self.suite.written.values():
            for rule in one.first.rules:
                found[rule].add(one.first.area)
        return {rule: tuple(sorted(areas)) for rule, areas in found.items()}

    @cached_property
    def strangers(self) -> tuple[str, ...]:
        """The documents that results name and the suite does not have."""
        found = {name for told in self.told for name in told.documents}
        return tuple(sorted(found - set(self.suite.written)))

    @cached_property
    def no_rules(self) -> tuple[str, ...]:
        """What results name as a rule and what can be none, so that it has no page."""
        return tuple(sorted({name for told in self.told for name in told.rules} - set(self.rules)))

    def area_counts(self, area: str, target: int) -> Counts:
        """Count the cases of an area on a target, by standing."""
        return self.told[target].areas.get(area, _NONE)

    def rule_counts(self, rule: str, target: int) -> Counts:
        """Count the cases that say something of a rule, by what they say."""
        return self.told[target].rules.get(rule, _NONE)

    def rule_standing(self, rule: str, target: int) -> str:
        """Return the standing of a rule on a target."""
        found = worst(self.rule_counts(rule, target))
        linux = self.targets[target].compared_with
        elsewhere = linux is not None and known(linux.release) and not holds_in(self.rules[rule], linux)
        return ELSEWHERE if found == CONFORMS and elsewhere else found

    def document_counts(self, name: str, target: int) -> Counts:
        """Count what became of a case, or of the cells of a sweep, on a target."""
        return self.told[target].documents.get(name, _NONE)

    def document_standing(self, name: str, target: int) -> str:
        """Return the standing of a case, or the worst of a sweep."""
        found = worst(self.document_counts(name, target))
        linux = self.targets[target].compared_with
        if found == CONFORMS and linux and name in self.otherwise.get(linux, ()):
            return ELSEWHERE
        return found

    def of_document(self, name: str, target: int) -> Sequence[Recorded]:
        """Return the record of a case, or those of cells of a sweep, that do not just conform."""
        return self.told[target].of_document.get(name, ())

    def of_rule(self, rule: str, target: int) -> Sequence[Recorded]:
        """Return the cases that are wrong about a rule."""
        return self.told[target].of_rule.get(rule, ())

    def measured_of(self, rule: str) -> Measured:
        """Return where a rule was seen to hold."""
        return self.measured.get(rule, UNMEASURED)

    def differing(self) -> tuple[str, ...]:
        """Return the rules that some target gets wrong."""
        places = range(len(self.targets))
        return tuple(
            rule
            for rule in self.rules
            if any(self.rule_standing(rule, place) in DIFFERING for place in places)
        )

    def evidence_of(self, rule: str) -> tuple[tuple[str, str], ...]:
        """Return the documents that show a rule, each with how: ``expects``, ``shows``, ``sweep``,
        ``neighbour``.
        """
        found = self.suite.evidence.get(rule, NO_EVIDENCE)
        kinds = (
            ("expects", found.expecting),
            ("shows", found.unexpecting),
            ("sweep", found.sweeps),
            ("neighbour", found.neighbours),
        )
        return tuple((name, kind) for kind, names in kinds for name in sorted(names))


def build(results: Sequence[Results], suite: Suite) -> Matrix:
    """Bring results and suite together; every Linux that was measured is asked of the reference kernel."""
    pairs = targets_of(results)
    targets, told = tuple(target for target, _ in pairs), tuple(tell(read_cases(one)) for _, one in pairs)
    asked = {target.compared_with for target in targets}
    otherwise = {
        linux: contradicted(suite.by_hand, linux)
        for linux in sorted(linux for linux in asked if linux is not None and known(linux.release))
    }
    rules = _all_rules(suite.rules, told)
    return Matrix(suite, targets, told, rules, otherwise, _measured(suite, rules, targets, told, otherwise))


def _all_rules(rules: Rules, told: Iterable[Told]) -> Rules:
    strange = {name for one in told for name in one.rules if RULE_ID.fullmatch(name)} - set(rules)
    found = {**rules, **{name: Rule(name, _STRANGE, "implementation", "") for name in strange}}
    return {name: found[name] for name in sorted(found)}


def _measured(
    suite: Suite,
    rules: Rules,
    targets: Sequence[Target],
    told: Sequence[Told],
    otherwise: Mapping[Linux, frozenset[str]],
) -> Mapping[str, Measured]:
    of: defaultdict[Linux, list[Told]] = defaultdict(list)
    for target, one in zip(targets, told, strict=True):
        if target.linux is not None and target.linux in otherwise:
            of[target.linux].append(one)

    def conforms(name: str, linux: Linux) -> bool:
        found = {standing for one in of[linux] for standing in one.documents.get(name, _NONE)}
        return worst(found) == CONFORMS

    def differs(rule: str, linux: Linux) -> bool:
        return any(worst(one.rules.get(rule, _NONE)) in DIFFERING for one in of[linux])

    runs = Runs({linux: otherwise[linux] for linux in of}, conforms, differs)
    return measure(suite.by_hand, rules, runs)


def gravest_first(counts: Counts) -> tuple[tuple[str, int], ...]:
    """Return counts from the worst standing to the least."""
    return tuple((name, counts[name]) for name in reversed(tuple(STANDINGS)) if counts.get(name))
