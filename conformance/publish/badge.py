"""A badge: a small picture with the result of a run, for the first page of a project."""

from __future__ import annotations

from html import escape
from typing import Final

from conformance.publish.jsonl import Results
from conformance.publish.recorded import Counts, count, read_cases, visible_name
from conformance.verdict.model import CONFORMS

_LABEL: Final = "waitconf"
_GOOD: Final = "#1a7f37"
_BAD: Final = "#b4161b"
_GREY: Final = "#59636e"
"""Each of them has contrast enough under white letters."""
_LETTER: Final = 6.6
"""How wide a letter is on the average, in pixels; ``textLength`` makes it true for every font."""
_MARGIN: Final = 12
_HEIGHT: Final = 20


def badge_svg(results: Results) -> str:
    """Return the badge of a run as an SVG document: green, or red if a case is bad; grey for less than a run,
    and for one that says nothing: without cases, or with none that is supported.

    Raises :class:`NotResults` for records that are not as they should be.
    """
    words, colour = _message(results)
    left, right = _width(_LABEL), _width(words)
    title = escape(f"{_LABEL}: {words}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{_HEIGHT}" role="img" '
        f'aria-label="{title}">\n<title>{title}</title>\n'
        f'<rect width="{left}" height="{_HEIGHT}" fill="#24292f"/>\n'
        f'<rect x="{left}" width="{right}" height="{_HEIGHT}" fill="{colour}"/>\n'
        '<g fill="#ffffff" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11">\n'
        f"{_text(_LABEL, 0)}{_text(words, left)}</g>\n</svg>\n"
    )


def _message(results: Results) -> tuple[str, str]:
    counts = count(read_cases(results))
    words = ", ".join(_words(counts))
    if lack := _lack(results):
        return f"{lack}: {words}", _GREY
    if counts.bad:
        return words, _BAD
    return words, _GOOD if counts.verdicts[CONFORMS] or counts.excused else _GREY


def _lack(results: Results) -> str:
    """Say why this is not a whole run; empty if it is."""
    if not results.complete:
        return "cut off"
    if results.faults:
        return "damaged"
    return f"shard {visible_name(str(results.header['shard']))}" if results.header.get("shard") else ""


def _words(counts: Counts) -> list[str]:
    """Say what there is to say in few words; what is unsupported is no one's fault."""
    found = [f"{counts.verdicts[CONFORMS]} conform"]
    if counts.excused:
        found.append(f"{counts.excused} as expected")
    if counts.bad:
        found.append(f"{counts.bad} do not")
    return found


def _width(words: str) -> int:
    return round(len(words) * _LETTER) + _MARGIN


def _text(words: str, x: int) -> str:
    length = _width(words) - _MARGIN
    return f'<text x="{x + _MARGIN // 2}" y="14" textLength="{length}">{escape(words)}</text>\n'
