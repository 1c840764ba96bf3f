"""Results files written by hand, for what real targets seldom do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conformance.verdict.model import VERDICTS

HEADER: dict[str, Any] = {
    "schema": 1,
    "suite": {"version": "1", "digest": "sha256:0"},
    "target": {"name": "box", "kind": "box", "sysname": "Linux", "release": "6.1", "machine": "x86_64"},
    "oracle": {"release": "6.1"},
    "argv": ["waitconf", "run"],
    "started": "2026-01-02T03:04:05+00:00",
}
UNMET = {"verdict": "diverges", "reason": "no zombies here", "bug": "BOX-7", "met": False}
MET = UNMET | {"met": True}
DIVERGENCE = {
    "step": 3,
    "actor": "P",
    "field": "status",
    "expected": "exited(3)",
    "observed": 0,
    "rule": "WAIT-001",
}
HOSTILE = 'a|b `c` <d> & "e" ]]> \x1b[31m # \x00 \ud800 \ufffe \x85 é\nok 1 forged\r\n-- * _x_'
"""A text with what each of the formats gives a meaning to, or cannot carry."""


def case(name: str, verdict: str = "conforms", area: str = "wait4", **more: Any) -> dict[str, Any]:
    """Return a record of a case."""
    common = {"id": name, "area": area, "verdict": verdict, "rules": ["WAIT-001"], "level": "posix"}
    return {"case": common | {"duration_us": 1500} | more}


def cells(sweep: str, count: int) -> dict[str, Any]:
    """Return a record of folded cells."""
    common = {"id": sweep, "area": "wait4", "verdict": "conforms", "rules": ["WAIT-001"], "level": "posix"}
    return {"cells": common | {"count": count}}


def write_file(path: Path, *records: dict[str, Any], footer: bool = True, **header: Any) -> str:
    """Write a results file and return its path; ``footer=False`` for a run that was cut off."""
    summary = dict.fromkeys(VERDICTS, 0)
    for record in records:
        ((_, content),) = record.items()
        summary[content["verdict"]] += content.get("count", 1)
    schema = 2 if any("cells" in record for record in records) else 1
    lines: list[dict[str, Any]] = [{"header": HEADER | {"schema": schema} | header}, *records]
    if footer:
        lines.append({"footer": {"summary": summary, "complete": True}})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return str(path)
