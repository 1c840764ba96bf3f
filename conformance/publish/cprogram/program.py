"""A case put together as one C program."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from conformance.abi.machines import USUAL
from conformance.case.model import Case, Rule, Rules, Step
from conformance.publish.cprogram.body import Body, child_of
from conformance.publish.cprogram.calls import CALLS_IN_C, note_flags
from conformance.publish.cprogram.calls_files import FILE_CALLS_IN_C
from conformance.publish.cprogram.calls_more import MORE_CALLS_IN_C
from conformance.publish.cprogram.checks import Checks
from conformance.publish.cprogram.constants import definitions, includes
from conformance.publish.cprogram.declare import declarations
from conformance.publish.cprogram.requirements import needs_of_requirements
from conformance.publish.cprogram.spaces import spaces
from conformance.publish.cprogram.strangers import needs_namespace
from conformance.publish.cprogram.text import NotExpressible, part
from conformance.publish.words import call_text
from conformance.trace import State, Trace

_WIDTH: Final = 110
_LIKE_A_MACRO: Final = re.compile(r"[A-Z0-9_]*[A-Z_]{2}[A-Z0-9_]*|[A-Z]\d*[A-Z_][A-Z0-9_]*")
_ABOUT: Final = (
    "Compile it with `cc -o x x.c`, and run it. It prints a line for each difference from Linux and then "
    "`conforms` (exit status 0) or `differs: N` (1); or that it cannot run, and why (2), or hangs (3)."
)
_OF_A_MACHINE: Final = (
    f"Not every machine does this alike: what is expected here is what Linux does on {USUAL}, and elsewhere "
    "the program says so and does not run."
)
_WORDS: Final = {
    "status": re.compile(r"\b(EXITED|SIGNALED|DUMPED|STOPPED_BY|CONTINUED)\b"),
    "sets": re.compile(r"\bBIT\("),
    "told_as": re.compile(r"\b(told|returns|fails|handles)\("),
    "told_outside": re.compile(r"\btold_outside\("),
    "told_pid": re.compile(r"\b(told_pid|returns_pid)\("),
    "becomes": re.compile(r"\bis_\w+\("),
    "belongs_to": re.compile(r"\bbelongs_to\("),
    "heard": re.compile(r"\bhandles\("),
}
"""By need: what in the checks of a case shows it."""
_SLEEPS_IN: Final = {
    "exec": "SYS_execveat",
    "vfork": "SYS_clone",
    "clone": "SYS_clone",
    "clone3": "SYS_clone3",
    "wait4": "SYS_wait4",
    "waitid": "SYS_waitid",
    "pause": "PAUSES_IN",
    "sigtimedwait": "SYS_rt_sigtimedwait",
    "sigsuspend": "SYS_rt_sigsuspend",
    "poll": "SYS_ppoll",
    "epoll_wait": "SYS_epoll_pwait",
    "tty_read": "SYS_read",
    "tty_write": "SYS_write",
    "ptrace": "SYS_ptrace",
}
"""The system call that a call of a case can sleep in."""


def c_program(case: Case, trace: Trace, rules: Rules) -> str:
    """Return a C program that does what a case does and compares it with ``trace``.

    ``trace`` is of the kind that :func:`conformance.publish.cprogram.expected` returns.
    ``rules`` are quoted where the case names them. The program needs a C compiler and a libc, and nothing of
    waitconf: it exits with 0 if all is as in the trace, 1 after a line for each difference, 2 if the case
    cannot run, 3 if a step hangs.

    Raises :class:`NotExpressible`, which says what in the case no such program can do.
    """
    return _Program(case, trace, rules).text()


class _Program:
    """The pieces of one program."""

    def __init__(self, case: Case, trace: Trace, rules: Rules) -> None:
        if case.races:
            raise NotExpressible("calls that are made together")
        for actor in case.actors:
            if _LIKE_A_MACRO.fullmatch(actor):
                raise NotExpressible(f"an actor of the name {actor}: C has macros of such names")
        self._case = case
        self._rules = rules
        self._bodies = [_body(case, number, step) for number, step in enumerate(case.steps, start=1)]
        self._needs = {need for body in self._bodies for need in body.needs}
        self._spaces = spaces(case)
        checks = Checks(case, "usage" in self._needs)
        checks.begin(_beginning(case))
        self._checks = [checks.step(seen) for seen in trace.steps]
        self._note_needs()

    def text(self) -> str:
        """Return the whole program."""
        return "\n".join(line.rstrip() for line in self._lines()) + "\n"

    def _note_needs(self) -> None:
        written = "\n".join(line for lines in self._checks for line in lines)
        self._needs.update(need for need, words in _WORDS.items() if words.search(written))
        acts = "\n".join(line for body in self._bodies for line in body.lines)
        if "pid_of(" in acts:
            self._needs.add("pid_of")
        if needs_namespace(self._case):
            self._needs.add("pidns")
        if self._spaces is not None:
            self._needs |= {"nested", "reuse"}
        if any(rule.machines for rule in self._named_rules()):
            self._needs.add("one_machine")
        self._needs |= needs_of_requirements(self._case, frozenset(self._needs))

    def _lines(self) -> Iterator[str]:
        lines = list(self._program())
        yield from self._head()
        yield from includes(self._needs)
        yield from definitions(lines)
        yield from lines

    def _program(self) -> Iterator[str]:
        yield ""
        yield from declarations(self._case, self._telling(), self._needs, self._spaces)
        for name in ("raw", "actor", "fork", "buffers", "files", "terminal", "raise", "check"):
            yield ""
            yield from part(name, self._needs)
        yield from self._scenario()
        for name in ("settle", "contain", "cores", "probe", "main"):
            lines = list(part(name, self._needs))
            yield from ["", *lines] if lines else []

    def _telling(self) -> Iterator[str]:
        """Return the lines in which fields of events are named."""
        for body, checks in zip(self._bodies, self._checks, strict=True):
            yield from body.values
            yield from checks

    def _head(self) -> Iterator[str]:
        case = self._case
        about = [_OF_A_MACHINE, _ABOUT] if "one_machine" in self._needs else [_ABOUT]
        yield from _comment(f"{case.id}: {case.title}", [*self._rule_texts(case.rules), *about])
        yield ""
        yield "#define _GNU_SOURCE"

    def _named_rules(self) -> list[Rule]:
        steps = [step.rule for step in self._case.steps if step.rule]
        return self._found([*self._case.rules, *steps])

    def _found(self, names: Iterable[str]) -> list[Rule]:
        found = (self._rules.get(name) for name in names)
        return [rule for rule in found if rule is not None]

    def _rule_texts(self, names: Iterable[str]) -> list[str]:
        return [_rule_text(rule) for rule in self._found(names)]

    def _scenario(self) -> Iterator[str]:
        yield ""
        yield from _comment("The scenario: what each step does, in its actor; and what is to be seen then")
        for body, checks, step in zip(self._bodies, self._checks, self._case.steps, strict=True):
            yield ""
            yield from self._step(body, checks, step)
        yield ""
        yield "static const struct step steps[STEPS + 1] = {"
        yield '    {.call = "the beginning", .rule = "before the first step"},'
        for body, step in zip(self._bodies, self._case.steps, strict=True):
            yield f"    {self._row(body, step)},"
        yield "};"

    def _row(self, body: Body, step: Step) -> str:
        call = step.call.name
        n, rule = body.number, step.rule or ", ".join(self._case.rules)
        child = child_of(step.call) or "0"
        return (
            f'{{{step.actor}, "{call}", act_{n}, check_{n}, {_SLEEPS_IN.get(call, "-1")}, {child}, "{rule}"}}'
        )

    def _step(self, body: Body, checks: list[str], step: Step) -> Iterator[str]:
        title = f"step {body.number}: {step.actor}: {call_text(step.call)}"
        yield from _comment(title, self._rule_texts([step.rule] if step.rule else []))
        yield f"static void act_{body.number}(void)"
        yield "{"
        for line in body.lines:
            yield f"    {line}"
        if body.returns:
            values = ", ".join(["[RET] = ret", *body.values])
            yield f"    returned({body.actor}, {body.number}, {values});"
        yield "}"
        yield ""
        yield f"static void check_{body.number}(void)"
        yield "{"
        for line in checks:
            yield f"    {line}"
        yield "}"


def _rule_text(rule: Rule) -> str:
    since = f" (since Linux {rule.since})" if rule.since else ""
    only = f" (only on {', '.join(rule.machines)})" if rule.machines else ""
    return f"{rule.id} [{rule.level}] {rule.statement}{since}{only}"


def _beginning(case: Case) -> tuple[State, ...]:
    return (
        State("init", "idle", "", "", "init", "init"),
        State(case.root, "idle", "", "init", case.root, "init"),
    )


_EMITTERS: Final = {**CALLS_IN_C, **FILE_CALLS_IN_C, **MORE_CALLS_IN_C}


def _body(case: Case, number: int, step: Step) -> Body:
    body = Body(case, step.actor, number, step.call)
    emit = _EMITTERS.get(step.call.name)
    if emit is None:
        raise NotExpressible(f"the call {step.call.name}")
    note_flags(body)
    emit(body)
    return body


def _comment(title: str, paragraphs: Iterable[str] = ()) -> Iterator[str]:
    """Return a comment: a title, and paragraphs below it."""
    lines = textwrap.wrap(title, _WIDTH)
    for paragraph in paragraphs:
        lines += textwrap.wrap(paragraph, _WIDTH, subsequent_indent="  ")
    lines = [line.replace("*/", "* /") for line in lines]
    yield from (f"{'/* ' if i == 0 else ' * '}{line}" for i, line in enumerate(lines[:-1]))
    yield f"{' * ' if len(lines) > 1 else '/* '}{lines[-1]} */"
