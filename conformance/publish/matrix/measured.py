"""Since which release a rule holds, as measured on real Linux kernels.

A target is compared with its own release, so that it conforms does not say that a rule, which is about the
newest Linux, holds there. A case shows the rule on a release if the release's reference kernel does what the
case's author expects and the target conforms to that; it shows that the rule does not hold there if the
target conforms to a reference kernel that does not, for want of just this rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Final

from conformance.abi.machines import Linux
from conformance.abi.releases import Release, release_in
from conformance.case.evidence import expects
from conformance.case.model import Case, Rule, Rules
from conformance.publish.showing import showing
from conformance.reference import (
    LATEST,
    TABLE,
    CaseNotRunnable,
    Change,
    Kernel,
    TooManyOrders,
    kernel_of,
    possible_traces,
    required,
    run_case,
)
from conformance.reference.releases import RELEASES, has_change
from conformance.trace import Environment
from conformance.verdict.expectations import contradictions


@dataclass(frozen=True, slots=True)
class Measured:
    """The measured releases on which a rule holds, on which it does not, and those that do not tell.

    All the oldest first.
    """

    holds: tuple[Release, ...] = ()
    lacks: tuple[Release, ...] = ()
    untold: tuple[Release, ...] = ()

    @property
    def since(self) -> Release | None:
        """The oldest release on which it was seen to hold."""
        return self.holds[0] if self.holds else None

    @property
    def until(self) -> Release | None:
        """The newest release on which it was seen to hold, if it was seen not to on a newer one."""
        newest = self.holds[-1] if self.holds else None
        return newest if newest and self.lacks and self.lacks[-1] > newest else None

    @property
    def is_plain(self) -> bool:
        """Whether no release lacks it that is younger than one on which it holds."""
        return not self.holds or not self.lacks or self.lacks[-1] < self.holds[0]

    @property
    def short(self) -> str:
        """In a word or two, for a table."""
        if not self.holds:
            return "not seen" if self.lacks else "—"
        if not self.lacks:
            return "all" if not self.untold else f"from {self.since}"
        return f"since {self.since}" if self.is_plain else "some"

    def sentence(self) -> str:
        """Say where it holds, in a sentence without its full stop."""
        if not self.holds and not self.lacks:
            return "not measured on a Linux kernel"
        untold = f"; not measured on {listed(self.untold)}" if self.untold else ""
        if not self.holds:
            return f"does not hold on {listed(self.lacks)}{untold}"
        if not self.lacks:
            everywhere = "" if self.untold else " (all that were measured)"
            return f"holds on {listed(self.holds)}{everywhere}{untold}"
        if self.is_plain:
            return f"since {self.since} (measured; not on {self.lacks[-1]}){untold}"
        return f"holds on {listed(self.holds)}, not on {listed(self.lacks)} (measured){untold}"


UNMEASURED: Final = Measured()


def listed(items: Sequence[object]) -> str:
    """Join words as prose does: ``5.10, 6.1 and 6.12``."""
    *most, last = map(str, items)
    return f"{', '.join(most)} and {last}" if most else last


_Shows = Callable[[Change], Sequence[str]]
"""The cases that tell a change from what was before."""

_CHANGES: Final[Mapping[str, tuple[Change, ...]]] = {
    rule: tuple(change for change in TABLE if rule in change.rules.split())
    for rule in sorted({rule for change in TABLE for rule in change.rules.split()})
}


def changes_of(rule: str) -> tuple[tuple[str, str], ...]:
    """Return what was before a rule held: for each change the release that has it, and the words."""
    return tuple((f"Linux {change.since}", _before(change)) for change in _CHANGES.get(rule, ()))


def _before(change: Change) -> str:
    ports = change.backports.split()
    return change.before + (f" (the change is in {listed(ports)} too)" if ports else "")


def is_young(rule: Rule, release: Release) -> bool:
    """Say whether a rule does not hold yet in a release: by the table of changes, which knows of stable
    series too; by the rule's own ``since`` where the table does not tell of it.
    """
    if rule.id in _CHANGES:
        return not all(has_change(release, change) for change in _CHANGES[rule.id])
    since = release_in(rule.since or "")
    return since is not None and since > release


def holds_in(rule: Rule, linux: Linux) -> bool:
    """Say whether a rule holds in a Linux, by what is known of it."""
    return rule.is_of(linux.machine) and not is_young(rule, linux.release)


def contradicted(cases: Iterable[Case], linux: Linux) -> frozenset[str]:
    """Return the ids of the cases whose authors expect what the reference kernel of a Linux does not do."""
    kernel = kernel_of(str(linux.release), machine=linux.machine)
    return frozenset(case.id for case in cases if _is_contradicted(case, kernel))


def _is_contradicted(case: Case, kernel: type[Kernel]) -> bool:
    environment = required(case, Environment())
    try:
        if not case.races:
            return bool(contradictions(case, run_case(case, environment, kernel)))
        return any(contradictions(case, trace) for trace in possible_traces(case, environment, kernel))
    except (CaseNotRunnable, TooManyOrders):
        return True


def known(release: Release) -> bool:
    """Say whether the reference kernel can answer as a release."""
    return release.series in RELEASES


Conforms = Callable[[str, Linux], bool]
"""Whether a case, by its id, conformed on every target of a Linux that ran it, and some did."""
Differs = Callable[[str, Linux], bool]
"""Whether a rule, by its id, came out wrong on a target of a Linux."""


@dataclass(frozen=True, slots=True)
class Runs:
    """What the runs on real kernels say, and what the reference kernel of each does not do.

    ``otherwise`` has for each measured Linux the cases that its reference kernel contradicts.
    """

    otherwise: Mapping[Linux, frozenset[str]]
    conforms: Conforms
    differs: Differs


def measure(cases: Sequence[Case], rules: Rules, runs: Runs) -> Mapping[str, Measured]:
    """Say of every rule where it holds, by the hand-written cases that expect it."""
    expecting: defaultdict[str, list[str]] = defaultdict(list)
    for case in cases:
        for rule in _named(case):
            if expects(case, rule):
                expecting[rule].append(case.id)

    @cache
    def shows(change: Change) -> tuple[str, ...]:
        return tuple(showing(change, cases, LATEST))

    return {name: _of_rule(rule, expecting[name], runs, shows) for name, rule in rules.items()}


def _named(case: Case) -> Iterator[str]:
    yield from dict.fromkeys((*case.rules, *(step.rule for step in case.steps if step.rule)))


def _of_rule(rule: Rule, expecting: Sequence[str], runs: Runs, shows: _Shows) -> Measured:
    """Say of each release that was measured, on machines that the rule is about, what its kernels tell."""
    told: dict[str, list[Release]] = {"holds": [], "lacks": [], "untold": []}
    fitting = (linux for linux in sorted(runs.otherwise) if rule.is_of(linux.machine))
    for release, kernels in groupby(fitting, lambda linux: linux.release):
        ones = tuple(kernels)
        if is_young(rule, release):
            word = (
                "lacks" if any(_is_lacking(rule, one, expecting, runs, shows) for one in ones) else "untold"
            )
        else:
            word = "holds" if _is_holding(rule, ones, expecting, runs) else "untold"
        told[word].append(release)
    return Measured(**{word: tuple(releases) for word, releases in told.items()})


def _is_holding(rule: Rule, ones: Sequence[Linux], expecting: Sequence[str], runs: Runs) -> bool:
    shown = ((name, one) for one in ones for name in expecting if name not in runs.otherwise[one])
    wrong = any(runs.differs(rule.id, one) for one in ones)
    return not wrong and any(runs.conforms(name, one) for name, one in shown)


def _is_lacking(rule: Rule, one: Linux, expecting: Sequence[str], runs: Runs, shows: _Shows) -> bool:
    """Say whether a case that conforms shows what was before: against its author, or else by the whole of
    what it came to, which the change that is missing makes another.
    """
    if any(name in runs.otherwise[one] and runs.conforms(name, one) for name in expecting):
        return True
    missing = (change for change in _CHANGES.get(rule.id, ()) if not has_change(one.release, change))
    return any(runs.conforms(name, one) for change in missing for name in shows(change))
