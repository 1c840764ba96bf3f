"""The declarations of a program that are its case's own: actors, descriptors, and the fields of events."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from conformance.case.model import Case
from conformance.publish.cprogram.body import leaders
from conformance.publish.cprogram.checks import HEXADECIMAL
from conformance.publish.cprogram.spaces import Path, tables
from conformance.publish.cprogram.text import fd_text

_WIDTH: Final = 110
_FIRST_FD: Final = 8
"""The number of the first descriptor that a case has a name for; the others follow."""
_FIELD: Final = re.compile(r"\b(?:told|told_pid|told_outside)\((\w+),|\[(\w+)\] =")
_HEARD: Final = ("SI_SIGNO", "SI_CODE", "SI_PID", "SI_UID", "SI_STATUS", "SI_VALUE")
_MACROS: Final = {
    "SIGINFO(": ("SI_SIGNO", "SI_ERRNO", "SI_CODE", "SI_PID", "SI_UID", "SI_STATUS", "WRITTEN"),
    "USAGE(": ("RU_MINFLT", "RU_MAXRSS", "RU_NVCSW"),
    "ACTION(": ("OLD_HANDLER", "OLD_FLAGS"),
    "TOLD(": ("INFO", "INFO_PID", "INFO_TGID", "INFO_PPID", "RUID", "EUID", "SUID", "INFO_EXIT"),
    "PROC(": ("PROC_STATE", "PROC_EXIT_CODE", "PROC_CMDLINE", "PROC_EXE", "PROC_TRACER"),
}
"""By macro of a part: the fields of a return that it gives."""


def declarations(
    case: Case, lines: Iterable[str], needs: Collection[str], where: dict[str, Path] | None
) -> Iterator[str]:
    """Return the declarations; ``lines`` are all that name fields, ``where`` is as of :func:`spaces`."""
    yield f"#define STEPS {len(case.steps)}"
    yield ""
    yield "/* The actors: processes and threads. */"
    yield from _list("enum", [*case.actors, "ACTORS"])
    yield from _list("static const char *const name[] =", [f'"{actor}"' for actor in case.actors])
    if "threads" in needs:
        yield from _list("static const int leader_of[] =", leaders(case).values())
    if where is not None:
        yield from tables(where)
    if case.descriptors:
        yield "/* Descriptors, by the same numbers in all processes. */"
        numbers = enumerate(case.descriptors, start=_FIRST_FD)
        yield from _list("enum", [f"{fd_text(name)} = {number}" for number, name in numbers])
    yield "/* What is told of an event. */"
    fields = _fields(lines, needs)
    yield from _list("enum", [*fields, "FIELDS"])
    yield from _list("static const char *const field_name[] =", [f'"{name.lower()}"' for name in fields])
    if "told_as" in needs:
        shown = [str(int(name.lower() in HEXADECIMAL)) for name in fields]
        yield from _list("static const char in_hexadecimal[] =", shown)


def _list(head: str, items: Iterable[str]) -> Iterator[str]:
    """Return ``head {items};``, broken into lines where it is long."""
    body = ", ".join(items)
    if len(head) + len(body) < _WIDTH:
        yield f"{head} {{{body}}};"
        return
    yield f"{head} {{"
    yield from textwrap.wrap(body, _WIDTH, initial_indent="    ", subsequent_indent="    ")
    yield "};"


def _fields(lines: Iterable[str], needs: Collection[str]) -> list[str]:
    """Return the fields that an event can have, in the order in which they appear."""
    found = {"RET": None}
    if "heard" in needs:
        found.update(dict.fromkeys(_HEARD))
    for line in lines:
        found.update(dict.fromkeys(a or b for a, b in _FIELD.findall(line)))
        for macro, names in _MACROS.items():
            if line.startswith(macro):
                found.update(dict.fromkeys(names))
    return list(found)
