"""A JSON object for scripts. ``docs/reports.md`` says what is in it; ``version`` counts what breaks them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from conformance.publish.jsonl import FAULTS
from conformance.publish.recorded import Counts, Recorded, count
from conformance.publish.reports.model import Run, count_rules

VERSION: Final = 1


def json_report(runs: Sequence[Run]) -> str:
    """Return runs as one JSON object."""
    return json_text({"report": "waitconf", "version": VERSION, "runs": [_run(run) for run in runs]})


def json_text(value: Mapping[str, Any]) -> str:
    """Return an object as people can read it too."""
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def run_object(run: Run) -> dict[str, Any]:
    """Return which run something is about."""
    return {
        "target": dict(run.target),
        "suite": dict(run.suite),
        "oracle": run.oracle,
        "started": run.started,
        "shard": run.shard or None,
        "complete": run.complete,
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        **run_object(run),
        "faults": [
            {"kind": fault.kind, "line": fault.line, "message": FAULTS[fault.kind]} for fault in run.faults
        ],
        "summary": counts_object(run.counts),
        "areas": {area: counts_object(count(cases)) for area, cases in run.areas.items()},
        "rules": {
            rule: {**counts_object(found.counts), "diverging": found.diverging}
            for rule, found in count_rules(run.cases).items()
        },
        "bad": [case_object(case) for case in run.bad],
        "expected": [case_object(case) for case in run.excused],
        "unsupported": [
            {"reason": cause.reason, "cases": cause.cases, "documents": dict(cause.documents)}
            for cause in run.unsupported
        ],
    }


def counts_object(counts: Counts) -> dict[str, int]:
    """Return counts: ``cases``, ``bad``, ``expected`` (failures that were), and each verdict."""
    return {"cases": counts.cases, "bad": counts.bad, "expected": counts.excused, **counts.verdicts}


def case_object(case: Recorded) -> dict[str, Any]:
    """Return what is told of a case that does not simply conform."""
    return {
        "id": case.name,
        "area": case.area,
        "verdict": case.verdict,
        "count": case.count,
        "level": case.level,
        "rules": list(case.rules),
        "text": case.text,
        "divergences": [divergence._asdict() for divergence in case.divergences],
        "expectation": case.expectation._asdict() if case.expectation else None,
    }
