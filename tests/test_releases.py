"""The kernels of older releases: the table of changes, and what follows from it for rules and cases."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import pytest

from conformance.abi.releases import Release, release_in
from conformance.case.model import FACILITIES_SINCE, Case, Rules
from conformance.case.rulesfile import load_rules
from conformance.case.suite import bundled, load_suite
from conformance.publish.releases import borders, measured_releases, update
from conformance.publish.showing import every, showing, usual
from conformance.reference import (
    LATEST,
    RELEASES,
    TABLE,
    Change,
    Kernel,
    UnknownRelease,
    closest_release,
    kernel_of,
)
from conformance.reference.releases import FIRST, changes_between, has_change, known_release
from conformance.trace import Environment
from conformance.verdict.expectations import contradictions
from conformance.verdict.judge import Oracle, oracle_for, prepare

ROOT: Final = Path(__file__).parent.parent
IDS: Final = [f"{change.since}-{change.rules.split()[0]}-{change.kernel.__name__}" for change in TABLE]


@pytest.fixture(scope="module")
def rules() -> Rules:
    """Return the rules of the suite."""
    return load_rules(bundled())


@cache
def written() -> tuple[Case, ...]:
    """Return the hand-written cases."""
    return tuple(case for case in load_suite([bundled()]) if "[" not in case.id)


def cases_about(names: set[str]) -> list[Case]:
    """Return the hand-written cases whose rules, or neighbours, are among some."""
    return [case for case in written() if names & {*case.rules, *case.neighbour_of}]


@pytest.mark.parametrize("change", TABLE, ids=IDS)
def test_every_change_is_seen_by_a_case_of_its_rules(change: Change) -> None:
    assert showing(change, written(), str(change.release))


@pytest.mark.parametrize("change", TABLE, ids=IDS)
def test_every_rule_of_a_change_is_as_old_as_the_change(change: Change, rules: Rules) -> None:
    ages = {name: rules[name].since for name in change.rules.split()}
    assert set(ages.values()) == {change.since}, ages


def test_every_age_of_a_rule_is_that_of_a_change_or_of_a_facility(rules: Rules) -> None:
    """A rule younger than the oldest known release must not hold there: something in the table says so."""
    known = {change.since for change in TABLE} | set(FACILITIES_SINCE.values())
    ages = {rule.id: rule.since for rule in rules.values() if rule.since}
    young = {name: since for name, since in ages.items() if (release_in(since) or FIRST) > FIRST}
    assert {name: since for name, since in young.items() if since not in known} == {}


@pytest.mark.parametrize(
    "release", ["5.0", "5.4", "5.10", "5.16", "6.0", "6.1", "6.8", "6.12.117", "6.15", "6.18", "7.1"]
)
def test_no_author_is_contradicted_about_an_older_release(release: str, rules: Rules) -> None:
    """Whoever is heard is right: each rule that an older kernel does not have is named by the case."""
    oracle = Oracle(release)
    found = {case.id: prepare(case, Environment(), oracle, rules).conflicts for case in written()}
    assert {name: str(conflicts[0]) for name, conflicts in found.items() if conflicts} == {}


def test_rules_are_no_younger_than_they_must_be(rules: Rules) -> None:
    """One release before the change that made a rule, some case of the rule contradicts its author."""
    by_age = {change.since: change.release for change in TABLE}
    wrong = []
    for rule in rules.values():
        if rule.since not in by_age or rule.since in FACILITIES_SINCE.values():
            continue
        kernel = kernel_of(str(previous(by_age[rule.since])))
        if not any(is_contradicted(case, kernel) for case in cases_about({rule.id})):
            wrong.append(f"{rule.id} since {rule.since}")
    assert wrong == []


def previous(release: Release) -> Release:
    """Return the release before another."""
    return RELEASES[RELEASES.index(release.series) - 1]


def is_contradicted(case: Case, kernel: type[Kernel]) -> bool:
    """Say whether what the author expects does not hold, or cannot even come about."""
    for traces in usual, every:
        found = traces(case, kernel)
        if not found or any(contradictions(case, trace) for trace in found):
            return True
    return False


def test_the_newest_release_is_the_kernel_itself() -> None:
    assert kernel_of(LATEST) is Kernel
    assert kernel_of("5.10") is kernel_of("5.10")
    assert issubclass(kernel_of("5.10"), Kernel)


def test_a_variant_is_a_variant_of_every_release() -> None:
    class Variant(Kernel):
        """Some bug."""

    assert kernel_of(LATEST, Variant) is Variant
    assert issubclass(kernel_of("5.10", Variant), Variant)


def test_stable_releases_have_what_was_ported_to_them() -> None:
    (ported,) = [change for change in TABLE if change.rules == "PIDFD-060"]
    releases = {text: has_change(known_release(text), ported) for text in ("5.10", "5.10.262", "6.1", "6.9")}
    assert releases == {"5.10": False, "5.10.262": True, "6.1": False, "6.9": True}
    assert ported in changes_between(Release(5, 10), Release(5, 10, 262))


@pytest.mark.parametrize("text", ["2.4", "4.19", "6", "6.20", "8.0", "6.18.44-amd64", "latest", ""])
def test_what_is_no_known_release_is_refused(text: str) -> None:
    with pytest.raises(UnknownRelease, match=f"Linux {FIRST} to {LATEST}"):
        known_release(text)


@pytest.mark.parametrize(
    ("sysname", "text", "version", "closest"),
    [
        ("Linux", "6.18.44-amd64", "", "6.18.44"),
        ("Linux", "6.1.0-50-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-09-01)", "6.1.176"),
        ("Linux", "6.12.117+deb13-cloud-amd64", "#1 SMP Debian 6.12.117-1", "6.12.117"),
        ("Linux", "6.1.0", "made by gcc 12.2.0", "6.1"),
        ("Linux", "4.4.0", "", LATEST),
        ("Linux", "10.0.0", "", LATEST),
        ("StarryOS", "6.1", "", LATEST),
        ("Linux", "", "", LATEST),
    ],
)
def test_a_target_is_compared_with_its_own_release(
    sysname: str, text: str, version: str, closest: str
) -> None:
    facts = {"sysname": sysname, "release": text, "version": version}
    assert closest_release(sysname, text, version) == closest
    assert oracle_for(facts).release == closest
    assert oracle_for(facts, "5.10").release == "5.10"


def test_the_page_is_up_to_date() -> None:
    text = (ROOT / "docs" / "releases.md").read_text(encoding="utf-8")
    made = update(text, measured_releases(ROOT / "results"))
    assert made == text, "run: python -m conformance.publish.releases docs results"


def test_a_change_lies_between_the_kernels_that_were_measured() -> None:
    (change,) = [change for change in TABLE if change.rules == "PIDFD-094"]
    measured = [Release(6, 1, 176), Release(6, 12, 117), Release(6, 18)]
    assert borders(change, measured) == "not in 6.12.117, in 6.18"
    assert borders(change, measured[:2]) == "not in 6.12.117"
    assert borders(change, measured[2:]) == "read, not measured"
