"""Numbers of file descriptors and of what can be polled, and of pidfds in particular."""

from __future__ import annotations

PIDFD_OPEN_FLAGS: dict[str, int] = {"PIDFD_NONBLOCK": 0o4000, "PIDFD_THREAD": 0o200}
"""Flags of pidfd_open(2): by their numbers O_NONBLOCK and O_EXCL, as which fcntl(2) shows them."""
PIDFD_NONBLOCK, PIDFD_THREAD = 0o4000, 0o200
PIDFD_AUTOKILL = 0o1000
"""The kernel's own flag of a pidfd that CLONE_PIDFD_AUTOKILL gave; by its number O_TRUNC."""

PIDFD_SIGNAL_FLAGS: dict[str, int] = {
    "PIDFD_SIGNAL_THREAD": 1,
    "PIDFD_SIGNAL_THREAD_GROUP": 2,
    "PIDFD_SIGNAL_PROCESS_GROUP": 4,
}
"""Flags of pidfd_send_signal(2): who is meant, whatever the pidfd is of."""
PIDFD_SIGNAL_THREAD, PIDFD_SIGNAL_THREAD_GROUP, PIDFD_SIGNAL_PROCESS_GROUP = 1, 2, 4

SENTINELS: dict[str, int] = {"PIDFD_SELF_THREAD": -10000, "PIDFD_SELF_THREAD_GROUP": -10001}
"""Numbers that stand for a pidfd of the caller (``include/uapi/linux/pidfd.h``)."""
PIDFD_SELF_THREAD, PIDFD_SELF_THREAD_GROUP = -10000, -10001

POLL_EVENTS: dict[str, int] = {
    "POLLIN": 0x1,
    "POLLPRI": 0x2,
    "POLLOUT": 0x4,
    "POLLERR": 0x8,
    "POLLHUP": 0x10,
    "POLLNVAL": 0x20,
    "POLLRDNORM": 0x40,
}
"""Events of poll(2). Those of epoll(7) have the same numbers."""
POLLIN, POLLOUT, POLLERR, POLLHUP, POLLNVAL, POLLRDNORM = 0x1, 0x4, 0x8, 0x10, 0x20, 0x40

EPOLL_EVENTS: dict[str, int] = {
    **{name.replace("POLL", "EPOLL"): number for name, number in POLL_EVENTS.items() if name != "POLLNVAL"},
    "EPOLLONESHOT": 1 << 30,
    "EPOLLET": 1 << 31,
}
EPOLLONESHOT, EPOLLET = 1 << 30, 1 << 31
EPOLL_OPS: dict[str, int] = {"EPOLL_CTL_ADD": 1, "EPOLL_CTL_DEL": 2, "EPOLL_CTL_MOD": 3}
EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD = 1, 2, 3

FCNTL_COMMANDS: dict[str, int] = {"F_GETFD": 1, "F_SETFD": 2, "F_GETFL": 3, "F_SETFL": 4}
F_GETFD, F_SETFD, F_GETFL, F_SETFL = 1, 2, 3, 4
FD_FLAGS: dict[str, int] = {"FD_CLOEXEC": 1}
STATUS_FLAGS: dict[str, int] = {"O_NONBLOCK": 0o4000, "O_EXCL": 0o200}
"""The status flags that are told of a descriptor; O_EXCL is PIDFD_THREAD."""
FD_CLOEXEC, O_NONBLOCK, O_EXCL = 1, 0o4000, 0o200

INFO_BITS: dict[str, int] = {
    "PIDFD_INFO_PID": 0x1,
    "PIDFD_INFO_CREDS": 0x2,
    "PIDFD_INFO_CGROUPID": 0x4,
    "PIDFD_INFO_EXIT": 0x8,
    "PIDFD_INFO_COREDUMP": 0x10,
    "PIDFD_INFO_SUPPORTED_MASK": 0x20,
    "PIDFD_INFO_COREDUMP_SIGNAL": 0x40,
}
"""What PIDFD_GET_INFO can be asked for, and says that it has told."""
INFO_PID, INFO_CREDS, INFO_CGROUPID, INFO_EXIT, INFO_COREDUMP = 0x1, 0x2, 0x4, 0x8, 0x10

INFO_SIZE = 64
"""The size of ``struct pidfd_info`` when it was new (PIDFD_INFO_SIZE_VER0)."""

IO_OPERATIONS: dict[str, int] = {"read": 0, "write": 1, "pread": 2, "lseek": 3}

PIDFD_REQUESTS: dict[str, int] = {
    "PIDFD_GET_CGROUP_NAMESPACE": 1,
    "PIDFD_GET_IPC_NAMESPACE": 2,
    "PIDFD_GET_MNT_NAMESPACE": 3,
    "PIDFD_GET_NET_NAMESPACE": 4,
    "PIDFD_GET_PID_NAMESPACE": 5,
    "PIDFD_GET_PID_FOR_CHILDREN_NAMESPACE": 6,
    "PIDFD_GET_TIME_NAMESPACE": 7,
    "PIDFD_GET_TIME_FOR_CHILDREN_NAMESPACE": 8,
    "PIDFD_GET_USER_NAMESPACE": 9,
    "PIDFD_GET_UTS_NAMESPACE": 10,
    "unknown": 0xFF,
}
"""Requests of ioctl on a pidfd that give a descriptor of a namespace, by their number in the series 0xFF."""
UNKNOWN_REQUEST = 0xFF


def names_of(mask: int, table: dict[str, int]) -> str:
    """Spell a set of bits as a trace does: names in the order of the table, ``-`` if there are none.

    Bits without a name are told as one hexadecimal number at the end.
    """
    found = [name for name, bit in table.items() if mask & bit]
    rest = mask & ~sum(table.values())
    return ",".join([*found, f"{rest:#x}"] if rest else found) or "-"
