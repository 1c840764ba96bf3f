"""Options and arguments that several commands have, and what their values may be."""

from __future__ import annotations

import argparse
import os


def add_paths(verb: argparse.ArgumentParser) -> None:
    """Take case files or folders."""
    verb.add_argument(
        "paths", metavar="PATH", nargs="*", help="case files or folders (default: the bundled suite)"
    )


def add_keyword(verb: argparse.ArgumentParser) -> None:
    """Take ``-k``."""
    verb.add_argument(
        "-k", dest="keyword", metavar="EXPR", help="ids that match: words joined by and, or, not, parentheses"
    )


def add_selection(verb: argparse.ArgumentParser) -> None:
    """Take ``-k`` and ``--case``."""
    add_keyword(verb)
    verb.add_argument("--case", metavar="ID", help="the one case of this id")


def add_targets(verb: argparse.ArgumentParser) -> None:
    """Take ``--target``, once or more."""
    verb.add_argument(
        "--target",
        metavar="T",
        action="append",
        help="where to run: host (default), reference, kind[:argument][,key=value]; see waitconf targets",
    )


def add_release(verb: argparse.ArgumentParser, about: str) -> None:
    """Take ``--release``, which means something else to each command."""
    verb.add_argument("--release", metavar="R", help=about)


def add_json(verb: argparse.ArgumentParser) -> None:
    """Take ``--json``."""
    verb.add_argument("--json", action="store_true", help="as JSON")


def count(text: str) -> int:
    """Return a positive number; raises what argparse reports."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"`{text}` is not a positive number")
    return int(text)


def workers(text: str) -> int:
    """Return a number of workers; ``auto`` is one for every core that may be used."""
    return len(os.sched_getaffinity(0)) if text == "auto" else count(text)
