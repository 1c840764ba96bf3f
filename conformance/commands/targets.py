"""``waitconf targets``: where cases can run, and what is missing for it here."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from textwrap import wrap

from conformance.commands import status
from conformance.publish.terminal import Paint, wants_colour
from conformance.targets import KINDS, Kind, TargetFailed

_INDENT = "    "


def show_targets(args: argparse.Namespace) -> int:
    """Print every kind of target with its argument and settings, and what this machine lacks for it; or
    where the agent is, to be copied to a target.
    """
    if args.agent:
        from conformance.executor.agent import AgentError, bundled_agent

        try:
            sys.stdout.write(f"{bundled_agent()}\n")
        except AgentError as error:
            raise TargetFailed(str(error)) from error
        return status.OK
    paint = Paint(wants_colour(sys.stdout))
    for name, kind in KINDS.items():
        sys.stdout.write("\n".join(_lines(name, kind, paint)) + "\n\n")
    return status.OK


def _lines(name: str, kind: Kind, paint: Paint) -> Iterator[str]:
    argument = f"[:{kind.argument}]" if kind.argument else ""
    yield paint.bold(f"{name}{argument}{'[,key=value…]' if kind.settings else ''}")
    yield from wrap(kind.about, 96, initial_indent=_INDENT, subsequent_indent=_INDENT)
    for key, about in kind.settings.items():
        yield f"{_INDENT}{key}=…  {about}"
    lacking = kind.missing()
    yield f"{_INDENT}missing here: {'; '.join(lacking)}" if lacking else f"{_INDENT}ready"
