"""A case as frozen data. Nothing here knows YAML, a kernel or an agent.

Names: an *actor* is a task of the case, always by name. ``init`` is the first process of the case's
containment (pid 1 of its namespace); the actor of the first step is the *root actor*: a child of init,
leader of a process group of its own in the session that init leads. Every other actor is made by a
``fork`` step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

INIT = "init"


class Mark(NamedTuple):
    """A place in a case file, for messages; lines and columns count from 1."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        """Return ``path:line:column``."""
        return f"{self.path}:{self.line}:{self.column}"


class Pid(NamedTuple):
    """A pid argument: the process of ``actor`` (or its group, if ``sign`` is -1)."""

    actor: str
    sign: int = 1


class Fd(NamedTuple):
    """A descriptor argument: the number that ``name`` stands for, in whatever process it is looked up."""

    name: str


Arg = int | Pid | Fd | str
"""An argument: a raw integer, a process or a descriptor by name, or (a child only) a new actor's name."""


class Call(NamedTuple):
    """A call and all its arguments, in the order of its row in the table of calls."""

    name: str
    args: tuple[Arg, ...]


class Act(NamedTuple):
    """An actor and the call that it makes."""

    actor: str
    call: Call


Value = int | str
"""An observed value: a number, or a name (actor, ``ECHILD``, ``CLD_EXITED``, ``untouched``…)."""


class AnyOf(NamedTuple):
    """What is expected where Linux leaves open which of several values is seen."""

    values: tuple[Value, ...]

    def __str__(self) -> str:
        """Return the values joined by ``or``."""
        return " or ".join(map(str, self.values))


@dataclass(frozen=True, slots=True)
class Expected:
    """What the author says of one actor at the end of one step: a subset of what is observed.

    ``fields`` are fields of the actor's ``returned`` event; ``state`` and the ids are those of its
    :class:`conformance.trace.State`; ``handled`` lists each signal handled in this step, in order, as
    the fields that must hold (always at least ``si_signo``); None says nothing. ``place`` counts the calls
    that the actor makes in the step, from 0: ``fields`` and ``returns`` are about that one; -1 is the last
    call that returned.
    """

    actor: str
    fields: tuple[tuple[str, Value | AnyOf], ...] = ()
    state: tuple[tuple[str, Value | AnyOf], ...] = ()
    handled: tuple[tuple[tuple[str, Value], ...], ...] | None = None
    returns: bool | None = None
    """False: the call must not have returned in this step (``expect: blocks``)."""
    place: int = -1


@dataclass(frozen=True, slots=True)
class Step:
    """One actor makes one call; then the whole family settles.

    ``more`` are the further calls of a ``together`` step: those of one actor follow each other at once, those
    of different actors start at the same time, and the family settles only after all of them.
    """

    actor: str
    call: Call
    expect: tuple[Expected, ...] = ()
    rule: str | None = None
    mark: Mark = Mark("<case>", 0, 0)
    more: tuple[Act, ...] = ()

    @property
    def acts(self) -> tuple[Act, ...]:
        """All calls of the step, in the order in which the case names them."""
        return (Act(self.actor, self.call), *self.more)


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario and the rules it is evidence for. ``actors`` are in order of appearance, init first.

    ``descriptors`` are the names of descriptors, in order of appearance.
    ``neighbour_of`` names rules whose edge it shows: it fails where such a rule is read too widely.
    """

    id: str
    title: str
    rules: tuple[str, ...]
    steps: tuple[Step, ...]
    actors: tuple[str, ...]
    area: str = ""
    catches: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    neighbour_of: tuple[str, ...] = ()
    descriptors: tuple[str, ...] = ()
    mark: Mark = Mark("<case>", 0, 0)

    @property
    def root(self) -> str:
        """The actor that exists before the first step."""
        return self.actors[1]

    @property
    def races(self) -> bool:
        """Whether some step has several calls, so that several outcomes may be right."""
        return any(step.more for step in self.steps)


@dataclass(frozen=True, slots=True)
class Rule:
    """One normative statement. ``level`` is ``posix``, ``documented`` or ``implementation``.

    ``since`` is the first release for which it holds; ``machines`` are the only ones for which it does, all
    if there is none.
    """

    id: str
    statement: str
    level: str
    source: str
    since: str | None = None
    machines: tuple[str, ...] = ()
    mark: Mark = Mark("<rules>", 0, 0)

    def is_of(self, machine: str) -> bool:
        """Say whether it holds on a machine, as uname(2) calls it."""
        return machine in (self.machines or (machine,))


Rules = Mapping[str, Rule]

LEVELS = ("posix", "documented", "implementation")
REQUIREMENTS: Mapping[str, str] = {
    "proc": "a /proc whose stat files have all their fields",
    "pidns": "a PID namespace of its own (root, or user namespaces)",
    "core": "core dumps: a core_pattern that is a plain name, and leave to mount (root, or user namespaces)",
    "uids": "more than one user id: real root",
    "set-tid": "pids by choice, clone3 with set_tid (Linux 5.5, and a PID namespace)",
    "last-pid": "pids in turn from a chosen one, /proc/sys/kernel/ns_last_pid (and a PID namespace)",
    "pty": "pseudo-terminals (/dev/ptmx)",
    "stealtty": "the right to take another session's terminal (CAP_SYS_ADMIN, outside user namespaces)",
    "ptrace": "the right to trace one's own children (no Yama, no seccomp filter in the way)",
    "seccomp": "seccomp filters",
    "pidfd": "pidfds, to open and to wait for (Linux 5.4)",
    "cgroup": "a cgroup of its own with cgroup.kill (Linux 5.14, a cgroup2 mount where one may be made)",
}
"""What a case can ask of its containment, and how a report says that it is missing."""

FACILITIES_SINCE: Mapping[str, str] = {"pidfd": "5.4", "set-tid": "5.5", "cgroup": "5.14"}
"""The first release of Linux that has a facility, where some have it not."""
