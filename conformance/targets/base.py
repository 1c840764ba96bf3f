"""What every target can do, and what its user can choose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from conformance.case.model import Case
from conformance.executor.outcome import Outcome
from conformance.trace import Environment


class UnknownTarget(ValueError):
    """The user named a target, or an option of one, that does not exist."""


class TargetFailed(Exception):
    """The target cannot be started, or cannot be started again."""


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """Choices that hold for any target; each takes what it has a use for.

    ``cpu``: the core to which cases are pinned (None: the target's choice). ``watchdog_ms``: how long one
    step may take to settle before its case counts as hung. ``release``: as which Linux the reference kernel
    answers, if the name of the target does not say it.
    """

    cpu: int | None = None
    watchdog_ms: int = 2000
    release: str | None = None


class Target(Protocol):
    """A place where a case runs. It is running from its construction until :meth:`close`."""

    @property
    def name(self) -> str:
        """As the user wrote it: ``kind[:argument]``."""

    @property
    def kind(self) -> str:
        """Which sort of target."""

    @property
    def environment(self) -> Environment:
        """The facts on which the right answers depend."""

    def describe(self) -> Mapping[str, str]:
        """Return ``name``, ``kind``, ``sysname``, ``release`` and ``machine`` for a result file's header, and
        the ``version`` of uname(2) if there is one.
        """

    def run(self, cases: Iterable[Case]) -> Iterator[Outcome]:
        """Run cases and yield the outcome of each, in their order.

        The cases are taken as they are needed, a bounded number ahead of the outcomes.

        Raises:
            TargetFailed: the target is lost and cannot be had again.
        """

    def close(self) -> None:
        """End it. Closing twice is harmless."""
