"""The one table of calls. Loader, JSON Schema, compiler, reference kernel, agent and docs all read it.

A new call is added here (name, opcode, parameters, what it observes), then given a body in
``helpers_c/calls.c`` and in ``conformance/reference/``. The opcode is what travels to the agent; it is
never reused.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from conformance.abi.processes import PRCTL_OPTIONS
from conformance.abi.signals import SA_FLAGS, SIGMASK_HOW, SIGNALS
from conformance.abi.waiting import IDTYPES, WAIT_OPTIONS


class Kind(enum.Enum):
    """What may be written for a parameter in YAML, and how it is compiled."""

    CHILD = "child"  # the name of a new actor
    PID = "pid"  # an actor, -actor (its process group), or an integer
    SIGNAL = "signal"  # SIGxxx or an integer
    FLAGS = "flags"  # a list of names and integers, or one of them; or-ed together
    CHOICE = "choice"  # a name of `names`, or an integer
    SIGSET = "sigset"  # a list of signals; a 64-bit mask, signal 1 in bit 0; `all` is every signal
    INTEGER = "integer"
    BUFFER = "buffer"  # where the kernel writes a result: a name of BUFFERS
    VALUE = "value"  # a signal name or an integer (prctl's second argument)


BUFFERS: Final[Mapping[str, int]] = MappingProxyType({"given": 0, "null": 1, "bad": 2})
"""`given`: a writable, poisoned buffer; `null`; `bad`: the unmapped address 8."""

HANDLERS: Final[Mapping[str, int]] = MappingProxyType({"SIG_DFL": 0, "SIG_IGN": 1, "log": 2})
"""`log` installs a handler that records its ``siginfo_t`` and returns."""


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

    ``shorthand`` names the parameter that a bare scalar stands for (``fork: C``, ``exit: 42``).
    ``observes`` lists the fields of its ``returned`` event beside ``ret`` and ``errno``.
    ``returns_pid`` says that a positive ``ret`` is a process id, shown as an actor's name.
    """

    name: str
    opcode: int
    params: tuple[Param, ...]
    doc: str
    man: str
    shorthand: str | None = None
    observes: tuple[str, ...] = ()
    returns_pid: bool = False


SIGINFO_FIELDS: Final = ("si_signo", "si_errno", "si_code", "si_pid", "si_uid", "si_status")
"""What waitid fills, by the names of wait(2)."""

_SIG = Param("sig", Kind.SIGNAL, "signal to send", names=SIGNALS)
_OPTIONS_DOC = "or-ed; integers are taken as they are, so that odd bits can be tried"
_RUSAGE = Param("rusage", Kind.BUFFER, "where resource usage goes", default=1, names=BUFFERS)

_TABLE: Final = (
    CallSpec(
        "fork",
        1,
        (
            Param("child", Kind.CHILD, "name of the new process"),
            Param("exit_signal", Kind.SIGNAL, "termination signal, 0 to 255", 17, SIGNALS),
        ),
        "Make a child process by a raw clone(exit_signal).",
        "clone(2)",
        shorthand="child",
        returns_pid=True,
    ),
    CallSpec("exec", 2, (), "Replace the program by the agent itself; pid and role stay.", "execve(2)"),
    CallSpec(
        "exit",
        3,
        (Param("code", Kind.INTEGER, "exit code; the kernel keeps its low 8 bits", 0),),
        "End the calling thread by the raw exit system call.",
        "_exit(2)",
        shorthand="code",
    ),
    CallSpec(
        "exit_group",
        4,
        (Param("code", Kind.INTEGER, "exit code; the kernel keeps its low 8 bits", 0),),
        "End all threads of the process.",
        "exit_group(2)",
        shorthand="code",
    ),
    CallSpec(
        "wait4",
        5,
        (
            Param("pid", Kind.PID, "C, -C for its process group, -1 for any, 0 for the own group", -1),
            Param("status", Kind.BUFFER, "where the status word goes", 0, BUFFERS),
            Param("options", Kind.FLAGS, _OPTIONS_DOC, 0, WAIT_OPTIONS),
            _RUSAGE,
        ),
        "Wait for a state change of a child, by the raw wait4 system call.",
        "wait4(2)",
        shorthand="pid",
        observes=("status", "rusage"),
        returns_pid=True,
    ),
    CallSpec(
        "waitid",
        6,
        (
            Param("idtype", Kind.CHOICE, "P_PID unless given; P_ALL where id is left out", 1, IDTYPES),
            Param("id", Kind.PID, "which child or process group", 0),
            Param("infop", Kind.BUFFER, "where siginfo_t goes", 0, BUFFERS),
            Param("options", Kind.FLAGS, _OPTIONS_DOC, 0, WAIT_OPTIONS),
            _RUSAGE,
        ),
        "Wait for a state change of a child, by the raw five-argument waitid system call.",
        "waitid(2)",
        shorthand="id",
        observes=(*SIGINFO_FIELDS, "written", "rusage"),
    ),
    CallSpec(
        "kill",
        7,
        (Param("pid", Kind.PID, "C, -C for its process group, 0 for the own group, -1 for all"), _SIG),
        "Send a signal to a process or a group.",
        "kill(2)",
    ),
    CallSpec(
        "tgkill",
        8,
        (
            Param("tgid", Kind.PID, "thread group"),
            Param("tid", Kind.PID, "thread"),
            _SIG,
        ),
        "Send a signal to one thread.",
        "tgkill(2)",
    ),
    CallSpec(
        "sigaction",
        9,
        (
            Param("sig", Kind.SIGNAL, "signal whose action changes", names=SIGNALS),
            Param("handler", Kind.CHOICE, "SIG_DFL, SIG_IGN or log", names=HANDLERS),
            Param("flags", Kind.FLAGS, "SA_SIGINFO is always added to log", 0, SA_FLAGS),
            Param("mask", Kind.SIGSET, "blocked while the handler runs", 0, SIGNALS),
        ),
        "Change the action of a signal, by the raw rt_sigaction system call.",
        "sigaction(2)",
        observes=("old_handler", "old_flags"),
    ),
    CallSpec(
        "sigprocmask",
        10,
        (
            Param("how", Kind.CHOICE, "SIG_BLOCK, SIG_UNBLOCK or SIG_SETMASK", names=SIGMASK_HOW),
            Param("set", Kind.SIGSET, "the signals", names=SIGNALS),
        ),
        "Change the caller's signal mask.",
        "sigprocmask(2)",
        observes=("old_set",),
    ),
    CallSpec("pause", 11, (), "Sleep until a signal is handled.", "pause(2)"),
    CallSpec(
        "setpgid",
        12,
        (
            Param("pid", Kind.PID, "process to move; 0 is the caller", 0),
            Param("pgid", Kind.PID, "group to join; 0 is the process's own id", 0),
        ),
        "Put a process into a process group.",
        "setpgid(2)",
    ),
    CallSpec("setsid", 13, (), "Start a session.", "setsid(2)", returns_pid=True),
    CallSpec(
        "prctl",
        14,
        (
            Param("option", Kind.CHOICE, "which attribute", names=PRCTL_OPTIONS),
            Param("arg", Kind.VALUE, "the value to set", 0, SIGNALS),
        ),
        "Set or get the subreaper attribute or the parent-death signal.",
        "prctl(2)",
        observes=("value",),
    ),
    CallSpec("getppid", 15, (), "The parent's pid.", "getppid(2)", returns_pid=True),
    CallSpec(
        "getpgid",
        16,
        (Param("pid", Kind.PID, "process; 0 is the caller", 0),),
        "The process group of a process.",
        "getpgid(2)",
        shorthand="pid",
        returns_pid=True,
    ),
    CallSpec(
        "getsid",
        17,
        (Param("pid", Kind.PID, "process; 0 is the caller", 0),),
        "The session of a process.",
        "getsid(2)",
        shorthand="pid",
        returns_pid=True,
    ),
    CallSpec("sigpending", 18, (), "Which signals are pending.", "sigpending(2)", observes=("pending",)),
)

CALLS: Final[Mapping[str, CallSpec]] = MappingProxyType({spec.name: spec for spec in _TABLE})
