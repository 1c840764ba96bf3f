"""Whatever the text, the loader gives cases or says what is wrong with it; nothing else ever comes out."""

from __future__ import annotations

import contextlib
import os

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.case import yamlsource
from conformance.case.calls import CALLS
from conformance.case.errors import CaseError, CaseErrors, UsageError
from conformance.case.header import KEYS
from conformance.case.keyword import keyword_matcher
from conformance.case.loader import load_text
from conformance.case.model import Mark
from conformance.case.names import RESERVED
from conformance.case.observed import WANTS
from conformance.case.yamlsource import Node, documents

EXAMPLES = settings(deadline=None, max_examples=int(os.environ.get("WAITCONF_FUZZ", "200")))
"""No deadline: the machine may be slow. More examples: ``WAITCONF_FUZZ=10000``."""

VALID = """id: x
title: t ${a}
rules: [WAIT-001]
requires: [pidns]
sweep:
  a: [1, 2]
  b: {none: [], zombie: [{C: {exit: 3}}]}
  c: {subsets: [WNOHANG, WEXITED]}
steps:
  - P: {fork: C}
  - $b
  - together: [{P: getppid}, {P: {kill: {pid: C, sig: 0}}}]
    expect: {P: [{ret: init}, {ret: {any: [0, -1]}}]}
  - P: {waitid: {id: C, options: $c}}
    expect: {P: {ret: 0, si_status: $a}}
  - P: {wait4: {pid: -C, status: null}}
    expect: {errno: ECHILD, handled: [{si_signo: SIGCHLD, si_status: 3}]}
    rule: WAIT-001
"""

WORDS = sorted({*KEYS, *CALLS, *WANTS, *RESERVED})
SCALARS = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(
        ["P", "C", "-C", "init", "$a", "${b}", "blocks", "exited(3)", "null", "all", "WAIT-001", "1.5"]
    ),
    st.sampled_from(
        [
            "expect",
            "rule",
            "together",
            "any",
            "handled",
            "state",
            "subsets",
            "yes",
            "~",
            "''",
            "\u00b2",
            "exited(\u00b2)",
        ]
    ),
    st.integers().map(str),
)


def flow(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    lists = st.lists(children, max_size=4).map(lambda items: f"[{', '.join(items)}]")
    tables = st.lists(st.tuples(SCALARS, children), max_size=4).map(
        lambda items: "{" + ", ".join(f"{key}: {value}" for key, value in items) + "}"
    )
    return lists | tables


VALUES = st.recursive(SCALARS, flow, max_leaves=12)
STEPS = st.lists(
    st.builds(
        lambda actor, call, value, expect: f"- {{{actor}: {{{call}: {value}}}, expect: {expect}}}\n",
        st.sampled_from(["P", "C", "init", "$a"]),
        st.sampled_from(sorted(CALLS)),
        VALUES,
        VALUES,
    ),
    max_size=4,
).map("".join)


def complaints(text: str) -> tuple[CaseError, ...]:
    try:
        load_text(text)
    except CaseErrors as error:
        return error.errors or (CaseError(Mark("f", 0, 0), "an empty complaint"),)
    return ()


def loads_or_complains(text: str) -> None:
    for error in complaints(text):
        assert error.mark.line >= 1
        assert error.mark.column >= 1
        assert error.message
        assert "\n" not in error.message


@pytest.fixture(params=["CSafeLoader", "SafeLoader"], scope="module", autouse=True)
def parser(request: pytest.FixtureRequest) -> object:
    before = yamlsource.PARSER
    vars(yamlsource)["PARSER"] = getattr(yaml, str(request.param))
    yield request.param
    vars(yamlsource)["PARSER"] = before


@EXAMPLES
@given(st.text())
def test_any_text(text: str) -> None:
    loads_or_complains(text)


@EXAMPLES
@given(st.text(alphabet="ab: -[]{},&*!|>'\"#%@`\n\t?~0123.$\\ux", max_size=60))
def test_any_yaml_like_text(text: str) -> None:
    loads_or_complains(text)


@EXAMPLES
@given(VALUES, VALUES, VALUES, STEPS)
def test_any_document(name: str, rules: str, sweep: str, steps: str) -> None:
    loads_or_complains(f"id: {name}\ntitle: {rules}\nrules: {rules}\nsweep: {sweep}\nsteps: {rules}\n")
    loads_or_complains(
        f"id: x\ntitle: x\nrules: [WAIT-001]\nsweep: {{a: [{name}], b: {sweep}}}\nsteps:\n{steps}- $b\n"
    )


@EXAMPLES
@given(st.integers(0, len(VALID)), st.integers(0, 12), st.one_of(SCALARS, st.text(max_size=4)))
def test_any_change_of_a_good_case(place: int, removed: int, inserted: str) -> None:
    loads_or_complains(VALID[:place] + inserted + VALID[place + removed :])


def tree(text: str, loader: str) -> list[Node] | None:
    before = yamlsource.PARSER
    vars(yamlsource)["PARSER"] = getattr(yaml, loader)
    try:
        return list(documents(text, "f"))
    except CaseError:
        return None
    finally:
        vars(yamlsource)["PARSER"] = before


@EXAMPLES
@given(VALUES, STEPS)
def test_both_parsers_give_the_same_tree(value: str, steps: str) -> None:
    text = f"a: {value}\nsteps:\n{steps}"
    assert tree(text, "CSafeLoader") == tree(text, "SafeLoader")


@EXAMPLES
@given(st.text(alphabet="ab ()notrd", max_size=40))
def test_any_keyword(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert keyword_matcher(text)("ab") in (True, False)


def test_the_good_case_is_good() -> None:
    assert len(load_text(VALID)) == 16
