"""The reference kernel as a target: what conforms to it by definition, and shows what a case does."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from conformance.abi.machines import MACHINES, USUAL
from conformance.case.model import Case
from conformance.executor.outcome import Outcome, without_trace
from conformance.reference import (
    LATEST,
    CaseNotRunnable,
    UnknownRelease,
    kernel_of,
    required,
    run_case,
)
from conformance.targets.base import Address, TargetOptions, UnknownTarget, choice
from conformance.trace import Environment

KIND: Final = "reference"


class ReferenceTarget:
    """The reference kernel, answering as one release of Linux on one machine."""

    kind = KIND

    def __init__(
        self, release: str = LATEST, environment: Environment = Environment(), machine: str = USUAL
    ) -> None:
        """Prepare to answer as ``release`` does on ``machine``, in ``environment``.

        Raises :class:`~conformance.reference.UnknownRelease`.
        """
        self.name = KIND if release == LATEST else f"{KIND}:{release}"
        if machine != USUAL:
            self.name = f"{KIND}:{release},machine={machine}"
        self.environment = environment
        self._release = release
        self._machine = machine
        self._kernel = kernel_of(release, machine=machine)

    def describe(self) -> Mapping[str, str]:
        """Return what a result file's header says of this target; it is no machine, but may answer as one."""
        return {
            "name": self.name,
            "kind": KIND,
            "sysname": "Linux",
            "release": self._release,
            "machine": "" if self._machine == USUAL else self._machine,
        }

    def run(self, cases: Iterable[Case]) -> Iterator[Outcome]:
        """Run each case as its outcome is asked for."""
        return map(self._run, cases)

    def _run(self, case: Case) -> Outcome:
        start = time.perf_counter_ns()
        try:
            trace = run_case(case, required(case, self.environment), self._kernel)
        except CaseNotRunnable as error:
            return without_trace("invalid", f"{error.mark}: {error}")
        return Outcome("ok", trace, "", time.perf_counter_ns() - start)

    def close(self) -> None:
        """Do nothing: there is nothing to end."""


def start(address: Address, options: TargetOptions) -> ReferenceTarget:
    """Return the reference kernel of the release that the argument names, or the options.

    Raises:
        UnknownTarget: it knows no such release, or no such machine.
    """
    machine = choice(address, "machine", MACHINES)
    try:
        return ReferenceTarget(address.argument or options.release or LATEST, machine=machine)
    except UnknownRelease as error:
        raise UnknownTarget(f"{address.text}: {error}") from error
