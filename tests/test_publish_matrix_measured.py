"""Since which release a rule holds, in words; and what targets are called."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.abi.releases import Release, release_in
from conformance.case.model import Rule
from conformance.case.rulesfile import load_rules
from conformance.case.suite import bundled
from conformance.publish.matrix.measured import Measured, changes_of, is_young, listed
from conformance.publish.matrix.model import build
from conformance.publish.matrix.suite import Suite
from conformance.publish.matrix.targets import targets_of
from tests.matrix_world import GVISOR, Run, linux, make_suite


def releases(*texts: str) -> tuple[Release, ...]:
    return tuple(release for release in map(release_in, texts) if release is not None)


@pytest.mark.parametrize(
    ("measured", "sentence", "short"),
    [
        (Measured(), "not measured on a Linux kernel", "—"),
        (
            Measured(holds=releases("5.10", "6.1")),
            "holds on 5.10 and 6.1 (all that were measured)",
            "all",
        ),
        (
            Measured(holds=releases("6.1"), untold=releases("5.10", "5.15", "5.19")),
            "holds on 6.1; not measured on 5.10, 5.15 and 5.19",
            "from 6.1",
        ),
        (
            Measured(holds=releases("6.18"), lacks=releases("6.1", "6.12.117")),
            "since 6.18 (measured; not on 6.12.117)",
            "since 6.18",
        ),
        (
            Measured(holds=releases("6.18"), lacks=releases("6.12"), untold=releases("5.10")),
            "since 6.18 (measured; not on 6.12); not measured on 5.10",
            "since 6.18",
        ),
        (
            Measured(holds=releases("6.12.117", "7.3"), lacks=releases("6.1", "6.18")),
            "holds on 6.12.117 and 7.3, not on 6.1 and 6.18 (measured)",
            "some",
        ),
        (Measured(lacks=releases("5.10")), "does not hold on 5.10", "not seen"),
    ],
)
def test_where_a_rule_holds_in_words(measured: Measured, sentence: str, short: str) -> None:
    assert (measured.sentence(), measured.short) == (sentence, short)


def test_until_is_said_only_where_it_ended() -> None:
    ended = Measured(holds=releases("5.10", "6.1"), lacks=releases("6.12"))
    assert (str(ended.since), str(ended.until)) == ("5.10", "6.1")
    assert Measured(holds=releases("6.12.117", "7.3"), lacks=releases("6.18")).until is None
    assert Measured(lacks=releases("5.10")).until is None


@pytest.mark.parametrize(
    ("release", "young"),
    [("6.1.176", True), ("6.12.108", True), ("6.12.109", False), ("6.18.44", True), ("7.3", False)],
)
def test_a_rule_that_came_into_a_stable_series_is_no_younger_than_that(release: str, young: bool) -> None:
    rule = load_rules(bundled())["KILL-389"]
    (own,) = releases(release)
    assert rule.since == "7.3"
    assert is_young(rule, own) == young
    assert changes_of("KILL-389")[0][1].endswith("(the change is in 6.12.109 and 7.2.6 too)")


def test_a_rule_that_the_table_does_not_know_is_as_old_as_it_says() -> None:
    rule = Rule("NONE-001", "Something.", "posix", "", "5.4")
    assert [is_young(rule, release) for release in releases("5.3", "5.4", "5.4.1")] == [True, False, False]


def test_words_are_listed_as_in_prose() -> None:
    assert (listed(["a"]), listed(["a", "b"]), listed([1, 2, 3])) == ("a", "a and b", "1, 2 and 3")


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    return make_suite(tmp_path_factory.mktemp("measured") / "cases")


def names(suite: Suite, folder: Path, *facts: dict[str, str]) -> list[tuple[str, str]]:
    runs = []
    for number, one in enumerate(facts):
        release = one["release"].partition("-")[0]
        runs.append(Run(suite, one, release if release != "4.4.0" else "7.3").read(folder, str(number)))
    return [(target.label, target.key) for target, _ in targets_of(runs)]


def test_targets_of_one_release_are_told_apart(suite: Suite, tmp_path: Path) -> None:
    other = linux("6.1", "qemu") | {"machine": "aarch64"}
    assert names(
        suite, tmp_path, GVISOR, other, linux("6.1", "qemu"), linux("6.1", "uml"), linux("5.10")
    ) == [
        ("Linux 5.10", "linux-5.10"),
        ("Linux 6.1 qemu", "linux-6.1-qemu"),
        ("Linux 6.1 uml", "linux-6.1-uml"),
        ("Linux 6.1 aarch64", "linux-6.1-aarch64"),
        ("gvisor", "gvisor"),
    ]


def test_two_runs_of_one_target_are_numbered(suite: Suite, tmp_path: Path) -> None:
    assert names(suite, tmp_path, GVISOR, GVISOR, GVISOR | {"name": "gvisor-2"}) == [
        ("gvisor", "gvisor"),
        ("gvisor-3", "gvisor-3"),
        ("gvisor-2", "gvisor-2"),
    ]


def test_only_what_is_linux_and_compared_with_itself_measures(suite: Suite, tmp_path: Path) -> None:
    posing = linux("7.3", "gvisor")
    strange = linux("6.1") | {"sysname": "FreeBSD"}
    runs = [Run(suite, one, "7.3").read(tmp_path, str(n)) for n, one in enumerate((posing, strange))]
    younger = Run(suite, linux("6.1"), "7.3").read(tmp_path, "younger")
    real = Run(suite, linux("7.3.4"), "7.3.4").read(tmp_path, "real")
    found = [str(target.linux) for target, _ in targets_of([*runs, younger, real])]
    assert found == ["7.3.4", "None", "None", "None"]


def test_a_rule_of_one_machine_is_measured_there_alone(suite: Suite, tmp_path: Path) -> None:
    """What conforms elsewhere conforms to another Linux than the rule is about."""
    rule = replace(suite.rules["WAIT-009"], machines=("riscv64",))
    suite = replace(suite, rules={**suite.rules, "WAIT-009": rule})
    facts = (linux("6.1"), linux("6.12") | {"machine": "riscv64"})
    runs = [Run(suite, one, one["release"].partition("-")[0]).read(tmp_path, one["machine"]) for one in facts]
    matrix = build(runs, suite)
    assert [target.label for target in matrix.targets] == ["Linux 6.1", "Linux 6.12 riscv64"]
    assert [matrix.rule_standing("WAIT-009", place) for place in (0, 1)] == ["elsewhere", "conforms"]
    assert [matrix.rule_standing("WAIT-001", place) for place in (0, 1)] == ["conforms", "conforms"]
    assert matrix.measured_of("WAIT-009").sentence() == "holds on 6.12 (all that were measured)"
    assert matrix.measured_of("WAIT-001").holds == releases("6.1", "6.12")
