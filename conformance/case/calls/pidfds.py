"""pidfds: having one, signals by it, and what else it can be asked."""

from __future__ import annotations

from typing import Final

from conformance.abi.descriptors import (
    INFO_BITS,
    INFO_SIZE,
    PIDFD_OPEN_FLAGS,
    PIDFD_REQUESTS,
    PIDFD_SIGNAL_FLAGS,
)
from conformance.abi.signals import SI_CODES, SIGNALS
from conformance.case.calls.credentials import USER_IDS
from conformance.case.calls.descriptors import NEW_FD
from conformance.case.calls.spec import BUFFERS, CallSpec, Kind, Param

INFOS: Final = {"null": 0, "given": 1, "bad": 2, "other": 3}
"""The ``siginfo_t`` of pidfd_send_signal: none, one for the signal, one that faults, one for another signal.
"""
PIDFD_INFO: Final = ("info", "info_pid", "info_tgid", "info_ppid", *USER_IDS, "info_exit")
"""What PIDFD_GET_INFO tells."""

_PIDFD = Param("pidfd", Kind.FD, "the pidfd")

TABLE: Final = (
    CallSpec(
        "pidfd_open",
        80,
        (
            Param("pid", Kind.PID, "process, or with PIDFD_THREAD a thread"),
            Param("flags", Kind.FLAGS, "or-ed; integers are taken as they are", 0, PIDFD_OPEN_FLAGS),
            NEW_FD,
        ),
        "Get a pidfd of a process.",
        "pidfd_open(2)",
        shorthand="pid",
        returns_fd=True,
        since="5.3",
    ),
    CallSpec(
        "pidfd_send_signal",
        81,
        (
            _PIDFD,
            Param("sig", Kind.SIGNAL, "signal to send", names=SIGNALS),
            Param(
                "info",
                Kind.CHOICE,
                "the siginfo: null, given (with `code`), bad (an address), other (another signal's)",
                INFOS["null"],
                INFOS,
            ),
            Param("code", Kind.CHOICE, "si_code of a siginfo that is given", SI_CODES["SI_QUEUE"], SI_CODES),
            Param("flags", Kind.FLAGS, "who is meant; integers are taken as they are", 0, PIDFD_SIGNAL_FLAGS),
        ),
        "Send a signal to whoever a pidfd, or a directory of /proc, is of.",
        "pidfd_send_signal(2)",
        since="5.1",
    ),
    CallSpec(
        "pidfd_getfd",
        82,
        (
            _PIDFD,
            Param("targetfd", Kind.FD, "the descriptor to copy, by its name or number there"),
            Param("flags", Kind.FLAGS, "none is defined", 0, {}),
            NEW_FD,
        ),
        "Copy a descriptor of another process.",
        "pidfd_getfd(2)",
        returns_fd=True,
        since="5.6",
    ),
    CallSpec(
        "pidfd_get_info",
        83,
        (
            _PIDFD,
            Param("mask", Kind.FLAGS, "what is asked for", 0, INFO_BITS),
            Param("size", Kind.INTEGER, "size of the structure, in bytes; at most 128", INFO_SIZE),
            Param("buffer", Kind.BUFFER, "where it goes", BUFFERS["given"], BUFFERS),
        ),
        "Ask a pidfd whose it is and how that one ended: ioctl with PIDFD_GET_INFO.",
        "ioctl_pidfd(2)",
        shorthand="pidfd",
        observes=PIDFD_INFO,
        since="6.13",
    ),
    CallSpec(
        "pidfd_namespace",
        84,
        (
            _PIDFD,
            Param("request", Kind.CHOICE, "the request, or an unknown one", names=PIDFD_REQUESTS),
            Param("arg", Kind.INTEGER, "its argument: 0", 0),
        ),
        "Ask a pidfd for a descriptor of a namespace, and close it: ioctl with PIDFD_GET_*_NAMESPACE.",
        "ioctl_pidfd(2)",
        returns_fd=True,
        since="6.11",
    ),
    CallSpec(
        "fdinfo",
        85,
        (_PIDFD,),
        "Read the line `Pid:` of /proc/thread-self/fdinfo, in the /proc that is mounted outside the case.",
        "proc_pid_fdinfo(5)",
        shorthand="pidfd",
        observes=("fdinfo_pid",),
    ),
    CallSpec(
        "open_proc",
        86,
        (
            Param("pid", Kind.ACTOR, "the process"),
            NEW_FD,
        ),
        "Open the directory of a process in the /proc that is mounted outside the case, close-on-exec.",
        "proc(5)",
        shorthand="pid",
        returns_fd=True,
    ),
)
