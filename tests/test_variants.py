"""The suite against kernels with known bugs: each must be told apart from Linux by some case."""

from __future__ import annotations

import re

import pytest

from conformance.case.model import Case
from conformance.case.suite import bundled, load_suite
from conformance.reference import CaseNotRunnable, Kernel, possible_traces, run_case
from conformance.trace import Trace
from tests.variants import VARIANTS

Linux = frozenset[Trace]
"""All traces of a case that Linux may give."""


@pytest.fixture(scope="module")
def suite() -> list[tuple[Case, Linux]]:
    """Return every hand-written case with what Linux may do."""
    cases = [case for case in load_suite([bundled()]) if "[" not in case.id]
    return [(case, possible_traces(case) if case.races else frozenset((run_case(case),))) for case in cases]


def is_caught(case: Case, linux: Linux, variant: type[Kernel]) -> bool:
    """Say whether a case shows a variant to differ, in some order of events; getting stuck is one."""
    try:
        seen = possible_traces(case, kernel=variant) if case.races else {run_case(case, kernel=variant)}
    except CaseNotRunnable:
        return True
    return not seen <= linux


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.__name__)
def test_some_case_catches_the_variant(suite: list[tuple[Case, Linux]], variant: type[Kernel]) -> None:
    """A variant that no case tells apart from Linux is a hole in the suite."""
    caught = any(is_caught(case, linux, variant) for case, linux in suite)
    assert caught, f"no case notices: {variant.__doc__}"


def rows(variant: type[Kernel]) -> list[str]:
    """Return the ids in the catalogue of bugs that a variant's name begins with."""
    match = re.match(r"([SGAB]\d+)*", variant.__name__)
    return re.findall(r"[SGAB]\d+", match.group()) if match else []


BY_ROW: dict[str, list[type[Kernel]]] = {}
for _variant in VARIANTS:
    for _row in rows(_variant):
        BY_ROW.setdefault(_row, []).append(_variant)


@pytest.mark.parametrize("row", sorted(BY_ROW))
def test_every_case_that_names_the_bug_catches_it(suite: list[tuple[Case, Linux]], row: str) -> None:
    """``catches`` is a promise: each hand-written case that makes it keeps it, against a variant of the row.

    A variant that no case is promised for is a hole in the suite.
    """
    promising = [(case, linux) for case, linux in suite if row in case.catches]
    assert promising
    broken = [case.id for case, linux in promising if not catches(case, linux, BY_ROW[row])]
    assert broken == []


def catches(case: Case, linux: Linux, variants: list[type[Kernel]]) -> bool:
    """Say whether a case catches one of the variants."""
    return any(is_caught(case, linux, variant) for variant in variants)
