"""``-k EXPR``: words joined by ``and``, ``or``, ``not`` and parentheses, as pytest's."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from conformance.case.errors import UsageError

Matcher = Callable[[str], bool]

_TOKEN: Final = re.compile(r"\s*([()]|[^\s()]+)")
_DEEPEST: Final = 50


def keyword_matcher(expression: str) -> Matcher:
    """Return a predicate over ids: a word holds if the id contains it, whatever the letters' case.

    Raises :class:`UsageError` for an expression that does not parse.
    """
    parser = _Parser(expression)
    matcher = parser.alternatives(0)
    if parser.peek():
        raise parser.error()
    return lambda name: matcher(name.lower())


class _Parser:
    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = [match.group(1).lower() for match in _TOKEN.finditer(expression)]
        self._next = 0

    def peek(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def error(self) -> UsageError:
        found = f"`{self.peek()}`" if self.peek() else "the end"
        return UsageError(f"-k {self._expression!r}: {found} cannot stand there")

    def alternatives(self, depth: int) -> Matcher:
        found = [self._all(depth)]
        while self._accept("or"):
            found.append(self._all(depth))
        return found[0] if len(found) == 1 else lambda name: any(part(name) for part in found)

    def _all(self, depth: int) -> Matcher:
        found = [self._one(depth)]
        while self._accept("and"):
            found.append(self._one(depth))
        return found[0] if len(found) == 1 else lambda name: all(part(name) for part in found)

    def _one(self, depth: int) -> Matcher:
        word = self.peek()
        if depth > _DEEPEST or word in ("", ")", "and", "or"):
            raise self.error()
        self._next += 1
        if word == "not":
            inner = self._one(depth + 1)
            return lambda name: not inner(name)
        if word == "(":
            inner = self.alternatives(depth + 1)
            if not self._accept(")"):
                raise self.error()
            return inner
        return lambda name: word in name

    def _accept(self, word: str) -> bool:
        if self.peek() != word:
            return False
        self._next += 1
        return True
