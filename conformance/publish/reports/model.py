"""What every format tells of a run, read from its results file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from conformance.case.evidence import base_id
from conformance.publish.jsonl import FAULTS, Fault, Results
from conformance.publish.recorded import Counts, Recorded, count, oracle_of, read_cases, visible_name
from conformance.verdict.model import CONFORMS, DIVERGES, UNSUPPORTED, VERDICTS

_ALWAYS: Final = (CONFORMS, DIVERGES, UNSUPPORTED)
NO_AREA: Final = "-"
"""What stands for the area of cases that have none."""


WHOLE: Final = "the run is whole"
"""The name of the test that formats made of tests have of a run that is not, which fails then."""


class Cause(NamedTuple):
    """Why cases are unsupported: the documents they come from, with the number of each one's cases."""

    reason: str
    documents: Mapping[str, int]

    @property
    def cases(self) -> int:
        """How many cases this keeps from running."""
        return sum(self.documents.values())


@dataclass(frozen=True)
class Run:
    """A run on one target. ``shard`` is ``I/N``, or empty for a whole selection; ``started`` as recorded."""

    target: Mapping[str, str]
    suite: Mapping[str, str]
    oracle: str
    started: str
    shard: str
    cases: tuple[Recorded, ...]
    complete: bool
    faults: tuple[Fault, ...]

    @property
    def name(self) -> str:
        """The target, as it was given."""
        return self.target.get("name", "") or "?"

    @property
    def place(self) -> str:
        """What the target is: ``Linux 6.18.1 x86_64``."""
        return " ".join(self.target[key] for key in ("sysname", "release", "machine") if self.target.get(key))

    @property
    def heading(self) -> str:
        """The target and what it is: ``gvisor: gVisor 0.0``, though such a name ends with a colon itself."""
        return ": ".join(filter(None, (self.name.rstrip(":"), self.place)))

    @property
    def title(self) -> str:
        """One line: the target, what it is, and what it is compared with."""
        return f"{self.heading}, against Linux {self.oracle} as waitconf knows it"

    @cached_property
    def areas(self) -> Mapping[str, tuple[Recorded, ...]]:
        """The cases by area, areas in the order of their names."""
        found: dict[str, list[Recorded]] = {}
        for case in self.cases:
            found.setdefault(case.area or NO_AREA, []).append(case)
        return {area: tuple(found[area]) for area in sorted(found)}

    @cached_property
    def counts(self) -> Counts:
        """The cases, counted."""
        return count(self.cases)

    @property
    def columns(self) -> tuple[str, ...]:
        """The verdicts that a table has columns for, as on the terminal."""
        return tuple(verdict for verdict in VERDICTS if verdict in _ALWAYS or self.counts.verdicts[verdict])

    @cached_property
    def bad(self) -> tuple[Recorded, ...]:
        """The cases that neither conform nor are unsupported nor are as expected."""
        return tuple(case for case in self.cases if case.bad)

    @cached_property
    def excused(self) -> tuple[Recorded, ...]:
        """The cases that fail as expected."""
        return tuple(case for case in self.cases if case.excused)

    @cached_property
    def unsupported(self) -> tuple[Cause, ...]:
        """Why cases are unsupported, the reason of the most cases first."""
        found: dict[str, dict[str, int]] = {}
        for case in self.cases:
            if case.verdict == UNSUPPORTED and not case.bad:
                documents = found.setdefault(case.text or "no reason is given", {})
                documents[base_id(case.id)] = documents.get(base_id(case.id), 0) + case.count
        causes = (Cause(reason, documents) for reason, documents in found.items())
        return tuple(sorted(causes, key=lambda cause: (-cause.cases, cause.reason)))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why these are not all the results of a whole run, a sentence each; usually there is none."""
        found = [f"{FAULTS[fault.kind]} (line {fault.line})" for fault in self.faults]
        if self.shard:
            found.append(f"this is shard {self.shard}: the other cases are in other files")
        return tuple(found)


def read_run(results: Results) -> Run:
    """Return what a results file tells; raises :class:`NotResults` for a record that is none."""
    header = results.header
    return Run(
        target=_facts(header.get("target")),
        suite=_facts(header.get("suite")),
        oracle=oracle_of(header) or "?",
        started=_word(header.get("started", "")),
        shard=_word(header.get("shard", "")),
        cases=read_cases(results),
        complete=results.complete,
        faults=results.faults,
    )


def _facts(found: Any) -> dict[str, str]:
    if not isinstance(found, dict):
        return {}
    return {visible_name(key): _word(value) for key, value in found.items()}


def _word(found: object) -> str:
    return visible_name(str(found))


class RuleCounts(NamedTuple):
    """What became of the cases of a rule: by verdict, and how many have a divergence by this very rule."""

    counts: Counts
    diverging: int


def count_rules(cases: Iterable[Recorded]) -> Mapping[str, RuleCounts]:
    """Count cases under every rule that they name or diverge by; rules in the order of their ids."""
    named: dict[str, list[Recorded]] = {}
    diverging: dict[str, int] = {}
    for case in cases:
        against = {divergence.rule for divergence in case.divergences}
        for rule in against:
            diverging[rule] = diverging.get(rule, 0) + case.count
        for rule in {*case.rules, *against}:
            named.setdefault(rule, []).append(case)
    return {rule: RuleCounts(count(named[rule]), diverging.get(rule, 0)) for rule in sorted(named)}
