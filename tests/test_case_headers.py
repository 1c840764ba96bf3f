"""Whole cases: their headers, their limits, and how several errors of a file are told."""

from __future__ import annotations

import pytest

from conformance.case.errors import CaseErrors
from conformance.case.loader import load_text
from conformance.case.model import Rule
from tests.case_texts import FORK, HEAD, faults, load

BAD_HEADERS = [
    ("id: An_Example", "f:1:5: the id `An_Example` must be small letters and digits joined by `-`"),
    ("id: 5", "f:1:5: `id` takes a name like waitid-reports-a-stop, not an integer"),
    ("title: ''", "f:1:8: `title` takes text, not an empty one"),
    ('title: "a\\nb"', "f:1:8: `title` is one line"),
    ("rules: []", "f:1:8: `rules` is empty: name at least one rule that the case is evidence for"),
    ("rules: WAIT-001", "f:1:8: `rules` takes a list of rules' ids, not text"),
    ("rules: [WAIT-001, WAIT-001]", "f:1:19: `WAIT-001` is listed twice"),
    ("catches: [s4]", "f:1:11: `s4` is not a bug's id, which looks like S4"),
    ("requires: [pidn]", "f:1:12: `pidn` is not something a case can require; did you mean `pidns`?"),
    ("titel: x", "f:1:1: `titel` is not a key of a case; did you mean `title`?"),
    ("steps: {}", "f:1:8: `steps` takes a list of steps, not a mapping"),
    ("steps: []", "f:1:8: the case has no steps"),
]


@pytest.mark.parametrize(("line", "message"), BAD_HEADERS, ids=[line for line, _ in BAD_HEADERS])
def test_bad_headers(line: str, message: str) -> None:
    key = line.partition(":")[0]
    rest = {"id": "an-example", "title": "x", "rules": "[WAIT-001]", "steps": "[{P: pause}]"}
    others = "".join(f"{name}: {value}\n" for name, value in rest.items() if name != key)
    assert faults(f"{line}\n{others}") == [message]


def test_missing_keys_are_told_together() -> None:
    assert faults("title: x\n") == ["f:1:1: the case needs `id:`, `rules:`, `steps:`"]
    assert faults("- x\n") == ["f:1:1: `a case` takes a mapping with id, title, rules and steps, not a list"]


def test_all_errors_of_a_file_are_told_in_the_order_of_its_lines() -> None:
    text = (
        "id: A\ntitle: x\nrules: [WAIT-001, wait]\nsteps:\n- P: {wait4: D}\n"
        "- P: {fork: C}\n---\nid: b\ntitle: x\nrules: [WAIT-001]\nsteps:\n"
        "- P: {wiat4: C, expect: x}\n- P: {wait4: {pid: Q, options: WHNOHANG, rusge: bad}}\n  "
        "expect: {x: 1, ret: Z}\n"
    )
    assert [line.split()[0] for line in faults(text)] == [
        "f:1:5:",
        "f:3:19:",
        "f:12:6:",
        "f:13:20:",
        "f:13:32:",
        "f:13:42:",
    ]


def test_a_bad_call_is_not_blamed_on_those_who_expect_something_of_it() -> None:
    text = HEAD + FORK + "- C: {wiat4: P}\n- P: pause\n  expect: {C: {ret: 0}}\n"
    assert faults(text) == ["f:6:7: `wiat4` is not a call; did you mean `wait4`?"]


def test_an_id_given_twice_in_a_file() -> None:
    text = HEAD + "- P: pause\n---\n" + HEAD + "- P: pause\n"
    assert faults(text) == ["f:7:5: the id `an-example` is given twice; first in line 1"]


def test_rules_must_exist() -> None:
    rules = {"WAIT-001": Rule("WAIT-001", "x", "posix", "x")}
    text = "id: a\ntitle: x\nrules: [WAIT-001, WIAT-001, WAIT-002]\nsteps:\n- P: pause\n  rule: WAIT-003\n"
    with pytest.raises(CaseErrors) as caught:
        load_text(text, "f", rules)
    assert str(caught.value).splitlines() == [
        "f:3:19: there is no rule `WIAT-001`; did you mean `WAIT-001`?",
        "f:3:29: there is no rule `WAIT-002`",
        "f:6:9: there is no rule `WAIT-003`",
    ]


def test_limits() -> None:
    assert len(load("- P: pause\n" * 64).steps) == 64
    assert faults(HEAD + "- P: pause\n" * 65) == ["f:69:3: a case has at most 64 steps, not 65"]
    forks = "".join(f"- P: {{fork: C{n}}}\n" for n in range(15))
    assert len(load(forks.replace("- P: {fork: C14}\n", "")).actors) == 16
    assert faults(HEAD + forks) == ["f:19:13: more than 16 actors (init and the root actor count)"]


def test_a_case_needs_a_root_actor() -> None:
    text = HEAD + "- init: {fork: C}\n- C: pause\n"
    assert faults(text) == ["f:5:3: no root actor: some actor must be there without being forked"]
