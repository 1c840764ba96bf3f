"""Sending signals, and what a process does about them."""

from __future__ import annotations

from typing import Final

from conformance.abi.processes import RLIMITS
from conformance.abi.siginfo import SIGBUS, SIGSEGV
from conformance.abi.signals import SA_FLAGS, SI_CODES, SIGMASK_HOW, SIGNALS
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
    CallSpec(
        "tkill",
        50,
        (Param("tid", Kind.PID, "thread"), _SIG),
        "Send a signal to one thread, whosever it is.",
        "tkill(2)",
    ),
    CallSpec(
        "sigtimedwait",
        51,
        (
            Param("set", Kind.SIGSET, "the signals", names=SIGNALS),
            Param("timeout", Kind.CHOICE, "forever or zero", 1, {"zero": 0, "forever": 1}),
        ),
        "Take a pending signal, or sleep until one comes, by the raw rt_sigtimedwait system call.",
        "sigtimedwait(2)",
        observes=("si_signo", "si_code", "si_pid", "si_uid", "si_status", "si_value"),
    ),
    CallSpec(
        "sigqueue",
        52,
        (
            Param("pid", Kind.PID, "process"),
            _SIG,
            Param("code", Kind.CHOICE, "si_code of the signal", -1, SI_CODES),
            Param("value", Kind.INTEGER, "si_value of the signal", 0),
        ),
        "Send a signal with a siginfo of the caller's making, by the raw rt_sigqueueinfo system call.",
        "rt_sigqueueinfo(2)",
    ),
    CallSpec(
        "sigsuspend",
        53,
        (Param("mask", Kind.SIGSET, "blocked while it sleeps", names=SIGNALS),),
        "Sleep with another signal mask until a signal is handled.",
        "sigsuspend(2)",
    ),
    CallSpec(
        "fault",
        54,
        (Param("kind", Kind.CHOICE, "SIGSEGV or SIGBUS", names={"SIGSEGV": SIGSEGV, "SIGBUS": SIGBUS}),),
        "Read an unmapped address (SIGSEGV), or a mapping beyond the end of its file (SIGBUS).",
        "signal(7)",
        shorthand="kind",
    ),
    CallSpec("sigpipe", 55, (), "Write to a pipe that nobody can read, by raw calls.", "pipe(7)"),
    CallSpec(
        "setitimer_real",
        56,
        (),
        "Arm the shortest real-time timer, and return when it has expired.",
        "setitimer(2)",
    ),
    CallSpec(
        "setrlimit",
        57,
        (
            Param("resource", Kind.CHOICE, "RLIMIT_CORE or RLIMIT_SIGPENDING", names=RLIMITS),
            Param("soft", Kind.INTEGER, "the soft limit; only 0", 0),
        ),
        "Set a soft limit of the caller, by the raw prlimit64 system call.",
        "setrlimit(2)",
    ),
)
