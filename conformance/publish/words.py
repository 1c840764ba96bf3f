"""Calls, steps and results in words, as a reader of the man pages would write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from conformance.abi.descriptors import SENTINELS
from conformance.abi.processes import PR_SET_PDEATHSIG
from conformance.abi.ptrace import PTRACE_OPTIONS, PTRACE_SEIZE, PTRACE_SETOPTIONS
from conformance.abi.signals import signal_name
from conformance.case.calls import BUFFERS, CALLS, Kind, Param
from conformance.case.model import Arg, Call, Case, Fd, Pid, Rules, Step
from conformance.publish.terminal import Paint
from conformance.verdict.model import CONFLICT, UNSUPPORTED, CaseResult, Divergence, Expectation

_SECOND_NAMES: Final = {"waitid": frozenset({"WUNTRACED"})}
"""Bits that have two names go by the one which the call's man page uses (else by the first)."""
_TAKE_OPTIONS: Final = frozenset({PTRACE_SEIZE, PTRACE_SETOPTIONS})
"""The ptrace requests of which `data` is not a signal."""


_NUMBERS: Final[Mapping[Kind, Mapping[object, str]]] = {
    Kind.FD: {number: name for name, number in SENTINELS.items()},
    Kind.NEWFD: {BUFFERS[name]: name for name in ("null", "bad")},
}
"""Names of what stands in the place of a descriptor."""


def call_text(call: Call) -> str:
    """Spell a call with the arguments that are not defaults: ``waitid id=C options=WEXITED|WNOWAIT``."""
    spec = CALLS[call.name]
    shown = [
        f"{param.name}={_argument(call, param, value)}"
        for param, value in zip(spec.params, call.args, strict=True)
        if value != param.default
    ]
    return " ".join([call.name, *shown])


def step_text(step: Step) -> str:
    """Spell a step: ``P: wait4 pid=C``; calls made together are joined by ``‖``."""
    return " ‖ ".join(f"{actor}: {call_text(call)}" for actor, call in step.acts)


def _argument(call: Call, param: Param, value: Arg) -> str:
    if isinstance(value, Pid | Fd):
        return value.name if isinstance(value, Fd) else f"{'-' if value.sign < 0 else ''}{value.actor}"
    if isinstance(value, str) or param.names is None:
        return _NUMBERS.get(param.kind, {}).get(value, str(value))
    if param.kind is Kind.VALUE and call.args[0] != PR_SET_PDEATHSIG:
        return str(value)
    if param.kind is Kind.SIGSET:
        return _signal_set(value, param.names)
    names = {name: bit for name, bit in param.names.items() if name not in _SECOND_NAMES.get(call.name, ())}
    if param.kind is Kind.FLAGS:
        return _ptrace_data(call, value) if call.name == "ptrace" else _flags(value, names)
    return next((name for name, number in names.items() if number == value), str(value))


def _ptrace_data(call: Call, value: int) -> str:
    return _flags(value, PTRACE_OPTIONS) if call.args[0] in _TAKE_OPTIONS else signal_name(value)


def _flags(value: int, names: Mapping[str, int]) -> str:
    """Name the bits of a word; what is left is hexadecimal."""
    rest = value & 0xFFFFFFFFFFFFFFFF
    found = []
    for name, bits in names.items():
        if bits and rest & bits == bits:
            found.append(name)
            rest &= ~bits
    return "|".join([*found, f"{rest:#x}"] if rest else found) or "0"


def _signal_set(mask: int, names: Mapping[str, int]) -> str:
    found = [name for name, number in names.items() if mask >> (number - 1) & 1]
    if len(found) == len(names):
        return "all"
    return ",".join(found) or "-"


def result_lines(
    result: CaseResult, target: str, rules: Rules, reproduce: str, paint: Paint | None = None
) -> Iterator[str]:
    """Explain a result that does not conform: what was done, what was expected, by which rule, how to repeat.

    ``reproduce`` is the command that runs the case again.
    """
    paint = paint or Paint(False)
    case = result.case
    level = f" ({result.level})" if result.divergences else ""
    yield paint.bold(f"{case.id}[{target}]") + f": {paint.verdict(result.verdict)}{level}"
    yield f"  {case.title}"
    yield f"  {case.mark}"
    if result.text:
        yield f"  {result.text}"
    if result.expectation is not None:
        yield f"  {expectation_text(result.expectation)}"
    step = 0
    for divergence in result.divergences:
        if divergence.step != step:
            step = divergence.step
            yield f"  step {step}  {step_text(case.steps[step - 1])}"
        yield from _divergence_lines(divergence, result.verdict)
    for rule in dict.fromkeys(divergence.rule for divergence in result.divergences):
        yield from _rule_lines(rule, rules)
    yield f"  again: {reproduce}"


def expectation_text(told: Expectation) -> str:
    """Say what was known of a case on its target, and whether it is so."""
    why = f"{told.reason} ({told.bug})"
    return f"as is known: {why}" if told.met else f"not as expected: {told.verdict}, for {why}"


def _divergence_lines(divergence: Divergence, verdict: str) -> Iterator[str]:
    right, seen = ("author expects", "reference kernel") if verdict == CONFLICT else ("expected", "observed")
    width = max(len(right), len(seen))
    yield f"    {divergence.actor} {divergence.field}"
    yield f"      {right:<{width}}  {divergence.expected}"
    yield f"      {seen:<{width}}  {divergence.observed}"


def _rule_lines(name: str, rules: Rules) -> Iterator[str]:
    rule = rules.get(name)
    if rule is None:
        return
    yield f"    {rule.id} [{rule.level}] {rule.statement}"
    yield f"      source: {rule.source}" + (f"; since Linux {rule.since}" if rule.since else "")
    if rule.machines:
        yield f"      only on {', '.join(rule.machines)}"


def one_line(result: CaseResult, target: str, paint: Paint) -> str:
    """Return a result in one line, for ``--verbose``."""
    why = f"  {result.text}" if result.verdict == UNSUPPORTED else ""
    return f"{paint.verdict(f'{result.verdict:<11}', result.verdict)}  {result.case.id}[{target}]{why}"


def case_line(case: Case) -> str:
    """Return a case in one line, for ``waitconf list``."""
    return f"{case.id}  {case.title}"
