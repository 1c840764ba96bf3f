"""Sweeps: ids of cells, what variables stand for, and how little a cell costs."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.case.errors import CaseErrors
from conformance.case.loader import load_file, load_text
from conformance.case.model import Case

HEAD = "id: s\ntitle: t\nrules: [WAIT-001]\n"


def sweep(axes: str, steps: str = "[{P: {exit: $a}}]") -> list[Case]:
    return load_text(f"{HEAD}sweep: {axes}\nsteps: {steps}\n", "f")


def fault(axes: str, steps: str = "[{P: {exit: $a}}]") -> str:
    with pytest.raises(CaseErrors) as caught:
        sweep(axes, steps)
    return str(caught.value)


def test_the_example_of_the_language() -> None:
    cases = load_text(
        f"""{HEAD}
sweep:
  code: [0, 1, 255, 256]
  state:
    running: []
    zombie: [{{C: {{exit: 3}}}}]
  options: {{subsets: [WNOHANG, WEXITED]}}
steps:
  - P: {{fork: C}}
  - $state
  - P: {{waitid: {{id: C, options: $options}}}}
  - P: {{fork: D}}
  - D: {{exit: $code}}
    expect: {{state: zombie}}
"""
    )
    assert len(cases) == 4 * 2 * 4
    assert [case.id for case in cases[:6]] == [
        "s[0-running-none]",
        "s[0-running-WNOHANG]",
        "s[0-running-WEXITED]",
        "s[0-running-WNOHANG|WEXITED]",
        "s[0-zombie-none]",
        "s[0-zombie-WNOHANG]",
    ]
    final = cases[-1]
    assert [(step.actor, step.call.name) for step in final.steps] == [
        ("P", "fork"),
        ("C", "exit"),
        ("P", "waitid"),
        ("P", "fork"),
        ("D", "exit"),
    ]
    assert final.steps[2].call.args[3] == 5
    assert final.steps[4].call.args == (256,)
    assert [str(case.steps[1].mark) for case in cases[3:5]] == ["<text>:14:5", "<text>:9:14"]


def test_labels() -> None:
    cases = sweep("{a: [-1, 0x10, [], [WNOHANG, 1]]}", "[{P: {wait4: {options: $a}}}]")
    assert [case.id for case in cases] == ["s[-1]", "s[0x10]", "s[none]", "s[WNOHANG|1]"]


def test_text_takes_the_value_or_the_label_of_what_is_no_scalar() -> None:
    axes = "{a: [0, 255], b: {gone: [{P: pause}], still: []}, who: [P]}"
    cases = load_text(
        f"id: s\ntitle: exit ${{a}} when ${{b}}\nrules: [WAIT-001]\nsweep: {axes}\n"
        "steps:\n- P: {fork: C}\n- C: {exit: $a}\n- $b\n- P: {wait4: C}\n"
        "  expect: {ret: C, status: 'exited(${a})', ppid: $who}\n- $who: pause\n"
    )
    assert [case.title for case in cases[:2]] == ["exit 0 when gone", "exit 0 when still"]
    assert cases[2].steps[-2].expect[0].fields == (("ret", "C"), ("status", "exited(255)"))
    assert cases[2].steps[-1].actor == "P"


def test_values_may_use_other_variables() -> None:
    cases = sweep("{a: [1, 2], b: {x: [{P: {exit: $a}}]}}", "[$b]")
    assert [case.steps[0].call.args for case in cases] == [(1,), (2,)]


def test_inserted_text_is_read_anew() -> None:
    (case,) = sweep("{a: [1]}", "\n- P:\n    exit: 0x${a}0")
    assert case.steps[0].call.args == (16,)


FAULTS = [
    ("{}", "f:4:8: `sweep` has no variables"),
    ("[a]", "f:4:8: `sweep` takes a mapping of variables to their values, not a list"),
    ("{a: []}", "f:4:12: `a` has no values"),
    ("{a: 3}", "f:4:12: `a` takes a list, a mapping of labels to values, or {subsets: […]}, not an integer"),
    ("{A: [1]}", "f:4:9: a variable is a small letter, then small letters, digits, `_`"),
    ("{a: [1, 1]}", "f:4:16: `a` has two values with the label `1`"),
    ("{a: [{b: 1}]}", "f:4:13: this value needs a label: give a mapping of labels to values"),
    ("{a: ['x y']}", "f:4:13: `x y` cannot be a label: give a mapping of labels to values"),
    ("{a: [1], b: [2]}", "f:4:17: no step uses the variable `b`"),
    (
        f"{{a: {{subsets: [{', '.join('abcdefghijklm')}]}}}}",
        "f:4:22: `subsets` takes at most 12 items, not 13",
    ),
    ("{a: [1, x, 2]}", "f:4:16: `code` takes an integer, not text"),
    ("{a: {x: [1]}}", "f:4:16: `code` takes an integer, not a list"),
    ("{a: {x: $a}}", "f:4:16: `a` is not a variable of the sweep; the case has no `sweep`"),
]


@pytest.mark.parametrize(("axes", "message"), FAULTS, ids=[axes for axes, _ in FAULTS])
def test_faults(axes: str, message: str) -> None:
    assert fault(axes) == message


def test_faults_of_variables() -> None:
    assert fault("{a: [1]}", "[{P: {exit: $a}}, {P: {exit: $b}}]") == (
        "f:5:37: `b` is not a variable of the sweep; known: a"
    )
    with pytest.raises(CaseErrors, match="`b` is not a variable of the sweep; the case has no `sweep`"):
        load_text(HEAD + "steps: [{P: {exit: '${b}'}}]\n")
    assert fault("{a: {x: []}}", "[$a]") == "f:5:8: the case has no steps"
    assert fault("{a: {x: [P]}}", "[{$a: pause}]") == "f:5:10: `$a` stands for a list, which cannot be a key"
    assert (
        fault("{a: [expect]}", "[{P: pause, expect: blocks, $a: blocks}]")
        == "f:4:13: `expect` is given twice"
    )


def test_two_cells_cannot_have_one_id() -> None:
    axes = "{a: {x: 1, x-y: 1}, b: {y-z: 1, z: 1}}"
    steps = "[{P: {exit: $a}}, {P: {exit: $b}}]"
    assert fault(axes, steps) == "f:4:8: two cells have the id `[x-y-z]`: change the labels"
    assert len(sweep("{a: [-1, 1], b: [-1, 1]}", steps)) == 4


def test_a_sweep_has_a_largest_size() -> None:
    values = list(range(101))
    axes = f"{{a: {values}, b: {values}, c: {values}}}"
    assert fault(axes).endswith("the sweep has 1030301 cells; at most 1000000 are allowed: split it")


def test_a_bad_value_is_found_before_the_first_cell_is_made(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(
        f"{HEAD}sweep: {{a: [1, 2, x], b: [3]}}\nsteps: [{{P: {{exit: $a}}}}, {{P: {{exit: $b}}}}]\n"
    )
    with pytest.raises(CaseErrors):
        load_file(file)


def test_a_bad_combination_is_found_when_its_cell_is_made(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(
        f"{HEAD}sweep: {{a: [given, null], b: [ret, status]}}\n"
        "steps: [{P: {wait4: {status: $a}}, expect: {$b: 0}}]\n"
    )
    found = load_file(file)
    assert [case.id for case in itertools.islice(found, 3)] == [
        "s[given-ret]",
        "s[given-status]",
        "s[null-ret]",
    ]
    with pytest.raises(CaseErrors, match="`status` cannot be expected: the call gives no buffer"):
        next(found)


def cells(file: Path, rows: int) -> Iterator[Case]:
    """Load a sweep of 64 times ``rows`` cells, each of which has a step like no other's."""
    file.write_text(
        f"{HEAD}sweep: {{row: {list(range(rows))}, column: {list(range(64))}}}\n"
        "steps: [{P: {fork: C}}, {P: {waitid: {idtype: $row, id: $column}}}, {C: {exit: $row}}]\n"
    )
    return load_file(file)


def peak_of(cases: Iterator[Case]) -> int:
    tracemalloc.reset_peak()
    for _ in cases:
        pass
    return tracemalloc.get_traced_memory()[1]


def test_memory_does_not_grow_with_the_cells(tmp_path: Path) -> None:
    found = cells(tmp_path / "f.yaml", 256)
    tracemalloc.start()
    try:
        early, late = peak_of(itertools.islice(found, 64 * 64)), peak_of(found)
    finally:
        tracemalloc.stop()
    assert late < 1.3 * early


def test_cells_are_made_when_asked_for(tmp_path: Path) -> None:
    found = itertools.islice(cells(tmp_path / "f.yaml", 15_000), 2)
    assert [case.id for case in found] == ["s[0-0]", "s[0-1]"]


def test_cells_share_their_compiled_steps(tmp_path: Path) -> None:
    first, second = itertools.islice(cells(tmp_path / "f.yaml", 2), 2)
    assert first.steps[0] is second.steps[0]
    assert first.steps[2] is second.steps[2]
    assert first.steps[1] is not second.steps[1]
