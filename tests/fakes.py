"""Targets that misbehave on purpose, and a small suite for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from conformance.case.loader import load_text
from conformance.case.model import Case
from conformance.executor.outcome import Outcome, without_trace
from conformance.reference import CaseNotRunnable, Kernel, run_case
from conformance.targets import Kind, TargetFailed, TargetOptions
from conformance.trace import Environment
from tests.variants.buffers import S1KeepsZombieOnFault

RULES = """\
- id: WAIT-001
  statement: wait4 reaps the child that ended.
  level: posix
  source: wait(2), DESCRIPTION
- id: WAIT-002
  statement: A bad status pointer costs the report.
  level: implementation
  source: kernel_wait4
  since: "2.6"
- id: WAIT-003
  statement: Nobody shows this.
  level: documented
  source: wait(2)
"""

REAPED = """\
id: child-is-reaped
title: wait4 reaps
rules: [WAIT-001]
steps:
  - P: {fork: C}
  - C: {exit: 3}
  - P: {wait4: C}
    expect: {ret: C, status: exited(3)}
"""

FAULT = """\
id: fault-reaps
title: wait4 with a bad status pointer reaps all the same
rules: [WAIT-001, WAIT-002]
steps:
  - P: {fork: C}
  - C: {exit: 3}
  - P: {wait4: {pid: C, status: bad}}
    rule: WAIT-002
    expect: {errno: EFAULT}
  - P: {wait4: -1}
    expect: {errno: ECHILD}
"""

CONFLICT = """\
id: author-errs
title: somebody wants another status
rules: [WAIT-001]
steps:
  - P: {fork: C}
  - C: {exit: 3}
  - P: {wait4: C}
    expect: {status: exited(4)}
"""

SWEEP = """\
id: codes
title: exit code ${code}
rules: [WAIT-001]
sweep:
  code: [0, 1, 255]
steps:
  - P: {fork: C}
  - C: {exit: $code}
  - P: {wait4: C}
"""


def case(text: str) -> Case:
    """Return the only case of a text."""
    (found,) = load_text(text)
    return found


def write_suite(folder: Path, *texts: str) -> Path:
    """Make a suite: the rules and one file of cases; return the file."""
    (folder / "area").mkdir(parents=True, exist_ok=True)
    (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
    file = folder / "area" / "some.yaml"
    file.write_text("---\n".join(texts), encoding="utf-8")
    return file


class FakeTarget:
    """The reference kernel, or a variant of it, with an outcome of its own for some cases.

    ``outcomes`` gives for the id of a case what becomes of it, call by call (the last one goes on).
    """

    def __init__(
        self,
        kernel: type[Kernel] = Kernel,
        outcomes: Mapping[str, list[Outcome]] | None = None,
        before: Callable[[Case], None] = lambda _: None,
        name: str = "fake",
    ) -> None:
        self.name = name
        self.kind = "fake"
        self.environment = Environment()
        self.closed = 0
        self.given: list[str] = []
        self._kernel = kernel
        self._outcomes = {id_: list(found) for id_, found in (outcomes or {}).items()}
        self._before = before

    def describe(self) -> Mapping[str, str]:
        facts = {"name": self.name, "kind": self.kind, "sysname": "Fake"}
        return facts | {"release": "1", "machine": "none"}

    def run(self, cases: Iterable[Case]) -> Iterator[Outcome]:
        for one in cases:
            self.given.append(one.id)
            self._before(one)
            yield self._outcome(one)

    def _outcome(self, one: Case) -> Outcome:
        own = self._outcomes.get(one.id)
        if own:
            return own.pop(0) if len(own) > 1 else own[0]
        try:
            return Outcome("ok", run_case(one, kernel=self._kernel), "", 1500)
        except CaseNotRunnable as error:
            return without_trace("invalid", str(error))

    def close(self) -> None:
        self.closed += 1


def fake_kind(start: Callable[[str, TargetOptions], FakeTarget]) -> Kind:
    """Make a kind of target from what starts one, given its argument."""
    return Kind(lambda address, options: start(address.argument, options), "a fake", argument="ANY")


def _buggy(argument: str, _options: TargetOptions) -> FakeTarget:
    return FakeTarget(S1KeepsZombieOnFault, name=f"buggy:{argument}" if argument else "buggy")


def _dead(_argument: str, _options: TargetOptions) -> FakeTarget:
    raise TargetFailed("dead: it does not start")


buggy = fake_kind(_buggy)
"""A target that keeps the zombie when the status pointer is bad."""
dead = fake_kind(_dead)
"""One that fails to start."""
