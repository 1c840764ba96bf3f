"""What a cell of a sweep costs where there are few of them, and where there are many.

Everything that a run does for a cell is in it: the cell is made, run on the host and on the reference
kernel, compared, and written to a results file. What starts once (the interpreter, the agent) is not.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from conformance.commands.selection import Selection, select
from conformance.publish.jsonl import Writer
from conformance.publish.records import case_record, header_record
from conformance.publish.summary import Tally
from conformance.targets.host import HostTarget
from conformance.verdict.drive import judge_cases
from conformance.verdict.judge import oracle_for
from conformance.verdict.model import VERDICTS

FEW: Final = 1_024
MANY: Final = 50_176
_FOR_EACH_CODE: Final = 256

_SWEEP: Final = """\
id: cells
title: A wait for a child with exit code ${{code}}
rules: [BENCH-001]
sweep:
  code: [{codes}]
  state:
    stopped: [{{init: {{kill: {{pid: C, sig: SIGSTOP}}}}}}]
    exited: [{{C: {{exit: $code}}}}]
  options: {{subsets: [WUNTRACED, WCONTINUED, WEXITED, WNOWAIT, __WNOTHREAD, __WALL, __WCLONE]}}
steps:
  - P: {{fork: C}}
  - $state
  - P: {{wait4: {{pid: C, options: [WNOHANG, $options]}}}}
"""
_RULES: Final = "- {id: BENCH-001, statement: wait4 reports a child., level: posix, source: wait(2)}\n"


class Cells(NamedTuple):
    """``pairs`` are the nanoseconds per cell of many and of few, round by round; ``memory`` is in KiB."""

    pairs: tuple[tuple[int, int], ...]
    memory: Mapping[str, int]


def measure(rounds: int, few: int = FEW, many: int = MANY) -> Cells:
    """Measure few cells, many, and few again in each round, on one agent.

    Memory is that of this process and of the agent at their largest, after the first few cells and at
    the end.
    """
    before = _children()
    host = HostTarget()
    try:
        (agent,) = _children() - before
        with _suite(few) as small, _suite(many) as large:
            _per_cell(small, host)
            memory = _peaks(agent, few)
            pairs = tuple(_round(small, large, host) for _ in range(rounds))
            memory |= _peaks(agent, many)
    finally:
        host.close()
    return Cells(pairs, memory)


def _round(small: Selection, large: Selection, host: HostTarget) -> tuple[int, int]:
    first = _per_cell(small, host)
    many = _per_cell(large, host)
    return many, (first + _per_cell(small, host)) // 2


def _per_cell(selection: Selection, host: HostTarget) -> int:
    """Do all that ``waitconf run --out`` does with the cells; return nanoseconds per cell."""
    rules, oracle, tally = selection.rules(), oracle_for(host.describe()), Tally()
    header = header_record(
        selection.facts(), host.describe(), (oracle.release, oracle.machine), (), datetime.now(UTC)
    )
    start = time.perf_counter_ns()
    with TemporaryDirectory() as folder, Writer(Path(folder, "results.jsonl")) as writer:
        writer.write(header)
        for result in judge_cases(selection.cases(), host, oracle, rules):
            writer.write(case_record(result))
            tally.add(result)
        writer.finish(dict.fromkeys(VERDICTS, 0) | tally.counts)
    return (time.perf_counter_ns() - start) // tally.cases


@contextmanager
def _suite(cells: int) -> Iterator[Selection]:
    """Make a suite of one sweep with so many cells, alike but for the exit code."""
    codes = ", ".join(map(str, range(-(-cells // _FOR_EACH_CODE))))
    with TemporaryDirectory() as folder:
        Path(folder, "rules.yaml").write_text(_RULES, encoding="utf-8")
        Path(folder, "cells.yaml").write_text(_SWEEP.format(codes=codes), encoding="utf-8")
        yield select([folder])


def _peaks(agent: int, cells: int) -> dict[str, int]:
    return {
        f"KiB of Python at {cells} cells": _peak_kib("self"),
        f"KiB of the agent at {cells} cells": _peak_kib(str(agent)),
    }


def _peak_kib(pid: str) -> int:
    """Return the largest resident memory that a process has had, in KiB."""
    status = Path("/proc", pid, "status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0])


def _children() -> set[int]:
    """Return the pids of this process's children."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            stat = (entry / "stat").read_text(encoding="utf-8") if entry.name.isdecimal() else ""
        except OSError:
            continue
        if stat and int(stat.rpartition(")")[2].split()[1]) == os.getpid():
            found.add(int(entry.name))
    return found
