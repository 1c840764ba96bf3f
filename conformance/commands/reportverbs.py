"""The command line of the commands that read results files."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Final

from conformance.commands.options import add_json
from conformance.commands.reports import badge, diff, merge_results, report
from conformance.publish.reports import FORMATS

AddVerb = Callable[[str, str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]
"""Adds a command, by its name, what it is about and the function that it is, and returns its parser."""

EXAMPLES: Final = {
    "report": """\
  waitconf report results.jsonl            a table and what does not conform, as Markdown
  waitconf report results.jsonl --format junit -o results.xml
  waitconf report results.host.jsonl results.reference.jsonl --format html -o page.html
  waitconf report results.jsonl --format json | jq '.runs[].rules | map_values(select(.diverging > 0))'
""",
    "diff": """\
  waitconf diff yesterday.jsonl today.jsonl
  waitconf diff old.jsonl new.jsonl --json | jq -r '.regressions[].id'

exit status: 1 if a case that was right is bad, or one that is new or was unsupported; 3 if
none is, but NEW is cut off or damaged; 0 whatever else differs
""",
    "merge": """\
  waitconf merge shard-1.jsonl shard-2.jsonl shard-3.jsonl -o results.jsonl
  waitconf merge results.jsonl --fold -o folded.jsonl.gz

Cases are sorted by area and id: the order of the files does not matter. The files must have the same suite,
target and oracle, and no case twice, and shards must be those of one selection; else nothing is written,
and the exit status is 4. If one was cut off, or a shard is missing, OUT has no footer, standard error says
what is missing, and the exit status is 3.
""",
    "badge": "  waitconf badge results.jsonl -o badge.svg\n",
}


def add_report_verbs(add: AddVerb) -> None:
    """Add the commands, each with its arguments."""
    _add_report(add("report", "tell of runs as Markdown, HTML, JSON, JUnit XML or KTAP", report))
    _add_diff(add("diff", "say what differs between two runs", diff))
    _add_merge(add("merge", "make one results file of the shards of a run", merge_results))
    _add_badge(add("badge", "draw a badge with the result of a run", badge))


def _add_report(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "results", metavar="RESULTS", nargs="+", help="results files, each told after the other"
    )
    verb.add_argument(
        "--format", choices=tuple(FORMATS), default=next(iter(FORMATS)), help="default: %(default)s"
    )
    _add_output(verb, "default: standard output", required=False)


def _add_diff(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("old", metavar="OLD", help="the results file of a run")
    verb.add_argument("new", metavar="NEW", help="that of a later one, or of another target")
    add_json(verb)


def _add_merge(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "results", metavar="FILE", nargs="+", help="results files of one run; one can be folded"
    )
    verb.add_argument(
        "--fold",
        action="store_true",
        help="of the conforming cells of a sweep keep the number only: small enough for a repository",
    )
    _add_output(verb, "compressed if its name ends in .gz", required=True)


def _add_badge(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("results", metavar="RESULTS", help="a results file")
    _add_output(verb, "an SVG file", required=True)


def _add_output(verb: argparse.ArgumentParser, about: str, *, required: bool) -> None:
    verb.add_argument(
        "-o", "--output", metavar="OUT", type=_file_name, required=required, help=f"where it goes: {about}"
    )


def _file_name(text: str) -> str:
    """Refuse what an unset variable of a shell leaves; raises what argparse reports."""
    if not text:
        raise argparse.ArgumentTypeError("the name of a file is empty")
    return text
