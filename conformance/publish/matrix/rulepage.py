"""The page of a rule: what it says and why, where it holds, what shows it, who gets it wrong and how."""

from __future__ import annotations

from conformance.case.model import Rule
from conformance.publish.matrix.caveats import plural
from conformance.publish.matrix.differences import Difference, differences
from conformance.publish.matrix.markup import (
    Page,
    box,
    bug_link,
    case_link,
    columns,
    compact,
    counted,
    escape,
    facts,
    head_of,
    named,
    render,
    table,
    tag,
    title,
)
from conformance.publish.matrix.measured import changes_of
from conformance.publish.matrix.model import Matrix
from conformance.publish.matrix.spans import SEEN, SEEN_KINDS, UNSEEN, Group, seen, spanned

_MOST = 100
"""So many differences of one target are listed on the page of a rule."""
_KINDS = {
    "expects": "Cases that expect it",
    "shows": "Cases that show it, judged by the reference kernel alone",
    "sweep": "Sweeps",
    "neighbour": "Neighbours: they fail where it is read too widely",
}
_LEVELS = {
    "posix": "promised by POSIX",
    "documented": "promised by the manual pages of Linux",
    "implementation": "what Linux does; no document promises it",
}


def rule_page(matrix: Matrix, name: str) -> str:
    """Return ``rule/ID.html``."""
    rule = matrix.rules[name]
    parts = (
        f"<h1>{escape(name)}</h1>\n",
        f'<p class="lead">{escape(rule.statement)}</p>\n',
        _facts(matrix, rule),
        _targets(matrix, name),
        "<h2>Cases</h2>\n",
        _cases(matrix, name),
        _differing(matrix, name),
        _neighbours(matrix, name),
    )
    crumbs = (("rules.html", "Rules"), (f"rules.html#q={name.partition('-')[0]}-", name.partition("-")[0]))
    return render(Page(f"rule/{name}.html", name, "".join(parts), crumbs))


def _facts(matrix: Matrix, rule: Rule) -> str:
    pairs = [
        ("Level", f"<code>{rule.level}</code>: {_LEVELS[rule.level]}"),
        ("Source", escape(rule.source)),
        ("Since, as documented", f"Linux {escape(rule.since)}" if rule.since else "—"),
        ("Machines", escape(", ".join(rule.machines)) or "all"),
        ("Since, as measured", escape(matrix.measured_of(rule.id).sentence())),
    ]
    pairs += [(f"Before {escape(since)}", escape(before)) for since, before in changes_of(rule.id)]
    pairs.append(("Areas", escape(", ".join(matrix.areas_of.get(rule.id, ())))))
    return facts(pairs)


def _targets(matrix: Matrix, name: str) -> str:
    rows = [
        (
            named(target),
            tag(matrix.rule_standing(name, place)),
            counted(matrix.rule_counts(name, place)) or "—",
        )
        for place, target in enumerate(matrix.targets)
    ]
    return "<h2>On each system</h2>\n" + table(
        f"{escape(name)} on each system", ("System", "Verdict", "Cases and cells about it"), rows
    )


def _cases(matrix: Matrix, name: str) -> str:
    found = matrix.evidence_of(name)
    if not found:
        return "<p>The suite has no case about it.</p>\n"
    heads = "".join(head_of(target) for target in matrix.targets)
    width = 2 + len(matrix.targets)
    rows = []
    for kind, heading in _KINDS.items():
        own = [document for document, how in found if how == kind]
        if own:
            rows.append(
                f'<tbody><tr><th colspan="{width}" scope="rowgroup" class="group">{heading}</th></tr>\n'
            )
            rows += [_case_row(matrix, document) for document in own]
            rows.append("</tbody>")
    caption = f"Cases about {escape(name)}"
    return box(
        f'<table class="m" style="{columns(len(matrix.targets))}"><caption class="hide">{caption}</caption>\n'
        '<thead><tr><th scope="col">Case</th>'
        f'{heads}<th scope="col">What it shows</th></tr></thead>\n{"".join(rows)}</table>',
        caption,
        "wide slim",
    )


def _case_row(matrix: Matrix, document: str) -> str:
    written = matrix.suite.written[document]
    cells = "".join(
        compact(matrix.document_standing(document, place)) for place in range(len(matrix.targets))
    )
    many = "" if written.cells is None else f" <small>({written.cells:,} cells)</small>"
    return (
        f'<tr><th scope="row"><a href="../case/{document}.html">{document}</a></th>'
        f'{cells}<td class="w">{title(written.document.title)}{many}</td></tr>\n'
    )


def _differing(matrix: Matrix, name: str) -> str:
    parts = []
    for place, target in enumerate(matrix.targets):
        found = differences(matrix.of_rule(name, place))
        if found:
            more = f", the first {_MOST} of {len(found):,} ways" if len(found) > _MOST else ""
            caption = f"How {escape(target.label)} differs{more}"
            groups = [_group(matrix, name, one) for one in found[:_MOST]]
            parts.append(
                spanned(caption, ("Case", "Verdict", *SEEN, "Why"), groups, ("", "", *SEEN_KINDS, "w"))
            )
    return "<h2>Who differs, and how</h2>\n" + "".join(parts) if parts else ""


def _group(matrix: Matrix, name: str, one: Difference) -> Group:
    """Tell of a case the divergences that are about a rule; one that has none is told of in words."""
    link = case_link(one.document, "../", matrix.suite.written)
    many = f'<br><span class="faint">{plural(len(one.labels), "cell")}</span>' if one.labels else ""
    why = "<br>".join(filter(None, (escape(one.text), escape(one.reason), bug_link(one.bug))))
    rows = [seen(divergence) for divergence in one.divergences if divergence.rule == name]
    return Group((f"{link}{many}", tag(one.standing)), rows or [UNSEEN], (why,))


def _neighbours(matrix: Matrix, name: str) -> str:
    """Lead to the rules before and after."""
    names = list(matrix.rules)
    place = names.index(name)
    links = []
    if place:
        links.append(f'<a rel="prev" href="{names[place - 1]}.html">← {names[place - 1]}</a>')
    if place + 1 < len(names):
        links.append(f'<a rel="next" href="{names[place + 1]}.html">{names[place + 1]} →</a>')
    return f'<nav class="seq" aria-label="Rules before and after">{" ".join(links)}</nav>\n' if links else ""
