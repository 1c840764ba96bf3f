"""The records of a run: what a results file says, as plain JSON values.

A file is a header, a ``case`` record for each case and, if the run was not cut off, a footer; each is a
JSON object of one key, ``{"header": {…}}``. Readers ignore keys that they do not know; a change that
would mislead them raises ``SCHEMA``. In a *folded* file (schema ``FOLDED``) a ``cells`` record stands for
all the cells of one sweep that conform: ``id`` (of the sweep), ``area``, ``rules``, ``level``, ``verdict``
and ``count``; so a run of 158,000 cases is small enough for a repository.

The header of a file that was merged has ``parts``, the ``argv``, ``started`` and ``shard`` of each run in it.
A case may have an ``expectation``: what was expected of it on this target, why, and whether it came true.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from conformance.verdict.model import CONFORMS, VERDICTS, CaseResult

SCHEMA: Final = 1
FOLDED: Final = 2

Record = Mapping[str, Any]


def header_record(
    suite: Mapping[str, str],
    target: Mapping[str, str],
    oracle: tuple[str, str],
    argv: Sequence[str],
    started: datetime,
    shard: str = "",
) -> Record:
    """Say what is run on what.

    Args:
        suite: ``version`` and ``digest`` of the cases.
        target: ``name``, ``kind``, ``sysname``, ``release``, ``machine``.
        oracle: which Linux the reference kernel answers as: release and machine.
        argv: the command, as given.
        started: when, with its time zone.
        shard: ``I/N`` if only this part of the selection is run.
    """
    header: dict[str, Any] = {
        "schema": SCHEMA,
        "suite": dict(suite),
        "target": dict(target),
        "oracle": dict(zip(("release", "machine"), oracle, strict=True)),
        "argv": list(argv),
        "started": started.isoformat(timespec="seconds"),
    }
    return {"header": header | {"shard": shard} if shard else header}


def case_record(result: CaseResult) -> Record:
    """Say what came of a case; divergences for anything but ``conforms``."""
    record: dict[str, Any] = {
        "id": result.case.id,
        "area": result.case.area,
        "verdict": result.verdict,
        "rules": list(result.case.rules),
        "level": result.level,
        "duration_us": result.duration_ns // 1000,
    }
    if result.verdict != CONFORMS:
        record["divergences"] = [divergence._asdict() for divergence in result.divergences]
        if result.text:
            record["text"] = result.text
    if result.expectation is not None:
        record["expectation"] = result.expectation._asdict()
    return {"case": record}


def footer_record(summary: Mapping[str, int]) -> Record:
    """Say that the run came to its end, with a count per verdict."""
    return {"footer": {"summary": count_all(summary), "complete": True}}


def count_all(counts: Mapping[str, int]) -> dict[str, int]:
    """Return a count for every verdict, 0 where there was none."""
    return {verdict: counts.get(verdict, 0) for verdict in VERDICTS}


def total(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Add counts up, verdict by verdict."""
    rows = list(counts)
    return {verdict: sum(row.get(verdict, 0) for row in rows) for verdict in VERDICTS}
