"""The JSON Schema and the generated tables: true to the table of calls, to the loader and to the suite."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.case import calltable
from conformance.case.errors import CaseErrors
from conformance.case.loader import load_text
from conformance.case.observed import WANTS
from conformance.case.schema import case_schema, main, schema_text
from conformance.case.suite import bundled, find_case_files
from conformance.case.yamlsource import Mapping, Node, Scalar, documents

DOCS = Path(__file__).parent.parent / "docs"
REFRESH = "run: python -m conformance.case.schema docs"
VALIDATOR = jsonschema.Draft202012Validator(case_schema())


def plain(node: Node) -> Any:
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.entries}
    return [plain(item) for item in node.items]


def errors(text: str) -> list[str]:
    return [
        f"{'/'.join(map(str, error.path))}: {error.message}"
        for node in documents(text, "f")
        for error in VALIDATOR.iter_errors(plain(node))
    ]


def document(step: str) -> str:
    return f"id: x\ntitle: x\nrules: [WAIT-001]\nsteps:\n- P: {{fork: C}}\n- {step}\n"


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(case_schema())


def test_the_committed_schema_is_up_to_date() -> None:
    assert (DOCS / "case.schema.json").read_text() == schema_text(), REFRESH


def test_the_tables_of_the_docs_are_up_to_date() -> None:
    text = (DOCS / "case-language.md").read_text()
    assert calltable.update(text) == text, REFRESH
    assert text.count("<!-- generated: ") == 4


def test_main_prints_or_refreshes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out == schema_text()
    (tmp_path / "case-language.md").write_text("a\n<!-- generated: calls -->\nstale\n<!-- end -->\nb\n")
    assert main([str(tmp_path)]) == 0
    text = (tmp_path / "case-language.md").read_text()
    assert "| `wait4` |" in text
    assert "stale" not in text
    assert text.startswith("a\n")
    assert text.endswith("\nb\n")
    assert (tmp_path / "case.schema.json").read_text() == schema_text()


@pytest.mark.parametrize(
    "file", find_case_files([bundled()]), ids=lambda file: f"{file.parent.name}/{file.stem}"
)
def test_every_case_of_the_suite_validates(file: Path) -> None:
    assert errors(file.read_text()) == []


EXAMPLES = [
    block
    for block in re.findall(r"```yaml\n(.*?)```", (DOCS / "case-language.md").read_text(), re.DOTALL)
    if "steps:" in block
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_of_the_docs_load_and_validate(text: str) -> None:
    assert load_text(text)
    assert errors(text) == []


GOOD = [
    "P: wait4",
    "P: {wait4: C}",
    "P: {wait4: -1}",
    "P: {wait4: {pid: -C, options: [WNOHANG, 0x10], status: null, rusage: bad}}",
    "P: {waitid: {idtype: P_PGID, id: C, options: WEXITED}}",
    "P: {waitid: {idtype: P_PID, id: 0}}",
    "P: {kill: {pid: INT_MIN, sig: INT_MAX}}",
    "P: {pidfd_send_signal: {pidfd: INT_MIN, sig: INT_MAX, flags: INT_MIN}}",
    "P: {waitid: C}",
    "P: {sigaction: {sig: SIGCHLD, handler: log, mask: all}}",
    "{C: {exit: 3}, expect: {state: zombie, P: {ret: C, sid: init}}, rule: WAIT-001}",
    "{P: {wait4: C}, expect: {status: exited(3)}}",
    "{P: {wait4: C}, expect: {status: 0x0300}}",
    "{P: pause, expect: blocks}",
    "{P: pause, expect: {handled: [SIGUSR1, {si_signo: SIGCHLD, si_code: CLD_EXITED}]}}",
    "{init: {wait4: -1}, expect: {errno: ECHILD}}",
    "{P: {wait4: C}, expect: {status: stopped(SIGTRAP|PTRACE_EVENT_EXEC)}}",
    "{P: {waitid: C}, expect: {si_code: CLD_TRAPPED, si_status: SIGTRAP|0x80}}",
    "{P: {proc: C}, expect: {proc_tracer: P}}",
    "{P: {ptrace_getsiginfo: C}, expect: {si_code: TRAP_TRACE}}",
    "{P: {ptrace_getsiginfo: C}, expect: {si_code: SIGTRAP|PTRACE_EVENT_STOP}}",
    "{P: {ptrace_geteventmsg: {pid: C, means: pid}}, expect: {message: C}}",
    "{P: {ptrace_geteventmsg: {pid: C, means: status}}, expect: {message: exited(3)}}",
    "{P: {ptrace_peeksiginfo: C}, expect: {peeked: [SIGUSR1, SIGUSR1]}}",
    "{P: {ptrace_get_syscall_info: C}, expect: {op: exit, rval: ESRCH}}",
    "{P: {ptrace_get_syscall_info: C}, expect: {op: none, nr: -1}}",
]
GOOD_SWEPT = [
    "$a",
    "$a: pause",
    "P: $a",
    "P: {$a: 3}",
    "P: {wait4: $a}",
    "{P: {wait4: {options: $a}}, expect: $a}",
]
BAD = [
    "P: {wiat4: C}",
    "P: {wait4: {pdi: C}}",
    "P: {wait4: {options: WNOWIAT}}",
    "P: {wait4: {options: {WNOHANG: 1}}}",
    "P: {wait4: {status: nil}}",
    "P: {wait4: C, waitid: C}",
    "P: {waitid: -C}",
    "P: {waitid: 5}",
    "P: {waitid: {id: 5}}",
    "P: kill",
    "P: {kill: {pid: C}}",
    "P: {pause: 3}",
    "p: pause",
    "{P: pause, C: pause}",
    "{P: pause, exepct: blocks}",
    "{expect: blocks}",
    "{P: pause, expect: block}",
    "{P: pause, expect: {errno: ECHLD}}",
    "{P: pause, expect: {state: dead}}",
    "{P: {wait4: C}, expect: {status: exit(3)}}",
    "{P: {wait4: C}, expect: {status: stopped(SIGTRAP|PTRACE_EVENT_EXECVE)}}",
    "{P: {ptrace_get_syscall_info: C}, expect: {op: middle}}",
    "{P: {wait4: C}, expect: {C: {P: {ret: 0}}}}",
    "{P: pause, expect: {handled: [{si_code: SI_USER}]}}",
    "{P: pause, rule: wait}",
]


@pytest.mark.parametrize("step", GOOD)
def test_good_steps_load_and_validate(step: str) -> None:
    assert load_text(document(step))
    assert errors(document(step)) == []


def test_everything_that_can_be_expected_has_a_shape() -> None:
    assert {f"value.{field}" for field in WANTS} <= set(case_schema()["$defs"])


@pytest.mark.parametrize("step", GOOD_SWEPT)
def test_variables_validate(step: str) -> None:
    assert errors(document(step)) == []


@pytest.mark.parametrize("step", BAD)
def test_bad_steps_neither_load_nor_validate(step: str) -> None:
    with pytest.raises(CaseErrors):
        load_text(document(step))
    assert errors(document(step))


@pytest.mark.parametrize(
    "line",
    [
        "id: A",
        "title: 3",
        "rules: []",
        "catches: [x]",
        "requires: [x]",
        "sweep: {}",
        "sweep: {a: []}",
        "x: 1",
    ],
)
def test_bad_headers_neither_load_nor_validate(line: str) -> None:
    key = line.partition(":")[0]
    text = "".join(
        old for old in document("P: pause").splitlines(keepends=True) if not old.startswith(f"{key}:")
    )
    with pytest.raises(CaseErrors):
        load_text(f"{text}{line}\n")
    assert errors(f"{text}{line}\n")
