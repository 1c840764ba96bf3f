"""``waitconf run``: cases on targets, judged, told and recorded."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from conformance.case.errors import UsageError
from conformance.case.model import Case, Rules
from conformance.commands import status
from conformance.commands.selection import Selection, first_and_rest, select
from conformance.commands.workers import Job, WorkerFailed, run_workers
from conformance.publish.jsonl import CannotWrite, Writer
from conformance.publish.records import Record, case_record, header_record
from conformance.publish.summary import Tally, summary_lines
from conformance.publish.terminal import Paint, Progress, wants_colour
from conformance.publish.words import one_line, result_lines
from conformance.reference import kernel_of
from conformance.targets import KINDS, Target, TargetFailed, TargetOptions, parse_target, read_address
from conformance.verdict.drive import TargetStopped, judge_cases
from conformance.verdict.expectation_files import expectations_for
from conformance.verdict.judge import Oracle, oracle_for
from conformance.verdict.model import CaseResult

_EXPLAINED: Final = 20
"""So many results that do not conform are explained; the rest is in ``--out`` and with ``--verbose``."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is asked for, checked."""

    selection: Selection
    rules: Rules
    release: str | None
    repeat: int
    workers: int
    verbose: bool
    expectations: tuple[Path, ...]
    argv: tuple[str, ...]


def run(args: argparse.Namespace) -> int:
    """Run the selected cases on each target, one after the other."""
    selection = select(args.paths, args.keyword, args.case, args.shard)
    if args.release:
        kernel_of(args.release)  # raises, before anything runs, if there is none
    plan = _Plan(
        selection,
        selection.rules(),
        args.release,
        args.repeat,
        args.workers,
        args.verbose,
        tuple(map(Path, args.expectations)),
        args.argv,
    )
    targets = list(dict.fromkeys(args.target or ["host"]))
    for name in targets:
        check_kind(name)
    cases = first_and_rest(selection.cases())
    statuses = []
    for name in targets:
        if cases is None:
            sys.stderr.write("waitconf: no case is selected\n")
            return status.NOTHING
        statuses.append(_run_target(plan, name, out_path(args.out, name, len(targets)), cases))
        cases = selection.cases()
        if statuses[-1] == status.INTERRUPTED:
            break
    return status.gravest(statuses)


def check_kind(target: str) -> None:
    """Raise UnknownTarget, before anything runs, for a kind of target or a setting that does not exist."""
    read_address(target, KINDS)


def out_path(out: str | None, target: str, targets: int) -> Path | None:
    """Return where results go: FILE, or for one of several targets FILE with its name before the suffix."""
    if out is None:
        return None
    path = Path(out)
    if path.suffix == ".gz":
        raise UsageError(f"--out {out}: results are written line by line; compress the file when it is whole")
    if targets == 1:
        return path
    safe = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in target)
    return path.with_name(f"{path.stem}.{safe}{path.suffix}")


def _run_target(plan: _Plan, name: str, out: Path | None, cases: Iterator[Case]) -> int:
    """Run everything on one target; what was recorded before an interruption or a failure stays."""
    try:
        target = parse_target(name, TargetOptions(release=plan.release))
    except TargetFailed as error:
        sys.stderr.write(f"waitconf: {error}\n")
        return status.BROKEN
    with closing(target), Writer(out) if out else nullcontext() as writer:
        oracle = oracle_for(target.describe(), plan.release)
        expected = expectations_for(target.describe(), plan.expectations)
        told = _Telling(plan, name, str(oracle))
        try:
            if writer:
                writer.write(_header(plan, target, oracle))
            for result in map(expected.judge, _results(plan, target, oracle, cases)):
                if writer:
                    writer.write(case_record(result))
                told.tell(result)
            if writer:
                writer.finish(told.tally.counts)
        except KeyboardInterrupt:
            told.finish(target, out, "interrupted: the run is not complete")
            return status.INTERRUPTED
        except (TargetFailed, TargetStopped, WorkerFailed, CannotWrite) as error:
            told.finish(target, out, f"the run is not complete: {error}")
            return status.BROKEN
    told.finish(target, out)
    return status.FAILED if told.tally.bad else status.OK


def _header(plan: _Plan, target: Target, oracle: Oracle) -> Record:
    facts, now = plan.selection.facts(), datetime.now(UTC)
    shard = str(plan.selection.shard or "")
    return header_record(facts, target.describe(), (oracle.release, oracle.machine), plan.argv, now, shard)


def _results(plan: _Plan, target: Target, oracle: Oracle, cases: Iterator[Case]) -> Iterator[CaseResult]:
    if plan.workers > 1:
        return run_workers(plan.workers, cases, Job(target.name, oracle, plan.rules, plan.repeat))
    return judge_cases(cases, target, oracle, plan.rules, plan.repeat)


class _Telling:
    """What the user sees of a run on one target: results on standard output, progress on standard error."""

    def __init__(self, plan: _Plan, name: str, linux: str) -> None:
        self.tally = Tally()
        self._plan = plan
        self._linux = linux
        self._name = name
        self._paint = Paint(wants_colour(sys.stdout))
        self._progress = Progress(sys.stderr, name)
        self._untold = 0
        self._cells = 0

    def tell(self, result: CaseResult) -> None:
        self.tally.add(result)
        self._cells += result.case.id.endswith("]")
        if result.is_bad or (self._plan.verbose and result.divergences):
            self._explain(result)
        elif self._plan.verbose:
            self._progress.clear()
            sys.stdout.write(one_line(result, self._name, self._paint) + "\n")
        self._progress.show(self.tally.cases, self.tally.bad)

    def _explain(self, result: CaseResult) -> None:
        if self.tally.bad > _EXPLAINED and not self._plan.verbose:
            self._untold += 1
            return
        self._progress.clear()
        command = self._plan.selection.reproduce(result.case, self._name, self._plan.release)
        lines = result_lines(result, self._name, self._plan.rules, command, self._paint)
        sys.stdout.write("\n".join(lines) + "\n\n")
        sys.stdout.flush()

    def finish(self, target: Target, out: Path | None, trouble: str = "") -> None:
        """Print the summary, and where the results are."""
        self._progress.clear()
        if self._untold:
            sys.stdout.write(f"… and {self._untold} more that do not conform (--verbose explains all)\n\n")
        facts = target.describe()
        place = " ".join(facts[key] for key in ("sysname", "release", "machine") if facts.get(key))
        title = f"{self._name}: {place}, against Linux {self._linux} as waitconf knows it"
        sys.stdout.write(self._paint.bold(title) + "\n")
        sys.stdout.write("\n".join(summary_lines(self.tally.areas, self._paint)) + "\n")
        if self.tally.expected:
            sys.stdout.write(f"{self.tally.expected} of these differ as is known of this target\n")
        if out:
            sys.stdout.write(f"results: {out}\n")
        if out and self._cells:
            words = shlex.join(["waitconf", "heatmap", str(out), *map(str, self._plan.selection.paths)])
            sys.stdout.write(f"maps of the {self._cells} cells of sweeps: {words}\n")
        sys.stdout.write("\n")
        sys.stdout.flush()
        if trouble:
            sys.stderr.write(f"waitconf: {self._name}: {trouble}\n")
