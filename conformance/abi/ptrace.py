"""ptrace(2): requests, options, events, and how the status of a ptrace-stop is spelled.

A stop is told as a *stop code*: the signal in the low byte, the event in the byte above it. wait4 shows
the code shifted by eight bits, waitid shows it as it is in ``si_status``. It is spelled
``SIGTRAP|PTRACE_EVENT_EXEC``; the bit that PTRACE_O_TRACESYSGOOD adds to the signal of a syscall-stop is
spelled ``SIGTRAP|0x80``.
"""

from __future__ import annotations

from typing import Final

from conformance.abi.signals import SIGNALS, signal_name

PTRACE_REQUESTS: dict[str, int] = {
    "PTRACE_TRACEME": 0,
    "PTRACE_CONT": 7,
    "PTRACE_KILL": 8,
    "PTRACE_SINGLESTEP": 9,
    "PTRACE_ATTACH": 16,
    "PTRACE_DETACH": 17,
    "PTRACE_SYSCALL": 24,
    "PTRACE_SETOPTIONS": 0x4200,
    "PTRACE_SEIZE": 0x4206,
    "PTRACE_INTERRUPT": 0x4207,
    "PTRACE_LISTEN": 0x4208,
}
PTRACE_TRACEME, PTRACE_CONT, PTRACE_KILL, PTRACE_SINGLESTEP = 0, 7, 8, 9
PTRACE_ATTACH, PTRACE_DETACH, PTRACE_SYSCALL = 16, 17, 24
PTRACE_SETOPTIONS, PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_LISTEN = 0x4200, 0x4206, 0x4207, 0x4208

PTRACE_EVENTS: dict[str, int] = {
    "PTRACE_EVENT_FORK": 1,
    "PTRACE_EVENT_VFORK": 2,
    "PTRACE_EVENT_CLONE": 3,
    "PTRACE_EVENT_EXEC": 4,
    "PTRACE_EVENT_VFORK_DONE": 5,
    "PTRACE_EVENT_EXIT": 6,
    "PTRACE_EVENT_SECCOMP": 7,
    "PTRACE_EVENT_STOP": 128,
}
PTRACE_EVENT_FORK, PTRACE_EVENT_VFORK, PTRACE_EVENT_CLONE, PTRACE_EVENT_EXEC = 1, 2, 3, 4
PTRACE_EVENT_VFORK_DONE, PTRACE_EVENT_EXIT, PTRACE_EVENT_SECCOMP, PTRACE_EVENT_STOP = 5, 6, 7, 128
EVENT_NAMES: dict[int, str] = {number: name for name, number in PTRACE_EVENTS.items()}

PTRACE_OPTIONS: dict[str, int] = {
    "PTRACE_O_TRACESYSGOOD": 0x1,
    "PTRACE_O_TRACEFORK": 1 << PTRACE_EVENT_FORK,
    "PTRACE_O_TRACEVFORK": 1 << PTRACE_EVENT_VFORK,
    "PTRACE_O_TRACECLONE": 1 << PTRACE_EVENT_CLONE,
    "PTRACE_O_TRACEEXEC": 1 << PTRACE_EVENT_EXEC,
    "PTRACE_O_TRACEVFORKDONE": 1 << PTRACE_EVENT_VFORK_DONE,
    "PTRACE_O_TRACEEXIT": 1 << PTRACE_EVENT_EXIT,
    "PTRACE_O_TRACESECCOMP": 1 << PTRACE_EVENT_SECCOMP,
    "PTRACE_O_EXITKILL": 1 << 20,
    "PTRACE_O_SUSPEND_SECCOMP": 1 << 21,
}
PTRACE_O_TRACESYSGOOD, PTRACE_O_EXITKILL, PTRACE_O_SUSPEND_SECCOMP = 0x1, 1 << 20, 1 << 21
PTRACE_O_MASK = sum(PTRACE_OPTIONS.values())

PTRACE_PEEKSIGINFO_SHARED = 1
SYSCALL_INFO_OPS: dict[int, str] = {0: "none", 1: "entry", 2: "exit", 3: "seccomp"}
"""``ptrace_syscall_info.op``, without its PTRACE_SYSCALL_INFO_ prefix in lower case."""

MESSAGES: dict[str, int] = {"pid": 0, "status": 1, "value": 2}
"""How the message of an event is to be read: as a process, a wait status, or a plain number."""

SYSGOOD = 0x80
TRAP_CODES: dict[str, int] = {"TRAP_BRKPT": 1, "TRAP_TRACE": 2}
SECCOMP_RETURNS: dict[str, int] = {
    "SECCOMP_RET_TRACE": 0x7FF00000,
    "SECCOMP_RET_ERRNO": 0x00050000,
    "SECCOMP_RET_KILL_THREAD": 0x00000000,
    "SECCOMP_RET_KILL_PROCESS": 0x80000000,
}
"""What a case's seccomp filter can do with the one system call that it filters (seccomp(2))."""

_EVENT_SHIFT: Final = 8


def stop_code(signal: int, event: int = 0) -> int:
    """Return the code of a stop: ``signal | event << 8`` (ptrace(2))."""
    return signal | event << _EVENT_SHIFT


def stop_code_text(code: int) -> str:
    """Spell a stop code; one that no stop has as a bare number."""
    signal, event = code & 0xFF, code >> _EVENT_SHIFT
    name = signal_name(signal)
    if event:
        return f"{name}|{EVENT_NAMES[event]}" if event in EVENT_NAMES else str(code)
    if signal & SYSGOOD:
        return f"{signal_name(signal & ~SYSGOOD)}|0x80"
    return name


def parse_stop_code(text: str) -> int | None:
    """Read what :func:`stop_code_text` spells, or None."""
    name, bar, rest = text.partition("|")
    signal = SIGNALS.get(name)
    if signal is None or not bar:
        return signal
    if rest == "0x80":
        return signal | SYSGOOD
    return stop_code(signal, PTRACE_EVENTS[rest]) if rest in PTRACE_EVENTS else None
