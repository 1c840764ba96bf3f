"""Sending signals, and what a process does about them."""

from __future__ import annotations

from typing import Final

from conformance.abi.signals import SA_FLAGS, SIGMASK_HOW, SIGNALS
from conformance.case.calls.spec import HANDLERS, CallSpec, Kind, Param

_SIG = Param("sig", Kind.SIGNAL, "signal to send", names=SIGNALS)

TABLE: Final = (
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
    CallSpec("sigpending", 18, (), "Which signals are pending.", "sigpending(2)", observes=("pending",)),
)
