"""The page of a case, or of a sweep: what it does, what was seen instead, and how to see it again."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence

from conformance.case.model import Case, Rules
from conformance.publish.matrix.differences import Difference, Shared, differences, shared
from conformance.publish.matrix.drawing import Mark, drawing, legend
from conformance.publish.matrix.markup import (
    EMPTY,
    Page,
    box,
    bug_link,
    counted,
    escape,
    facts,
    named,
    pre,
    render,
    rule_link,
    table,
    tag,
    title,
    value,
)
from conformance.publish.matrix.measured import listed
from conformance.publish.matrix.model import Matrix
from conformance.publish.matrix.suite import Written
from conformance.publish.matrix.sweepcells import cells_that_differ
from conformance.publish.matrix.targets import Target
from conformance.publish.matrix.verdicts import DIFFERING, ELSEWHERE, NOTHING
from conformance.publish.matrix.yamltext import yaml_html
from conformance.publish.words import step_text
from conformance.reference import CaseNotRunnable, required, run_case
from conformance.trace import Environment, Trace
from conformance.verdict.model import CONFLICT, Divergence

Program = Callable[[Case, Rules], str | None]
"""Makes a stand-alone C program of a case, or says by None that it cannot be one."""

_MOST_WORDS = 4
"""So many differing fields are written at a mark, and so many reasons beside a verdict."""


def case_page(matrix: Matrix, name: str, program: Program | None = None) -> str:
    """Return ``case/ID.html``."""
    written = matrix.suite.written[name]
    found = [_differing(matrix, name, place) for place in range(len(matrix.targets))]
    together = shared(found)
    shown, cell = _shown_case(written, together)
    parts = [
        f"<h1>{title(written.document.title)}</h1>\n",
        _facts(matrix, written),
        _targets(matrix, name),
        _lanes(matrix, shown, cell, together),
        _how(matrix, shown, together) if written.cells is None else cells_that_differ(matrix, found),
        "<h2>The case</h2>\n",
        pre(yaml_html(written.text), "The case in YAML") + "\n",
        _again(matrix, written, together),
        _program(shown, matrix.suite.rules, program),
    ]
    crumbs = (
        ("rules.html", "Rules"),
        (f"rules.html#area={written.first.area}", written.first.area or "cases"),
    )
    return render(Page(f"case/{name}.html", name, "".join(parts), crumbs))


def _differing(matrix: Matrix, name: str, place: int) -> tuple[Difference, ...]:
    return tuple(one for one in differences(matrix.of_document(name, place)) if one.standing in DIFFERING)


def _facts(matrix: Matrix, written: Written) -> str:
    case = written.first

    def rules(names: Sequence[str]) -> str:
        items = "".join(
            f"<li>{rule_link(rule, '../', matrix.rules)} {escape(matrix.rules[rule].statement)}</li>"
            if rule in matrix.rules
            else f"<li>{escape(rule)}</li>"
            for rule in names
        )
        return f"<ul>{items}</ul>" if items else ""

    kind = "a case by hand" if written.cells is None else f"a sweep of {written.cells:,} cells"
    neighbours = ", ".join(rule_link(rule, "../", matrix.rules) for rule in case.neighbour_of)
    return facts(
        (
            ("Id", f"<code>{escape(written.id)}</code>, {kind}"),
            ("File", f"<code>{escape(written.path)}</code>, line {written.line}"),
            ("Shows", rules(case.rules)),
            ("Neighbour of", neighbours),
            ("Needs", escape(", ".join(case.requires))),
        )
    )


def _targets(matrix: Matrix, name: str) -> str:
    sweep = matrix.suite.written[name].cells is not None
    rows = []
    for place, target in enumerate(matrix.targets):
        standing = matrix.document_standing(name, place)
        counts = counted(matrix.document_counts(name, place)) or "—"
        rows.append((named(target), tag(standing), counts, _note(matrix, name, place, standing)))
    told = any(why for *_, why in rows)
    columns = [place for place, shown in enumerate((True, True, sweep, told)) if shown]
    head, kinds = ("System", "Verdict", "Cells", "Why"), ("", "", "", "w")
    return "<h2>On each system</h2>\n" + table(
        "What became of it on each system",
        [head[place] for place in columns],
        [[row[place] for place in columns] for row in rows],
        [kinds[place] for place in columns],
    )


def _note(matrix: Matrix, name: str, place: int, standing: str) -> str:
    """Say in words why a verdict is what it is."""
    if standing == ELSEWHERE:
        linux = escape(matrix.targets[place].oracle)
        return f"Conforms to Linux {linux}, where this comes out another way than is drawn here."
    if standing == NOTHING:
        return _why_nothing(matrix.targets[place], matrix.suite.written[name])
    cases = matrix.of_document(name, place)
    expectations = [case.expectation for case in cases if case.expectation is not None]
    texts = [escape(case.text) for case in cases if case.text]
    texts += [escape(one.reason) for one in expectations if one.reason]
    texts += [bug_link(one.bug) for one in expectations if one.bug]
    told = list(dict.fromkeys(texts))
    more = [f"and {len(told) - _MOST_WORDS:,} more reasons"] if len(told) > _MOST_WORDS + 1 else []
    return "<br>".join([*told[:_MOST_WORDS], *more] if more else told)


def _why_nothing(target: Target, written: Written) -> str:
    """Say why a case did not run, as far as the file tells: nothing, if it was not in the suite."""
    if target.selected.leaves_out(written.first.id):
        return f"Not selected: of this system, {escape(target.selected.words)} alone ran."
    if not target.complete:
        return "The run was cut off."
    return f"Of the run, {escape(target.selected.part)} alone is there." if target.selected.part else ""


def _shown_case(written: Written, together: Sequence[Shared]) -> tuple[Case, str]:
    """Return the case that is drawn: of a sweep the first cell that somebody gets wrong, else the first."""
    if written.cells is None:
        return written.first, ""
    labels = [label for one in together for label in one.difference.labels[:1]]
    sweep = written.document.sweep
    assert sweep is not None
    for label, cell in sweep.cells() if labels else ():
        if label == labels[0]:
            return written.document.cell(f"{written.id}[{label}]", cell), label
    return written.first, written.first.id.removeprefix(written.id)[1:-1]


def _trace(case: Case) -> Trace | None:
    try:
        return run_case(case, required(case, Environment()))
    except CaseNotRunnable:
        return None


def _lanes(matrix: Matrix, case: Case, cell: str, together: Sequence[Shared]) -> str:
    trace = _trace(case)
    if trace is None:
        return "<h2>What Linux does</h2>\n<p>The reference kernel cannot run this case.</p>\n"
    what = f" <small>(cell <code>{escape(cell)}</code>)</small>" if cell else ""
    own = [one for one in together if not cell or cell in one.difference.labels]
    marks = tuple(mark for one in own for mark in _marks(matrix, one))
    told = ", and where systems go another way" if marks else ""
    picture = box(drawing(case, trace, marks), f"What Linux does, step by step{told}")
    return f"<h2>What Linux does{told}{what}</h2>\n<figure>{picture}{legend()}</figure>\n"


def _marks(matrix: Matrix, one: Shared) -> Iterator[Mark]:
    """Mark the steps at which targets differ, in the lane of each actor who does."""
    who = listed([matrix.targets[place].label for place in one.targets])
    by_place: dict[tuple[int, str], list[Divergence]] = {}
    for divergence in one.difference.divergences:
        by_place.setdefault((divergence.step, divergence.actor), []).append(divergence)
    for (step, actor), found in by_place.items():
        words = [
            f"{one.field}: {_word(one.observed)}, not {_word(one.expected)}".removeprefix(": ")
            for one in found
        ]
        if len(words) > _MOST_WORDS:
            words[_MOST_WORDS - 1 :] = [f"and {len(words) - _MOST_WORDS + 1} more"]
        yield Mark(step, actor, one.difference.standing, who, tuple(words))


def _word(found: object) -> str:
    return str(found) or EMPTY


def _how(matrix: Matrix, case: Case, together: Sequence[Shared]) -> str:
    if not together:
        return ""
    parts = []
    for one in together:
        who = listed([escape(matrix.targets[place].label) for place in one.targets])
        parts.append(f"<h3>{who}: {tag(one.difference.standing)}</h3>\n")
        if one.difference.text:
            parts.append(f"<p>{escape(one.difference.text)}</p>\n")
        if one.difference.divergences:
            caption = f"{_sides(one.difference.standing)}: {who}"
            parts.append(_divergences(matrix, case, one.difference.divergences, caption))
    return "<h2>Expected and observed</h2>\n" + "".join(parts)


def _sides(standing: str) -> str:
    """Say what is compared: in a conflict no target is."""
    if standing == CONFLICT:
        return "Expected by the author of the case, and observed of the reference kernel"
    return "Expected and observed"


def _divergences(matrix: Matrix, case: Case, found: Sequence[Divergence], caption: str) -> str:
    rows = [
        (
            str(step),
            f"<code>{escape(_step(case, step))}</code>",
            escape(actor),
            f"<code>{escape(field)}</code>",
            value(expected),
            value(observed),
            rule_link(rule, "../", matrix.rules),
        )
        for step, actor, field, expected, observed, rule in found
    ]
    head = ("Step", "Call", "Actor", "Field", "Expected", "Observed", "Rule")
    return table(caption, head, rows, ("number", "", "", "", "v", "v"))


def _step(case: Case, number: int) -> str:
    return step_text(case.steps[number - 1]) if 0 < number <= len(case.steps) else ""


def _again(matrix: Matrix, written: Written, together: Sequence[Shared]) -> str:
    """Give the commands that run it again: on every target that gets it wrong, else on the own machine."""
    wrong: dict[int, str] = {}
    for one in together:
        for place in one.targets:
            wrong.setdefault(place, one.difference.labels[0] if one.difference.labels else "")
    names = {matrix.targets[place].name: label for place, label in sorted(wrong.items())} or {"host": ""}
    lines = []
    for name, label in names.items():
        if written.cells is None or label:
            what = ["--case", f"{written.id}[{label}]" if label else written.id]
        else:
            what = ["-k", written.id]
        lines.append(shlex.join(["waitconf", "run", written.path, *what, "--target", name]))
    text = escape("\n".join(lines))
    return f"<h2>See it again</h2>\n{pre(text, 'Commands')}\n"


def _program(case: Case, rules: Rules, program: Program | None) -> str:
    text = None if program is None else program(case, rules)
    if text is None:
        return ""
    return (
        "<details><summary>The same as a stand-alone C program</summary>\n"
        f"{pre(escape(text), 'C program')}</details>\n"
    )
