"""``waitconf matrix``: results of several targets as a static site."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from conformance.case.model import Case, Rules
from conformance.commands import status
from conformance.commands.selection import select
from conformance.publish.cprogram import NotExpressible, c_program, expected
from conformance.publish.jsonl import read_results
from conformance.publish.matrix import build, check_place, pages, read_matrix_suite, write_site
from conformance.publish.matrix.caveats import plural
from conformance.publish.terminal import Progress
from conformance.reference import CaseNotRunnable


def matrix(args: argparse.Namespace) -> int:
    """Write the site whole, or nothing; what is wrong with a results file is said, there and here."""
    folder = Path(args.out)
    check_place(folder)
    progress = Progress(sys.stderr, "matrix")
    progress.say("reading the results")
    results = [read_results(Path(path)) for path in args.results]
    progress.say("reading the suite")
    selection = select(args.suite or [])
    suite = read_matrix_suite(selection.roots, selection.rules())
    progress.say("asking the reference kernel of each release")
    made = build(results, suite)
    with _interruptible():
        count = write_site(_told(pages(made, c_program_of), progress), folder)
    progress.clear()
    for fault in (fault for one in results for fault in one.faults):
        sys.stderr.write(f"waitconf: {fault.message}\n")
    counts = ((len(made.rules), "rule"), (len(made.targets), "target"), (count, "file"))
    told = ", ".join(plural(number, noun) for number, noun in counts)
    sys.stdout.write(f"{folder / 'index.html'}: {told}\n")
    return status.OK


def c_program_of(case: Case, rules: Rules) -> str | None:
    """Return the C program of a case, if it can be one."""
    try:
        return c_program(case, expected(case), rules)
    except (CaseNotRunnable, NotExpressible):
        return None


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM do as ^C does: what is written in part is removed before the end."""

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _told(files: Iterator[tuple[str, str]], progress: Progress) -> Iterator[tuple[str, str]]:
    """Pass the files on, and say on a terminal how far it has come."""
    for number, file in enumerate(files, start=1):
        progress.say(f"page {number:,}")
        yield file
