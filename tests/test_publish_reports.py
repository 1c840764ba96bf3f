"""The formats of ``waitconf report``, on a run that has all there is."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from conformance.cli import main
from conformance.publish.jsonl import NotResults, read_results
from conformance.publish.reports import FORMATS, read_run
from conformance.publish.reports.html import SIGNS
from conformance.verdict.model import VERDICTS
from tests.results_files import DIVERGENCE, HOSTILE, MET, UNMET, case, cells, write_file

Output = pytest.CaptureFixture[str]

RECORDS = (
    case("good"),
    case("codes[0]", "diverges", divergences=[DIVERGENCE, DIVERGENCE | {"actor": "C", "rule": "WAIT-002"}]),
    cells("codes", 255),
    case("mute", "unsupported", area="pidfd", divergences=[], text="needs pidfds"),
    case("gone", "crashed", divergences=[], text="the agent died"),
    case("stuck", "hung", divergences=[], text="step 2 never ends"),
    case("author", "conflict", divergences=[DIVERGENCE]),
    case("known", "diverges", divergences=[DIVERGENCE], expectation=MET),
    case("healed", expectation=UNMET),
)


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Write the run and return its path."""
    return write_file(tmp_path / "all.jsonl", *RECORDS)


def made(format_: str, *paths: str) -> str:
    return FORMATS[format_]([read_run(read_results(Path(path))) for path in paths])


def hostile(tmp_path: Path) -> str:
    """Write a run whose every text is an attack on some format."""
    divergence = DIVERGENCE | dict.fromkeys(("actor", "field", "expected", "observed", "rule"), HOSTILE)
    fails: dict[str, Any] = {
        "divergences": [divergence],
        "text": HOSTILE,
        "rules": [HOSTILE],
        "level": HOSTILE,
    }
    expectation = MET | {"reason": HOSTILE, "bug": HOSTILE}
    return write_file(
        tmp_path / "hostile.jsonl",
        case(HOSTILE, "diverges", area=HOSTILE, **fails),
        case(f"{HOSTILE}2", "unsupported", area=HOSTILE, **fails),
        case(f"{HOSTILE}3", "hung", **fails, expectation=expectation),
        case(f"{HOSTILE}4", **fails, expectation=expectation | {"met": False}),
        case(f"{HOSTILE}5", "crashed", **fails),
        footer=False,
        target={"name": HOSTILE, "sysname": HOSTILE, "version": HOSTILE},
        started=HOSTILE,
        shard=HOSTILE,
    )


# JUnit


def kinds(suite: ET.Element) -> dict[str, list[str]]:
    return {one.get("name", ""): [child.tag for child in one] for one in suite.iter("testcase")}


def test_junit_says_what_became_of_each_case(path: str) -> None:
    (suite,) = ET.fromstring(made("junit", path))
    assert kinds(suite) == {
        "good": [],
        "codes[0]": ["failure"],
        "codes[…]": ["system-out"],
        "mute": ["skipped"],
        "gone": ["error"],
        "stuck": ["error"],
        "author": ["error"],
        "known": ["skipped"],
        "healed": ["failure"],
    }
    counts = {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped", "time")}
    assert counts == {"tests": "9", "failures": "2", "errors": "3", "skipped": "2", "time": "0.012000"}
    assert suite.get("name") == "box: Linux 6.1 x86_64"
    assert suite.get("timestamp") == "2026-01-02T03:04:05"
    assert suite.find("properties/property[@name='cases']").get("value") == "263"  # type: ignore[union-attr]


def test_junit_tells_the_divergences(path: str) -> None:
    failure = ET.fromstring(made("junit", path)).find(".//testcase[@name='codes[0]']/failure")
    assert failure is not None
    assert failure.get("message") == "step 3, P status: expected exited(3), observed 0 (WAIT-001)"
    assert str(failure.text).splitlines() == [
        "diverges (posix)",
        "step 3, P status: expected exited(3), observed 0 (WAIT-001)",
        "step 3, C status: expected exited(3), observed 0 (WAIT-002)",
        "rules of the case: WAIT-001",
    ]


def test_junit_has_a_suite_for_each_target(path: str, tmp_path: Path) -> None:
    other = write_file(tmp_path / "b", case("good"), target={"name": "other"})
    suites = ET.fromstring(made("junit", path, other))
    assert [suite.get("name") for suite in suites] == ["box: Linux 6.1 x86_64", "other"]
    assert (suites.get("tests"), suites.get("failures")) == ("10", "2")


def test_junit_is_xml_whatever_is_in_the_texts(tmp_path: Path) -> None:
    (suite,) = ET.fromstring(made("junit", hostile(tmp_path)).encode())
    assert len(list(suite.iter("testcase"))) == 6
    failure, skipped = suite.find("testcase/failure"), suite.find("testcase/skipped")
    assert failure is not None
    assert skipped is not None
    assert "é\nok 1 forged\\x0d\n--" in str(skipped.get("message"))
    assert "\\x1b[31m # \\x00 \\ud800 \\ufffe \\x85 é\nok 1 forged\\x0d\n" in str(failure.text)


ALLOWED = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "time", "skipped", "timestamp"},
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"name", "time", "classname"},
    "system-out": set(),
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"type", "message"},
}
"""The attributes of the elements of Jenkins' schema, junit-10.xsd, of those that are used here."""


def test_junit_has_no_attributes_but_those_of_the_schema(path: str, tmp_path: Path) -> None:
    elements = list(ET.fromstring(made("junit", path, hostile(tmp_path))).iter())
    assert {element.tag for element in elements} == set(ALLOWED)
    assert [element for element in elements if not set(element.keys()) <= ALLOWED[element.tag]] == []


@pytest.mark.parametrize("format_", ["junit", "ktap"])
def test_what_a_run_lacks_is_one_test(tmp_path: Path, format_: str) -> None:
    path = Path(write_file(tmp_path / "r", case("a"), footer=False, shard="1/2"))
    path.write_bytes(path.read_bytes() + b'{"ca')
    text = made(format_, str(path))
    assert len(re.findall(r"(name=.|not ok \d )the run is whole", text)) == 1
    assert all(words in text for words in ("last line is cut", "has no footer", "this is shard 1/2"))


# KTAP

RESULT = re.compile(r"( *)(ok|not ok) (\d+) ([^#]+?)(?: # (.*))?")


def test_ktap_has_a_test_for_each_area(path: str) -> None:
    assert made("ktap", path).splitlines() == [
        "KTAP version 1",
        "# box: Linux 6.1 x86_64, against Linux 6.1 as waitconf knows it",
        "1..2",
        "  KTAP version 1",
        "  # Subtest: pidfd",
        "  1..1",
        "  ok 1 mute # SKIP needs pidfds",
        "ok 1 pidfd # SKIP",
        "  KTAP version 1",
        "  # Subtest: wait4",
        "  1..8",
        "  ok 1 good",
        "  # codes[0]: step 3, P status: expected exited(3), observed 0 (WAIT-001)",
        "  # codes[0]: step 3, C status: expected exited(3), observed 0 (WAIT-002)",
        "  not ok 2 codes[0] # diverges",
        "  # gone: the agent died",
        "  not ok 3 gone # ERROR the agent died",
        "  # stuck: step 2 never ends",
        "  not ok 4 stuck # TIMEOUT step 2 never ends",
        "  # author: step 3, P status: the author expects exited(3), the reference kernel gives 0 (WAIT-001)",
        "  not ok 5 author # ERROR conflict",
        "  # known: step 3, P status: expected exited(3), observed 0 (WAIT-001)",
        "  ok 6 known # XFAIL no zombies here (BOX-7)",
        "  # healed: expected: diverges, but: conforms. no zombies here (BOX-7)",
        "  not ok 7 healed # conforms",
        "  ok 8 codes[…] # 255 cells conform",
        "not ok 2 wait4",
    ]


def test_ktap_nests_the_areas_of_several_targets(path: str, tmp_path: Path) -> None:
    other = write_file(tmp_path / "b", case("good"), target={"name": "other"})
    lines = made("ktap", path, other).splitlines()
    assert lines[:2] == ["KTAP version 1", "1..2"]
    assert [line for line in lines if line.startswith(("ok", "not ok"))] == ["not ok 1 box", "ok 2 other"]
    assert "    ok 1 good" in lines


def plans_hold(lines: list[str], indent: str = "") -> bool:
    """Tell whether each plan at a level of nesting has the results that it promises, in their order."""
    plan = next(int(line.strip()[3:]) for line in lines if re.fullmatch(rf"{indent}1\.\.\d+", line))
    found = [match for line in lines if (match := RESULT.fullmatch(line)) and match[1] == indent]
    return [int(match[3]) for match in found] == list(range(1, plan + 1))


def test_ktap_cannot_be_forged(tmp_path: Path) -> None:
    lines = made("ktap", hostile(tmp_path)).split("\n")
    assert plans_hold(lines)
    assert all(
        line.strip().startswith(("KTAP version 1", "# ", "1..", "ok ", "not ok ")) for line in lines if line
    )
    names = [match[4] for line in lines if (match := RESULT.fullmatch(line))]
    assert len(names) == 8
    assert len([name for name in names if "# \\x00".replace("#", "\\x23") in name]) == 6


def test_ktap_remarks_begin_no_other_directive(tmp_path: Path) -> None:
    forged = "x # SKIP y"
    text = made(
        "ktap",
        write_file(
            tmp_path / "r",
            case("a", "crashed", text=forged),
            case("b", "diverges", expectation=MET | {"reason": forged}),
            case("c", "unsupported", text=forged),
        ),
    )
    assert r"  not ok 1 a # ERROR x \x23 SKIP y" in text
    assert r"  ok 2 b # XFAIL x \x23 SKIP y (BOX-7)" in text
    assert r"  ok 3 c # SKIP x \x23 SKIP y" in text


LAST_WORDS = re.compile(r"List of all partitions:|Kernel panic - not syncing: VFS:|reboot: System halted")
"""Where tools/testing/kunit/kunit_parser.py stops to read."""


@pytest.mark.parametrize(
    "words",
    [
        "List of all partitions:",
        "Kernel panic - not syncing: VFS: Unable to mount root fs",
        "List of  all partitions:\nreboot: System halted",
        "reboot:  System halted",
        "System halted",
    ],
)
def test_ktap_goes_on_behind_the_last_words_of_a_kernel(tmp_path: Path, words: str) -> None:
    text = made(
        "ktap",
        write_file(
            tmp_path / "r",
            case("reboot", "hung", text=words),
            case("b", "unsupported", text=words),
            case("c", "diverges", divergences=[DIVERGENCE | {"observed": words}]),
            case(words.replace(chr(10), " ")),
            target={"name": "reboot", "sysname": words, "version": words},
            shard=words,
        ),
    )
    assert not LAST_WORDS.search(text)


def test_ktap_names_its_tests_before_their_subtests(tmp_path: Path) -> None:
    path = write_file(
        tmp_path / "r",
        case("a", area="- x  y "),
        case("Subtest", "hung", area="same", text="a note"),
        case("same", area="same"),
        target={"name": "Subtest"},
    )
    headers, results = (
        re.findall(pattern, made("ktap", path, path), re.MULTILINE)
        for pattern in (r"^ *# Subtest: (.*)$", r"^(?:  )?ok \d+ (.*?)$")
    )
    assert headers == [r"Subtest", r"\x2d x y"] * 2
    assert results == [r"\x2d x y"] * 2


def test_ktap_of_a_run_without_cases_has_a_test(tmp_path: Path) -> None:
    lines = made("ktap", write_file(tmp_path / "r")).splitlines()
    assert lines[-2:] == ["1..1", "ok 1 any case # SKIP the run has no cases"]


# Markdown and HTML


def test_markdown_has_the_table_and_every_divergence(path: str) -> None:
    text = made("markdown", path)
    assert (
        "| area | conforms | diverges | unsupported | crashed | hung | conflict | as expected | bad | cases |"
        in text
    )
    assert "| wait4 | 257 | 2 | · | 1 | 1 | 1 | 1 | 5 | 262 |" in text
    assert "| **total** | 257 | 2 | 1 | 1 | 1 | 1 | 1 | 5 | 263 |" in text
    assert "## Not as it should be: 5 cases\n\n### `codes[0]`: diverges (posix)\n" in text
    assert "- step 3\n  - P `status`: expected `exited(3)`, observed `0` (WAIT-001)\n" in text
    assert "the author expects `exited(3)`, the reference kernel gives `0`" in text
    assert "## Failing as expected: 1 case\n\n### no zombies here (BOX-7)\n\n#### `known`: diverges" in text
    assert "**expected: diverges, but: conforms. no zombies here (BOX-7)**" in text
    assert "- 1 case: needs pidfds\n" in text


def test_markdown_of_a_run_in_which_all_is_well(tmp_path: Path) -> None:
    assert made(
        "markdown", write_file(tmp_path / "a", case("good"), case("mute", "unsupported", area=""))
    ) == (
        "# box: Linux 6.1 x86\\_64, against Linux 6.1 as waitconf knows it\n\n"
        "| area | conforms | diverges | unsupported | cases |\n|---|---:|---:|---:|---:|\n"
        "| \\- | · | · | 1 | 1 |\n".replace("\\-", "-")
        + "| wait4 | 1 | · | · | 1 |\n"
        "| **total** | 1 | · | 1 | 2 |\n\nNothing here is other than it should be.\n\n"
        "## Unsupported: 1 case\n\n- 1 case: no reason is given\n"
    )


def test_markdown_shows_texts_as_they_are(tmp_path: Path) -> None:
    text = made("markdown", hostile(tmp_path))
    assert "> a\\|b \\`c\\` \\<d\\> \\& " in text
    assert not [line for line in text.split("\n") if line.startswith(("ok 1", "<d>"))]
    assert len(re.findall(r"^#{3,4} ", text, re.MULTILINE)) == 5


class Page(HTMLParser):
    """Elements of a page, checked for being closed in their order."""

    void = frozenset({"meta"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not {"src", "href", "onload"} & {key for key, _ in attrs}
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_is_one_page_without_scripts(path: str) -> None:
    text = made("html", path)
    page = Page(text)
    assert page.open == []
    assert not {"script", "link", "img"} & set(page.tags)
    assert "prefers-color-scheme: dark" in text
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text
    for verdict in ("conforms", "diverges", "unsupported", "crashed", "hung", "conflict"):
        sign = f'<span class="sign" aria-hidden="true">{SIGNS[verdict]}</span>'
        assert f'<span class="{verdict}">{sign} {verdict}</span>' in text
    assert "Not as it should be: 5 cases" in page.text
    assert "step 3, C status WAIT-002\nexpectedexited(3)\nobserved0" in page.text
    assert "the author expectsexited(3)\nthe reference kernel gives0" in page.text
    assert "Failing as expected: 1 case" in page.text


def test_html_has_a_sign_of_its_own_for_every_verdict() -> None:
    assert set(SIGNS) == set(VERDICTS)
    assert len({*SIGNS.values(), "≈"}) == len(VERDICTS) + 1


def test_html_shows_texts_as_they_are(tmp_path: Path) -> None:
    page = Page(made("html", hostile(tmp_path)))
    assert page.open == []
    assert "d" not in page.tags
    assert 'a|b `c` <d> & "e" ]]> \\x1b[31m' in page.text


# JSON


def test_json_counts_by_area_and_by_rule(path: str) -> None:
    (run,) = json.loads(made("json", path))["runs"]
    zeros = dict.fromkeys(VERDICTS, 0)
    wait4 = {"conforms": 257, "diverges": 2, "crashed": 1, "hung": 1, "conflict": 1}
    assert run["areas"]["wait4"] == zeros | wait4 | {"cases": 262, "bad": 5, "expected": 1}
    assert run["summary"] == zeros | wait4 | {"unsupported": 1, "cases": 263, "bad": 5, "expected": 1}
    assert run["rules"]["WAIT-001"] == run["summary"] | {"diverging": 3}
    assert run["rules"]["WAIT-002"] == zeros | {
        "cases": 1,
        "bad": 1,
        "expected": 0,
        "diverges": 1,
        "diverging": 1,
    }
    assert [case["id"] for case in run["bad"]] == ["codes[0]", "gone", "stuck", "author", "healed"]
    assert run["bad"][0]["divergences"][0] == DIVERGENCE
    assert run["expected"][0]["expectation"] == MET
    assert run["unsupported"] == [{"reason": "needs pidfds", "cases": 1, "documents": {"mute": 1}}]
    assert (run["complete"], run["faults"], run["shard"]) == (True, [], None)


# What holds for all


@pytest.mark.parametrize("format_", ["markdown", "html", "junit", "ktap"])
def test_an_empty_value_can_be_seen(tmp_path: Path, format_: str) -> None:
    empty = DIVERGENCE | {"expected": "", "observed": ""}
    text = made(format_, write_file(tmp_path / "r", case("a", "diverges", divergences=[empty])))
    assert text.count("(empty)") >= 2


@pytest.mark.parametrize("format_", ["markdown", "html", "junit", "ktap"])
def test_a_target_that_is_named_with_a_colon(tmp_path: Path, format_: str) -> None:
    text = made(format_, write_file(tmp_path / "r", case("a"), target={"name": "box:", "sysname": "Linux"}))
    assert "box: Linux" in text


@pytest.mark.parametrize("format_", list(FORMATS))
def test_a_run_that_was_cut_off_is_said_to_be(tmp_path: Path, format_: str) -> None:
    whole = made(format_, write_file(tmp_path / "a", case("good")))
    cut = made(format_, write_file(tmp_path / "b", case("good"), footer=False))
    assert "cut off" in cut
    assert "cut off" not in whole
    assert {"junit": '<error message="the run was cut off', "ktap": "not ok 2 the run is whole # ERROR"}.get(
        format_, "cut off"
    ) in cut


@pytest.mark.parametrize("format_", ["markdown", "html", "junit", "ktap"])
def test_a_shard_is_said_to_be_one(tmp_path: Path, format_: str) -> None:
    assert "this is shard 2/3" in made(format_, write_file(tmp_path / "a", case("good"), shard="2/3"))


@pytest.mark.parametrize("format_", list(FORMATS))
def test_the_same_results_are_the_same_bytes(tmp_path: Path, format_: str) -> None:
    """Wherever the file lies, and though the reports can be written as UTF-8 whatever is in it."""
    one = made(format_, hostile(tmp_path)).encode()
    (tmp_path / "elsewhere").mkdir()
    assert made(format_, hostile(tmp_path / "elsewhere")).encode() == one


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"rules": "WAIT-001"}, "case a: its `rules` is not a list"),
        ({"rules": [1]}, "case a: its `rules` are not texts"),
        ({"area": 3}, "case a: its `area` is not a text"),
        ({"duration_us": True}, "case a: its `duration_us` is not a whole number"),
        ({"divergences": [3]}, "case a: a divergence is not an object"),
        ({"divergences": [{}]}, "case a: its `step` is not a whole number"),
        ({"expectation": {"met": 1}}, "case a: its `met` is not true or false"),
    ],
)
def test_records_that_are_none(tmp_path: Path, more: dict[str, Any], message: str) -> None:
    results = read_results(Path(write_file(tmp_path / "r", case("a", **more))))
    with pytest.raises(NotResults, match=re.escape(f"{tmp_path / 'r'}: {message}")):
        read_run(results)


@pytest.mark.parametrize("format_", list(FORMATS))
@pytest.mark.parametrize(
    ("letter", "seen"),
    [
        ("\x1b", r"\x1b"),
        ("\u2028", r"\u2028"),
        ("\u202e", r"\u202e"),
        ("\u2066", r"\u2066"),
        ("\udfff", r"\udfff"),
        ("\ufdd0", r"\ufdd0"),
        ("\uffff", r"\uffff"),
        ("\U0001fffe", r"\U0001fffe"),
        ("\U0010ffff", r"\U0010ffff"),
    ],
)
def test_what_cannot_be_seen_is_named(tmp_path: Path, format_: str, letter: str, seen: str) -> None:
    text = made(format_, write_file(tmp_path / "r", case("a", "hung", text=f"é{letter}")))
    assert letter not in text
    assert f"é{seen}" in text.replace("\\\\", "\\")  # Markdown and JSON spell a backslash so


# The command


def test_a_report_goes_to_standard_output_or_into_a_file(path: str, tmp_path: Path, capsys: Output) -> None:
    assert main(["report", path]) == 0
    told = capsys.readouterr().out
    assert told == made("markdown", path)
    assert main(["report", path, path, "--format", "ktap", "-o", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out").read_text(encoding="utf-8") == made("ktap", path, path)
    assert capsys.readouterr().out == ""


def test_a_report_says_on_standard_error_too_that_a_file_was_cut_off(tmp_path: Path, capsys: Output) -> None:
    path = write_file(tmp_path / "cut", case("good"), footer=False)
    assert main(["report", path]) == 0
    assert f"waitconf: {path}:2: the run was cut off" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["NONE"], 4, "No such file"),
        (["OTHER"], 4, "OTHER:1: not JSON"),
        (["GOOD", "-o", "FOLDER/none/out"], 3, "none/out: cannot write: No such file"),
        (["GOOD", "-o", "/dev/full"], 3, "/dev/full: cannot write: No space left"),
        (["GOOD", "-o", "GOOD"], 4, "-o FOLDER/GOOD: this is FOLDER/GOOD, whose results would be"),
        (["GOOD", "GOOD2", "-o", "GOOD2"], 4, "this is FOLDER/GOOD2, whose results would be lost"),
        (["LINK", "-o", "GOOD"], 4, "-o FOLDER/GOOD: this is FOLDER/LINK"),
        (["GOOD", "-o", "LINK"], 4, "-o FOLDER/LINK: this is FOLDER/GOOD"),
    ],
)
def test_what_cannot_be_reported(
    tmp_path: Path, capsys: Output, words: list[str], status: int, message: str
) -> None:
    good = write_file(tmp_path / "GOOD", case("good"))
    (tmp_path / "GOOD2").write_bytes(before := Path(good).read_bytes())
    (tmp_path / "LINK").symlink_to("GOOD")
    (tmp_path / "OTHER").write_text("other\n")
    given = [
        str(tmp_path / word) if word.isupper() else word.replace("FOLDER", str(tmp_path)) for word in words
    ]
    assert main(["report", *given]) == status
    assert message.replace("FOLDER", str(tmp_path)) in capsys.readouterr().err
    assert (tmp_path / "GOOD").read_bytes() == (tmp_path / "GOOD2").read_bytes() == before
    assert (tmp_path / "LINK").is_symlink()


@pytest.mark.parametrize("verb", ["report", "merge", "badge"])
def test_an_output_without_a_name(path: str, capsys: Output, verb: str) -> None:
    with pytest.raises(SystemExit, match="4"):
        main([verb, path, "-o", ""])
    assert "the name of a file is empty" in capsys.readouterr().err
