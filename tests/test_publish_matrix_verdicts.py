"""What a case says of each of its rules, and which of it counts."""

from __future__ import annotations

import pytest

from conformance.publish.heatmap import VERDICT_GLYPHS
from conformance.publish.matrix.verdicts import (
    DIFFERING,
    STANDINGS,
    blamed,
    said_of_rules,
    standing_of,
    worst,
)
from conformance.publish.recorded import Expectation, Recorded
from conformance.verdict.model import Divergence


def record(verdict: str, *about: str, met: bool | None = None) -> Recorded:
    """Make a case of the rules A-1 and A-2, with a divergence about each of ``about``."""
    divergences = tuple(Divergence(1, "P", "ret", 0, 1, rule) for rule in about)
    expectation = None if met is None else Expectation("diverges", "so", "b/1", met)
    return Recorded("a", "", verdict, ("A-1", "A-2"), divergences=divergences, expectation=expectation)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (record("conforms"), {"A-1": "conforms", "A-2": "conforms"}),
        (record("unsupported"), {"A-1": "unsupported", "A-2": "unsupported"}),
        (record("diverges", "A-1"), {"A-1": "diverges", "A-2": "not-shown"}),
        (record("diverges", "A-1", "A-2"), {"A-1": "diverges", "A-2": "diverges"}),
        (record("diverges", "B-9"), {"A-1": "not-shown", "A-2": "not-shown", "B-9": "diverges"}),
        (record("diverges", ""), {"A-1": "diverges", "A-2": "diverges"}),
        (record("crashed"), {"A-1": "crashed", "A-2": "crashed"}),
        (record("hung", "A-2"), {"A-1": "not-shown", "A-2": "hung"}),
        (record("conflict", "A-2"), {"A-1": "not-shown", "A-2": "conflict"}),
        (record("unsupported", "A-2"), {"A-1": "unsupported", "A-2": "unsupported"}),
        (record("diverges", "A-1", met=True), {"A-1": "expected", "A-2": "not-shown"}),
        (record("diverges", "A-1", met=False), {"A-1": "diverges", "A-2": "not-shown"}),
        (record("conforms", met=False), {"A-1": "unmet", "A-2": "unmet"}),
    ],
)
def test_a_divergence_is_of_its_rule_and_hides_the_others(given: Recorded, said: dict[str, str]) -> None:
    assert dict(said_of_rules(given)) == said


@pytest.mark.parametrize(
    ("verdict", "met", "standing"),
    [
        ("diverges", True, "expected"),
        ("hung", True, "expected"),
        ("unsupported", True, "unsupported"),
        ("conforms", True, "conforms"),
        ("unsupported", False, "unmet"),
        ("hung", False, "hung"),
    ],
)
def test_an_expectation_excuses_only_what_came_as_expected(verdict: str, met: bool, standing: str) -> None:
    assert standing_of(record(verdict, met=met)) == standing


@pytest.mark.parametrize(
    ("standings", "found"),
    [
        ([], "nothing"),
        (["unsupported", "unsupported"], "unsupported"),
        (["unsupported", "conforms"], "conforms"),
        (["not-shown", "unsupported"], "not-shown"),
        (["not-shown", "conforms"], "conforms"),
        (["conforms", "expected"], "expected"),
        (["expected", "diverges"], "diverges"),
        (["diverges", "crashed", "hung"], "crashed"),
    ],
)
def test_the_worst_counts_and_unsupported_only_if_all_are(standings: list[str], found: str) -> None:
    assert worst(standings) == found
    assert worst(reversed(standings)) == found


def test_verdicts_are_as_bad_as_in_the_maps() -> None:
    assert [name for name in STANDINGS if name in VERDICT_GLYPHS and name != "unsupported"] == [
        name for name in VERDICT_GLYPHS if name != "unsupported"
    ]


def test_each_standing_has_a_glyph_of_its_own() -> None:
    assert len({standing.glyph for standing in STANDINGS.values()}) == len(STANDINGS)
    assert {"diverges", "expected", "crashed", "unmet"} <= DIFFERING
    assert not {"conforms", "unsupported", "elsewhere", "not-shown", "nothing"} & DIFFERING


def test_rules_are_blamed_by_divergences_alone() -> None:
    assert blamed(record("diverges", "A-2", "A-2")) == {"A-2"}
    assert blamed(record("crashed")) == frozenset()
