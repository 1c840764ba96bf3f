"""ptrace, and the filters of seccomp that call upon a tracer."""

from __future__ import annotations

from typing import Final

from conformance.abi.ptrace import MESSAGES, PTRACE_OPTIONS, PTRACE_REQUESTS, SECCOMP_RETURNS
from conformance.abi.signals import SI_CODES, SIGNALS
from conformance.case.calls.spec import CallSpec, Kind, Param

SYSCALL_INFO_FIELDS: Final = ("op", "nr", "rval")
"""Of PTRACE_GET_SYSCALL_INFO: where the tracee is, in which call, and what that gave."""

_TRACEE = Param("pid", Kind.PID, "the tracee")

TABLE: Final = (
    CallSpec(
        "ptrace",
        100,
        (
            Param("request", Kind.CHOICE, "what to do", names=PTRACE_REQUESTS),
            Param("pid", Kind.PID, "the tracee; of no meaning to PTRACE_TRACEME", 0),
            Param("data", Kind.FLAGS, "a signal, or PTRACE_O_ options", 0, {**SIGNALS, **PTRACE_OPTIONS}),
            Param("addr", Kind.INTEGER, "of meaning to PTRACE_SEIZE only, which wants 0", 0),
        ),
        "Become a tracee, or act upon one.",
        "ptrace(2)",
    ),
    CallSpec(
        "ptrace_geteventmsg",
        101,
        (_TRACEE, Param("means", Kind.CHOICE, "how to read the message", 2, MESSAGES)),
        "PTRACE_GETEVENTMSG: the message that goes with the tracee's last event.",
        "ptrace(2)",
        shorthand="pid",
        observes=("message",),
    ),
    CallSpec(
        "ptrace_getsiginfo",
        102,
        (_TRACEE,),
        "PTRACE_GETSIGINFO: the siginfo that the tracee stopped with.",
        "ptrace(2)",
        shorthand="pid",
        observes=("si_signo", "si_code", "si_pid", "si_uid", "si_status", "si_value"),
    ),
    CallSpec(
        "ptrace_setsiginfo",
        103,
        (
            _TRACEE,
            Param("sig", Kind.SIGNAL, "si_signo", names=SIGNALS),
            Param("code", Kind.CHOICE, "si_code", -1, SI_CODES),
            Param("value", Kind.INTEGER, "si_value", 0),
        ),
        "PTRACE_SETSIGINFO: replace the siginfo that the tracee stopped with; the sender is the caller.",
        "ptrace(2)",
    ),
    CallSpec(
        "ptrace_peeksiginfo",
        104,
        (
            _TRACEE,
            Param("off", Kind.INTEGER, "how many to pass over", 0),
            Param("nr", Kind.INTEGER, "how many to look at, 8 at most", 8),
            Param("flags", Kind.FLAGS, "the process's own queue", 0, {"PTRACE_PEEKSIGINFO_SHARED": 1}),
        ),
        "PTRACE_PEEKSIGINFO: look at the queue of signals of the tracee or of its process.",
        "ptrace(2)",
        shorthand="pid",
        observes=("peeked",),
    ),
    CallSpec(
        "ptrace_get_syscall_info",
        105,
        (_TRACEE,),
        "PTRACE_GET_SYSCALL_INFO: what the tracee is about. `nr` is a call of this table.",
        "ptrace(2)",
        shorthand="pid",
        observes=SYSCALL_INFO_FIELDS,
        since="5.3",
    ),
    CallSpec(
        "seccomp",
        106,
        (
            Param("action", Kind.CHOICE, "what becomes of a getppid from now on", names=SECCOMP_RETURNS),
            Param("data", Kind.INTEGER, "SECCOMP_RET_DATA: 0 to 65535", 0),
        ),
        "Install a filter that lets every system call pass but getppid.",
        "seccomp(2)",
    ),
)
