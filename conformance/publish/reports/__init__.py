"""A run, or several, told in the formats that other programs and people read.

All are pure functions of what the results files say: the same files give the same bytes, wherever they lie.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from conformance.publish.reports.html import html
from conformance.publish.reports.json import json_report
from conformance.publish.reports.junit import junit
from conformance.publish.reports.ktap import ktap
from conformance.publish.reports.markdown import markdown
from conformance.publish.reports.model import Run, read_run

__all__ = ["FORMATS", "Run", "read_run"]

FORMATS: Final[Mapping[str, Callable[[Sequence[Run]], str]]] = {
    "markdown": markdown,
    "html": html,
    "json": json_report,
    "junit": junit,
    "ktap": ktap,
}
"""What makes a text of runs, by the format's name; the first is what is made unless another is asked for."""
