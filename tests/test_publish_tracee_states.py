"""docs/ptrace.md: its picture and its traces are those that the suite's cases give."""

from __future__ import annotations

from pathlib import Path

from conformance.case.loader import load_text
from conformance.publish.tracee_states import FREE, diagram, record, update

PAGE = Path(__file__).parent.parent / "docs" / "ptrace.md"
SEIZED = """\
id: seized
title: a tracee that is interrupted, listens, and is set free
rules: [PTRACE-026]
requires: [ptrace]
steps:
  - P: {fork: C}
  - P: {ptrace: {request: PTRACE_SEIZE, pid: C}}
  - P: {ptrace: {request: PTRACE_INTERRUPT, pid: C}}
  - P: {ptrace: {request: PTRACE_LISTEN, pid: C}}
  - P: {kill: {pid: C, sig: SIGCONT}}
  - P: {ptrace: {request: PTRACE_DETACH, pid: C}}
"""


def test_the_page_is_up_to_date() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert update(text) == text, "run: python -m conformance.publish.tracee_states docs"


def test_the_ways_of_a_tracee_are_recorded_with_what_leads_there() -> None:
    edges = record(load_text(SEIZED))
    assert edges == {
        (FREE, "running"): {"PTRACE_SEIZE"},
        ("running", "PTRACE_EVENT_STOP"): {""},
        ("PTRACE_EVENT_STOP", "listening"): {"PTRACE_LISTEN"},
        ("listening", "running"): {"a signal"},
        ("PTRACE_EVENT_STOP", FREE): {"PTRACE_DETACH"},
    }
    assert "    listening --> running : a signal\n" in diagram(edges)
    assert "    [*] --> running : PTRACE_SEIZE\n" in diagram(edges)
