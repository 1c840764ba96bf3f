"""HTML: what is escaped, what every page has around it, and how standings and tables are written."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.publish.matrix.model import Counts, gravest_first
from conformance.publish.matrix.style import CLASSES
from conformance.publish.matrix.targets import Target
from conformance.publish.matrix.verdicts import STANDINGS

TITLE = "waitconf matrix"
EMPTY = "(empty)"
"""What is written where a value is the empty text."""


def escape(text: object) -> str:
    """Return a text as HTML, in attributes too."""
    return html.escape(str(text))


def value(found: object) -> str:
    """Return what was expected or observed as HTML; nothing is a value, too."""
    return escape(found) if str(found) else f'<span class="faint">{EMPTY}</span>'


@dataclass(frozen=True, slots=True)
class Page:
    """A page: where it lies, its title, and its content as HTML.

    ``crumbs`` are what it lies under: a path and a name each. ``script`` is the path of a script of its own.
    """

    path: str
    title: str
    main: str
    crumbs: tuple[tuple[str, str], ...] = ()
    script: str = ""

    @property
    def up(self) -> str:
        """What leads from the page to the folder of the site."""
        return "../" * self.path.count("/")


_SITE = (("index.html", "Overview"), ("rules.html", "Rules"))


def render(page: Page) -> str:
    """Return the whole page."""
    up = page.up
    shown = page.title if page.title == TITLE else f"{page.title} - {TITLE}"
    scripts = "".join(
        f'<script src="{up}{name}" defer></script>\n' for name in ("boxes.js", page.script) if name
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f'<title>{escape(shown)}</title>\n<link rel="icon" href="data:,">\n'
        f'<link rel="stylesheet" href="{up}style.css">\n{scripts}</head>\n<body>\n'
        '<a class="skip" href="#main">Skip to the content</a>\n'
        f'<header><nav class="bar" aria-label="Site">{_navigation(page)}</nav></header>\n'
        f'<main id="main">\n{_crumbs(page)}{page.main}</main>\n'
        '<footer class="foot">Made by <code>waitconf matrix</code> from results files; '
        f'the same as <a href="{up}matrix.md">Markdown</a> and <a href="{up}matrix.json">JSON</a>.</footer>\n'
        "</body>\n</html>\n"
    )


def _navigation(page: Page) -> str:
    links = [f'<a class="home" href="{page.up}index.html">{TITLE}</a>']
    for path, name in _SITE:
        here = ' aria-current="page"' if path == page.path else ""
        links.append(f'<a href="{page.up}{path}"{here}>{name}</a>')
    return " ".join(links)


def _crumbs(page: Page) -> str:
    if not page.crumbs:
        return ""
    links = " / ".join(f'<a href="{page.up}{path}">{escape(name)}</a>' for path, name in page.crumbs)
    return f'<nav class="crumbs" aria-label="Where this is">{links}</nav>\n'


def glyph(standing: str) -> str:
    """Return a standing's character, which a screen reader passes over."""
    return f'<span class="g" aria-hidden="true">{STANDINGS[standing].glyph}</span>'


def tag(standing: str) -> str:
    """Return a standing as glyph, word and colour."""
    return f'<span class="tag {CLASSES[standing]}">{glyph(standing)} {STANDINGS[standing].word}</span>'


def compact(standing: str) -> str:
    """Return a table cell that is as narrow as a glyph; the word is for screen readers, and for copies."""
    return f"<td class={CLASSES[standing]}>{STANDINGS[standing].glyph}<i>{STANDINGS[standing].word}</i>"


def counted(counts: Counts) -> str:
    """Return counts in words, the worst first: ``2 diverge  40 conform``."""
    return " ".join(
        f'<span class="n {CLASSES[name]}">{glyph(name)} {count:,} {STANDINGS[name].plural}</span>'
        for name, count in gravest_first(counts)
    )


def counted_text(counts: Counts) -> str:
    """Return counts in plain words."""
    return ", ".join(f"{count:,} {STANDINGS[name].plural}" for name, count in gravest_first(counts))


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], kinds: Sequence[str] = ()) -> str:
    """Return a table in a box of its own; cells are HTML, the first of each row names it.

    ``kinds`` are the classes of the columns.
    """
    kinds = [*kinds, *[""] * (len(head) - len(kinds))]
    heads = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(f"<tr>{_cells(row, kinds)}</tr>\n" for row in rows)
    return box(
        f"<table><caption>{caption}</caption>\n<thead><tr>{heads}</tr></thead>\n<tbody>{body}</tbody></table>",
        caption,
    )


def _cells(row: Sequence[str], kinds: Sequence[str]) -> str:
    first, *others = row
    cells = [f'<th scope="row">{first}</th>']
    for cell, kind in zip(others, kinds[1:], strict=True):
        cells.append(f'<td class="{kind}">{cell}</td>' if kind else f"<td>{cell}</td>")
    return "".join(cells)


def box(content: str, label: str, kind: str = "") -> str:
    """Return what scrolls by itself where it is too wide; it can be scrolled by keys, so it has a name."""
    classes = f"box {kind}".strip()
    return f'<div class="{classes}" tabindex="0" role="region" aria-label="{label}">\n{content}\n</div>\n'


def head_of(target: Target) -> str:
    """Return the head of a target's narrow column."""
    label = escape(target.label)
    flaw = f'<small class="di">{escape(target.flaw)}</small> ' if target.flaw else ""
    return f'<th scope=col class=t title="{label}"><span>{flaw}{label}</span>'


def named(target: Target) -> str:
    """Return what a target is called, and that its run is not whole."""
    flaw = f' <span class="tag di">✗ {escape(target.flaw)}</span>' if target.flaw else ""
    return escape(target.label) + flaw


def title(text: str) -> str:
    """Return a title as HTML: that of a sweep names its variables, as a reader would: without ``${}``."""
    return re.sub(r"\$\{([^{}]*)\}", r"<var>\1</var>", escape(text))


def columns(number: int) -> str:
    """Return the style of a table with so many narrow columns: on a phone they share the width."""
    return f"--n:{number};--h:{max(1, number // 2)}"


def pre(content: str, label: str) -> str:
    """Return a text as it is, which is HTML; what is too long can be scrolled by keys, so it has a name."""
    return f'<pre tabindex="0" role="region" aria-label="{label}">{content}</pre>'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Return a list of names and values, which are HTML; pairs without a value are left out."""
    items = "".join(f"<dt>{name}</dt><dd>{value}</dd>\n" for name, value in pairs if value)
    return f'<dl class="facts">\n{items}</dl>\n'


def rule_link(name: str, up: str, known: Iterable[str]) -> str:
    """Return a rule's id, as a link if it has a page."""
    if name not in known:
        return escape(name)
    return f'<a class="id" href="{up}rule/{escape(name)}.html">{escape(name)}</a>'


def case_link(name: str, up: str, known: Iterable[str]) -> str:
    """Return a case's id, as a link if it has a page."""
    return f'<a href="{up}case/{escape(name)}.html">{escape(name)}</a>' if name in known else escape(name)


def bug_link(text: str) -> str:
    """Return a bug's reference, as a link if it is an address."""
    if text.startswith(("https://", "http://")):
        return f'<a href="{escape(text)}" rel="noreferrer">{escape(text)}</a>'
    return escape(text)
