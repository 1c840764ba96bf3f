"""Several workers: processes that each run a share of the cases on a target of their own.

A worker has a part of the cores to itself, where its interpreter and its target stay: cases that wake
up on another core than their agent take several times as long.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Final

from conformance.case.model import Rules
from conformance.commands.selection import Selection
from conformance.targets import TargetFailed, TargetOptions, parse_target
from conformance.verdict.drive import TargetStopped, judge_cases
from conformance.verdict.judge import Oracle
from conformance.verdict.model import CONFORMS, CaseResult

_BATCH: Final = 32


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is to do."""

    target: str
    selection: Selection
    oracle: Oracle
    repeat: int
    cores: tuple[int, ...]


class WorkerFailed(Exception):
    """A worker ended before its work; ``str()`` says why."""


def run_workers(
    count: int, target: str, selection: Selection, oracle: Oracle, repeat: int
) -> Iterator[CaseResult]:
    """Run the selected cases on ``count`` workers and yield results as they come, in no fixed order.

    Leaving the iterator early ends the workers.

    Raises:
        WorkerFailed: one of them did not come to its end; the others are ended too.
    """
    shares = core_shares(sorted(os.sched_getaffinity(0)), count)
    jobs = [
        Job(target, replace(selection, shard=(number, count)), oracle, repeat, cores)
        for number, cores in enumerate(shares)
    ]
    workers = [_start(job) for job in jobs]
    try:
        yield from _gather([receiver for _, receiver in workers])
    finally:
        for process, receiver in workers:
            receiver.close()
            process.terminate()
            process.join()


def core_shares(cores: list[int], count: int) -> list[tuple[int, ...]]:
    """Share cores out; with more workers than cores, some share one."""
    if count > len(cores):
        return [(cores[number % len(cores)],) for number in range(count)]
    return [tuple(cores[number::count]) for number in range(count)]


def _start(job: Job) -> tuple[SpawnProcess, Connection]:
    # Spawned, not forked: the parent may have threads, and a target's pipes must not be inherited.
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sender, job), daemon=True)
    process.start()
    sender.close()
    return process, receiver


def _gather(receivers: list[Connection]) -> Iterator[CaseResult]:
    open_ones = list(receivers)
    while open_ones:
        for ready in wait(open_ones):
            assert isinstance(ready, Connection)
            try:
                message = ready.recv()
            except EOFError:
                raise WorkerFailed("a worker died") from None
            if isinstance(message, str):
                if message:
                    raise WorkerFailed(message)
                open_ones.remove(ready)
                continue
            yield from message


def _work(sender: Connection, job: Job) -> None:
    """Be a worker: send lists of results, then an empty string, or one that says what went wrong."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C is the parent's, which then ends its workers
    os.sched_setaffinity(0, job.cores)
    try:
        _send_results(sender, job, job.selection.rules())
    except (TargetFailed, TargetStopped) as error:
        sender.send(f"{job.target}: {error}")
    except BrokenPipeError:
        return
    else:
        sender.send("")


def _send_results(sender: Connection, job: Job, rules: Rules) -> None:
    target = parse_target(job.target, TargetOptions(cpu=job.cores[-1]))
    batch: list[CaseResult] = []
    try:
        for result in judge_cases(job.selection.cases(), target, job.oracle, rules, job.repeat):
            batch.append(_light(result))
            if len(batch) >= _BATCH:
                sender.send(batch)
                batch = []
        sender.send(batch)
    finally:
        target.close()


def _light(result: CaseResult) -> CaseResult:
    """Leave out what the parent has no use for: the steps of a case that conforms."""
    return replace(result, case=replace(result.case, steps=())) if result.verdict == CONFORMS else result
