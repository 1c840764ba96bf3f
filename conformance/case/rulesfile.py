"""The rules of a suite: ``rules.yaml``, or the files of a folder ``rules/`` beside the areas, or both."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from conformance.abi.machines import MACHINES
from conformance.case import shapes
from conformance.case.errors import CaseError, Problems, UsageError
from conformance.case.loader import read_text
from conformance.case.model import LEVELS, Rule, Rules
from conformance.case.names import RULE_ID
from conformance.case.yamlsource import Node, Scalar, documents

RULES_FILE: Final = "rules.yaml"
RULES_FOLDER: Final = "rules"

KEYS: Final = ("id", "statement", "level", "source", "since", "machine")
REQUIRED: Final = ("id", "statement", "level", "source")


def rule_files(folder: Path) -> list[Path]:
    """Return the files that hold the rules of the suite whose top folder is ``folder``, sorted."""
    single = folder / RULES_FILE
    found = [single] if single.is_file() else []
    return found + sorted((folder / RULES_FOLDER).glob("*.yaml"))


def load_rules(path: Path) -> Rules:
    """Load the rules of a file, or of a folder: a suite's top folder, or one that holds just rules.

    Raises :class:`CaseErrors` with all that is wrong (an id given twice names both places), and
    :class:`UsageError` if there are no rules.
    """
    files = [path]
    if path.is_dir():
        files = rule_files(path) or sorted(path.glob("*.yaml"))
    if not files:
        raise UsageError(f"{path}: there is no {RULES_FILE} and no folder {RULES_FOLDER}")
    found: dict[str, Rule] = {}
    problems = Problems()
    for file in files:
        with problems:
            _read_file(file, found, problems)
    problems.raise_any()
    return found


def _read_file(file: Path, found: dict[str, Rule], problems: Problems) -> None:
    for node in documents(read_text(file), str(file)):
        for item in shapes.sequence(node, "the file", "a list of rules").items:
            with problems:
                rule = _rule(item)
                first = found.setdefault(rule.id, rule)
                if first is not rule:
                    problems.add(rule.mark, f"the rule `{rule.id}` is given twice; first at {first.mark}")


def _rule(node: Node) -> Rule:
    table = shapes.mapping(node, "a rule", "a mapping with id, statement, level and source")
    problems = Problems()
    given: dict[str, str] = {}
    machines: tuple[str, ...] = ()
    for key, value in table.entries:
        with problems:
            if key.text == "machine":
                machines = tuple(map(_machine, shapes.items(value)))
            else:
                given[key.text] = _value(key, value)
    missing = [f"`{name}:`" for name in REQUIRED if table.get(name) is None]
    if missing:
        problems.add(table.mark, f"the rule needs {', '.join(missing)}")
    problems.raise_any()
    mark = (table.get("id") or table).mark
    since = given.get("since")
    return Rule(given["id"], given["statement"], given["level"], given["source"], since, machines, mark)


def _machine(node: Node) -> str:
    name = shapes.text(node, "machine", "the name of a machine, or a list of them")
    if name not in MACHINES and isinstance(node, Scalar):
        raise shapes.unknown(node, "a machine", MACHINES)
    return name


def _value(key: Scalar, node: Node) -> str:
    name = key.text
    if name not in KEYS:
        raise shapes.unknown(key, "a key of a rule", KEYS)
    text = shapes.text(node, name)
    if name == "id" and not RULE_ID.fullmatch(text):
        raise CaseError(node.mark, f"`{text}` is not a rule's id, which looks like WAIT-017")
    if name == "level" and text not in LEVELS and isinstance(node, Scalar):
        raise shapes.unknown(node, "a level", LEVELS)
    return text
