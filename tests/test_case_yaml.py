"""YAML text to trees: what is refused, where, and with which words."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from conformance.case import yamlsource
from conformance.case.errors import CaseError, CaseErrors, UsageError
from conformance.case.loader import read_documents
from conformance.case.scalars import UnclearScalar, resolve
from conformance.case.yamlsource import Mapping, Scalar, Sequence, decode, documents


@pytest.fixture(params=["CSafeLoader", "SafeLoader"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    name = str(request.param)
    if not hasattr(yaml, name):
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(yamlsource, "PARSER", getattr(yaml, name))
    return name


def fault(text: str) -> str:
    with pytest.raises(CaseError) as caught:
        list(documents(text, "f"))
    return str(caught.value)


REFUSED = [
    ("a: 1\nb: 2\na: 3\n", "f:3:1: `a` is given twice; first in line 1"),
    ("a: &x 1\n", "f:1:4: anchors (`&x`) are not allowed: write it out"),
    ("a: *x\n", "f:1:4: aliases (`*x`) are not allowed: write it out"),
    ("a:\n  <<: {b: 1}\n", "f:2:3: merge keys (`<<`) are not allowed: write it out"),
    ("a: !env HOME\n", "f:1:4: tags (`!env`) are not allowed: put text into quotes instead"),
    ("a: !!str 1\n", "f:1:4: tags (`tag:yaml.org,2002:str`) are not allowed: put text into quotes instead"),
    ("{[a]: b}\n", "f:1:2: a key must be a word, not a list or a mapping"),
    ('a: "\\x07"\n', "f:1:4: control characters are not allowed in text"),
    ("a: b\nc: \x07\n", "f:2:4: the character U+0007 cannot stand in YAML: remove it"),
    ("a: \ud800\n", "f:1:4: the character U+D800 cannot stand in YAML: remove it"),
    ("a:\n\t- b\n", "f:2:1: a tab cannot stand here: indent with spaces"),
    ("a: @b\n", "f:1:4: a value cannot start with `@`: put it into quotes"),
    ("a: b: c\n", "f:1:5: a `: ` cannot stand here: check the indentation, or quote the text"),
    ("a: 'b\n", "f:2:1: a quote is not closed (opened in line 1)"),
    ("a: {b: [c}\n", "f:1:10: a `]` or a comma is missing here"),
    (
        "- a\nb: c\n",
        "f:2:1: this does not line up with the list above it (opened in line 1): check the indentation",
    ),
    (
        "--- a\n... b\n",
        "f:2:5: there is something after the end of the document: start the next one with `---`",
    ),
    ("[" * 21 + "]" * 21, "f:1:21: nested deeper than 20 levels"),
    ("[" + "a, " * 20_000 + "a]", "f:1:59999: the document has more than 20000 nodes: split it"),
    ("[" * 500, "f:1:21: nested deeper than 20 levels"),
    ("x" * (1 << 20) + "y", "f:1:1: the text has more than 1048576 characters"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[text[:12] for text, _ in REFUSED])
def test_refuses(text: str, message: str) -> None:
    assert fault(text) == message


def test_an_unknown_escape_says_what_to_do() -> None:
    assert fault('a: "\\q"\n').endswith(
        "unknown escape in double quotes: use single quotes, or double the backslash"
    )


def test_a_bomb_of_aliases_is_refused_at_its_first_anchor() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(50))
    assert fault(bomb) == "f:1:4: anchors (`&a`) are not allowed: write it out"


SURPRISES = [
    ("yes", "`yes` is a boolean to some YAML readers: quote it if the word is meant"),
    ("Off", "`Off` is a boolean to some YAML readers: quote it if the word is meant"),
    ("N", "`N` is a boolean to some YAML readers: quote it if the word is meant"),
    ("True", "`True` is spelled `true` here (quote it if the word is meant)"),
    ("~", "`~` is spelled `null` here (quote it if the character is meant)"),
    ("NULL", "`NULL` is spelled `null` here (quote it if the word is meant)"),
    ("017", "`017` is octal to some YAML readers and decimal to others"),
    ("0o17", "`0o17` is octal to some YAML readers and decimal to others"),
    ("0b11", "`0b11` is binary to some YAML readers and text to others"),
    ("1_000", "`1_000` is an integer to some YAML readers and text to others: write only the digits"),
    ("+1", "`+1` is an integer to some YAML readers and text to others: write only the digits"),
    ("1:30", "`1:30` is a base-60 number to some YAML readers"),
    (".5", "`.5` is a float to YAML: write an integer, or quote it if text is meant"),
    ("4.13", "`4.13` is a float to YAML: write an integer, or quote it if text is meant"),
    ("1e3", "`1e3` is a float to YAML"),
    ("-.5", "`-.5` is a float to YAML"),
    (".inf", "`.inf` is a float to YAML"),
    ("2024-01-31", "`2024-01-31` is a date to some YAML readers"),
    ("18446744073709551616", "the integer does not fit into 64 bits"),
    ("9" * 5000, "the integer does not fit into 64 bits"),
]


@pytest.mark.parametrize(("text", "message"), SURPRISES, ids=[text[:12] for text, _ in SURPRISES])
def test_refuses_what_yaml_readers_disagree_on(text: str, message: str) -> None:
    with pytest.raises(UnclearScalar) as caught:
        resolve(text)
    assert str(caught.value).startswith(message)
    assert next(documents(f"'{text}'", "f"))[1] == text, "in quotes it is text"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-1", -1),
        ("0x10", 16),
        ("-0x80000000", -(2**31)),
        ("true", True),
        ("false", False),
        ("null", None),
        ("-C", "-C"),
        ("0-11", "0-11"),
        ("1.2.3", "1.2.3"),
        ("...", "..."),
        ("-", "-"),
        ("exited(3)", "exited(3)"),
        ("", None),
    ],
)
def test_reads(text: str, value: object) -> None:
    found = resolve(text)
    assert found == value
    assert type(found) is type(value)


def test_nodes_know_their_places() -> None:
    (node,) = documents("# c\na: [1,\n  {é: x}]\n", "f")
    assert isinstance(node, Mapping)
    value = node.get("a")
    assert isinstance(value, Sequence)
    inner = value.items[1]
    assert isinstance(inner, Mapping)
    assert [str(mark) for mark in (node.mark, value.mark, inner.mark, inner.entries[0][1].mark)] == [
        "f:2:1",
        "f:2:4",
        "f:3:3",
        "f:3:7",
    ]


def test_empty_documents_are_left_out() -> None:
    found = list(documents("---\n# nothing\n---\na\n---\n---\nb\n", "f"))
    assert [node.text for node in found if isinstance(node, Scalar)] == ["a", "b"]


def test_the_number_of_nodes_is_counted_by_document() -> None:
    half = "[" + "a, " * 15_000 + "a]\n"
    assert len(list(documents(f"{half}---\n{half}", "f"))) == 2


def test_text_must_be_utf_8() -> None:
    with pytest.raises(CaseError, match=r"^f:2:4: byte 0xe9 is not UTF-8: save the file as UTF-8$"):
        decode(b"a: b\nc: \xe9t\xe9\n", "f")


def test_a_file_has_a_largest_size(tmp_path: Path) -> None:
    file = tmp_path / "big.yaml"
    file.write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(CaseErrors, match=r":1:1: the file has more than 1048576 bytes: split it by subject"):
        read_documents(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_documents(tmp_path / "none.yaml")
