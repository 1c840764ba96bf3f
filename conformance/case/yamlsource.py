"""YAML text to a frozen tree whose every node knows its line and column.

The tree is built from the parser's events, so that a file made to hurt (a bomb of aliases, a
thousand brackets) is refused while it is read, before it takes memory. libyaml does the scanning where
PyYAML was built with it (eight times faster); the pure parser gives the same tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import yaml

from conformance.case.errors import CaseError, shorten
from conformance.case.model import Mark
from conformance.case.scalars import Plain, UnclearScalar, resolve
from conformance.case.yamlproblems import explain

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 20
MAX_NODES: Final = 20_000

PARSER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_UNREADABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class Scalar(NamedTuple):
    """A leaf: its ``value``, and ``text`` as it was written. ``plain`` if it had no quotes."""

    mark: Mark
    value: Plain
    text: str
    plain: bool


class Sequence(NamedTuple):
    """A list."""

    mark: Mark
    items: tuple[Node, ...]


class Mapping(NamedTuple):
    """Keys and values in the order of the file; the keys' texts differ."""

    mark: Mark
    entries: tuple[tuple[Scalar, Node], ...]

    def get(self, key: str) -> Node | None:
        """Return the value of ``key``, or None."""
        for name, node in self.entries:
            if name.text == key:
                return node
        return None


Node = Scalar | Sequence | Mapping


def decode(data: bytes, path: str) -> str:
    """Return the text of a case file; raises :class:`CaseError` if it is too long or not UTF-8."""
    if len(data) > MAX_BYTES:
        raise CaseError(Mark(path, 1, 1), f"the file has more than {MAX_BYTES} bytes: split it by subject")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        mark = _position(before, len(before), path)
        message = f"byte {data[error.start]:#04x} is not UTF-8: save the file as UTF-8"
        raise CaseError(mark, message) from None


def documents(text: str, path: str) -> Iterator[Node]:
    """Give the documents of a stream in order, leaving out empty ones; raises :class:`CaseError`."""
    if len(text) > MAX_BYTES:
        raise CaseError(Mark(path, 1, 1), f"the text has more than {MAX_BYTES} characters")
    bad = _UNREADABLE.search(text)
    if bad:
        mark = _position(text, bad.start(), path)
        raise CaseError(mark, f"the character U+{ord(bad.group()):04X} cannot stand in YAML: remove it")
    try:
        yield from _Builder(text, path).documents()
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, text, path) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise CaseError(Mark(path, 1, 1), f"this is not YAML: {shorten(str(error), 80)}") from None


def make_scalar(mark: Mark, text: str, plain: bool) -> Scalar:
    """Return the leaf for ``text``; raises :class:`CaseError` if its meaning is unclear."""
    if not plain:
        return Scalar(mark, text, text, False)
    try:
        return Scalar(mark, resolve(text), text, True)
    except UnclearScalar as error:
        raise CaseError(mark, str(error)) from None


def _position(text: str, index: int, path: str) -> Mark:
    line_start = text.rfind("\n", 0, index) + 1
    return Mark(path, text.count("\n", 0, index) + 1, index - line_start + 1)


def _syntax_error(error: yaml.MarkedYAMLError, text: str, path: str) -> CaseError:
    place: Any = error.problem_mark or error.context_mark
    if place is None:
        return CaseError(Mark(path, 1, 1), f"this is not YAML: {error.problem}")
    opened: Any = error.context_mark
    since = f" (opened in line {opened.line + 1})" if opened and opened.line != place.line else ""
    lines = text.splitlines()
    rest = lines[place.line][place.column :] if place.line < len(lines) else ""
    message = explain(error.context or "", error.problem or "", rest, since)
    return CaseError(Mark(path, place.line + 1, place.column + 1), message)


class _Builder:
    """Builds trees from the events of one stream."""

    def __init__(self, text: str, path: str) -> None:
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=PARSER))
        self._path = path
        self._nodes = 0

    def documents(self) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._nodes = 0
                node = self._node(next(self._events), 1)
                if not (isinstance(node, Scalar) and node.plain and node.text == ""):
                    yield node

    def _node(self, event: Any, depth: int) -> Node:
        start = event.start_mark
        mark = Mark(self._path, start.line + 1, start.column + 1)
        self._nodes += 1
        kind = type(event)
        if kind is yaml.AliasEvent:
            raise CaseError(mark, f"aliases (`*{shorten(event.anchor)}`) are not allowed: write it out")
        if event.anchor is not None:
            raise CaseError(mark, f"anchors (`&{shorten(event.anchor)}`) are not allowed: write it out")
        if event.tag is not None:
            tag = shorten(str(event.tag))
            raise CaseError(mark, f"tags (`{tag}`) are not allowed: put text into quotes instead")
        if self._nodes > MAX_NODES:
            raise CaseError(mark, f"the document has more than {MAX_NODES} nodes: split it")
        if kind is yaml.ScalarEvent:
            return self._scalar(event, mark)
        if depth > MAX_DEPTH:
            raise CaseError(mark, f"nested deeper than {MAX_DEPTH} levels")
        if kind is yaml.SequenceStartEvent:
            return self._sequence(mark, depth)
        return self._mapping(mark, depth)

    def _scalar(self, event: Any, mark: Mark) -> Scalar:
        text: str = event.value
        if _UNPRINTABLE.search(text):
            raise CaseError(mark, "control characters are not allowed in text")
        return make_scalar(mark, text, bool(event.implicit[0]))

    def _sequence(self, mark: Mark, depth: int) -> Sequence:
        items: list[Node] = []
        for event in self._events:
            if type(event) is yaml.SequenceEndEvent:
                break
            items.append(self._node(event, depth + 1))
        return Sequence(mark, tuple(items))

    def _mapping(self, mark: Mark, depth: int) -> Mapping:
        entries: list[tuple[Scalar, Node]] = []
        seen: dict[str, Mark] = {}
        for event in self._events:
            if type(event) is yaml.MappingEndEvent:
                break
            key = self._key(event, depth, seen)
            entries.append((key, self._node(next(self._events), depth + 1)))
        return Mapping(mark, tuple(entries))

    def _key(self, event: Any, depth: int, seen: dict[str, Mark]) -> Scalar:
        key = self._node(event, depth + 1)
        if not isinstance(key, Scalar):
            raise CaseError(key.mark, "a key must be a word, not a list or a mapping")
        if key.plain and key.text == "<<":
            raise CaseError(key.mark, "merge keys (`<<`) are not allowed: write it out")
        first = seen.setdefault(key.text, key.mark)
        if first is not key.mark:
            name = shorten(key.text)
            raise CaseError(key.mark, f"`{name}` is given twice; first in line {first.line}")
        return key
