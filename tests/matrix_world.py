"""A small suite with results of several targets, for the tests of the matrix."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

from conformance.abi.machines import closest_machine
from conformance.case.model import Case
from conformance.case.rulesfile import load_rules
from conformance.publish.jsonl import Results, read_results
from conformance.publish.matrix import Suite, read_matrix_suite
from conformance.publish.records import case_record, footer_record, header_record
from conformance.reference import Kernel, kernel_of
from conformance.verdict.drive import judge_cases
from conformance.verdict.judge import Oracle
from tests.fakes import FAULT, REAPED, SWEEP, FakeTarget, write_suite
from tests.variants.buffers import S1KeepsZombieOnFault

DIGEST = "sha256:0123456789abcdef"
HOSTILE = """\
id: hostile-words
title: 'A <b>bold</b> "title" & more'
rules: [WAIT-009]
steps:
  - P: {fork: C}   # <script>alert(1)</script>
  - C: {exit: 3}
  - P: {wait4: C}
    expect: {ret: C}
"""
OPENED = """\
id: a-pidfd-is-opened
title: pidfd_open
rules: [PIDFD-001, PIDFD-002]
neighbour_of: [WAIT-001]
steps:
  - P: {fork: C}
  - P: {pidfd_open: {pid: C, fd: c}}
    expect: {ret: c}
"""
MORE_RULES = """\
- id: WAIT-009
  statement: 'Nothing is <i>slanted</i> & nobody | quoted.'
  level: posix
  source: 'wait(2) <NOTES>'
- id: PIDFD-001
  statement: pidfd_open opens a pidfd.
  level: documented
  source: pidfd_open(2)
  since: "5.3"
- id: PIDFD-002
  statement: Something else that only a system with pidfd_open can show.
  level: implementation
  source: kernel/pid.c
"""


def make_suite(folder: Path) -> Suite:
    """Write a suite of a sweep and four cases by hand, in three areas, and read it."""
    write_suite(folder, REAPED, FAULT, SWEEP)
    for area, text in (("hostile", HOSTILE), ("pidfds", OPENED)):
        (folder / area).mkdir()
        (folder / area / "one.yaml").write_text(f"# About the file.\n---\n{text}", encoding="utf-8")
    rules = folder / "rules.yaml"
    rules.write_text(rules.read_text(encoding="utf-8") + MORE_RULES, encoding="utf-8")
    return read_matrix_suite([folder], load_rules(folder))


def cases_of(suite: Suite) -> list[Case]:
    return [case for one in suite.written.values() for case in one.document.cases()]


def linux(release: str, kind: str = "qemu") -> dict[str, str]:
    """Say what a booted Linux says of itself."""
    facts = {"name": f"{kind}:{release}-amd64", "kind": kind, "sysname": "Linux"}
    return facts | {"release": f"{release}-amd64", "machine": "x86_64", "version": f"#1 Debian {release}"}


GVISOR = {"name": "gvisor:", "kind": "gvisor", "sysname": "Linux", "release": "4.4.0", "machine": "x86_64"}


class Run:
    """Results as they are made: records that a test may change, and then a file."""

    def __init__(
        self, suite: Suite, facts: Mapping[str, str], release: str = "7.3", kernel: type[Kernel] = Kernel
    ) -> None:
        oracle = Oracle(release, machine=closest_machine(facts.get("machine", "")))
        header = header_record(
            {"version": "1", "digest": DIGEST},
            facts,
            (oracle.release, oracle.machine),
            ["waitconf", "run"],
            datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        )
        target = FakeTarget(kernel_of(release, kernel, oracle.machine))
        found = judge_cases(cases_of(suite), target, oracle, suite.rules)
        self.header: Any = header
        self.cases: list[Any] = [case_record(one) for one in found]

    def case(self, name: str) -> Any:
        """Return the record of a case, to be changed."""
        return next(one["case"] for one in self.cases if one["case"]["id"] == name)

    def write(self, path: Path, cut: bool = False) -> Path:
        """Write the file, without its footer if it is ``cut``."""
        counts: dict[str, int] = {}
        for record in self.cases:
            content = next(iter(record.values()))
            counts[content["verdict"]] = counts.get(content["verdict"], 0) + content.get("count", 1)
        records = [self.header, *self.cases, *([] if cut else [footer_record(counts)])]
        path.write_text("".join(f"{json.dumps(one)}\n" for one in records), encoding="utf-8")
        return path

    def read(self, folder: Path, name: str, cut: bool = False) -> Results:
        """Write the file and read it."""
        return read_results(self.write(folder / f"{name}.jsonl", cut))


def buggy(suite: Suite) -> Run:
    """Run on a gVisor that keeps the zombie when the status pointer is bad."""
    return Run(suite, GVISOR, kernel=S1KeepsZombieOnFault)


def three(suite: Suite, folder: Path) -> list[Results]:
    """Return results of an old Linux, a new one, and one that differs."""
    return [
        Run(suite, linux("7.3.4"), "7.3.4").read(folder, "new"),
        buggy(suite).read(folder, "gvisor"),
        Run(suite, linux("5.1"), "5.1").read(folder, "old"),
    ]


def links(text: str) -> Iterable[str]:
    """Give where the links of a page lead."""
    return map(unescape, re.findall(r'(?:href|src)="([^"]*)"', text))
