"""What every target can do, how it is named, and what its user can choose."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from conformance.case.model import Case
from conformance.executor.outcome import Outcome
from conformance.trace import Environment

_SETTING: Final = re.compile(r",([a-z]+)=([^,]*)$")


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
        """As the user wrote it: ``kind[:argument][,key=value…]``."""

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


@dataclass(frozen=True, slots=True)
class Address:
    """A target as a user names it: ``kind[:argument][,key=value…]``; ``text`` is what was written."""

    text: str
    kind: str
    argument: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)


class Lack(NamedTuple):
    """Something that this machine has not: ``what`` it is, and Debian's ``packages`` that have it."""

    what: str
    packages: str = ""

    def __str__(self) -> str:
        """Return ``linux.uml (Debian: user-mode-linux)``."""
        return f"{self.what} (Debian: {self.packages})" if self.packages else self.what


def lacking(programs: Mapping[str, str]) -> list[Lack]:
    """Return which of some programs, each with Debian's packages of it, are not on the PATH."""
    return [Lack(name, packages) for name, packages in programs.items() if shutil.which(name) is None]


def nothing(_address: Address) -> Sequence[Lack]:
    """Return what a kind lacks that needs nothing."""
    return ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of target.

    ``start`` starts one. ``about`` says in a line what it is; ``argument`` names what may follow the colon
    (empty: nothing); ``settings`` explains each key. ``missing`` looks whether this machine has what a target
    needs.
    """

    start: Callable[[Address, TargetOptions], Target]
    about: str
    argument: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    missing: Callable[[Address], Sequence[Lack]] = nothing


def read_address(text: str, kinds: Mapping[str, Kind]) -> Address:
    """Take a target's name apart. A comma with a key that the kind does not have belongs to the argument
    only if the kind takes anything for an argument (a command may have commas).

    Raises:
        UnknownTarget: there is no such kind, or it has no argument or no such key.
    """
    name, _, rest = text.partition(":")
    name, comma, keys = name.partition(",")
    if name not in kinds:
        raise UnknownTarget(f"{text}: no such target; there are {', '.join(sorted(kinds))}")
    kind, rest = kinds[name], f"{comma}{keys}{':' if comma and rest else ''}{rest}"
    settings: dict[str, str] = {}
    while match := _SETTING.search(rest):
        if match[1] not in kind.settings:
            if kind.argument == ANYTHING:
                break
            raise UnknownTarget(f"{text}: {name} has no `{match[1]}`; {_known(kind)}")
        settings.setdefault(match[1], match[2])
        rest = rest[: match.start()]
    if rest and not kind.argument:
        raise UnknownTarget(f"{text}: {name} takes no argument")
    return Address(text, name, rest, settings)


ANYTHING: Final = "CMD"
"""The argument of a kind whose argument may be any text."""


def _known(kind: Kind) -> str:
    return f"there are {', '.join(kind.settings)}" if kind.settings else "it has no settings"


def choice(address: Address, key: str, allowed: Sequence[str]) -> str:
    """Return a setting that is one of some words, by default the first.

    Raises:
        UnknownTarget: it is none of them.
    """
    value = address.settings.get(key, allowed[0])
    if value not in allowed:
        raise UnknownTarget(f"{address.text}: {key}={value}: it is one of {', '.join(allowed)}")
    return value
