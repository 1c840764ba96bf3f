"""What a case says of itself beside its steps: id, title, the rules it is evidence for, what it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from conformance.case import shapes
from conformance.case.errors import CaseError, Problems, shorten, suggestion
from conformance.case.model import REQUIREMENTS, Mark, Rules
from conformance.case.names import CATCH_ID, ID, RULE_ID
from conformance.case.yamlsource import Node, Scalar

REQUIRED: Final = ("id", "title", "rules", "steps")
KEYS: Final = ("id", "title", "rules", "neighbour_of", "catches", "requires", "sweep", "steps")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Header:
    """The keys of a case that a sweep leaves alone, and its title, which may hold variables."""

    id: str
    mark: Mark
    title: Node
    rules: tuple[str, ...]
    neighbour_of: tuple[str, ...]
    catches: tuple[str, ...]
    requires: tuple[str, ...]


def read_header(given: Mapping[str, Node], rules: Rules | None, problems: Problems) -> Header | None:
    """Read what is there and note everything that is wrong in ``problems``; None without id or title."""

    def read(key: str, reader: Callable[[Node], T], otherwise: T) -> T:
        return attempt(given.get(key), reader, otherwise, problems)

    none: tuple[str, ...] = ()
    name = read("id", _id, "")
    title = read("title", _title, None)
    evidence = read("rules", lambda node: _rule_ids(node, rules), none)
    neighbours = read("neighbour_of", lambda node: _neighbours(node, rules, evidence), none)
    catches = read("catches", _catches, none)
    requires = read("requires", _requires, none)
    if not name or title is None:
        return None
    return Header(name, given["id"].mark, title, evidence, neighbours, catches, requires)


def attempt(node: Node | None, reader: Callable[[Node], T], otherwise: T, problems: Problems) -> T:
    """Return what ``reader`` makes of ``node``; ``otherwise`` without a node or after a noted error."""
    if node is not None:
        with problems:
            return reader(node)
    return otherwise


def read_rule(node: Node, rules: Rules | None) -> str:
    """Return a rule's id; raises :class:`CaseError` if it is none, or not in ``rules`` (if given)."""
    text = shapes.text(node, "rule", "a rule's id")
    if not RULE_ID.fullmatch(text):
        raise CaseError(node.mark, f"`{shorten(text)}` is not a rule's id, which looks like WAIT-017")
    if rules is not None and text not in rules:
        raise CaseError(node.mark, f"there is no rule `{text}`{_near(text, rules)}")
    return text


def _near(name: str, rules: Rules) -> str:
    """Suggest a rule for a mistyped group of rules; a number that is not there has no near one."""
    group = name.rpartition("-")[0]
    if any(known.rpartition("-")[0] == group for known in rules):
        return ""
    return suggestion(name, rules, 0)


def _id(node: Node) -> str:
    name = shapes.text(node, "id", "a name like waitid-reports-a-stop")
    if not ID.fullmatch(name):
        shown = shorten(name)
        raise CaseError(node.mark, f"the id `{shown}` must be small letters and digits joined by `-`")
    return name


def _title(node: Node) -> Node:
    if "\n" in shapes.text(node, "title"):
        raise CaseError(node.mark, "`title` is one line")
    return node


def _rule_ids(node: Node, rules: Rules | None) -> tuple[str, ...]:
    table = shapes.sequence(node, "rules", "a list of rules' ids")
    if not table.items:
        raise CaseError(node.mark, "`rules` is empty: name at least one rule that the case is evidence for")
    return _unique(table.items, lambda item: read_rule(item, rules))


def _neighbours(node: Node, rules: Rules | None, evidence: tuple[str, ...]) -> tuple[str, ...]:
    def read(item: Node) -> str:
        name = read_rule(item, rules)
        if name in evidence:
            raise CaseError(item.mark, f"`{name}` is in `rules` already: a case shows a rule, or its edge")
        return name

    return _unique(shapes.sequence(node, "neighbour_of", "a list of rules' ids").items, read)


def _catches(node: Node) -> tuple[str, ...]:
    return _unique(shapes.sequence(node, "catches", "a list of bugs' ids").items, _catch)


def _catch(node: Node) -> str:
    text = shapes.text(node, "catches", "a bug's id")
    if not CATCH_ID.fullmatch(text):
        raise CaseError(node.mark, f"`{shorten(text)}` is not a bug's id, which looks like S4")
    return text


def _requires(node: Node) -> tuple[str, ...]:
    return _unique(shapes.sequence(node, "requires", "a list of facilities").items, _requirement)


def _requirement(node: Node) -> str:
    text = shapes.text(node, "requires", "a facility's name")
    if text not in REQUIREMENTS or not isinstance(node, Scalar):
        hint = suggestion(text, REQUIREMENTS)
        raise CaseError(node.mark, f"`{shorten(text)}` is not something a case can require{hint}")
    return text


def _unique(nodes: tuple[Node, ...], reader: Callable[[Node], str]) -> tuple[str, ...]:
    problems = Problems()
    found: list[str] = []
    for node in nodes:
        with problems:
            name = reader(node)
            if name in found:
                raise CaseError(node.mark, f"`{name}` is listed twice")
            found.append(name)
    problems.raise_any()
    return tuple(found)
