"""The published matrix in a real browser, where there is one: filters, permalinks, both themes, a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.publish.matrix import Suite, site, write_site
from tests.browser import Browser, found
from tests.matrix_world import GVISOR, Run, buggy, make_suite, three

_COMMAND = found()
pytestmark = pytest.mark.skipif(_COMMAND is None, reason="needs Chromium (Debian: chromium)")

PAGES = ("index.html", "rules.html", "rule/WAIT-002.html", "case/fault-reaps.html", "case/codes.html")
SHOWN = (
    "[...document.querySelectorAll('#rules tbody tr')].filter(row => row.offsetHeight)"
    ".map(row => row.cells[0].innerText)"
)
ALL = ["PIDFD-001", "PIDFD-002", "WAIT-001", "WAIT-002", "WAIT-003", "WAIT-009"]
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the site of three targets."""
    room = tmp_path_factory.mktemp("browser")
    suite: Suite = make_suite(room / "cases")
    run = buggy(suite)
    one = {"step": 3, "actor": "P", "field": "ret", "expected": "C", "observed": -1, "rule": "WAIT-001"}
    run.case("codes[255]").update(verdict="diverges", divergences=[one])
    results = [*three(suite, room), run.read(room, "another")]
    write_site(site(results, suite).items(), room / "site")
    return room / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the browser."""
    assert _COMMAND is not None
    with Browser(_COMMAND) as running:
        yield running


@pytest.fixture(autouse=True)
def quiet(browser: Browser) -> Iterator[None]:
    """Hold it against every test if the console complains."""
    browser.resize(1280)
    browser.prefer("light")
    browser.complaints.clear()
    yield
    assert browser.complaints == []


def choose(browser: Browser, key: str, value: str) -> None:
    """Fill in a filter as a reader does."""
    browser.value(
        f"(() => {{ const one = document.querySelector('[data-key={key}]'); one.value = {value!r};"
        "one.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )


def shown(browser: Browser) -> Any:
    return browser.value(SHOWN)


def test_words_narrow_the_rules_and_the_address_remembers_them(browser: Browser, folder: Path) -> None:
    browser.open(folder / "rules.html")
    assert shown(browser) == ALL
    choose(browser, "q", "status Pointer")
    assert shown(browser) == ["WAIT-002"]
    assert browser.value("location.hash") == "#q=status%20Pointer"
    assert browser.value("document.getElementById('said').value") == "1 of 6 rules."
    choose(browser, "q", "wait-00")
    assert shown(browser) == ["WAIT-001", "WAIT-002", "WAIT-003", "WAIT-009"]
    choose(browser, "q", "no such words")
    assert shown(browser) == []


@pytest.mark.parametrize(
    ("fragment", "rules"),
    [
        ("#q=WAIT-002", ["WAIT-002"]),
        ("#level=documented", ["PIDFD-001", "WAIT-003"]),
        ("#verdict=diverges", ["WAIT-001", "WAIT-002"]),
        ("#verdict=diverges&target=gvisor", ["WAIT-002"]),
        ("#verdict=diverges&target=linux-7.3.4", []),
        ("#verdict=elsewhere", ["PIDFD-001"]),
        ("#differs=1", ["PIDFD-001", "WAIT-001", "WAIT-002"]),
        ("#differs=1&target=gvisor", ["WAIT-002"]),
        ("#area=area&level=posix", ["WAIT-001"]),
        ("#area=nowhere&verdict=%", ALL),
    ],
)
def test_a_permalink_opens_filtered(browser: Browser, folder: Path, fragment: str, rules: list[str]) -> None:
    browser.open(folder / "rules.html", fragment)
    assert shown(browser) == rules


def test_a_cell_of_the_first_page_opens_the_rules_behind_it(browser: Browser, folder: Path) -> None:
    browser.open(folder / "index.html")
    link = browser.value("document.querySelector('td.cell.di a').href")
    browser.open(folder / "rules.html", "#" + link.partition("#")[2])
    assert browser.value("document.querySelector('[data-key=target]').value") == "gvisor"
    assert shown(browser) == ["WAIT-001", "WAIT-002"]


def test_clearing_shows_all_again(browser: Browser, folder: Path) -> None:
    browser.open(folder / "rules.html", "#q=WAIT-002")
    browser.value("new Promise(done => { document.querySelector('button').click(); setTimeout(done); })")
    assert shown(browser) == ALL
    assert browser.value("location.hash") == ""


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width", [360, 390, 1280])
def test_no_page_is_wider_than_its_screen(browser: Browser, folder: Path, page: str, width: int) -> None:
    browser.resize(width)
    browser.open(folder / page)
    assert browser.value(TOO_WIDE) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_themes_are_there(browser: Browser, folder: Path, scheme: str) -> None:
    browser.prefer(scheme)
    browser.open(folder / "case/fault-reaps.html")
    colours = browser.value(
        "[getComputedStyle(document.body).backgroundColor,"
        " getComputedStyle(document.querySelector('svg text.name')).fill].map(c => +c.match(/\\d+/)[0])"
    )
    assert (colours[0] > colours[1]) == (scheme == "light")


def test_the_first_column_stays_where_a_table_scrolls(browser: Browser, folder: Path) -> None:
    browser.resize(360)
    browser.open(folder / "index.html")
    box = "document.querySelector('.box')"
    browser.value(f"{box}.scrollLeft = 200")
    assert browser.value(f"{box}.scrollLeft") > 0
    left = "document.querySelector('.areas tbody th').getBoundingClientRect().left"
    assert abs(browser.value(left) - browser.value(f"{box}.getBoundingClientRect().left")) < 3


def test_the_skip_link_leaves_the_filters_alone(browser: Browser, folder: Path) -> None:
    browser.open(folder / "rules.html", "#q=WAIT-002")
    browser.value("new Promise(done => { document.querySelector('.skip').click(); setTimeout(done, 50); })")
    assert browser.value("location.hash") == "#main"
    assert shown(browser) == ["WAIT-002"]
    browser.open(folder / "rules.html", "#main")
    assert shown(browser) == ALL


def test_a_filter_that_there_is_not_is_told_and_leaves_the_address(browser: Browser, folder: Path) -> None:
    browser.open(folder / "rules.html", "#area=nowhere&level=documented")
    said = browser.value("document.getElementById('said').value")
    assert said == "There is no area \u201cnowhere\u201d. 2 of 6 rules."
    assert browser.value("location.hash") == "#level=documented"


def test_the_column_of_a_filtered_system_stands_out(browser: Browser, folder: Path) -> None:
    browser.open(folder / "rules.html", "#target=gvisor")
    heads = "[...document.querySelectorAll('#rules thead th.on')].map(head => head.innerText)"
    assert browser.value(heads) == ["gvisor"]
    paper, column = browser.value(
        "[document.body, document.querySelector('#rules col.on')]"
        ".map(one => getComputedStyle(one).backgroundColor)"
    )
    assert paper != column


def test_what_has_the_focus_is_not_under_the_head_of_the_table(browser: Browser, folder: Path) -> None:
    browser.resize(1280, 500)
    browser.open(folder / "rules.html")
    hidden = (
        "(() => { const box = document.querySelector('.tall'), body = document.querySelector('#rules tbody');"
        "for (let n = 0; n < 5; n++) body.append(...[...body.rows].map(row => row.cloneNode(true)));"
        "const link = body.rows[150].querySelector('a'), top = one => one.getBoundingClientRect().top;"
        "box.scrollTop = top(link) - top(box) - 5; const before = top(link) - top(box); link.focus();"
        "const head = document.querySelector('#rules thead th').getBoundingClientRect().bottom;"
        "return [before, top(link) - head]; })()"
    )
    before, below = browser.value(hidden)
    assert 0 < before < 10, "the row has to be under the head at first"
    assert below >= 0


def test_keys_stop_at_what_scrolls_and_nowhere_else(browser: Browser, folder: Path) -> None:
    stops = "[...document.querySelectorAll('.box')].map(box => box.tabIndex)"
    browser.open(folder / "case" / "fault-reaps.html")
    assert set(browser.value(stops)) == {-1}
    browser.resize(360)
    browser.open(folder / "index.html")
    assert browser.value(stops)[0] == 0
    browser.resize(1280)
    browser.value("new Promise(done => setTimeout(done, 100))")
    assert browser.value(stops)[0] == -1


def test_a_phone_shows_all_systems_and_statements_of_rules_without_scrolling(
    browser: Browser, folder: Path
) -> None:
    browser.resize(390)
    browser.open(folder / "rules.html")
    seen = (
        "[...document.querySelectorAll('#rules tbody tr:first-child > :is(.w, .ok, .di, .no, .ol)')]"
        ".map(one => one.getBoundingClientRect()).map(box => box.left >= 0 && box.right <= 390)"
    )
    assert browser.value(seen) == [True] * 5


def test_twelve_systems_fit_the_first_page(browser: Browser, tmp_path: Path) -> None:
    suite = make_suite(tmp_path / "cases")
    runs = []
    for number in range(12):
        run = Run(suite, GVISOR | {"name": f"qemu-user:aarch6{number}"})
        run.header["header"]["argv"] += ["-k", "not ["]
        cells = {"id": "codes", "area": run.case("codes[0]")["area"], "rules": [], "verdict": "conforms"}
        run.cases.append({"cells": {**cells, "count": 71_747}})
        runs.append(run.read(tmp_path, f"run-{number}"))
    write_site(site(runs, suite).items(), tmp_path / "site")
    browser.open(tmp_path / "site" / "index.html")
    box = "document.querySelector('.box')"
    assert browser.value(f"{box}.scrollWidth - {box}.clientWidth") == 0


def test_every_link_of_every_page_leads_to_a_file(browser: Browser, folder: Path) -> None:
    for path in sorted(folder.rglob("*.html")):
        browser.open(path)
        for link in browser.value("[...document.links].map(link => link.href.split('#')[0])"):
            assert Path(link.removeprefix("file://")).is_file(), f"{path.name}: {link}"
