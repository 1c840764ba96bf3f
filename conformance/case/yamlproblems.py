"""YAML syntax errors in words that say what to do (libyaml and the pure parser word them differently)."""

from __future__ import annotations

from typing import Final

_BY_PROBLEM: Final = (
    ("mapping values are not allowed", "a `: ` cannot stand here: check the indentation, or quote the text"),
    ("could not find expected ':'", "a `:` is missing after this key"),
    ("found unknown escape", "unknown escape in double quotes: use single quotes, or double the backslash"),
    ("found unexpected end of stream", "a quote is not closed{since}"),
    ("found unexpected document", "a quote is not closed before the next `---`{since}"),
    ("block sequence entries are not allowed", "a `- ` cannot stand here: start the list on its own line"),
    ("<document start>", "there is something after the end of the document: start the next one with `---`"),
)
_BY_CONTEXT: Final = (
    ("flow mapping", "a `}}` or a comma is missing here{since}"),
    ("flow sequence", "a `]` or a comma is missing here{since}"),
    ("block mapping", "this does not line up with the keys above it{since}: check the indentation"),
    ("block collection", "this does not line up with the list above it{since}: check the indentation"),
    ("alias", "a value cannot start with `*`: put it into quotes"),
    ("anchor", "a value cannot start with `&`: put it into quotes"),
    ("tag", "a value cannot start with `!`: put it into quotes"),
    ("directive", "a line cannot start with `%`: put it into quotes"),
)


def explain(context: str, problem: str, rest: str, since: str) -> str:
    """Return the message for an error.

    ``context`` and ``problem`` are the parser's words, ``rest`` the line from the place on, ``since``
    says where the unfinished thing began (or is empty).
    """
    if "cannot start any token" in problem:
        return _bad_start(rest[:1])
    for table, words in ((_BY_PROBLEM, problem), (_BY_CONTEXT, context)):
        for needle, message in table:
            if needle in words:
                return message.format(since=since)
    return f"this is not YAML: {problem}"


def _bad_start(character: str) -> str:
    if character == "\t":
        return "a tab cannot stand here: indent with spaces"
    return f"a value cannot start with `{character}`: put it into quotes"
