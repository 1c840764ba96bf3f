"""PID namespaces within that of a case: who is in which, and who sees whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.abi.processes import CLONE_NEWPID
from conformance.case.model import Case
from conformance.publish.cprogram.body import child_of, clone_flags

Path = tuple[str, ...]
"""The namespaces that somebody is in, from the case's own inwards, by who began each of them."""


def spaces(case: Case) -> dict[str, Path] | None:
    """Return where every actor is; None if the case makes no namespace."""
    where: dict[str, Path] = dict.fromkeys(case.actors, ())
    unshared: dict[str, Path] = {}
    for step in case.steps:
        for actor, call in step.acts:
            child = child_of(call)
            if call.name == "unshare_pid":
                unshared[actor] = (*where[actor], f"{actor} unshared")
            elif child is not None and clone_flags(call) & CLONE_NEWPID:
                where[child] = (*where[actor], child)
            elif child is not None:
                where[child] = unshared.get(actor, where[actor])
    return where if any(where.values()) or unshared else None


def tables(where: Mapping[str, Path]) -> Iterator[str]:
    """Return the tables of a program with namespaces of its own: depths, and who sees whom."""
    depths = ", ".join(str(len(path)) for path in where.values())
    yield "/* Namespaces within the case's own: how deep an actor is, and whom it sees. */"
    yield f"static const int depth_of[] = {{{depths}}};"
    yield "static const char sees[ACTORS][ACTORS] = {"
    for viewer in where.values():
        row = ", ".join(str(int(path[: len(viewer)] == viewer)) for path in where.values())
        yield f"    {{{row}}},"
    yield "};"
