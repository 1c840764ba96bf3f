"""``waitconf targets``: where cases can run, and what is missing for it here."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from textwrap import wrap

from conformance.commands import status
from conformance.publish.terminal import Paint, wants_colour
from conformance.targets import KINDS, Address, Kind, Lack, TargetFailed, read_address

_INDENT = "    "


def show_targets(args: argparse.Namespace) -> int:
    """Print every kind of target with its argument and settings, and what this machine lacks for it; or of
    some targets what it lacks for them (status 3 if there is anything); or where the agent is, to be copied
    to a target.
    """
    if args.agent:
        from conformance.executor.agent import AgentError, bundled_agent

        try:
            sys.stdout.write(f"{bundled_agent()}\n")
        except AgentError as error:
            raise TargetFailed(str(error)) from error
        return status.OK
    if args.target:
        return _show_missing(args.target)
    paint = Paint(wants_colour(sys.stdout))
    for name, kind in KINDS.items():
        sys.stdout.write("\n".join(_lines(name, kind, paint)) + "\n\n")
    return status.OK


def _show_missing(targets: Sequence[str]) -> int:
    """Say of each target what is missing for it, and in the end how to get all of it."""
    addresses = [read_address(text, KINDS) for text in targets]
    lacks = [KINDS[address.kind].missing(address) for address in addresses]
    for text, lacking in zip(targets, lacks, strict=True):
        sys.stdout.write(f"{text}  {_missing(lacking)}\n")
    packages = dict.fromkeys(word for lacking in lacks for lack in lacking for word in _first(lack.packages))
    if packages:
        sys.stdout.write(f"Debian has it: apt-get install {' '.join(packages)}\n")
    return status.BROKEN if any(lacks) else status.OK


def _first(packages: str) -> Sequence[str]:
    """Return the packages of the first choice."""
    return packages.split(" or ", maxsplit=1)[0].split()


def _missing(lacking: Sequence[Lack]) -> str:
    return f"missing here: {'; '.join(map(str, lacking))}" if lacking else "ready"


def _lines(name: str, kind: Kind, paint: Paint) -> Iterator[str]:
    argument = f"[:{kind.argument}]" if kind.argument else ""
    yield paint.bold(f"{name}{argument}{'[,key=value…]' if kind.settings else ''}")
    yield from wrap(kind.about, 96, initial_indent=_INDENT, subsequent_indent=_INDENT)
    for key, about in kind.settings.items():
        yield f"{_INDENT}{key}=…  {about}"
    yield f"{_INDENT}{_missing(kind.missing(Address(name, name)))}"
