"""Constants that a libc may be too old for, with the kernel's numbers; and the headers with all others."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from conformance.abi.descriptors import INFO_BITS, PIDFD_OPEN_FLAGS, PIDFD_SIGNAL_FLAGS, SENTINELS
from conformance.abi.processes import CLONE_FLAGS

_ALWAYS: Final = (
    "dirent errno fcntl limits linux/futex sched signal stdbool stddef stdint stdio stdlib string sys/mman "
    "sys/prctl sys/resource sys/syscall sys/wait time unistd"
).split()
_HEADERS: Final = {
    "poll": ("poll",),
    "epoll": ("sys/epoll",),
    "stat": ("sys/stat",),
    "core": ("sys/stat",),
    "socket": ("sys/socket", "sys/uio"),
    "ioctl": ("linux/ioctl",),
    "ptrace": ("linux/ptrace",),
    "seccomp": ("linux/filter", "linux/seccomp"),
    "pty": ("asm/ioctls", "asm/termbits", "linux/ioctl"),
    "setitimer": ("sys/time",),
}
"""By need: what is included beside what every program includes."""

_CLONE_FLAGS: Final = {
    name: f"{bits:#x}{'ull' if bits >> 32 else ''}"
    for name, bits in CLONE_FLAGS.items()
    if name == "CLONE_PIDFD" or bits >> 32
}
_YOUNG: Final = {
    **_CLONE_FLAGS,
    **{name: f"{bits:#o}".replace("0o", "0") for name, bits in PIDFD_OPEN_FLAGS.items()},
    **{name: f"{bits:#x}" for name, bits in {**PIDFD_SIGNAL_FLAGS, **INFO_BITS}.items()},
    **{name: f"({number})" for name, number in SENTINELS.items()},
    "P_PIDFD": "3",
    "SO_PEERPIDFD": "77",
    "TIOCGPTPEER": "_IO('T', 0x41)",
    "SYS_pidfd_send_signal": "424",
    "SYS_pidfd_open": "434",
    "SYS_clone3": "435",
    "SYS_pidfd_getfd": "438",
}
_WORD: Final = re.compile(r"\w+")


def includes(needs: Collection[str]) -> Iterator[str]:
    """Return the directives that include what a program with these needs is made from."""
    named = {*_ALWAYS, *(header for need, headers in _HEADERS.items() if need in needs for header in headers)}
    for name in sorted(named):
        yield f"#include <{name}.h>"


def definitions(lines: Iterable[str]) -> Iterator[str]:
    """Return definitions of the young constants that some lines name, each unless a header has it."""
    words = {word for line in lines for word in _WORD.findall(line)}
    for name, value in _YOUNG.items():
        if name in words:
            yield from (f"#if !defined({name})", f"#define {name} {value}", "#endif")
