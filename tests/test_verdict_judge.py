"""Verdicts, their levels, repeats, and the stream of cases over a target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pytest

from conformance.case.errors import CaseError, CaseErrors
from conformance.case.loader import load_text
from conformance.case.model import Case, Mark, Rule
from conformance.executor.outcome import Outcome, Status, without_trace
from conformance.reference import UnknownRelease, run_case
from conformance.trace import Environment, StepTrace, Trace
from conformance.verdict.drive import TargetStopped, judge_cases
from conformance.verdict.judge import Oracle
from conformance.verdict.model import CaseResult, strongest_level
from tests.fakes import CONFLICT, FAULT, REAPED, SWEEP, FakeTarget, case
from tests.variants.buffers import S1KeepsZombieOnFault

RULES = {
    "WAIT-001": Rule("WAIT-001", "wait4 reaps.", "posix", "wait(2)"),
    "WAIT-002": Rule("WAIT-002", "A bad pointer costs the report.", "implementation", "kernel_wait4"),
}


def judged(texts: Iterable[str], target: FakeTarget | None = None, repeat: int = 1) -> dict[str, CaseResult]:
    cases = load_text("---\n".join(texts))
    results = judge_cases(iter(cases), target or FakeTarget(), Oracle(), RULES, repeat)
    return {result.case.id: result for result in results}


def test_what_linux_does_conforms() -> None:
    result = judged([REAPED])["child-is-reaped"]
    assert (result.verdict, result.divergences, result.level) == ("conforms", (), "posix")
    assert result.duration_ns == 1500


def test_a_known_bug_diverges_at_the_step_where_it_shows() -> None:
    result = judged([FAULT], FakeTarget(S1KeepsZombieOnFault))["fault-reaps"]
    assert result.verdict == "diverges"
    assert ("C", "state", "gone", "zombie") in [(d[1], d[2], d[3], d[4]) for d in result.divergences]
    assert {d.step for d in result.divergences} == {3}, "what follows from it is not told"
    assert {d.rule for d in result.divergences} == {"WAIT-002"}
    assert result.level == "implementation"


def test_the_author_is_heard_first_and_the_target_not_at_all() -> None:
    target = FakeTarget(outcomes={"author-errs": [without_trace("crashed", "dead")]})
    result = judged([CONFLICT], target)["author-errs"]
    assert result.verdict == "conflict"
    assert [(d.field, d.expected, d.observed) for d in result.divergences] == [
        ("status", "exited(4)", "exited(3)")
    ]
    assert target.given == []


NEEDS_ROOT = """id: needs-root
title: What the author expects holds for root
rules: [WAIT-001]
requires: [uids]
steps:
  - P: getresuid
    expect: {ruid: 0}
"""


def test_an_author_who_requires_root_is_heard_as_root() -> None:
    target = FakeTarget(outcomes={"needs-root": [without_trace("unsupported", "no")]})
    target.environment = Environment(uid=1000)
    assert judged([NEEDS_ROOT], target)["needs-root"].verdict == "unsupported"
    elsewhere = judged([NEEDS_ROOT.replace("requires: [uids]\n", "")], target)["needs-root"]
    assert elsewhere.verdict == "conflict"


def test_a_step_for_an_actor_that_cannot_take_it_is_a_conflict() -> None:
    stuck = REAPED.replace("- C: {exit: 3}", "- C: pause\n  - C: {exit: 3}")
    (divergence,) = judged([stuck])["child-is-reaped"].divergences
    assert (divergence.step, divergence.actor, divergence.field, divergence.expected) == (
        3,
        "C",
        "state",
        "idle",
    )
    assert "blocked" in str(divergence.observed)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("hung", "hung"),
        ("crashed", "crashed"),
        ("unsupported", "unsupported"),
        ("refused", "unsupported"),
        ("broken", "crashed"),
        ("invalid", "crashed"),
    ],
)
def test_statuses_map_to_verdicts_and_never_conform(status: Status, verdict: str) -> None:
    target = FakeTarget(outcomes={"child-is-reaped": [without_trace(status, "the words")]})
    result = judged([REAPED], target)["child-is-reaped"]
    assert (result.verdict, result.text, result.divergences) == (verdict, "the words", ())


def test_a_hang_tells_the_step_in_which_it_happened() -> None:
    steps = run_case(case(REAPED)).steps
    running = tuple(state._replace(state="running") for state in steps[2].states[:2])
    last = Trace((*steps[:2], StepTrace((), running)))
    target = FakeTarget(outcomes={"child-is-reaped": [Outcome("hung", last, "step 3 did not settle")]})
    result = judged([REAPED], target)["child-is-reaped"]
    assert result.verdict == "hung"
    assert ("P", "state", "idle", "running") in [(d[1], d[2], d[3], d[4]) for d in result.divergences]
    assert {d.step for d in result.divergences} == {3}


def test_a_trace_that_ends_early_does_not_conform() -> None:
    short = Outcome("ok", Trace(run_case(case(REAPED)).steps[:2]))
    result = judged([REAPED], FakeTarget(outcomes={"child-is-reaped": [short]}))["child-is-reaped"]
    assert (result.verdict, result.divergences[0].field) == ("diverges", "step")


def test_repeats_that_agree_are_what_they_are() -> None:
    target = FakeTarget(S1KeepsZombieOnFault)
    results = judged([REAPED, FAULT], target, repeat=3)
    assert [result.verdict for result in results.values()] == ["conforms", "diverges"]
    assert target.given == ["child-is-reaped"] * 3 + ["fault-reaps"] * 3


def test_repeats_that_disagree_are_unstable() -> None:
    good = Outcome("ok", run_case(case(FAULT)))
    bad = Outcome("ok", run_case(case(FAULT), kernel=S1KeepsZombieOnFault))
    target = FakeTarget(outcomes={"fault-reaps": [good, bad, good]})
    result = judged([FAULT], target, repeat=3)["fault-reaps"]
    assert (result.verdict, result.text) == ("unstable", "of 3 runs: 2 conforms, 1 diverges.")
    assert result.divergences


def test_repeats_that_differ_in_another_way_each_time_are_unstable() -> None:
    good = run_case(case(FAULT))
    bad = [
        Outcome("ok", run_case(case(FAULT), kernel=S1KeepsZombieOnFault)),
        Outcome("ok", Trace(good.steps[:1])),
    ]
    result = judged([FAULT], FakeTarget(outcomes={"fault-reaps": bad}), repeat=2)["fault-reaps"]
    assert result.verdict == "unstable"


EITHER = """\
id: either-order
title: C dies of a signal that P sends; whether P's kill returns first is open
rules: [WAIT-001]
steps:
  - P: {sigaction: {sig: SIGCHLD, handler: log}}
  - P: {fork: C}
  - P: {kill: {pid: C, sig: SIGKILL}}
"""


def test_an_order_that_linux_leaves_open_conforms() -> None:
    usual = run_case(case(EITHER))
    last = usual.steps[2]
    assert len(last.events) == 2
    other = Trace((*usual.steps[:2], last._replace(events=last.events[::-1])))
    target = FakeTarget(outcomes={"either-order": [Outcome("ok", usual), Outcome("ok", other)]})
    assert judged([EITHER], target, repeat=2)["either-order"].verdict == "conforms"


def test_results_come_in_the_order_of_the_cases_around_conflicts() -> None:
    results = judged([CONFLICT, REAPED, SWEEP, FAULT])
    assert [(name, result.verdict) for name, result in results.items()] == [
        ("author-errs", "conflict"),
        ("child-is-reaped", "conforms"),
        ("codes[0]", "conforms"),
        ("codes[1]", "conforms"),
        ("codes[255]", "conforms"),
        ("fault-reaps", "conforms"),
    ]


def test_only_conflicts_and_a_target_that_is_never_asked() -> None:
    assert [result.verdict for result in judged([CONFLICT]).values()] == ["conflict"]


class Greedy(FakeTarget):
    """Takes all cases before it answers, and may forget some."""

    def __init__(self, forgets: int = 0) -> None:
        super().__init__()
        self.forgets = forgets

    def run(self, cases: Iterable[Case]) -> Iterator[Outcome]:
        outcomes = list(super().run(cases))
        yield from outcomes[: len(outcomes) - self.forgets]


def test_a_target_may_take_cases_ahead() -> None:
    results = judged([CONFLICT, REAPED, SWEEP, CONFLICT.replace("author-errs", "again")], Greedy())
    assert list(results) == ["author-errs", "child-is-reaped", "codes[0]", "codes[1]", "codes[255]", "again"]


@pytest.mark.parametrize("repeat", [1, 2])
def test_a_target_that_forgets_cases_is_found_out(repeat: int) -> None:
    with pytest.raises(TargetStopped, match=r"codes\[255\]"):
        judged([REAPED, SWEEP], Greedy(forgets=1), repeat)


def test_cases_are_taken_lazily() -> None:
    taken = []

    def cases() -> Iterator[Case]:
        for one in load_text(SWEEP):
            taken.append(one.id)
            yield one

    results = judge_cases(cases(), FakeTarget(), Oracle(), RULES)
    assert next(results).case.id == "codes[0]"
    assert len(taken) < 3


def test_a_bad_cell_is_told_after_the_results_before_it() -> None:
    def cases() -> Iterator[Case]:
        yield case(REAPED)
        raise CaseErrors([CaseError(Mark("a.yaml", 1, 1), "bad")])

    results = judge_cases(cases(), Greedy(), Oracle(), RULES)
    assert next(results).verdict == "conforms"
    with pytest.raises(CaseErrors, match="bad"):
        next(results)


@pytest.mark.parametrize(
    ("ids", "level"),
    [(("WAIT-002",), "implementation"), (("WAIT-002", "WAIT-001"), "posix"), ((), "implementation")],
)
def test_the_strongest_level_counts(ids: tuple[str, ...], level: str) -> None:
    rules: Mapping[str, Rule] = RULES
    assert strongest_level(ids, rules) == level


def test_an_unknown_release_is_refused() -> None:
    assert Oracle().model
    with pytest.raises(UnknownRelease, match=r"2\.4"):
        assert Oracle("2.4").model
