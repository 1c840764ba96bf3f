"""What the table of calls is made of: calls, their parameters, and what may be written there."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


class Kind(enum.Enum):
    """What may be written for a parameter in YAML, and how it is compiled."""

    CHILD = "child"  # the name of a new actor
    PID = "pid"  # an actor, -actor (its process group), or an integer
    SIGNAL = "signal"  # SIGxxx or an integer
    FLAGS = "flags"  # a list of names and integers, or one of them; or-ed together
    CHOICE = "choice"  # a name of `names`, or an integer
    SIGSET = "sigset"  # a list of signals; a 64-bit mask, signal 1 in bit 0; `all` is every signal
    INTEGER = "integer"
    FD = "fd"  # a descriptor: a name that some step gave, or an integer
    NEWFD = "newfd"  # the name of a new descriptor, or null or bad where a pointer is passed
    ACTOR = "actor"  # the name of an actor who was born, in whatever state he is
    BUFFER = "buffer"  # where the kernel writes a result: a name of BUFFERS
    VALUE = "value"  # a signal name or an integer (prctl's second argument)


BUFFERS: Final[Mapping[str, int]] = MappingProxyType({"given": 0, "null": 1, "bad": 2})
"""`given`: a writable, poisoned buffer; `null`; `bad`: the unmapped address 8."""

HANDLERS: Final[Mapping[str, int]] = MappingProxyType({"SIG_DFL": 0, "SIG_IGN": 1, "log": 2})
"""`log` installs a handler that records its ``siginfo_t`` and returns."""


USAGE_FIELDS: Final = ("ru_minflt", "ru_maxrss", "ru_nvcsw")
"""What is told of an rusage that the kernel filled: what does not depend on speed."""


@dataclass(frozen=True, slots=True)
class Param:
    """One argument: ``default`` None means that the case must give it."""

    name: str
    kind: Kind
    doc: str
    default: int | None = None
    names: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class CallSpec:
    """One row of the table.

    ``shorthand`` names the parameter that a bare scalar stands for (``fork: C``, ``exit: 42``). ``observes``
    lists the fields of its ``returned`` event beside ``ret`` and ``errno``. ``returns_pid`` says that a
    positive ``ret`` is a process id, shown as an actor's name; ``returns_fd`` that it is a descriptor, shown
    by the name that the call gives it, or as ``fd``.
    """

    name: str
    opcode: int
    params: tuple[Param, ...]
    doc: str
    man: str
    shorthand: str | None = None
    observes: tuple[str, ...] = ()
    returns_pid: bool = False
    returns_fd: bool = False
    since: str = ""
    """The first release of Linux that has the system call, where it is younger than others."""
