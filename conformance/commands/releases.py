"""``waitconf diff-releases``: what changed between two releases of Linux, by rule."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

from conformance.case.errors import UsageError
from conformance.case.model import Rules
from conformance.commands import status
from conformance.commands.selection import select
from conformance.publish.releases import change_lines
from conformance.publish.showing import showing
from conformance.publish.terminal import Progress
from conformance.reference import Change
from conformance.reference.releases import changes_between, known_release


def diff_releases(args: argparse.Namespace) -> int:
    """Print every change that the newer release has and the older has not, with the cases that show it."""
    older, newer = known_release(args.older), known_release(args.newer)
    if older >= newer:
        raise UsageError(f"{args.older} is not older than {args.newer}: name the older release first")
    selection = select(args.paths)
    rules, changes = selection.rules(), changes_between(older, newer)
    written = [case for case in selection.cases() if "[" not in case.id]
    told = [(change, showing(change, written, args.newer)) for change in _watched(changes)]
    if args.json:
        json.dump(
            [_record(change, cases) for change, cases in told], sys.stdout, indent=1, ensure_ascii=False
        )
        sys.stdout.write("\n")
    else:
        _print(told, rules, args)
    return status.OK


def _print(told: list[tuple[Change, list[str]]], rules: Rules, args: argparse.Namespace) -> None:
    for change, cases in told:
        sys.stdout.write("\n".join(change_lines(change, rules, cases)) + "\n\n")
    count = f"{len(told)} changes" if len(told) != 1 else "1 change"
    sys.stdout.write(f"{count} that a case can see, from Linux {args.older} to {args.newer}\n")


def _record(change: Change, cases: list[str]) -> dict[str, Any]:
    return {
        "rules": change.rules.split(),
        "since": change.since,
        "backports": change.backports.split(),
        "before": change.before,
        "source": change.source,
        "cases": cases,
    }


def _watched(changes: tuple[Change, ...]) -> Iterator[Change]:
    """Give changes one after the other, and say on a terminal how far it has come."""
    progress = Progress(sys.stderr, "changes")
    for number, change in enumerate(changes):
        progress.show(number, 0)
        yield change
    progress.clear()
