"""``waitconf report``, ``diff``, ``merge`` and ``badge``: what results files say, and nothing is run."""

from __future__ import annotations

import argparse
import gzip
import sys
from collections.abc import Sequence
from pathlib import Path

from conformance.case.errors import UsageError
from conformance.commands import status
from conformance.publish.badge import badge_svg
from conformance.publish.diff import difference
from conformance.publish.difftext import difference_lines, difference_object
from conformance.publish.jsonl import Results, read_results
from conformance.publish.merge import merge
from conformance.publish.reports import FORMATS, read_run
from conformance.publish.reports.json import json_text
from conformance.publish.terminal import Paint, wants_colour
from conformance.publish.wholefile import write_whole


def report(args: argparse.Namespace) -> int:
    """Tell of runs in one of the formats; what they came to does not decide the exit status."""
    if args.output is not None:
        _check_output(args.output, args.results)
    results = _read(args.results)
    text = FORMATS[args.format]([read_run(one) for one in results])
    if args.output is None:
        sys.stdout.write(text)
    else:
        write_whole(Path(args.output), text.encode())
    return status.OK


def diff(args: argparse.Namespace) -> int:
    """Tell what differs between two runs; FAILED if something got worse.

    BROKEN if nothing did, but the new file is cut off or damaged: what is not there may have got worse.
    """
    old, new = map(read_run, _read([args.old, args.new]))
    found = difference(old.cases, new.cases)
    if args.json:
        sys.stdout.write(json_text(difference_object(old, new, found)))
    else:
        lines = difference_lines(old, new, found, Paint(wants_colour(sys.stdout)))
        sys.stdout.write("".join(f"{line}\n" for line in lines))
    if found.worse:
        return status.FAILED
    return status.BROKEN if new.faults else status.OK


def merge_results(args: argparse.Namespace) -> int:
    """Make one results file of several; BROKEN if that is less than a whole run."""
    merged = merge(_read(args.results), fold=args.fold)
    path = Path(args.output)
    # Without the time in its header, the same results are the same bytes.
    data = gzip.compress(merged.data, mtime=0) if path.suffix == ".gz" else merged.data
    write_whole(path, data)
    for lack in merged.lacks:
        sys.stderr.write(f"waitconf: {path}: the run is not complete: {lack}\n")
    return status.BROKEN if merged.lacks else status.OK


def badge(args: argparse.Namespace) -> int:
    """Draw the badge of a run."""
    _check_output(args.output, [args.results])
    (results,) = _read([args.results])
    write_whole(Path(args.output), badge_svg(results).encode())
    return status.OK


def _read(paths: Sequence[str]) -> list[Results]:
    """Read files, and say on standard error what is wrong with those that can be read."""
    results = [read_results(Path(path)) for path in paths]
    for one in results:
        for fault in one.faults:
            sys.stderr.write(f"waitconf: {fault.message}\n")
    return results


def _check_output(output: str, inputs: Sequence[str]) -> None:
    """Refuse to write over results, by whatever name or link; raises UsageError."""
    place = Path(output)
    for path in map(Path, inputs):
        if place.is_file() and path.is_file() and place.samefile(path):
            raise UsageError(f"-o {output}: this is {path}, whose results would be lost")
