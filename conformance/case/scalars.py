"""What a plain YAML scalar means here: fewer surprises than YAML 1.1, none of its hidden types.

Integers (decimal and ``0x``), ``true``, ``false``, ``null`` and text exist. Whatever YAML 1.1 or 1.2
would silently turn into something else is refused with a word about what to write instead.
"""

from __future__ import annotations

import re
from typing import Final

Plain = int | bool | str | None

_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]*|0x[0-9a-fA-F]+)")
_NUMBER_LIKE: Final = re.compile(r"[-+]?\.?[0-9]")
_OCTAL: Final = re.compile(r"[-+]?0o?[0-9_]+")
_BINARY: Final = re.compile(r"[-+]?0b[01_]+")
_GROUPED: Final = re.compile(r"[-+]?(?:0x[0-9a-fA-F_]+|[0-9][0-9_]*)")
_BASE_60: Final = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_FLOAT: Final = re.compile(r"[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?")
_SPECIAL_FLOAT: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?")
_BOOLEANS: Final = frozenset({"y", "n", "yes", "no", "on", "off"})
_LIMIT: Final = 2**64
_LONGEST: Final = 64
"""Longer scalars are text: the patterns below take time that grows with the square of the length."""


class UnclearScalar(ValueError):
    """A plain scalar that other YAML readers take for something else; ``str()`` says what to write."""


def resolve(text: str) -> Plain:
    """Return the value of a plain scalar.

    Raises :class:`UnclearScalar` for what YAML 1.1 or 1.2 reads as an octal, a float, a date and so on.
    """
    first = text[:1]
    if first and first in "-+.0123456789":
        return _number(text)
    if text in _WORDS:
        return _WORDS[text]
    lower = text.lower()
    if lower in _BOOLEANS:
        raise UnclearScalar(f"`{text}` is a boolean to some YAML readers: quote it if the word is meant")
    if lower in ("true", "false", "null"):
        raise UnclearScalar(f"`{text}` is spelled `{lower}` here (quote it if the word is meant)")
    if text == "~":
        raise UnclearScalar("`~` is spelled `null` here (quote it if the character is meant)")
    return text


_WORDS: Final[dict[str, Plain]] = {"": None, "null": None, "true": True, "false": False}


def _number(text: str) -> Plain:
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _SPECIAL_FLOAT.fullmatch(text):
        raise UnclearScalar(f"`{text}` is a float to YAML; there are none here: quote it if text is meant")
    if not _NUMBER_LIKE.match(text) or len(text) > _LONGEST:
        return text
    for pattern, message in _REFUSED:
        if pattern.fullmatch(text):
            raise UnclearScalar(f"`{text}` {message}, or quote it if text is meant")
    return text


def _integer(text: str) -> int:
    value = int(text, 0) if len(text) <= 24 else _LIMIT
    if not -_LIMIT // 2 <= value < _LIMIT:
        raise UnclearScalar("the integer does not fit into 64 bits")
    return value


_REFUSED: Final = (
    (_OCTAL, "is octal to some YAML readers and decimal to others: write it in decimal or as 0x…"),
    (_BINARY, "is binary to some YAML readers and text to others: write it in decimal or as 0x…"),
    (_GROUPED, "is an integer to some YAML readers and text to others: write only the digits"),
    (_BASE_60, "is a base-60 number to some YAML readers: write it in decimal"),
    (_DATE, "is a date to some YAML readers: there are no dates here"),
    (_FLOAT, "is a float to YAML: write an integer"),
)
