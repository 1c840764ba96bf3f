"""Suites: which files are cases, where their rules are, ids over files, ``-k`` and the digest."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.case.errors import CaseErrors, UsageError
from conformance.case.keyword import keyword_matcher
from conformance.case.model import Rule
from conformance.case.rulesfile import load_rules
from conformance.case.suite import bundled, digest, find_case_files, load_suite

RULE = "{id: WAIT-001, statement: a statement, level: posix, source: wait(2)}"


def case_text(name: str, rule: str = "WAIT-001") -> str:
    return f"id: {name}\ntitle: x\nrules: [{rule}]\nsteps: [{{P: pause}}]\n"


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    for name, text in {
        "rules.yaml": f"- {RULE}\n",
        "wait4/b.yaml": case_text("b-one") + "---\n" + case_text("b-two"),
        "wait4/a.yaml": case_text("a-one"),
        "kill/c.yaml": case_text("c-one"),
        "kill/notes.txt": "x",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return tmp_path


def test_files_are_found_sorted_and_once(suite: Path) -> None:
    found = find_case_files([suite / "wait4", suite, suite / "wait4" / "b.yaml", suite / "rules.yaml"])
    assert [str(file.relative_to(suite)) for file in found] == ["kill/c.yaml", "wait4/a.yaml", "wait4/b.yaml"]


def test_a_path_that_is_not_there(suite: Path) -> None:
    with pytest.raises(UsageError, match=r"none: there is no such file or folder$"):
        load_suite([suite / "none"])


def test_cases_have_the_area_of_their_folder(suite: Path) -> None:
    found = [(case.area, case.id) for case in load_suite([suite])]
    assert found == [("kill", "c-one"), ("wait4", "a-one"), ("wait4", "b-one"), ("wait4", "b-two")]


def test_the_rules_are_those_above_the_file(suite: Path) -> None:
    (suite / "kill" / "c.yaml").write_text(case_text("c-one", "WAIT-002"))
    with pytest.raises(CaseErrors, match=r"c\.yaml:3:9: there is no rule `WAIT-002`$"):
        load_suite([suite / "kill" / "c.yaml"])
    (suite / "rules").mkdir()
    (suite / "rules" / "more.yaml").write_text(f"- {RULE.replace('001', '002')}\n")
    assert [case.rules for case in load_suite([suite / "kill"])] == [("WAIT-002",)]
    assert find_case_files([suite / "rules"]) == []


def test_an_id_in_two_files_names_both_places(suite: Path) -> None:
    (suite / "kill" / "d.yaml").write_text(case_text("b-two"))
    with pytest.raises(CaseErrors) as caught:
        load_suite([suite])
    first, second = suite / "kill" / "d.yaml", suite / "wait4" / "b.yaml"
    assert str(caught.value) == f"{second}:6:5: the id `b-two` is given twice; first at {first}:1:5"


def test_the_errors_of_all_files_are_told(suite: Path) -> None:
    (suite / "kill" / "c.yaml").write_text("id: X\n")
    (suite / "wait4" / "a.yaml").write_text("a: [\n")
    (suite / "rules.yaml").write_text("- {}\n")
    with pytest.raises(CaseErrors) as caught:
        load_suite([suite])
    assert [Path(error.mark.path).name for error in caught.value.errors] == [
        "c.yaml",
        "c.yaml",
        "rules.yaml",
        "a.yaml",
    ]


def test_keywords_select_cases_and_cells(suite: Path) -> None:
    (suite / "kill" / "d.yaml").write_text(
        "id: d\ntitle: x\nrules: [WAIT-001]\nsweep: {a: [1, 2]}\nsteps: [{P: {exit: $a}}]\n"
    )
    assert [case.id for case in load_suite([suite], "d[2 or two")] == ["d[2]", "b-two"]


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("wait4", True),
        ("WAIT4", True),
        ("wnohang", True),
        ("not wait4", False),
        ("not not wait4", True),
        ("kill or wait4", True),
        ("kill and wait4", False),
        ("kill or wait4 and not zombie", True),
        ("(kill or wait4) and zombie", False),
        ("not (kill or zombie)", True),
        ("wait4[0-WNOHANG|WEXITED]", True),
        ("not kill and not zombie", True),
    ],
)
def test_keyword(expression: str, holds: bool) -> None:
    assert keyword_matcher(expression)("wait4[0-WNOHANG|WEXITED]") is holds


@pytest.mark.parametrize("expression", ["", "and", "a and", "a b", "(a", "a)", "not", "()", "(" * 60 + "a"])
def test_bad_keyword(expression: str) -> None:
    with pytest.raises(UsageError, match=r"-k .* cannot stand there"):
        keyword_matcher(expression)


def test_the_digest_is_that_of_the_cases(suite: Path) -> None:
    before = digest([suite])
    assert before == digest([suite / "wait4", suite / "kill"])
    (suite / "rules.yaml").write_text("")
    assert digest([suite]) == before
    (suite / "kill" / "c.yaml").write_text(case_text("c-two"))
    assert digest([suite]) != before
    assert len(before) == 64


def test_rules(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(
        f"- {RULE}\n- {{id: KILL-001a, statement: b, level: implementation, source: c, since: '5.4'}}\n"
    )
    rules = load_rules(file)
    assert list(rules) == ["WAIT-001", "KILL-001a"]
    assert rules["WAIT-001"].since is None
    kill = rules["KILL-001a"]
    assert kill == Rule("KILL-001a", "b", "implementation", "c", "5.4", (), kill.mark)
    assert str(kill.mark) == f"{file}:2:8"
    assert load_rules(tmp_path) == rules


BAD_RULES = [
    ("a: b", "1:1: `the file` takes a list of rules, not a mapping"),
    ("- {id: WAIT-001}", "1:3: the rule needs `statement:`, `level:`, `source:`"),
    (f"- {RULE}\n- {RULE}", "2:8: the rule `WAIT-001` is given twice; first at rules.yaml:1:8"),
    (f"- {RULE}".replace("posix", "Posix"), "1:49: `Posix` is not a level; did you mean `posix`?"),
    (f"- {RULE}".replace("WAIT-", "wait"), "1:8: `wait001` is not a rule's id, which looks like WAIT-017"),
    (f"- {RULE}".replace("source", "sauce"), "1:56: `sauce` is not a key of a rule; did you mean `source`?"),
    (f"- {RULE}".replace("wait(2)", "''"), "1:64: `source` takes text, not an empty one"),
]


@pytest.mark.parametrize(("text", "message"), BAD_RULES, ids=[message for _, message in BAD_RULES])
def test_bad_rules(text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rules.yaml").write_text(text)
    with pytest.raises(CaseErrors) as caught:
        load_rules(Path("rules.yaml"))
    assert f"rules.yaml:{message}" in str(caught.value).splitlines()


def test_no_rules(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no rules\.yaml and no folder rules"):
        load_rules(tmp_path)


def test_the_bundled_suite_is_there() -> None:
    assert find_case_files([bundled()])
    assert load_rules(bundled())
