"""File descriptors: flags, polling, and their way from one process to another."""

from __future__ import annotations

from typing import Final

from conformance.abi.descriptors import (
    EPOLL_EVENTS,
    EPOLL_OPS,
    FCNTL_COMMANDS,
    FD_FLAGS,
    IO_OPERATIONS,
    POLL_EVENTS,
    POLLIN,
    STATUS_FLAGS,
)
from conformance.case.calls.spec import BUFFERS, CallSpec, Kind, Param

_FD = Param("fd", Kind.FD, "the descriptor")
TIMEOUTS: Final = {"zero": 0, "forever": 1}
_TIMEOUT = Param("timeout", Kind.CHOICE, "forever or zero", TIMEOUTS["zero"], TIMEOUTS)
NEW_FD: Final = Param(
    "fd", Kind.NEWFD, "name of the new descriptor; without one it is closed again", BUFFERS["null"]
)

TABLE: Final = (
    CallSpec("close", 87, (_FD,), "Close a descriptor.", "close(2)", shorthand="fd"),
    CallSpec(
        "fcntl",
        88,
        (
            _FD,
            Param("cmd", Kind.CHOICE, "what to do", names=FCNTL_COMMANDS),
            Param("flags", Kind.FLAGS, "those to set; the others are off", 0, {**FD_FLAGS, **STATUS_FLAGS}),
        ),
        "Get or set the flags of a descriptor, or of the file that it is open on.",
        "fcntl(2)",
        observes=("fd_flags",),
    ),
    CallSpec(
        "io",
        89,
        (_FD, Param("op", Kind.CHOICE, "what to try", names=IO_OPERATIONS)),
        "Read or write 8 bytes, at the position or at 0 (pread), or seek to 0.",
        "read(2)",
    ),
    CallSpec(
        "poll",
        90,
        (_FD, Param("events", Kind.FLAGS, "what to wait for", POLLIN, POLL_EVENTS), _TIMEOUT),
        "Wait for events on one descriptor, by the raw ppoll system call.",
        "poll(2)",
        shorthand="fd",
        observes=("revents",),
    ),
    CallSpec(
        "epoll_create",
        91,
        (NEW_FD,),
        "Make an epoll instance, by the raw epoll_create1 system call, close-on-exec.",
        "epoll_create(2)",
        shorthand="fd",
        returns_fd=True,
    ),
    CallSpec(
        "epoll_ctl",
        92,
        (
            Param("epfd", Kind.FD, "the epoll instance"),
            Param("op", Kind.CHOICE, "what to do", EPOLL_OPS["EPOLL_CTL_ADD"], EPOLL_OPS),
            _FD,
            Param("events", Kind.FLAGS, "what to wait for, and how", POLLIN, EPOLL_EVENTS),
        ),
        "Change what an epoll instance looks at.",
        "epoll_ctl(2)",
    ),
    CallSpec(
        "epoll_wait",
        93,
        (Param("epfd", Kind.FD, "the epoll instance"), _TIMEOUT),
        "Wait for one event, by the raw epoll_pwait system call.",
        "epoll_wait(2)",
        shorthand="epfd",
        observes=("revents",),
    ),
    CallSpec(
        "same_file",
        94,
        (_FD, Param("other", Kind.FD, "another one")),
        "Ask by fstat, of two descriptors, whether device and inode number are the same.",
        "fstat(2)",
        observes=("identity",),
    ),
    CallSpec(
        "socketpair",
        95,
        (
            Param("one", Kind.NEWFD, "name of one end", BUFFERS["null"]),
            Param("other", Kind.NEWFD, "name of the other", BUFFERS["null"]),
        ),
        "Make a pair of connected unix(7) sockets (SOCK_SEQPACKET) that exec closes.",
        "socketpair(2)",
    ),
    CallSpec(
        "send_fd",
        96,
        (Param("sock", Kind.FD, "the socket"), _FD),
        "Send a copy of a descriptor, with SCM_RIGHTS.",
        "unix(7)",
    ),
    CallSpec(
        "recv_fd",
        97,
        (Param("sock", Kind.FD, "the socket"), NEW_FD),
        "Take a descriptor that was sent, close-on-exec (MSG_CMSG_CLOEXEC); EAGAIN if there is none.",
        "unix(7)",
        returns_fd=True,
    ),
    CallSpec(
        "peer_pidfd",
        98,
        (Param("sock", Kind.FD, "the socket"), NEW_FD),
        "Ask with SO_PEERPIDFD for a pidfd of the process that made the other end.",
        "unix(7)",
        returns_fd=True,
        since="6.5",
    ),
)
