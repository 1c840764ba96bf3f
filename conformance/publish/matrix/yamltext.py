"""A case's own text, lightly coloured: keys, quoted words, comments."""

from __future__ import annotations

import re
from typing import Final

from conformance.publish.matrix.markup import escape

_TOKEN: Final = re.compile(
    r"""(?P<c>(?<!\S)\#.*$)
      |(?P<s>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')
      |(?P<k>(?<![\w$.-])[A-Za-z_][\w-]*(?=:(?:\s|$)))""",
    re.VERBOSE,
)
_PROSE: Final = re.compile(r"^(\s*(?:title|statement)):(.*)$")


def yaml_html(text: str) -> str:
    """Return the text as HTML for a ``<pre>``."""
    return "\n".join(map(_line, text.split("\n")))


def _line(line: str) -> str:
    prose = _PROSE.match(line)
    if prose:
        return f'<span class="k">{escape(prose.group(1))}</span>:{escape(prose.group(2))}'
    parts = []
    end = 0
    for token in _TOKEN.finditer(line):
        parts += [
            escape(line[end : token.start()]),
            f'<span class="{token.lastgroup}">{escape(token.group())}</span>',
        ]
        end = token.end()
    return "".join([*parts, escape(line[end:])])
