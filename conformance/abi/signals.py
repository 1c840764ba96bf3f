"""Signal numbers and the default action of each (signal(7); generic numbering of x86, ARM, RISC-V)."""

from __future__ import annotations

_STANDARD = (
    "SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1 SIGSEGV SIGUSR2 "
    "SIGPIPE SIGALRM SIGTERM SIGSTKFLT SIGCHLD SIGCONT SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGURG "
    "SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH SIGIO SIGPWR SIGSYS"
).split()

SIGRTMIN = 32
"""The kernel's first real-time signal (libc keeps 32 and 33 for itself; raw system calls do not)."""
SIGRTMAX = 64

SIGNALS: dict[str, int] = {name: number for number, name in enumerate(_STANDARD, start=1)}
SIGNALS |= {f"SIGRT{number}": number for number in range(SIGRTMIN, SIGRTMAX + 1)}
SIGNAL_NAMES: dict[int, str] = {number: name for name, number in SIGNALS.items()}

SIGHUP, SIGTRAP, SIGKILL, SIGUSR1, SIGCHLD = 1, 5, 9, 10, 17
SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU = 18, 19, 20, 21, 22

STOP_SIGNALS = frozenset({SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU})
"""Default action: stop (kernel: ``SIG_KERNEL_STOP_MASK``)."""
IGNORED_BY_DEFAULT = frozenset({SIGCONT, SIGCHLD, 23, 28})
"""Default action: ignore (kernel: ``SIG_KERNEL_IGNORE_MASK``; SIGURG is 23, SIGWINCH 28)."""
CORE_SIGNALS = frozenset({3, 4, 5, 6, 7, 8, 11, 24, 25, 31})
"""Default action: terminate with a core dump, where one is allowed (``SIG_KERNEL_COREDUMP_MASK``)."""
UNBLOCKABLE = frozenset({SIGKILL, SIGSTOP})
"""Can be neither caught, blocked nor ignored (``SIG_KERNEL_ONLY_MASK``)."""
SYNCHRONOUS = frozenset({4, 5, 7, 8, 11, 31})
"""Taken from the pending set before all others (``SYNCHRONOUS_MASK``)."""

SIG_DFL, SIG_IGN = 0, 1

SA_FLAGS: dict[str, int] = {
    "SA_NOCLDSTOP": 0x1,
    "SA_NOCLDWAIT": 0x2,
    "SA_SIGINFO": 0x4,
    "SA_RESTART": 0x10000000,
    "SA_NODEFER": 0x40000000,
    "SA_RESETHAND": 0x80000000,
}
SA_NOCLDSTOP, SA_NOCLDWAIT = SA_FLAGS["SA_NOCLDSTOP"], SA_FLAGS["SA_NOCLDWAIT"]
SA_RESTART, SA_NODEFER, SA_RESETHAND = (
    SA_FLAGS["SA_RESTART"],
    SA_FLAGS["SA_NODEFER"],
    SA_FLAGS["SA_RESETHAND"],
)

SIGMASK_HOW: dict[str, int] = {"SIG_BLOCK": 0, "SIG_UNBLOCK": 1, "SIG_SETMASK": 2}

SI_CODES: dict[str, int] = {
    "SI_USER": 0,
    "SI_KERNEL": 0x80,
    "SI_QUEUE": -1,
    "SI_TKILL": -6,
}
SENDERLESS: frozenset[int] = frozenset({-2, -5})
"""Codes of a siginfo that has no place for a sender: SI_TIMER and SI_SIGIO."""
SI_CODE_NAMES: dict[int, str] = {number: name for name, number in SI_CODES.items()}


def signal_name(number: int) -> str:
    """Return the man page's name of a signal, or the bare number of one that has none."""
    return SIGNAL_NAMES.get(number, str(number))
