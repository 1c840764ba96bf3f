"""The command line: what can be asked, and what its errors mean to a shell. The work is in ``commands``."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from functools import partial
from typing import Any, Final, NoReturn

from conformance import __version__
from conformance.case.errors import CaseErrors, UsageError
from conformance.commands import status
from conformance.commands.check import check
from conformance.commands.examples import EXAMPLES
from conformance.commands.expectations import update_expectations
from conformance.commands.heatmap import heatmap
from conformance.commands.inspect import list_cases, print_c_program, show, trace
from conformance.commands.matrix import matrix
from conformance.commands.options import (
    add_json,
    add_keyword,
    add_paths,
    add_release,
    add_selection,
    add_targets,
    count,
    workers,
)
from conformance.commands.output import Output, drop
from conformance.commands.releases import diff_releases
from conformance.commands.reportverbs import add_report_verbs
from conformance.commands.rules import show_rules
from conformance.commands.run import run
from conformance.commands.shards import shard
from conformance.commands.targets import show_targets
from conformance.commands.workers import WorkerFailed
from conformance.publish.jsonl import NotResults, ResultsError
from conformance.publish.matrix import CannotStore
from conformance.publish.shardset import CannotMerge
from conformance.reference import LATEST, CaseNotRunnable, UnknownRelease
from conformance.targets import TargetFailed, UnknownTarget
from conformance.verdict.drive import TargetStopped

_ABOUT: Final = """\
Tells where a system's wait4, waitid, pidfds, zombies, job control, kill, threads and ptrace differ from
Linux. Cases run for real on a target, and on a reference kernel that knows what each release of Linux does.

A PATH is a case file or a folder of them; without one, the suite that comes with waitconf is meant.
A TARGET is host (the running kernel), reference (the reference kernel itself), or another
kind[:argument][,key=value...]: waitconf targets lists them.

exit status: 0 all conform or are unsupported; 1 something does not; 2 interrupted; 3 waitconf or the
target failed; 4 bad usage or a bad file; 5 nothing selected
"""

_EXTENSION: Final = "conformance.executor._bridge"


class _Parser(argparse.ArgumentParser):
    """Exits with the status that stands for bad usage here."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(status.USAGE, f"{self.prog}: error: {message}\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = _Parser(
        prog="waitconf",
        description=_ABOUT,
        epilog=f"examples:\n{EXAMPLES['']}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"waitconf {__version__}")
    verbs = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_run(_verb(verbs, "run", "run cases on targets and judge them", run))
    _add_kinds(
        _verb(verbs, "targets", "print where cases can run, and what is missing for it here", show_targets)
    )
    _add_update_expectations(
        _verb(
            verbs,
            "update-expectations",
            "write an expectation file as a run would have it",
            update_expectations,
        )
    )
    _add_list(_verb(verbs, "list", "print the ids and titles of cases", list_cases))
    _add_show(_verb(verbs, "show", "draw a case: a lane for every actor, time downwards", show))
    _add_c_program(
        _verb(
            verbs,
            "c-program",
            "print a case as one C program that needs nothing of waitconf",
            print_c_program,
        )
    )
    _add_trace(_verb(verbs, "trace", "print all that a target does, as JSON, an object for each case", trace))
    add_paths(_verb(verbs, "check", "say what is wrong with case files", check))
    _add_heatmap(
        _verb(verbs, "heatmap", "draw sweeps as maps of verdicts, or of what Linux answers", heatmap)
    )
    _add_matrix(_verb(verbs, "matrix", "make a site of results: rules and cases by targets", matrix))
    _add_rules(_verb(verbs, "rules", "print the rules and the cases that are evidence for them", show_rules))
    _add_diff_releases(
        _verb(
            verbs, "diff-releases", "print what changed between two releases of Linux, by rule", diff_releases
        )
    )
    add_report_verbs(partial(_verb, verbs))
    _add_bench(_verb(verbs, "bench", "measure waitconf against bare C, pytest and itself", _bench))
    return top


def _verb(verbs: Any, name: str, about: str, command: Callable[[argparse.Namespace], int]) -> _Parser:
    verb: _Parser = verbs.add_parser(
        name,
        help=about,
        description=about[0].upper() + about[1:] + ".",
        epilog=f"examples:\n{EXAMPLES[name]}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.set_defaults(command=command)
    return verb


def _add_run(verb: _Parser) -> None:
    add_paths(verb)
    add_selection(verb)
    add_targets(verb)
    add_release(verb, f"the Linux to compare with (default: the target's own, if it is one; else {LATEST})")
    verb.add_argument(
        "--out",
        metavar="FILE",
        help="write results as JSON Lines; for several targets FILE.TARGET.SUFFIX each",
    )
    verb.add_argument(
        "--expectations",
        metavar="FILE",
        action="append",
        default=[],
        help="verdicts that are known of the target (TOML), besides those that come with waitconf",
    )
    verb.add_argument("--repeat", metavar="N", type=count, default=1, help="run each case N times in a row")
    verb.add_argument(
        "-n",
        "--workers",
        metavar="N",
        type=workers,
        default=1,
        help="share the cases among N workers, or `auto`",
    )
    verb.add_argument(
        "--shard", metavar="I/N", type=shard, help="the I-th of N parts only; each case is in one of them"
    )
    verb.add_argument(
        "-v", "--verbose", action="store_true", help="a line for every case; explain every failure"
    )


def _add_kinds(verb: _Parser) -> None:
    verb.add_argument("target", metavar="TARGET", nargs="*", help="of these alone, what is missing for them")
    verb.add_argument("--agent", action="store_true", help="print where the agent is, to copy it to a target")


def _add_update_expectations(verb: _Parser) -> None:
    verb.add_argument("results", metavar="RESULTS", help="a results file, written by waitconf run --out")
    verb.add_argument("--file", metavar="FILE", required=True, help="the expectation file, old or new")


def _add_list(verb: _Parser) -> None:
    add_paths(verb)
    add_keyword(verb)


def _add_show(verb: _Parser) -> None:
    verb.add_argument("case", metavar="CASE", help="the id of a case; of a sweep, its first cell is shown")
    add_paths(verb)
    add_release(verb, f"the Linux that is shown (default: {LATEST})")


def _add_c_program(verb: _Parser) -> None:
    verb.add_argument("case", metavar="CASE", help="the id of a case; of a sweep, its first cell is taken")
    add_paths(verb)
    add_release(verb, f"the Linux that the program compares with (default: {LATEST})")


def _add_trace(verb: _Parser) -> None:
    add_paths(verb)
    add_selection(verb)
    add_targets(verb)
    add_release(verb, f"as which Linux the reference kernel answers (default: {LATEST})")


def _add_heatmap(verb: _Parser) -> None:
    verb.add_argument(
        "inputs",
        metavar="RESULTS [PATH ...]",
        nargs="*",
        help="a results file, then the case files or folders that it is about (default: the bundled suite); "
        "with --show outcome only these",
    )
    add_keyword(verb)
    verb.add_argument("--rows", metavar="AXIS[,AXIS]", help="variables of the sweep, or items of its subsets")
    verb.add_argument(
        "--columns", metavar="AXIS[,AXIS]", help="likewise (default: the largest that has room)"
    )
    verb.add_argument(
        "--show",
        choices=("verdict", "outcome"),
        default="verdict",
        help="verdict: the worst in each place (default); outcome: what Linux answers",
    )


def _add_matrix(verb: _Parser) -> None:
    verb.add_argument("results", metavar="RESULTS", nargs="+", help="results files, one for each target")
    verb.add_argument(
        "-o", "--out", metavar="DIR", required=True, help="the folder to make, or to make anew as a whole"
    )
    verb.add_argument(
        "--suite",
        metavar="PATH",
        action="append",
        help="the case files or folders that the results are of (default: the bundled suite)",
    )


def _add_rules(verb: _Parser) -> None:
    add_paths(verb)
    add_json(verb)


def _add_diff_releases(verb: _Parser) -> None:
    verb.add_argument(
        "older", metavar="OLDER", help="a release, such as 5.10, or a stable one, such as 5.10.262"
    )
    verb.add_argument("newer", metavar="NEWER", help="a younger one")
    add_paths(verb)
    add_json(verb)


def _add_bench(verb: _Parser) -> None:
    add_paths(verb)
    add_json(verb)
    verb.add_argument("--rounds", metavar="N", type=count, default=5, help="medians are over N rounds (5)")


def _bench(args: argparse.Namespace) -> int:
    from conformance.bench import bench

    return bench(args)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status (``conformance.commands.status``)."""
    words = sys.argv[1:] if argv is None else list(argv)
    if None in (sys.stdout, sys.stderr):
        print("waitconf: standard output or standard error is closed", file=sys.stderr)
        return status.BROKEN
    with redirect_stdout(Output(sys.stdout)):
        try:
            return _command(words)
        except BrokenPipeError:  # whoever read our output has left
            drop(sys.stdout)
            return status.INTERRUPTED


def _parsed(words: list[str]) -> argparse.Namespace:
    try:
        args = parser().parse_args(words)
    finally:
        sys.stdout.flush()  # help, which ends the program
    args.argv = ("waitconf", *words)
    return args


def _command(words: list[str]) -> int:
    try:
        args = _parsed(words)
        result: int = args.command(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return status.INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - uncaught, it would exit with 1: "something diverges"
        return _explain(error)
    return result


def _explain(error: Exception) -> int:
    """Say what went wrong on standard error and return the status that stands for it."""
    if isinstance(error, CaseErrors):
        return _fail(status.USAGE, str(error), prefix="")
    if isinstance(error, CaseNotRunnable):
        return _fail(status.USAGE, f"{error.mark}: {error}", prefix="")
    if isinstance(error, UsageError | UnknownTarget | UnknownRelease | NotResults | CannotMerge):
        return _fail(status.USAGE, str(error))
    if isinstance(error, TargetFailed | TargetStopped | WorkerFailed | ResultsError | CannotStore):
        return _fail(status.BROKEN, str(error))
    if isinstance(error, ModuleNotFoundError) and error.name == _EXTENSION:
        return _fail(status.BROKEN, "its C extension is not built: install waitconf with pip, or `make run`")
    return _fail(status.BROKEN, "".join(traceback.format_exception(error)), prefix="")


def _fail(exit_status: int, message: str, prefix: str = "waitconf: ") -> int:
    sys.stderr.write(f"{prefix}{message}\n")
    return exit_status


if __name__ == "__main__":
    sys.exit(main())
