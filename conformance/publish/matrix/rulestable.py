"""The page of all rules: rules by targets, with filters."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.case.model import LEVELS
from conformance.publish.matrix.markup import Page, box, columns, compact, escape, head_of, render
from conformance.publish.matrix.model import Matrix
from conformance.publish.matrix.style import CLASSES
from conformance.publish.matrix.verdicts import STANDINGS


def rules_page(matrix: Matrix) -> str:
    """Return ``rules.html``."""
    main = (
        "<h1>Rules</h1>\n"
        "<p>Every rule, and what each system makes of it. "
        'The <a href="index.html">overview</a> says what the signs mean and where the results are from.</p>\n'
        f"{_form(matrix)}{_table(matrix)}"
    )
    return render(Page("rules.html", "Rules", main, script="rules.js"))


def _form(matrix: Matrix) -> str:
    verdicts = {
        matrix.rule_standing(rule, place) for rule in matrix.rules for place in range(len(matrix.targets))
    }
    shown = [
        (name, one.word, f' data-c="{CLASSES[name]}"') for name, one in STANDINGS.items() if name in verdicts
    ]
    targets = [(target.key, target.label, "") for target in matrix.targets]
    return (
        '<form id="filter" role="search" aria-label="Filter the rules" hidden>\n'
        '<label class="grow">Id or words'
        '<input type="search" name="q" data-key="q" autocomplete="off"></label>\n'
        + _choice("area", "Area", [(area, area, "") for area in matrix.areas])
        + _choice("level", "Level", [(level, level, "") for level in LEVELS])
        + _choice("verdict", "Verdict", shown)
        + _choice("target", "System", targets)
        + '<label class="check"><input type="checkbox" name="differs" data-key="differs">'
        "only where systems differ</label>\n"
        '<button type="reset">Clear</button>\n</form>\n<output id="said" form="filter"></output>\n'
    )


def _choice(key: str, label: str, options: Iterable[tuple[str, str, str]]) -> str:
    items = "".join(
        f'<option value="{escape(value)}"{more}>{escape(text)}</option>' for value, text, more in options
    )
    return (
        f'<label>{label}<select name="{key}_" data-key="{key}"><option value="">any</option>{items}</select>'
        "</label>\n"
    )


def _table(matrix: Matrix) -> str:
    """Write the table; ends of cells and rows may be left out in HTML, and are: there are thousands."""
    places = range(len(matrix.targets))
    heads = "".join(head_of(target) for target in matrix.targets)
    cols = "<col>" * (4 + len(matrix.targets))
    rows = []
    for rule in matrix.rules.values():
        areas = escape(" ".join(matrix.areas_of.get(rule.id, ())))
        cells = "".join(compact(matrix.rule_standing(rule.id, place)) for place in places)
        rows.append(
            f'<tr data-a="{areas}" data-l={rule.level}>'
            f'<th scope=row><a href="rule/{escape(rule.id)}.html">{escape(rule.id)}</a>'
            f"{cells}<td class=w>{escape(rule.statement)}<td>{rule.level}"
            f"<td>{escape(matrix.measured_of(rule.id).short)}\n"
        )
    return box(
        f'<table class="m" id="rules" style="{columns(len(matrix.targets))}">'
        '<caption class="hide">Rules by system</caption>\n'
        f"<colgroup>{cols}</colgroup>\n"
        f"<thead><tr><th scope=col>Rule{heads}<th scope=col>Statement<th scope=col>Level"
        f"<th scope=col>Measured</thead>\n<tbody>\n{''.join(rows)}</tbody></table>",
        "Rules by system",
        "wide tall slim",
    )
