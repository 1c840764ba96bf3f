"""Cases as text, good ones and bad ones."""

from __future__ import annotations

import pytest

from conformance.case.errors import CaseErrors
from conformance.case.loader import load_text
from conformance.case.model import Case, Step

HEAD = "id: an-example\ntitle: An example\nrules: [WAIT-001]\nsteps:\n"
FORK = "- P: {fork: C}\n"
RACE = """\
- P: {fork: C}
- together:
    - P: {kill: {pid: C, sig: SIGKILL}}
    - C: {exit: 42}
  expect: {P: {ret: 0}, C: {state: zombie}}
- P: {wait4: C}
  expect: {status: {any: [exited(42), signaled(SIGKILL)]}}
"""


def load(steps: str) -> Case:
    (case,) = load_text(HEAD + steps)
    return case


def last(steps: str) -> Step:
    return load(FORK + steps).steps[-1]


def faults(text: str) -> list[str]:
    with pytest.raises(CaseErrors) as caught:
        load_text(text, "f")
    return str(caught.value).splitlines()


def place(text: str) -> tuple[str, str]:
    """Take the ``§`` out of a text and return where it stood."""
    before, after = text.split("§")
    return before + after, f"f:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
