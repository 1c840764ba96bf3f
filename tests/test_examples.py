"""The commands that help and pages show as examples name cases that there are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from conformance.case.suite import bundled, load_suite
from conformance.cli import main

ROOT: Final = Path(__file__).parent.parent
_NAMING: Final = re.compile(
    r"(?:waitconf (?:show|c-program)(?: --\w+ [\w.]+)*|--case) '?([a-z][\w-]*(?:\[[^]]*\])?)", re.ASCII
)
TO_BE_WRITTEN: Final = {"waitid-wnowait-then-reap"}
"""The case that CONTRIBUTING.md tells how to write."""


@pytest.fixture(scope="module")
def names() -> frozenset[str]:
    found = [case.id for case in load_suite([bundled()])]
    return frozenset({*found, *(name.partition("[")[0] for name in found)})


def verbs(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return re.findall(r"^    ([a-z-]+)(?: |$)", help_of([], capsys), re.MULTILINE)


def help_of(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--help"])
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_help_names_cases_that_there_are(names: frozenset[str], capsys: pytest.CaptureFixture[str]) -> None:
    texts = [help_of([], capsys), *(help_of([verb], capsys) for verb in verbs(capsys))]
    found = {name for text in texts for name in _NAMING.findall(text)}
    assert len(found) >= 4
    assert found - names == set()


def test_pages_name_cases_that_there_are(names: frozenset[str]) -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
    found = {name for page in pages for name in _NAMING.findall(page.read_text(encoding="utf-8"))}
    assert len(found) > 8
    assert found - names - TO_BE_WRITTEN == set()
