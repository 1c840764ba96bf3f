"""The first page: what this is, areas by targets, and where the results are from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from conformance.publish.matrix.caveats import caveats, plural, selections, short_digest
from conformance.publish.matrix.markup import (
    TITLE,
    Page,
    box,
    counted_text,
    escape,
    glyph,
    named,
    render,
    rule_link,
    table,
    tag,
)
from conformance.publish.matrix.model import Counts, Matrix, gravest_first
from conformance.publish.matrix.style import CLASSES
from conformance.publish.matrix.targets import Target
from conformance.publish.matrix.verdicts import DIFFERING, ELSEWHERE, NOT_SHOWN, NOTHING, STANDINGS, worst

_MOST = 40
"""So many rules that somebody gets wrong are listed; the table of rules has all."""


_FEW = 6
"""So many systems do not fill the width of a page."""


def index_page(matrix: Matrix) -> str:
    """Return ``index.html``."""
    parts = (
        "<h1>Where systems differ from Linux, and by which rule</h1>\n",
        _about(matrix),
        *(f'<p class="warn" role="note">{caveat}</p>\n' for caveat in caveats(matrix)),
        *(f'<p class="warn mild" role="note">{note}</p>\n' for note in selections(matrix)),
        "<h2>Areas</h2>\n",
        _areas(matrix),
        '<h2 id="read">How to read it</h2>\n',
        _legend(),
        '<h2 id="systems">Systems</h2>\n',
        _systems(matrix),
        "<h2>Where systems differ</h2>\n",
        _differing(matrix),
    )
    return render(Page("index.html", TITLE, "".join(parts)))


def _about(matrix: Matrix) -> str:
    suite = matrix.suite
    sweeps = sum(one.cells is not None for one in suite.written.values())
    return (
        '<p class="lead">What <code>wait4</code>, <code>waitid</code>, pidfds, zombies, job control, '
        "<code>kill</code>, threads and <code>ptrace</code> do on "
        f"{plural(len(matrix.targets), 'system')}, each held against Linux step by step: "
        f'<a href="rules.html">{plural(len(matrix.rules), "rule")}</a> with their sources, shown by '
        f"{plural(len(suite.by_hand), 'hand-written case')} and {plural(sweeps, 'sweep')}. Every case has "
        "a page with what it does, what Linux does, what was seen instead, and the command that shows it "
        "again.</p>\n"
    )


def _areas(matrix: Matrix) -> str:
    heads = "".join(f'<th scope="col">{_head(target)}</th>' for target in matrix.targets)
    places = range(len(matrix.targets))
    rows = "".join(
        f'<tr><th scope="row"><a href="rules.html#area={escape(area)}">{escape(area or "-")}</a></th>'
        + "".join(_area_cell(matrix, area, place) for place in places)
        + "</tr>\n"
        for area in matrix.areas
    )
    last = "".join(f'<td class="cell">{_lines(_total(matrix, place))}</td>' for place in places)
    many = plural(len(matrix.targets), "system")
    return _signs(matrix) + box(
        f'<table class="areas"><caption><span>Cases by area, on {many}; '
        "each cell leads to the rules behind it."
        f'<span class="sideways"> Scroll sideways to see all {many}.</span></span></caption>\n'
        f'<thead><tr><th scope="col">Area</th>{heads}</tr></thead>\n<tbody>{rows}</tbody>\n'
        f'<tfoot><tr><th scope="row">all</th>{last}</tr></tfoot></table>',
        "Cases by area and system",
        "wide" if len(matrix.targets) > _FEW else "",
    )


def _signs(matrix: Matrix) -> str:
    """Say what the signs mean that are in the table; it has no words, to be narrow."""
    places = range(len(matrix.targets))
    cells = (matrix.area_counts(area, place) for area in matrix.areas for place in places)
    found = {name for counts in cells for name in counts or (NOTHING,)}
    items = " ".join(tag(name) for name in reversed(tuple(STANDINGS)) if name in found)
    return f'<p class="signs">{items} <a href="#read">How to read it</a></p>\n'


def _head(target: Target) -> str:
    few = f"<small>{escape(target.selected.words)}</small>" if target.selected.choices else ""
    label = named(target).replace(":", ":<wbr>")
    return f"{label}<small>{escape(target.machine or target.kind)}</small>{few}"


def _area_cell(matrix: Matrix, area: str, place: int) -> str:
    counts, target = matrix.area_counts(area, place), matrix.targets[place]
    standing = worst(counts)
    link = f"rules.html#area={escape(area)}&amp;target={escape(target.key)}"
    said = counted_text(counts) or STANDINGS[standing].word
    kind = f"cell {CLASSES[standing]}" if standing in DIFFERING else "cell"
    label = f"{escape(area)} on {escape(target.label)}: {said}"
    return (
        f'<td class="{kind}"><a href="{link}" aria-label="{label}" title="{label}">{_lines(counts)}</a></td>'
    )


def _lines(counts: Counts) -> str:
    """Write a sign and a number for each standing; its word is for screen readers and copies."""
    rows = gravest_first(counts)
    if not rows:
        return f'<span class="no">{glyph(NOTHING)}<i>{STANDINGS[NOTHING].word}</i></span>'
    return "".join(
        f'<span class="{CLASSES[name]}">{glyph(name)} {count:,} <i>{STANDINGS[name].plural}</i></span>'
        for name, count in rows
    )


def _total(matrix: Matrix, place: int) -> Mapping[str, int]:
    total: Counter[str] = Counter()
    for area in matrix.areas:
        total.update(matrix.area_counts(area, place))
    return total


def _legend() -> str:
    items = "".join(
        f'<li><span class="g {CLASSES[name]}" aria-hidden="true">{one.glyph}</span>'
        f"<span><b>{one.word}</b>: {one.meaning}</span></li>\n"
        for name, one in reversed(tuple(STANDINGS.items()))
    )
    return (
        "<p>A system that names a release of Linux is compared with that very release, on its own machine; "
        'any other with the newest: the table of <a href="#systems">systems</a> says with which. '
        "A rule's verdict is the worst of those of the cases about it; it is "
        f"<em>{STANDINGS[NOT_SHOWN].word}</em> where these failed over other rules, and "
        f"<em>{STANDINGS[ELSEWHERE].word}</em> where a system rightly does what an older Linux "
        "did, or one on another machine does. A "
        "rule's own page says since which release it holds, as measured.</p>\n"
        f'<ul class="legend">\n{items}</ul>\n'
    )


def _differing(matrix: Matrix) -> str:
    found = matrix.differing()
    if not found:
        return "<p>No system differs from the Linux that it is compared with, in any case that ran.</p>\n"
    rows = []
    for name in found[:_MOST]:
        who = [
            f"{tag(matrix.rule_standing(name, place))} {escape(target.label)}"
            for place, target in enumerate(matrix.targets)
            if matrix.rule_standing(name, place) in DIFFERING
        ]
        rows.append(
            (rule_link(name, "", matrix.rules), escape(matrix.rules[name].statement), "<br>".join(who))
        )
    more = f" The first {_MOST} are here." if len(found) > _MOST else ""
    return (
        f'<p><a href="rules.html#differs=1">{plural(len(found), "rule")}</a> that some system gets wrong.'
        f"{more}</p>\n"
        + table("Rules that some system gets wrong", ("Rule", "Statement", "Who"), rows, ("", "w"))
    )


def _systems(matrix: Matrix) -> str:
    head = ("System", "Target", "Kernel", "Machine", "When", "Compared with", "Run", "Suite")
    rows = [
        (
            f'<span class="nw">{escape(target.label)}</span>',
            f"<code>{escape(target.name)}</code>",
            _kernel(target),
            escape(target.machine or "—"),
            _time(target.started),
            f'<span class="nw">{escape(target.against)}</span>',
            _run(target),
            f"{escape(target.suite_version)} {short_digest(target.suite_digest)}",
        )
        for target in matrix.targets
    ]
    return table("Where the results are from", head, rows, ("", "", "w"))


def _kernel(target: Target) -> str:
    name = escape(f"{target.sysname} {target.release}".strip())
    return f'{name}<br><span class="faint">{escape(target.version)}</span>' if target.version else name


def _time(text: str) -> str:
    return f'<time class="nw" datetime="{escape(text)}">{escape(text.replace("T", " ")[:16])}</time>'


def _run(target: Target) -> str:
    told = escape(target.ran)
    faults = "".join(f"<br>{escape(fault)}" for fault in target.faults)
    if not target.complete:
        return f'<span class="tag di">✗ CUT OFF</span> after {told}{faults}'
    if target.faults:
        return f'<span class="tag co">? damaged</span> {told}{faults}'
    if target.flaw:
        return f'<span class="tag co">? {escape(target.selected.part)}</span> {told}'
    return f'<span class="ok">✓ complete</span>, {told}'
