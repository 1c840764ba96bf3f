"""What depends on the machine: the table, and the rules that say so, hold each other up."""

from __future__ import annotations

import pytest

from conformance.abi.machines import MACHINES, USUAL, Linux, closest_machine
from conformance.abi.releases import Release
from conformance.case.model import Case, Rules
from conformance.case.rulesfile import load_rules
from conformance.case.suite import bundled
from conformance.commands.selection import select
from conformance.publish.matrix.measured import contradicted
from conformance.publish.showing import usual
from conformance.reference import LATEST, Kernel, kernel_of
from conformance.reference.machines import PECULIARITIES
from conformance.targets import UnknownTarget, parse_target
from conformance.trace import Environment
from conformance.verdict.drive import judge_cases
from conformance.verdict.judge import Oracle, oracle_for, prepare

LINUX = {"sysname": "Linux", "release": "6.12.0"}


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules(bundled())


@pytest.fixture(scope="module")
def written() -> tuple[Case, ...]:
    return tuple(select([], "not [").cases())


@pytest.mark.parametrize("machine", MACHINES)
def test_no_author_is_contradicted_about_another_machine(
    machine: str, rules: Rules, written: tuple[Case, ...]
) -> None:
    """Whoever is heard is right: each rule that does not hold there is named by the case."""
    found = {
        case.id: prepare(case, Environment(), Oracle(machine=machine), rules).conflicts for case in written
    }
    assert {name: str(conflicts[0]) for name, conflicts in found.items() if conflicts} == {}


@pytest.mark.parametrize("machine", MACHINES)
def test_rules_are_about_all_machines_they_hold_on(
    machine: str, rules: Rules, written: tuple[Case, ...]
) -> None:
    """On a machine that a rule does not name, some case of it contradicts its author."""
    wrong = contradicted(written, Linux(Release(7, 3), machine))
    elsewhere = {name for name, rule in rules.items() if not rule.is_of(machine)}
    shown = {name for case in written if case.id in wrong for name in case.rules}
    assert elsewhere - shown == set()


@pytest.mark.parametrize("machine", [name for name in MACHINES if name != USUAL])
def test_each_peculiarity_is_seen_by_a_case(machine: str, rules: Rules, written: tuple[Case, ...]) -> None:
    for one in PECULIARITIES[machine]:
        assert all(rules[name].machines == (machine,) for name in one.rules.split())
        about = [case for case in written if set(one.rules.split()) & set(case.rules)]
        assert any(usual(case, one.kernel) != usual(case, Kernel) for case in about), one.rules


def test_a_kernel_has_a_machine_and_a_release() -> None:
    assert kernel_of(LATEST, machine=USUAL) is Kernel
    assert kernel_of("5.10", machine="riscv64") is kernel_of("5.10", machine="riscv64")
    assert kernel_of("5.10", machine="riscv64") is not kernel_of("5.10")
    for one in PECULIARITIES["aarch64"]:
        assert issubclass(kernel_of("5.10", machine="aarch64"), one.kernel)


def test_a_target_is_compared_with_its_own_machine() -> None:
    assert oracle_for({**LINUX, "machine": "riscv64"}) == Oracle("6.12", machine="riscv64")
    assert oracle_for({**LINUX, "machine": "vax"}) == oracle_for(LINUX) == Oracle("6.12")
    assert str(oracle_for({**LINUX, "machine": "riscv64"})) == "6.12 on riscv64"
    assert closest_machine("") == USUAL


def test_the_reference_kernel_can_be_another_machine(rules: Rules, written: tuple[Case, ...]) -> None:
    target = parse_target("reference:6.12,machine=riscv64")
    facts = target.describe()
    assert (target.name, facts["machine"]) == ("reference:6.12,machine=riscv64", "riscv64")
    steps = [case for case in written if case.id.startswith("ptrace-step")]
    there, here = Oracle("6.12", machine="riscv64"), Oracle("6.12")
    assert {one.verdict for one in judge_cases(steps, target, there, rules)} == {"conforms", "unsupported"}
    assert "diverges" in {one.verdict for one in judge_cases(steps, target, here, rules)}
    with pytest.raises(UnknownTarget, match="machine=vax: it is one of x86_64, aarch64, riscv64"):
        parse_target("reference:6.12,machine=vax")


def test_a_case_that_another_machine_cannot_make_is_unsupported(
    rules: Rules, written: tuple[Case, ...]
) -> None:
    (case,) = [case for case in written if case.id == "ptrace-step-and-pending-signals"]
    prepared = prepare(case, Environment(), Oracle(machine="riscv64"), rules)
    assert prepared.beyond.startswith("is about another machine: ")
