"""The published matrix in a real browser, where there is one: filters, permalinks, both themes, a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.publish.matrix import Suite, site, write_site
from tests.browser import Browser, found
from tests.matrix_world import buggy, make_suite, three

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
    browser.open(folder / "rules.html")
    box = "document.querySelector('.box')"
    browser.value(f"{box}.scrollLeft = 200")
    assert browser.value(f"{box}.scrollLeft") > 0
    left = "document.querySelector('#rules tbody th').getBoundingClientRect().left"
    assert abs(browser.value(left) - browser.value(f"{box}.getBoundingClientRect().left")) < 3


def test_every_link_of_every_page_leads_to_a_file(browser: Browser, folder: Path) -> None:
    for path in sorted(folder.rglob("*.html")):
        browser.open(path)
        for link in browser.value("[...document.links].map(link => link.href.split('#')[0])"):
            assert Path(link.removeprefix("file://")).is_file(), f"{path.name}: {link}"
