"""The published matrix: what is on which page, and that the same results give the same bytes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree as ET

import pytest

from conformance.cli import main
from conformance.commands.matrix import c_program_of
from conformance.publish.jsonl import Results
from conformance.publish.matrix import CannotStore, Suite, site, write_site
from conformance.publish.matrix.style import CLASSES, DARK, LIGHT
from conformance.publish.matrix.verdicts import STANDINGS
from tests.fakes import FAULT, REAPED
from tests.matrix_world import GVISOR, HOSTILE, Run, buggy, links, linux, make_suite, three

Files = Mapping[str, str]
Output = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("matrix")


@pytest.fixture(scope="module")
def suite(room: Path) -> Suite:
    return make_suite(room / "cases")


@pytest.fixture(scope="module")
def results(suite: Suite, room: Path) -> list[Results]:
    return three(suite, room)


@pytest.fixture(scope="module")
def files(suite: Suite, results: list[Results]) -> Files:
    return site(results, suite)


def words(page: str) -> str:
    """Return what is to be read on a page."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def rules_json(files: Files) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads(files["matrix.json"])["rules"]
    return found


def test_there_is_a_page_for_each_rule_and_each_document(files: Files) -> None:
    assert set(files) == {
        *("index.html", "rules.html", "matrix.md", "matrix.json", "style.css", "rules.js", "boxes.js"),
        *(
            f"rule/{name}.html"
            for name in ("WAIT-001", "WAIT-002", "WAIT-003", "WAIT-009", "PIDFD-001", "PIDFD-002")
        ),
        *(f"case/{name}.html" for name in ("child-is-reaped", "fault-reaps", "codes", "hostile-words")),
        "case/a-pidfd-is-opened.html",
    }


def test_every_link_leads_somewhere(files: Files) -> None:
    for name, text in files.items():
        if not name.endswith(".html"):
            continue
        for link in links(text):
            path, _, fragment = link.partition("#")
            if link.startswith(("https:", "data:")):
                continue
            target = os.path.normpath(PurePosixPath(name).parent / path) if path else name
            assert target in files, f"{name} leads to {link}"
            if fragment and "=" not in fragment:
                assert f'id="{fragment}"' in files[target], f"{name} leads to {link}"


def test_nothing_comes_from_elsewhere(files: Files) -> None:
    for name, text in files.items():
        loaded = re.findall(r'(?:src="|<link[^>]*href="|url\(|@import )([^")]*)', text)
        assert not [one for one in loaded if ":" in one and one != "data:,"], name


def test_the_same_results_give_the_same_bytes(room: Path, suite: Suite, results: list[Results]) -> None:
    """Also in another process, whose sets have another order."""
    paths = [one.path for one in results]
    made = []
    for seed in ("1", "2"):
        folder = room / f"seed-{seed}"
        command = [
            "-m",
            "conformance.cli",
            "matrix",
            *paths,
            "--suite",
            str(room / "cases"),
            "-o",
            str(folder),
        ]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, *command], check=True, env=environment, stdout=subprocess.DEVNULL)
        made.append({str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()})
    assert made[0] == made[1]
    again = site(results, suite, c_program_of)
    assert {name: text.encode() for name, text in again.items()} == made[0]


def test_nothing_tells_where_it_was_made(files: Files, room: Path) -> None:
    assert not [name for name, text in files.items() if str(room.parent) in text]


def test_targets_are_columns_real_kernels_by_age(files: Files) -> None:
    labels = [one["label"] for one in json.loads(files["matrix.json"])["targets"]]
    assert labels == ["Linux 5.1", "Linux 7.3.4", "gvisor"]
    heads = re.findall(r'<th scope=col class=t title="([^"]*)"><span>', files["rules.html"])
    assert heads == labels


def test_cells_of_areas_lead_to_the_rules_behind_them(files: Files) -> None:
    cells = re.findall(r'<td class="(cell[^"]*)"><a href="([^"]*)" aria-label="([^"]*)"', files["index.html"])
    assert cells[2] == (
        "cell di",
        "rules.html#area=area&amp;target=gvisor",
        "area on gvisor: 1 diverge, 4 conform",
    )


def test_a_rule_diverges_where_its_own_divergence_is(files: Files) -> None:
    rules = rules_json(files)
    assert rules["WAIT-002"]["targets"]["gvisor"] == {"verdict": "diverges", "counts": {"diverges": 1}}  # type: ignore[index]
    assert rules["WAIT-001"]["targets"]["gvisor"]["counts"] == {"conforms": 4, "not-shown": 1}  # type: ignore[index]
    assert rules["WAIT-003"]["targets"]["gvisor"] == {"verdict": "nothing", "counts": {}}  # type: ignore[index]


def test_the_page_of_a_rule_says_who_differs_and_how(files: Files) -> None:
    page = words(files["rule/WAIT-002.html"])
    assert "How gvisor differs" in page
    assert "fault-reaps ✗ diverges 3 C state gone zombie" in page
    assert "kernel_wait4" in page
    assert "Since, as documented Linux 2.6" in page


def test_a_divergence_is_marked_in_its_place(files: Files) -> None:
    page = files["case/fault-reaps.html"]
    svg = ET.fromstring(page[page.index("<svg xmlns") : page.index("</svg>") + 6])
    space = "{http://www.w3.org/2000/svg}"
    texts = [(one.text or "", one.get("class"), float(one.get("y", 0))) for one in svg.iter(f"{space}text")]
    marks = [text for text in texts if text[1] == "mark di"]
    assert [text for text, _, _ in marks] == ["✗ gvisor"]
    third, fourth = (next(y for text, kind, y in texts if (text, kind) == (n, "num")) for n in "34")
    assert third < marks[0][2] < fourth
    assert svg.find(f"{space}title").text == "wait4 with a bad status pointer reaps all the same"  # type: ignore[union-attr]
    assert "gvisor diverges at C: state: zombie, not gone" in str(svg.find(f"{space}desc").text)  # type: ignore[union-attr]


def test_what_was_expected_stands_beside_what_was_observed(files: Files) -> None:
    page = words(files["case/fault-reaps.html"])
    assert "Step Call Actor Field Expected Observed Rule" in page
    assert "P: wait4" in page
    assert "waitconf run cases/area/some.yaml --case fault-reaps --target gvisor:" in page


def yaml_of(page: str) -> str:
    (found,) = re.findall(r'<pre [^>]*aria-label="The case in YAML">(.*?)</pre>', page, re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", "", found))


def test_a_page_shows_the_text_of_its_case_alone(files: Files) -> None:
    assert yaml_of(files["case/fault-reaps.html"]) == FAULT
    assert yaml_of(files["case/child-is-reaped.html"]) == REAPED
    assert yaml_of(files["case/hostile-words.html"]) == HOSTILE


def test_words_of_cases_and_rules_are_no_markup(suite: Suite, room: Path) -> None:
    run = Run(suite, {**GVISOR, "name": 'x"><img src=y>:', "version": "<u>"})
    record = run.case("hostile-words")
    record |= {"verdict": "crashed", "text": "<script>", "divergences": []}
    record["expectation"] = {"verdict": "crashed", "reason": "<s>", "bug": "<q>", "met": True}
    files = site([run.read(room, "hostile")], suite)
    for name, text in files.items():
        if name.endswith(".html"):
            assert not re.search(r"<(img|script>|u>|b>bold|i>slanted|s>|q>|NOTES)", text), name
    assert "A &lt;b&gt;bold&lt;/b&gt; &quot;title&quot; &amp; more" in files["case/hostile-words.html"]
    assert "&lt;script&gt;alert(1)" in files["case/hostile-words.html"]
    assert "\\<i\\>" in files["matrix.md"] or "slanted" not in files["matrix.md"]


def test_a_shard_of_a_run_is_not_called_complete(suite: Suite, room: Path) -> None:
    run = buggy(suite)
    run.header["header"]["shard"] = "1/3"
    del run.cases[3:]
    files = site([run.read(room, "shard")], suite)
    page = words(files["index.html"])
    told = "SHARD 1/3 ONLY: gvisor. The 3 cases of this part of its run are shown, the others are not."
    assert told in page
    assert "? shard 1/3 3 cases" in page
    assert "✓ complete" not in page
    assert "gvisor ✗ SHARD 1/3 — not run Of the run, shard 1/3 alone is there." in words(
        files["case/hostile-words.html"]
    )
    assert "gvisor (SHARD 1/3)" in files["matrix.md"]
    assert json.loads(files["matrix.json"])["targets"][0]["shards"] == ["1/3"]


def test_a_damaged_file_is_called_so_on_top(suite: Suite, room: Path) -> None:
    run = buggy(suite)
    run.cases.append(run.cases[0])
    files = site([run.read(room, "damaged")], suite)
    assert "DAMAGED: gvisor. What can be read of its file is shown, but: a case is there twice" in words(
        files["index.html"]
    )
    assert "gvisor ✗ DAMAGED" in words(files["case/fault-reaps.html"])


def test_runs_of_hand_written_cases_are_called_so_where_counts_are_compared(suite: Suite, room: Path) -> None:
    run = buggy(suite)
    run.header["header"]["argv"] += ["--target", "gvisor:", "-k", "not ["]
    run.cases = [one for one in run.cases if "[" not in one["case"]["id"]]
    whole = Run(suite, linux("7.3.4"), "7.3.4")
    files = site([run.read(room, "by-hand"), whole.read(room, "all")], suite)
    page = words(files["index.html"])
    assert "gvisor x86_64 hand-written cases" in page
    assert "✓ complete , 4 hand-written cases" in page
    assert (
        "Systems did not all run the same cases: Linux 7.3.4 ran all, the cells of sweeps too; the other ran "
        "hand-written cases alone, without the cells of sweeps. So their counts differ."
    ) in page
    why = "gvisor — not run — Not selected: of this system, hand-written cases alone ran."
    assert why in words(files["case/codes.html"])
    assert "Not selected" not in files["case/fault-reaps.html"]
    assert "Systems did not all run the same cases" in files["matrix.md"]


def test_a_header_without_an_oracle_names_no_linux(suite: Suite, room: Path) -> None:
    run = buggy(suite)
    del run.header["header"]["oracle"]
    files = site([run.read(room, "no-oracle")], suite)
    assert '<span class="nw">—</span>' in files["index.html"]
    assert "| — | complete" in files["matrix.md"]


def test_a_sweep_is_titled_in_words(suite: Suite, files: Files) -> None:
    assert suite.written["codes"].document.title == "exit code ${code}"
    assert "<h1>exit code <var>code</var></h1>" in files["case/codes.html"]
    assert '<td class="w">exit code <var>code</var>' in files["rule/WAIT-001.html"]


def test_what_scrolls_by_keys_is_a_region_with_a_name(files: Files) -> None:
    for name, text in files.items():
        for element in re.findall(r'<[^>]* tabindex="0"[^>]*>', text):
            assert 'role="region" aria-label="' in element, name


def test_what_no_page_can_carry_is_shown_by_its_number(suite: Suite, room: Path) -> None:
    run = Run(suite, {**GVISOR, "name": "g\x1b[2Jv", "version": "\x00\ud800", "machine": "a\nb"})
    one = {
        "step": 3,
        "actor": "P",
        "field": "ret",
        "expected": "\x07",
        "observed": "\udfff",
        "rule": "WAIT-009",
    }
    run.case("hostile-words").update(verdict="diverges", text="a\x00\ud800\x1b[31m", divergences=[one])
    run.header["header"]["started"] = "\x1b]0;"
    files = site([run.read(room, "unprintable")], suite)
    for name, text in files.items():
        assert text.isprintable() or not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", text), name
    assert "a\\x00\\ud800\\x1b[31m" in files["case/hostile-words.html"]
    assert "\\x07 \\udfff" in words(files["rule/WAIT-009.html"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"divergences": [1]}, "a divergence is not an object"),
        ({"expectation": "x"}, "its `expectation` is not an object"),
        ({"rules": "WAIT-001"}, "its `rules` is not a list"),
        ({"text": 1}, "its `text` is not a text"),
    ],
)
def test_a_record_that_is_none_is_said_to_be_so(
    room: Path, suite: Suite, tmp_path: Path, capsys: Output, changes: Mapping[str, object], message: str
) -> None:
    run = buggy(suite)
    run.case("fault-reaps").update(changes)
    path = run.write(tmp_path / "strange.jsonl")
    words = ["matrix", str(path), "--suite", str(room / "cases"), "-o", str(tmp_path / "site")]
    assert main(words) == 4
    assert capsys.readouterr().err == f"waitconf: {path}: case fault-reaps: {message}\n"
    assert [one.name for one in tmp_path.iterdir()] == ["strange.jsonl"]


def test_an_empty_value_can_be_read(suite: Suite, room: Path) -> None:
    run = buggy(suite)
    one = {"step": 3, "actor": "P", "field": "ppid", "expected": "", "observed": "P", "rule": "WAIT-001"}
    for name in ("fault-reaps", "codes[0]"):
        run.case(name).update(verdict="diverges", divergences=[one])
    files = site([run.read(room, "empty")], suite)
    for page in ("case/fault-reaps.html", "case/codes.html", "rule/WAIT-001.html"):
        assert "ppid (empty) P" in words(files[page]), page
    assert ">  ppid: P, not (empty)<" in files["case/fault-reaps.html"]


def test_markdown_keeps_its_columns(suite: Suite, room: Path) -> None:
    run = buggy(suite)
    run.case("hostile-words").update(verdict="hung", text="a | b")
    text = site([run.read(room, "columns")], suite)["matrix.md"]
    (row,) = [line for line in text.splitlines() if line.startswith("| [WAIT-009]")]
    assert row.endswith("Nothing is \\<i\\>slanted\\</i\\> & nobody \\| quoted. | H hung |")


def test_an_expected_divergence_has_its_glyph_its_reason_and_its_bug(suite: Suite, room: Path) -> None:
    run = buggy(suite)
    expectation = {
        "verdict": "diverges",
        "reason": "It never did.",
        "bug": "https://bugs.example/7",
        "met": True,
    }
    run.case("fault-reaps")["expectation"] = expectation
    files = site([run.read(room, "expected")], suite)
    assert rules_json(files)["WAIT-002"]["targets"]["gvisor"]["verdict"] == "expected"  # type: ignore[index]
    for page in (files["rule/WAIT-002.html"], files["case/fault-reaps.html"]):
        assert "It never did." in page
        assert '<a href="https://bugs.example/7" rel="noreferrer">' in page
    assert "✗" not in re.sub(r"<ul class=\"legend\">.*?</ul>", "", files["index.html"], flags=re.DOTALL)


def test_a_run_that_was_cut_off_is_said_aloud(suite: Suite, room: Path) -> None:
    whole, cut = Run(suite, linux("7.3.4"), "7.3.4"), buggy(suite)
    del cut.cases[3:]
    files = site([whole.read(room, "whole"), cut.read(room, "cut", cut=True)], suite)
    assert "CUT OFF: gvisor." in words(files["index.html"])
    assert "the run was cut off: the file has no footer" in words(files["index.html"])
    assert '<span><small class="di">CUT OFF</small> gvisor' in files["rules.html"]
    for page in ("rule/WAIT-001.html", "case/hostile-words.html", "case/fault-reaps.html"):
        assert "gvisor ✗ CUT OFF" in words(files[page]), page
    assert "gvisor ✗ CUT OFF — not run The run was cut off." in words(files["case/hostile-words.html"])
    assert "gvisor (CUT OFF)" in files["matrix.md"]
    targets = json.loads(files["matrix.json"])["targets"]
    assert [(one["key"], one["complete"]) for one in targets] == [("linux-7.3.4", True), ("gvisor", False)]


def test_different_suites_are_warned_of(suite: Suite, room: Path) -> None:
    other = buggy(suite)
    other.header["header"]["suite"]["digest"] = "sha256:feedfeedfeedfeed"
    files = site([Run(suite, linux("7.3.4"), "7.3.4").read(room, "one"), other.read(room, "two")], suite)
    told = words(files["index.html"])
    assert "did not run the same suite: Linux 7.3.4 ran 0123456789ab ; gvisor ran feedfeedfeed" in told


def test_an_older_suite_is_warned_of_and_what_is_gone_is_counted(suite: Suite, room: Path) -> None:
    run = buggy(suite)
    run.case("child-is-reaped").update(id="long-gone", rules=["WAIT-777"])
    files = site([run.read(room, "older")], suite)
    told = words(files["index.html"])
    assert "The suite has changed since these runs" in told
    assert "1 case of the results are counted but have no page" in told
    assert "long-gone" in told
    assert rules_json(files)["WAIT-777"]["targets"]["gvisor"]["counts"] == {"conforms": 1}  # type: ignore[index]
    assert "not in the suite" in files["rule/WAIT-777.html"]


def test_no_file_is_written_by_the_name_of_what_is_no_rule(suite: Suite, room: Path) -> None:
    run = buggy(suite)
    run.case("child-is-reaped").update(rules=["../../outside"])
    files = site([run.read(room, "outside")], suite)
    assert not [name for name in files if ".." in name]
    assert "name 1 rule by what is no rule's id , and that is left out: ../../outside" in unescape(
        words(files["index.html"])
    )


def test_a_conflict_is_between_author_and_reference_kernel(suite: Suite, room: Path) -> None:
    run = buggy(suite)
    run.case("fault-reaps").update(verdict="conflict")
    page = site([run.read(room, "conflict")], suite)["case/fault-reaps.html"]
    assert "Expected by the author of the case, and observed of the reference kernel: gvisor" in page


def test_folded_cells_count(suite: Suite, room: Path) -> None:
    run = buggy(suite)
    area = run.case("codes[0]")["area"]
    run.cases = [one for one in run.cases if not one["case"]["id"].startswith("codes[")]
    folded = {
        "id": "codes",
        "area": area,
        "rules": ["WAIT-001"],
        "level": "posix",
        "verdict": "conforms",
        "count": 3,
    }
    run.cases.append({"cells": folded})
    run.header["header"]["schema"] = 2
    files = site([run.read(room, "folded")], suite)
    assert rules_json(files)["WAIT-001"]["targets"]["gvisor"]["counts"] == {"conforms": 4, "not-shown": 1}  # type: ignore[index]
    assert "✓ 3 conform" in words(files["case/codes.html"])


def test_cells_that_differ_are_listed_once_for_all_that_do_so_alike(suite: Suite, room: Path) -> None:
    run = buggy(suite)
    one = {"step": 3, "actor": "P", "field": "ret", "expected": "C", "observed": -1, "rule": "WAIT-001"}
    for name in ("codes[0]", "codes[255]"):
        run.case(name).update(verdict="diverges", divergences=[one])
    page = site([run.read(room, "cells")], suite)["case/codes.html"]
    assert page.count("<code>ret</code>") == 1
    assert "0 255 ✗ diverges 3 P ret C -1 WAIT-001" in words(page)
    assert "(cell 0 )" in words(page)


def test_of_very_many_cells_the_first_are_listed_and_the_others_counted(suite: Suite, room: Path) -> None:
    run = buggy(suite)
    area = run.case("codes[0]")["area"]
    one = {"step": 3, "actor": "P", "field": "ret", "expected": "C", "observed": -1, "rule": "WAIT-001"}
    for number in range(2000):
        content = {"id": f"codes[n{number:04}]", "area": area, "rules": ["WAIT-001"], "verdict": "diverges"}
        observed = number if number < 1500 else -1
        run.cases.append({"case": {**content, "divergences": [{**one, "observed": observed}]}})
    page = words(site([run.read(room, "many")], suite)["case/codes.html"])
    assert "How cells differ on gvisor; 1,441 more cells differ in still other ways" in page
    for record in run.cases[-1500:]:
        record["case"]["divergences"] = [one]
    page = words(site([run.read(room, "many")], suite)["case/codes.html"])
    assert "1,500 cells n0500 n0501" in page
    assert "n0799 and 1,200 more" in page


def test_since_is_told_as_measured_and_as_documented(files: Files) -> None:
    page = words(files["rule/PIDFD-001.html"])
    assert "Since, as documented Linux 5.3" in page
    assert "Since, as measured since 7.3.4 (measured; not on 5.1)" in page
    assert "no pidfd_open: ENOSYS" in page
    measured = rules_json(files)["PIDFD-001"]["measured"]
    assert measured == {"holds": ["7.3.4"], "lacks": ["5.1"], "untold": [], "since": "7.3.4", "until": None}
    assert "holds on 5.1 and 7.3.4 (all that were measured)" in words(files["rule/WAIT-001.html"])


def test_a_case_that_an_older_linux_contradicts_shows_none_of_its_rules_there(files: Files) -> None:
    assert "holds on 7.3.4; not measured on 5.1" in words(files["rule/PIDFD-002.html"])


def test_who_conforms_to_an_older_linux_is_not_said_to_keep_the_rule(files: Files) -> None:
    assert rules_json(files)["PIDFD-001"]["targets"]["linux-5.1"]["verdict"] == "elsewhere"  # type: ignore[index]
    assert "Conforms to Linux 5.1, where this comes out another way" in files["case/a-pidfd-is-opened.html"]
    assert "Conforms to Linux 5.1" not in files["case/child-is-reaped.html"]


def test_a_program_is_shown_where_there_is_one(suite: Suite, results: list[Results]) -> None:
    files = site(results, suite, lambda case, *_: "int <main>" if case.id == "fault-reaps" else None)
    assert "int &lt;main&gt;" in files["case/fault-reaps.html"]
    assert "stand-alone C program" not in files["case/child-is-reaped.html"]


def test_every_table_says_what_its_heads_are_of(files: Files) -> None:
    for name, text in files.items():
        for table in re.findall(r"<table.*?</table>", text, re.DOTALL):
            assert "<caption" in table, name
            assert not re.search(r"<th(?![a-z])(?![^>]*scope=)", table), name
        if name.endswith(".html"):
            assert '<main id="main">' in text
            assert '<html lang="en">' in text
            assert len(re.findall("<h1>", text)) == 1, name


def brightness(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_all_text_can_be_told_from_what_is_behind_it(palette: Mapping[str, str]) -> None:
    """WCAG AA: 4.5 to 1."""
    pairs = [(ink, behind) for ink in ("ink", "faint", "link", "ok") for behind in ("paper", "panel")]
    pairs += [(ink, "here") for ink in ("ink", "faint", "ok")] + [("paper", "link")]
    pairs += [(ink, f"{ink}-tint") for ink in ("bad", "known", "odd", "older")]
    pairs += [(ink, "bad-tint") for ink in ("ink", "ok", "faint", "known", "odd", "older")]
    pairs += [(ink, "panel") for ink in ("key", "word", "bad", "known", "odd", "older")]
    for ink, behind in pairs:
        light, dark = sorted((brightness(palette[ink]), brightness(palette[behind])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{ink} on {behind}"


def test_each_standing_has_a_colour(files: Files) -> None:
    assert set(CLASSES) == set(STANDINGS)
    assert all(f"\n.{name}{{color:" in files["style.css"] for name in CLASSES.values())


def test_a_site_is_replaced_as_a_whole(tmp_path: Path, files: Files) -> None:
    folder = tmp_path / "site"
    assert write_site(files.items(), folder) == len(files)
    (folder / "rule" / "GONE-001.html").write_text("old", encoding="utf-8")
    write_site(files.items(), folder)
    assert not (folder / "rule" / "GONE-001.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_an_older_site_stays_if_the_new_one_fails(tmp_path: Path, files: Files) -> None:
    folder = tmp_path / "site"
    write_site(files.items(), folder)

    def failing() -> object:
        yield "index.html", "half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_site(failing(), folder)  # type: ignore[arg-type]
    assert (folder / "index.html").read_text(encoding="utf-8") == files["index.html"]
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_an_older_site_comes_back_if_the_new_one_cannot_take_its_place(
    tmp_path: Path, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "site"
    write_site(files.items(), folder)
    rename = Path.rename

    def failing(path: Path, target: Path) -> Path:
        if path.name == "new":
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(CannotStore, match="No space left"):
        write_site([("index.html", "new")], folder)
    assert (folder / "index.html").read_text(encoding="utf-8") == files["index.html"]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, files: Files) -> None:
    (tmp_path / "thesis.tex").write_text("years of work", encoding="utf-8")
    with pytest.raises(CannotStore, match="holds no matrix"):
        write_site(files.items(), tmp_path)
    with pytest.raises(CannotStore, match="a file of this name"):
        write_site(files.items(), tmp_path / "thesis.tex")
    with pytest.raises(CannotStore, match="there is no folder"):
        write_site(files.items(), tmp_path / "no" / "where")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    "strange", ["CNAME", ".git/HEAD", "rule/notes.txt", "case/more/WAIT-001.html", "case"]
)
def test_what_stands_beside_an_earlier_site_is_not_lost(tmp_path: Path, files: Files, strange: str) -> None:
    folder, mine = tmp_path / "site", tmp_path / "site" / strange
    write_site([(name, text) for name, text in files.items() if not name.startswith(strange)], folder)
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_text("mine", encoding="utf-8")
    name = strange if strange.startswith(("rule/", "CNAME")) else "/".join(strange.split("/")[:-1]) or strange
    with pytest.raises(CannotStore, match=f"site: holds {re.escape(name)} beside a matrix: it would be lost"):
        write_site(files.items(), folder)
    assert mine.read_text(encoding="utf-8") == "mine"


def test_what_somebody_puts_there_meanwhile_is_not_lost(tmp_path: Path, files: Files) -> None:
    folder = tmp_path / "site"
    write_site(files.items(), folder)

    def slow() -> Iterator[tuple[str, str]]:
        yield from files.items()
        (folder / "CNAME").write_text("mine", encoding="utf-8")

    with pytest.raises(CannotStore, match="holds CNAME"):
        write_site(slow(), folder)
    assert (folder / "CNAME").read_text(encoding="utf-8") == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_terminated_command_leaves_nothing_behind(
    room: Path, suite: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: object) -> Iterator[tuple[str, str]]:
        yield "index.html", "half"
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("conformance.commands.matrix.pages", slow)
    run = buggy(suite).write(room / "terminated.jsonl")
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        words = ["matrix", str(run), "--suite", str(room / "cases"), "-o", str(tmp_path / "site")]
        assert main(words) == 2
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_it_made_and_what_is_wrong(
    room: Path, suite: Suite, tmp_path: Path, capsys: Output
) -> None:
    cut = buggy(suite).write(tmp_path / "cut.jsonl", cut=True)
    out = tmp_path / "site"
    assert main(["matrix", str(cut), "--suite", str(room / "cases"), "-o", str(out)]) == 0
    told = capsys.readouterr()
    assert told.out == f"{out}/index.html: 6 rules, 1 target, 18 files\n"
    assert told.err == f"waitconf: {cut}:8: the run was cut off: the file has no footer\n"
    assert main(["matrix", str(tmp_path / "none.jsonl"), "-o", str(out)]) == 4
    assert main(["matrix", str(cut), "-o", str(tmp_path)]) == 3
