"""One case's verdict: the author first, then the reference kernel, then the target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from conformance.abi.machines import USUAL, closest_machine, linux_name
from conformance.abi.releases import release_in
from conformance.case.calls import CALLS
from conformance.case.model import FACILITIES_SINCE, Case, Rules
from conformance.executor.outcome import Outcome
from conformance.reference import (
    LATEST,
    CaseNotRunnable,
    Kernel,
    TooManyOrders,
    allows,
    closest_release,
    kernel_of,
    possible_traces,
    required,
    run_case,
)
from conformance.trace import Environment, Trace
from conformance.verdict.compare import compare_step, rule_of
from conformance.verdict.expectations import contradictions
from conformance.verdict.model import (
    CONFLICT,
    CONFORMS,
    CRASHED,
    DIVERGES,
    HUNG,
    UNSTABLE,
    UNSUPPORTED,
    CaseResult,
    Divergence,
    strongest_level,
)

_VERDICT_OF_STATUS: Final = {
    "hung": HUNG,
    "crashed": CRASHED,
    "broken": CRASHED,
    "invalid": CRASHED,
    "refused": UNSUPPORTED,
    "unsupported": UNSUPPORTED,
}
"""A program that the target could not read, or a target that failed by itself, did not run the case: that
is the target's, and never passes. A refusal is the documented way to say that containment is missing."""


NO_RULES: Final[Rules] = MappingProxyType({})

_Judged = tuple[str, tuple[Divergence, ...], str]
"""A verdict, its divergences, its words."""


@dataclass(frozen=True, slots=True)
class Oracle:
    """The reference kernel of one release on one machine, or a variant of it."""

    release: str = LATEST
    kernel: type[Kernel] = Kernel
    machine: str = USUAL

    @property
    def model(self) -> type[Kernel]:
        """The kernel that answers.

        Raises :class:`~conformance.reference.UnknownRelease`, saying which are known.
        """
        return kernel_of(self.release, self.kernel, self.machine)

    def __str__(self) -> str:
        """Return which Linux it is: ``6.12``, ``6.12 on riscv64``."""
        return linux_name(self.release, self.machine)

    def beyond(self, case: Case, rules: Rules) -> str:
        """Say which Linux the author of a case has in mind, if it is not this one, so that what he expects is
        not to be heard: a younger one if a rule of the case, a call or what it requires is younger; one on
        another machine if a rule of the case is about others alone.
        """
        own = release_in(self.release)
        if any(name in rules and not rules[name].is_of(self.machine) for name in case.rules):
            return "another machine"
        named = (rules.get(name) for name in (*case.rules, *case.neighbour_of))
        ages = {rule.since or "" for rule in named if rule is not None}
        ages |= {FACILITIES_SINCE.get(name, "") for name in case.requires}
        ages |= {CALLS[call.name].since for step in case.steps for _, call in step.acts}
        heard = all(own is None or since is None or since <= own for since in map(release_in, ages))
        return "" if heard else "a younger Linux"


def oracle_for(facts: Mapping[str, str], release: str | None = None) -> Oracle:
    """Return the Linux to compare a target with: of the release that is asked for, else of the target's own
    if it is a Linux that the reference kernel knows, else the latest; on the same machine, if it is known.

    ``facts`` are what the target tells of itself. Raises :class:`~conformance.reference.UnknownRelease`.
    """
    own = closest_release(facts["sysname"], facts["release"], facts.get("version", ""))
    oracle = Oracle(release or own, machine=closest_machine(facts.get("machine", "")))
    assert oracle.model
    return oracle


@dataclass(frozen=True, slots=True)
class Prepared:
    """A case and what the reference kernel says of it.

    ``trace`` is the usual one; ``others`` are the further ones that are right if a step is a ``together``.
    With ``conflicts``, or if it is ``beyond`` this Linux (in words, why), no target need run it.
    """

    case: Case
    environment: Environment
    trace: Trace
    conflicts: tuple[Divergence, ...]
    others: frozenset[Trace] = frozenset()
    beyond: str = ""

    @property
    def is_decided(self) -> bool:
        """Whether the verdict is clear before anything runs."""
        return bool(self.conflicts or self.beyond)


def prepare(case: Case, environment: Environment, oracle: Oracle, rules: Rules = NO_RULES) -> Prepared:
    """Run ``case`` on the reference kernel as it answers in ``environment``, and hear the author.

    A case that requires more than the environment has is heard where its requirement is met: what the author
    expects holds only there, and the target will say that it is unsupported. Nor is the author heard about a
    release that is older than a rule of the case, or a machine that it is not about: the reference kernel
    alone says what was then, or is there. If by then the steps cannot even be made, the case is unsupported.
    """
    environment = required(case, environment)
    try:
        trace = run_case(case, environment, oracle.model)
        others = possible_traces(case, environment, oracle.model) - {trace} if case.races else frozenset()
    except CaseNotRunnable as error:
        if beyond := oracle.beyond(case, rules):
            return Prepared(case, environment, Trace(()), (), beyond=f"is about {beyond}: {error}")
        return Prepared(case, environment, Trace(()), (_not_runnable(case, error),))
    except TooManyOrders as error:
        return Prepared(case, environment, Trace(()), (_too_many_orders(case, error),))
    conflicts = _contradictions(case, trace, others) if not oracle.beyond(case, rules) else ()
    return Prepared(case, environment, trace, conflicts, others)


def _contradictions(case: Case, usual: Trace, others: frozenset[Trace]) -> tuple[Divergence, ...]:
    """Return where the author contradicts the usual trace, else some other one, always the same."""
    found = contradictions(case, usual)
    if found or not others:
        return found
    return min(filter(None, (contradictions(case, trace) for trace in others)), key=str, default=())


def _not_runnable(case: Case, error: CaseNotRunnable) -> Divergence:
    rule = rule_of(case, case.steps[error.step - 1])
    return Divergence(error.step, error.actor, "state", "idle", str(error), rule)


def _too_many_orders(case: Case, error: TooManyOrders) -> Divergence:
    step = case.steps[error.step - 1]
    return Divergence(
        error.step, step.actor, "orders", "few enough to follow all", str(error), rule_of(case, step)
    )


def judge(prepared: Prepared, outcomes: Sequence[Outcome], oracle: Oracle, rules: Rules) -> CaseResult:
    """Return the verdict of a case from one outcome, or from several repeats; none only if it is decided.

    Repeats agree if each conforms (Linux may leave an order open) or all differ in the same way.
    """
    if prepared.conflicts:
        return _result(prepared.case, (CONFLICT, prepared.conflicts, ""), 0, rules)
    if prepared.beyond:
        return _result(prepared.case, (UNSUPPORTED, (), prepared.beyond), 0, rules)
    judged = [_judge_one(prepared, outcome, oracle) for outcome in outcomes]
    duration = sum(outcome.duration_ns for outcome in outcomes) // len(outcomes)
    return _result(prepared.case, _together(judged), duration, rules)


def _together(judged: Sequence[_Judged]) -> _Judged:
    """Return what repeats agree on, or that they do not."""
    if len({one[:2] for one in judged}) == 1:
        return judged[0]
    counts = Counter(verdict for verdict, _, _ in judged)
    _, divergences, text = next(one for one in judged if one[0] != CONFORMS)
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    return UNSTABLE, divergences, f"of {len(judged)} runs: {told}. {text}".rstrip()


def _judge_one(prepared: Prepared, outcome: Outcome, oracle: Oracle) -> _Judged:
    if outcome.status == "ok":
        if outcome.trace == prepared.trace or outcome.trace in prepared.others:
            return CONFORMS, (), ""
        return _judge_trace(prepared, outcome.trace, oracle)
    verdict = _VERDICT_OF_STATUS[outcome.status]
    divergences = _judge_trace(prepared, outcome.trace, oracle)[1] if outcome.trace.steps else ()
    return verdict, divergences, outcome.text or outcome.status


def _judge_trace(prepared: Prepared, observed: Trace, oracle: Oracle) -> _Judged:
    try:
        divergences, text = explain(prepared, observed, oracle)
    except CaseNotRunnable as error:
        return (
            CONFLICT,
            (_not_runnable(prepared.case, error),),
            "Linux may come here in an order that the case forbids",
        )
    return (DIVERGES if divergences else CONFORMS), divergences, text


def explain(prepared: Prepared, observed: Trace, oracle: Oracle) -> tuple[tuple[Divergence, ...], str]:
    """Return the differences in the first step that no order of events on Linux explains; none if all do.

    Later steps are left out: they start from a state that Linux never reaches. Where calls are made together,
    the nearest of the outcomes is what counts as expected, and the second value says how many there are.
    """
    case = prepared.case
    allowed = allows(case, observed, prepared.environment, oracle.model)
    if not allowed.step:
        return (), ""
    number = allowed.step
    seen = observed.steps[number - 1] if number <= len(observed.steps) else None
    if case.races and seen is not None and len(allowed.outcomes) > 1:
        nearest = min((compare_step(case, number, right, seen) for right in allowed.outcomes), key=len)
        text = f"Linux allows {len(allowed.outcomes)} outcomes of step {number}; this is none of them"
        return nearest or _undescribed(case, number), text
    expected = allowed.expected or prepared.trace.steps[number - 1]
    return compare_step(case, number, expected, seen) or _undescribed(case, number), ""


def _undescribed(case: Case, number: int) -> tuple[Divergence, ...]:
    """Never lose a difference, even one in what compare_step does not name."""
    step = case.steps[number - 1]
    return (Divergence(number, step.actor, "trace", "allowed", "not allowed", rule_of(case, step)),)


def _result(case: Case, judged: _Judged, duration_ns: int, rules: Rules) -> CaseResult:
    verdict, divergences, text = judged
    about = tuple(divergence.rule for divergence in divergences) or case.rules
    return CaseResult(case, verdict, strongest_level(about, rules), duration_ns, divergences, text)
