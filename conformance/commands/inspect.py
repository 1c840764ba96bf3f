"""``waitconf list``, ``show``, ``c-program`` and ``trace``: cases looked at."""

from __future__ import annotations

import argparse
import json
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from conformance.case.errors import suggestion
from conformance.case.evidence import base_id
from conformance.case.model import Case, Step
from conformance.commands import status
from conformance.commands.run import check_kind
from conformance.commands.selection import Selection, first_and_rest, select
from conformance.executor.outcome import Outcome
from conformance.publish.cprogram import NotExpressible, c_program, expected
from conformance.publish.lanes import LEGEND, lanes
from conformance.publish.words import call_text
from conformance.reference import LATEST, kernel_of, possible_traces, run_case
from conformance.targets import TargetOptions, parse_target
from conformance.trace import StepTrace


def list_cases(args: argparse.Namespace) -> int:
    """Print the id and title of each selected case."""
    cases = first_and_rest(select(args.paths, args.keyword).cases())
    if cases is None:
        return _nothing("no case is selected")
    for case in cases:
        sys.stdout.write(f"{case.id}  {case.title}\n")
    return status.OK


def show(args: argparse.Namespace) -> int:
    """Draw a case; of a sweep, the first cell."""
    kernel = kernel_of(args.release or LATEST)
    selection, case = _one_case(args)
    if case is None:
        return status.NOTHING
    rules = selection.rules()
    sys.stdout.write(f"{case.id}\n  {case.title}\n  {case.mark}\n")
    for name in case.rules:
        rule = rules.get(name)
        sys.stdout.write(f"  {name} [{rule.level}] {rule.statement}\n" if rule else f"  {name}\n")
    sys.stdout.write("\n" + "\n".join(lanes(case, run_case(case, kernel=kernel))) + f"\n\n{LEGEND}\n")
    if case.races:
        count = len(possible_traces(case, kernel=kernel))
        sys.stdout.write(f"Linux allows {count} outcomes; this is the usual one.\n" if count > 1 else "")
    return status.OK


def print_c_program(args: argparse.Namespace) -> int:
    """Print a case as one C program that needs nothing of waitconf; of a sweep, the first cell."""
    kernel = kernel_of(args.release or LATEST)
    selection, case = _one_case(args)
    if case is None:
        return status.NOTHING
    try:
        text = c_program(case, expected(case, kernel), selection.rules())
    except NotExpressible as error:
        sys.stderr.write(f"waitconf: {case.id} cannot be a program of its own: {error}\n")
        return status.FAILED
    sys.stdout.write(text)
    return status.OK


def _one_case(args: argparse.Namespace) -> tuple[Selection, Case | None]:
    """Find the case that was asked for, of a sweep the first cell; say it if there is none."""
    selection = select(args.paths, base_id(args.case))
    found = [case for case in selection.cases() if args.case in (case.id, base_id(case.id))]
    if not found:
        ids = (base_id(case.id) for case in select(args.paths).cases())
        _nothing(f"there is no case `{args.case}`{suggestion(args.case, ids)}")
        return selection, None
    if len(found) > 1:
        sys.stderr.write(f"waitconf: {args.case} is a sweep of {len(found)} cells; this is the first\n")
    return selection, found[0]


def trace(args: argparse.Namespace) -> int:
    """Print the full trace of each selected case, one JSON object per line."""
    targets = list(dict.fromkeys(args.target or ["host"]))
    for name in targets:
        check_kind(name)
    selection = select(args.paths, args.keyword, args.case)
    if first_and_rest(selection.cases()) is None:
        return _nothing("no case is selected")
    ran = [_trace_target(name, selection.cases(), args.release) for name in targets]
    return status.OK if all(ran) else status.FAILED


def _trace_target(name: str, cases: Iterator[Case], release: str | None) -> bool:
    """Print the traces of a target; return whether every case ran to its end, or need not."""
    under_way: deque[Case] = deque()
    fine = True

    def remembered() -> Iterator[Case]:
        for case in cases:
            under_way.append(case)
            yield case

    with closing(parse_target(name, TargetOptions(release=release))) as target:
        for outcome in target.run(remembered()):
            record = trace_record(under_way.popleft(), name, outcome)
            fine = fine and outcome.status in ("ok", "unsupported")
            sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
    return fine


def trace_record(case: Case, target: str, outcome: Outcome) -> dict[str, Any]:
    """Return a trace as JSON values; ``status`` is that of :class:`Outcome`, times are in microseconds."""
    record: dict[str, Any] = {"id": case.id, "target": target, "status": outcome.status}
    if outcome.text:
        record["text"] = outcome.text
    record["duration_us"] = outcome.duration_ns // 1000
    record["steps"] = [
        {"step": number, **_calls_record(step), **_step_record(seen)}
        for number, (step, seen) in enumerate(zip(case.steps, outcome.trace.steps, strict=False), start=1)
    ]
    return record


def _calls_record(step: Step) -> dict[str, Any]:
    """Return who makes which call; where several are made, ``together`` lists them all."""
    calls = [{"actor": actor, "call": call_text(call)} for actor, call in step.acts]
    return {"together": calls} if step.more else dict(calls[0])


def _step_record(seen: StepTrace) -> dict[str, Any]:
    return {
        "events": [{**event._asdict(), "fields": dict(event.fields)} for event in seen.events],
        "states": [state._asdict() for state in seen.states],
    }


def _nothing(message: str) -> int:
    sys.stderr.write(f"waitconf: {message}\n")
    return status.NOTHING
