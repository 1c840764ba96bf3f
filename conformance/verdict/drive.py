"""A stream of cases on one target, judged in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

from conformance.case.errors import CaseErrors
from conformance.case.model import Case, Rules
from conformance.targets.base import Target
from conformance.verdict.judge import Oracle, Prepared, judge, prepare
from conformance.verdict.model import CaseResult


class TargetStopped(Exception):
    """A target yielded fewer outcomes than it was given cases."""


def judge_cases(
    cases: Iterable[Case], target: Target, oracle: Oracle, rules: Rules, repeat: int = 1
) -> Iterator[CaseResult]:
    """Run each case ``repeat`` times on ``target`` and yield its result, in the order of ``cases``.

    Cases are taken as the target asks for them. The reference kernel works in that moment, so a target
    that asks for its next batch while the last one is under way has both at work at once.

    Raises:
        TargetStopped: the target left cases unanswered.
        conformance.case.errors.CaseErrors: from the loader, after the results before the bad file.
    """
    waiting: deque[Prepared] = deque()
    bad: list[CaseErrors] = []

    def feed() -> Iterator[Case]:
        try:
            for case in cases:
                prepared = prepare(case, target.environment, oracle, rules)
                waiting.append(prepared)
                if not prepared.is_decided:
                    yield from [case] * repeat
        except CaseErrors as error:
            bad.append(error)  # raised through the target, it would take the answers under way with it

    outcomes = target.run(feed())
    while True:
        answered = list(islice(outcomes, repeat))
        yield from _decided(waiting, oracle, rules)
        if len(answered) < repeat:
            break
        yield judge(waiting.popleft(), answered, oracle, rules)
    if waiting or answered:
        raise TargetStopped(
            f"the target stopped before it had run {waiting[0].case.id if waiting else 'a case'}"
        )
    if bad:
        raise bad[0]


def _decided(waiting: deque[Prepared], oracle: Oracle, rules: Rules) -> Iterator[CaseResult]:
    """Yield the results of the cases in front of which nothing is waiting for the target."""
    while waiting and waiting[0].is_decided:
        yield judge(waiting.popleft(), (), oracle, rules)
