"""``waitconf bench``: what waitconf costs, compared in one run on one machine.

Every figure is a ratio of two things measured in turn, the median over several rounds: what disturbs
one half of a round disturbs the other. Absolute times are told beside them and mean little elsewhere.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from conformance import bench_cells
from conformance.case.model import Case
from conformance.commands import status
from conformance.commands.selection import Selection, select
from conformance.commands.workers import Job, run_workers
from conformance.targets.host import HostTarget
from conformance.targets.reference import ReferenceTarget
from conformance.verdict.judge import oracle_for

_FLOOR_ROUNDS: Final = 40
_WORKER_REPEAT: Final = 4
_CELL_ROUNDS: Final = 3
_CELLS_ABOUT: Final = f"a cell of a sweep of {bench_cells.MANY}, on both kernels; of one of {bench_cells.FEW}"
_MOST_CASES: Final = 2000
"""Of more cases, every n-th is measured; through pytest and workers, the smallest files."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A ratio: ``of`` and ``against`` are medians in microseconds per case, ``rounds`` their quotients."""

    name: str
    about: str
    goal: str
    of: float
    against: float
    rounds: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median quotient."""
        return median(self.rounds)


def bench(args: argparse.Namespace) -> int:
    """Measure and print all figures."""
    selection = select(args.paths)
    files = Counter(case.mark.path for case in selection.cases())
    if not files:
        sys.stderr.write("waitconf: no case is selected\n")
        return status.NOTHING
    measured = list(islice(selection.cases(), 0, None, files.total() // _MOST_CASES + 1))
    part = _smallest(files)
    selection, count = select(part), sum(files[file] for file in part)
    cells = bench_cells.measure(min(args.rounds, _CELL_ROUNDS))
    figures = [
        *_targets(measured, args.rounds),
        _pytest(selection, count, args.rounds),
        _workers(selection, count, args.rounds),
        _figure("cells, many / few", _CELLS_ABOUT, "<= 1.1", cells.pairs, 1),
    ]
    facts = {"cases": len(measured), "rounds": args.rounds, "cores": len(os.sched_getaffinity(0))}
    facts |= cells.memory
    if args.json:
        json.dump(as_json(figures, facts), sys.stdout, indent=1)
        sys.stdout.write("\n")
    else:
        sys.stdout.write("\n".join(_lines(figures, facts)) + "\n")
    return status.OK


def _smallest(files: Mapping[str, int]) -> list[str]:
    """Choose the smallest case files, up to ``_MOST_CASES`` cases; at least one."""
    by_size = sorted(files, key=lambda file: files[file])
    totals = accumulate(files[file] for file in by_size)
    fitting = [file for file, total in zip(by_size, totals, strict=True) if total <= _MOST_CASES]
    return fitting or by_size[:1]


@dataclass(frozen=True, slots=True)
class _Round:
    """One round's times in nanoseconds, for all cases together."""

    host: int
    wall: int
    floor: int
    reference: int


def _targets(cases: list[Case], rounds: int) -> list[Figure]:
    """Measure the host against the floor, and the reference kernel against the host."""
    host = HostTarget()
    try:
        reference = ReferenceTarget(environment=host.environment)
        taken = [_round(cases, host, reference) for _ in range(rounds)]
    finally:
        host.close()
    floor, on_host = "fork, exit and reap as many processes in C", "a case on the host, as its agent sees it"
    count = len(cases)
    return [
        _figure(
            "host / floor", f"{on_host}; {floor}", "<= 2", [(one.host, one.floor) for one in taken], count
        ),
        _figure(
            "host with Python / floor",
            f"the same with loading aside, all of Python included; {floor}",
            "(information)",
            [(one.wall, one.floor) for one in taken],
            count,
        ),
        _figure(
            "reference / host",
            f"a case on the reference kernel; {on_host}",
            "<= 1",
            [(one.reference, one.host) for one in taken],
            count,
        ),
    ]


def _round(cases: list[Case], host: HostTarget, reference: ReferenceTarget) -> _Round:
    start = time.perf_counter_ns()
    outcomes = list(host.run(cases))
    wall = time.perf_counter_ns() - start
    sizes = Counter(len(outcome.trace.steps[-1].states) for outcome in outcomes if outcome.trace.steps)
    floor = sum(
        host.session.floor(size, _FLOOR_ROUNDS) * count // _FLOOR_ROUNDS for size, count in sizes.items()
    )
    on_reference = sum(outcome.duration_ns for outcome in reference.run(cases))
    return _Round(sum(outcome.duration_ns for outcome in outcomes), wall, floor, on_reference)


def _figure(name: str, about: str, goal: str, pairs: Sequence[tuple[int, int]], cases: int) -> Figure:
    of, against = (median(pair[side] for pair in pairs) / cases / 1000 for side in (0, 1))
    return Figure(name, about, goal, of, against, tuple(one / max(1, other) for one, other in pairs))


def _pytest(selection: Selection, count: int, rounds: int) -> Figure:
    """Measure the suite through pytest against ``waitconf run``, each less what it takes for one case."""
    paths = [str(path) for path in selection.roots]
    pairs = []
    with _one_case() as tiny:
        for _ in range(rounds):
            ours = _elapsed(_run_command(paths)) - _elapsed(_run_command([tiny]))
            theirs = _elapsed(_pytest_command(paths)) - _elapsed(_pytest_command([tiny]))
            pairs.append((theirs, ours))
    about = "the suite through pytest; the suite through `waitconf run`; the start of each aside"
    return _figure("pytest / run", about, "<= 2", pairs, count)


def _run_command(paths: list[str]) -> list[str]:
    return [sys.executable, "-m", "conformance.cli", "run", *paths]


def _pytest_command(paths: list[str]) -> list[str]:
    plugin = ["-p", "conformance.pytest_plugin"]
    quiet = ["-q", "-p", "no:cacheprovider", "--tb=no", "-c", os.devnull, "--rootdir", os.sep]
    return [sys.executable, "-m", "pytest", *plugin, *quiet, "--target=host", *paths]


def _elapsed(command: list[str]) -> int:
    """Run a command to its end, whatever its verdict, and return nanoseconds."""
    root = Path(__file__).resolve().parent.parent
    path = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
    # Entry points would load the plugin a second time, under the name they give it.
    environment = {**os.environ, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    start = time.perf_counter_ns()
    done = subprocess.run(command, check=False, capture_output=True, env=environment)
    elapsed = time.perf_counter_ns() - start
    if done.returncode not in (status.OK, status.FAILED):
        raise RuntimeError(f"{command} exited with {done.returncode}: {done.stderr.decode()[-500:]}")
    return elapsed


_TINY: Final = """\
id: a-child-exits
title: A child exits
rules: [BENCH-001]
steps:
  - P: {fork: C}
  - C: {exit: 0}
  - P: {wait4: C}
"""
_TINY_RULES: Final = """\
- id: BENCH-001
  statement: wait4 reaps a child.
  level: posix
  source: wait(2)
"""


@contextmanager
def _one_case() -> Iterator[str]:
    """Make a suite of one case."""
    with TemporaryDirectory() as folder:
        Path(folder, "rules.yaml").write_text(_TINY_RULES, encoding="utf-8")
        Path(folder, "tiny.yaml").write_text(_TINY, encoding="utf-8")
        yield folder


def _workers(selection: Selection, count: int, rounds: int) -> Figure:
    """Measure one worker against two, each on a core of its own, less what they take for one case."""
    cores = os.sched_getaffinity(0)
    with _one_case() as tiny:
        small = select([tiny])
        pairs = []
        for _ in range(rounds):
            with _cores({max(cores)}):
                one = _working(1, selection) - _working(1, small)
            pairs.append((one, _working(2, selection) - _working(2, small)))
    about = f"the suite {_WORKER_REPEAT} times by a worker on one core; by two; the start of each aside"
    return _figure("1 worker / 2 workers", about, ">= 1.8", pairs, count * _WORKER_REPEAT)


@contextmanager
def _cores(some: set[int]) -> Iterator[None]:
    """Keep this process, and what it starts, to some cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, some)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _working(count: int, selection: Selection) -> int:
    rules, here = selection.rules(), os.uname()
    oracle = oracle_for({"sysname": here.sysname, "release": here.release})
    start = time.perf_counter_ns()
    for _ in run_workers(count, selection.cases(), Job("host", oracle, rules, _WORKER_REPEAT)):
        pass
    return time.perf_counter_ns() - start


def as_json(figures: Sequence[Figure], facts: Mapping[str, int]) -> dict[str, Any]:
    """Return the figures as JSON values; times are microseconds per case."""
    return {
        "figures": {
            figure.name: {
                "ratio": round(figure.ratio, 3),
                "goal": figure.goal,
                "about": figure.about,
                "rounds": [round(one, 3) for one in figure.rounds],
                "of_us": round(figure.of, 1),
                "against_us": round(figure.against, 1),
            }
            for figure in figures
        },
        "info": dict(facts),
    }


def _lines(figures: Sequence[Figure], facts: Mapping[str, int]) -> Iterator[str]:
    """Print ratios first, then absolute times."""
    width = max(len(figure.name) for figure in figures)
    for figure in figures:
        spread = f"{min(figure.rounds):.2f} to {max(figure.rounds):.2f}"
        yield f"{figure.name:<{width}}  {figure.ratio:6.2f}  goal {figure.goal:<14} ({spread})"
    yield ""
    for figure in figures:
        yield f"{figure.name}: {figure.of:.0f} us against {figure.against:.0f} us per case"
        yield f"    {figure.about}"
    yield ", ".join(f"{value} {name}" for name, value in facts.items())
