"""The tables of ``docs/case-language.md`` that are made from the table of calls, between markers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from conformance.case.arguments import wants
from conformance.case.calls import CALLS, CallSpec, Kind, Param
from conformance.case.model import REQUIREMENTS
from conformance.case.observed import NO_RETURN
from conformance.case.observed import WANTS as EXPECTED

_BLOCK: Final = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def update(text: str) -> str:
    """Return a document with the blocks between ``<!-- generated: NAME -->`` and ``<!-- end -->`` made anew.

    Raises :class:`KeyError` for a name that is not ``calls``, ``arguments``, ``facilities`` or ``fields``.
    """
    return _BLOCK.sub(lambda match: match.group(1) + _TABLES[match.group(2)] + match.group(3), text)


def _calls() -> Iterator[str]:
    for spec in CALLS.values():
        arguments = ", ".join(_argument(spec, param) for param in spec.params) or "none"
        yield _row(f"`{spec.name}`", arguments, _observed(spec), f"{spec.doc} {spec.man}")


def _arguments() -> Iterator[str]:
    for spec in CALLS.values():
        for param in spec.params:
            yield _row(f"{spec.name} `{param.name}`", wants(spec, param), param.doc)


def _fields() -> Iterator[str]:
    for name, takes in EXPECTED.items():
        found = [f"`{spec.name}`" for spec in CALLS.values() if name in spec.observes]
        yield _row(f"`{name}`", ", ".join(found) or "every call that returns", takes)


def _argument(spec: CallSpec, param: Param) -> str:
    shown = f"`{param.name}`" if param.default is None else f"`{param.name}: {_default(param)}`"
    return f"**{shown}**" if param.name == spec.shorthand else shown


def _default(param: Param) -> str:
    default = param.default
    if param.kind in (Kind.FLAGS, Kind.SIGSET):
        return "[]"
    for name, number in (param.names or {}).items():
        if number == default:
            return name
    return str(default)


def _observed(spec: CallSpec) -> str:
    if spec.name in NO_RETURN:
        return "never returns"
    ret = "`ret` (a pid)" if spec.returns_pid else "`ret`"
    return ", ".join([ret, "`errno`", *(f"`{name}`" for name in spec.observes)])


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _table(heads: tuple[str, ...], rows: Iterable[str]) -> str:
    return _row(*heads) + _row(*("---" for _ in heads)) + "".join(rows)


_TABLES: Final = {
    "calls": _table(
        ("call", "arguments and their defaults", "what can be expected", "what it does"), _calls()
    ),
    "arguments": _table(("argument", "takes", "meaning"), _arguments()),
    "facilities": _table(
        ("facility", "what it is"), (_row(f"`{name}`", what) for name, what in REQUIREMENTS.items())
    ),
    "fields": _table(("field", "of", "takes"), _fields()),
}
