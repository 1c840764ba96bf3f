"""Several workers: processes that each run cases on a target of their own.

A worker has a part of the cores to itself, where its interpreter and its target stay: cases that wake
up on another core than their agent take several times as long. Workers ask for cases when they have
room for some, so that none waits while another has a heap of them.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Final, NamedTuple

from conformance.case.model import Case, Rules
from conformance.targets import TargetFailed, TargetOptions, parse_target
from conformance.verdict.drive import TargetStopped, judge_cases
from conformance.verdict.judge import Oracle
from conformance.verdict.model import CaseResult, Divergence

_BATCH: Final = 32


@dataclass(frozen=True, slots=True)
class Job:
    """What every worker is to do with the cases it gets."""

    target: str
    oracle: Oracle
    rules: Rules
    repeat: int = 1


class WorkerFailed(Exception):
    """A worker ended before its work; ``str()`` says why."""


class _Judged(NamedTuple):
    """A result without its case, which the parent has."""

    verdict: str
    level: str
    duration_ns: int
    divergences: tuple[Divergence, ...]
    text: str


_Message = list[_Judged] | str | None
"""From a worker: results, or its last words (empty if all is well), or None: it wants a batch of cases."""


def run_workers(count: int, cases: Iterator[Case], job: Job) -> Iterator[CaseResult]:
    """Run cases on ``count`` workers and yield results as they come; leaving early ends the workers.

    Raises:
        WorkerFailed: one of them did not come to its end; the others are ended too.
        CaseErrors: from the loader.
    """
    shares = core_shares(sorted(os.sched_getaffinity(0)), count)
    workers = [_Worker(job, cores) for cores in shares]
    try:
        yield from _serve(workers, cases)
    finally:
        for worker in workers:
            worker.end()


def core_shares(cores: list[int], count: int) -> list[tuple[int, ...]]:
    """Share cores out; with more workers than cores, some share one."""
    if count > len(cores):
        return [(cores[number % len(cores)],) for number in range(count)]
    return [tuple(cores[number::count]) for number in range(count)]


class _Worker:
    """The parent's side of a worker: its process and the cases it has yet to answer for, in order."""

    def __init__(self, job: Job, cores: tuple[int, ...]) -> None:
        # Spawned, not forked: the parent may have threads, and a target's pipes must not be inherited.
        context = get_context("spawn")
        self.link, theirs = context.Pipe()
        self._waiting: deque[Case] = deque()
        self._process: SpawnProcess = context.Process(target=_work, args=(theirs, job, cores), daemon=True)
        self._process.start()
        theirs.close()

    def give(self, batch: list[Case]) -> None:
        """Answer its wish for cases, which it is waiting for; an empty batch says that there are no more."""
        self._waiting += batch
        self.link.send(batch)

    def results(self, judged: list[_Judged]) -> Iterator[CaseResult]:
        """Put results and cases together."""
        for one in judged:
            yield CaseResult(self._waiting.popleft(), *one)

    def end(self) -> None:
        """End the process, whatever it is doing; its target notices that it is gone."""
        self.link.close()
        self._process.terminate()
        self._process.join()


def _serve(workers: list[_Worker], cases: Iterator[Case]) -> Iterator[CaseResult]:
    by_link = {worker.link: worker for worker in workers}
    while by_link:
        for ready in wait(list(by_link)):
            assert isinstance(ready, Connection)
            worker = by_link[ready]
            try:
                message: _Message = ready.recv()
                if message is None:
                    worker.give(list(islice(cases, _BATCH)))
            except (EOFError, ConnectionError):
                raise WorkerFailed("a worker died") from None
            if isinstance(message, str):
                if message:
                    raise WorkerFailed(message)
                del by_link[ready]
            elif message:
                yield from worker.results(message)


def _work(link: Connection, job: Job, cores: tuple[int, ...]) -> None:
    """Be a worker: ask for cases, send results, then the last words."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C is the parent's, which then ends its workers
    os.sched_setaffinity(0, cores)
    try:
        _judge_all(link, job, TargetOptions(cpu=cores[-1]))
    except (TargetFailed, TargetStopped) as error:
        link.send(str(error))
    except (EOFError, ConnectionError):
        return
    else:
        link.send("")


def _judge_all(link: Connection, job: Job, options: TargetOptions) -> None:
    target = parse_target(job.target, options)
    judged: list[_Judged] = []
    try:
        for result in judge_cases(_asked_for(link), target, job.oracle, job.rules, job.repeat):
            words = (result.verdict, result.level, result.duration_ns, result.divergences, result.text)
            judged.append(_Judged(*words))
            if len(judged) >= _BATCH:
                link.send(judged)
                judged = []
        link.send(judged)
    finally:
        target.close()


def _asked_for(link: Connection) -> Iterator[Case]:
    """Ask for batch after batch; the parent sends one only when asked, so neither waits for the other."""
    while True:
        link.send(None)
        batch: list[Case] = link.recv()
        if not batch:
            return
        yield from batch
