"""wait4 and waitid: options, id types, ``si_code`` values, and the status word (wait(2))."""

from __future__ import annotations

import re

from conformance.abi.ptrace import parse_stop_code, stop_code_text
from conformance.abi.signals import SIGNALS, signal_name

WAIT_OPTIONS: dict[str, int] = {
    "WNOHANG": 0x1,
    "WUNTRACED": 0x2,
    "WSTOPPED": 0x2,
    "WEXITED": 0x4,
    "WCONTINUED": 0x8,
    "WNOWAIT": 0x01000000,
    "__WNOTHREAD": 0x20000000,
    "__WALL": 0x40000000,
    "__WCLONE": 0x80000000,
}
WNOHANG, WUNTRACED, WSTOPPED, WEXITED, WCONTINUED = 0x1, 0x2, 0x2, 0x4, 0x8
WNOWAIT, WNOTHREAD, WALL, WCLONE = 0x01000000, 0x20000000, 0x40000000, 0x80000000

IDTYPES: dict[str, int] = {"P_ALL": 0, "P_PID": 1, "P_PGID": 2, "P_PIDFD": 3}
P_ALL, P_PID, P_PGID, P_PIDFD = 0, 1, 2, 3

CLD_CODES: dict[str, int] = {
    "CLD_EXITED": 1,
    "CLD_KILLED": 2,
    "CLD_DUMPED": 3,
    "CLD_TRAPPED": 4,
    "CLD_STOPPED": 5,
    "CLD_CONTINUED": 6,
}
CLD_CODE_NAMES: dict[int, str] = {number: name for name, number in CLD_CODES.items()}
CLD_EXITED, CLD_KILLED, CLD_DUMPED, CLD_TRAPPED, CLD_STOPPED, CLD_CONTINUED = 1, 2, 3, 4, 5, 6

CONTINUED_STATUS = 0xFFFF
CORE_FLAG = 0x80


def exited_status(code: int) -> int:
    """Encode ``exit(code)``: the low eight bits of the code, shifted (WAIT-040)."""
    return (code & 0xFF) << 8


def stopped_status(code: int) -> int:
    """Encode a stop: its signal (WAIT-044), of a ptrace-stop its whole stop code."""
    return code << 8 | 0x7F


_STATUS_TEXT = re.compile(r"(exited|signaled|dumped|stopped)\(([\w|]+)\)")


def parse_status(text: str) -> int | None:
    """Read ``exited(3)``, ``signaled(SIGKILL)``, ``dumped(SIGQUIT)``, ``stopped(SIGSTOP)``, ``continued``,
    and of ptrace-stops ``stopped(SIGTRAP|PTRACE_EVENT_EXEC)`` and ``stopped(SIGTRAP|0x80)``.

    Returns the status word, or None if the text is none of these. The words are those of the
    ``W*`` macros of wait(2): WIFEXITED, WIFSIGNALED, WCOREDUMP, WIFSTOPPED, WIFCONTINUED.
    """
    if text == "continued":
        return CONTINUED_STATUS
    match = _STATUS_TEXT.fullmatch(text)
    if match is None:
        return None
    kind, argument = match.groups()
    if kind == "exited":
        is_code = argument.isascii() and argument.isdecimal() and int(argument) <= 0xFF
        return exited_status(int(argument)) if is_code else None
    signal = parse_stop_code(argument) if kind == "stopped" else SIGNALS.get(argument)
    if signal is None:
        return None
    return {"signaled": signal, "dumped": signal | CORE_FLAG, "stopped": stopped_status(signal)}[kind]


def status_text(status: int) -> str:
    """Spell a status word as :func:`parse_status` reads it; a malformed word as hexadecimal."""
    if status == CONTINUED_STATUS:
        return "continued"
    low = status & 0x7F
    if low == 0 and status <= 0xFFFF and not status & CORE_FLAG:
        return f"exited({status >> 8})"
    if low == 0x7F and not status & CORE_FLAG:
        return f"stopped({stop_code_text(status >> 8)})"
    if status <= 0xFF and low not in (0, 0x7F):
        return f"{'dumped' if status & CORE_FLAG else 'signaled'}({signal_name(low)})"
    return f"{status:#x}"
