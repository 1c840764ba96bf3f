"""What a ``siginfo_t`` says, spelled as a trace spells it (sigaction(2)).

A positive ``si_code`` means what the signal says it means: 1 is CLD_EXITED with SIGCHLD, SEGV_MAPERR with
SIGSEGV. A child's end may be announced by any signal, so CLD_ names hold wherever no fault has that number.
"""

from __future__ import annotations

from typing import Final

from conformance.abi.ptrace import TRAP_CODES, stop_code_text
from conformance.abi.signals import SI_CODE_NAMES, SI_CODES, SIGNALS, SIGTRAP, signal_name
from conformance.abi.waiting import CLD_CODE_NAMES, CLD_EXITED

SIGBUS, SIGSEGV = SIGNALS["SIGBUS"], SIGNALS["SIGSEGV"]

SEGV_CODES: dict[str, int] = {"SEGV_MAPERR": 1, "SEGV_ACCERR": 2}
BUS_CODES: dict[str, int] = {"BUS_ADRALN": 1, "BUS_ADRERR": 2}
FAULT_CODES: dict[str, int] = {**SEGV_CODES, **BUS_CODES}
_FAULT_CODE_NAMES: Final = {
    (signo, code): name
    for signo, codes in ((SIGSEGV, SEGV_CODES), (SIGBUS, BUS_CODES), (SIGTRAP, TRAP_CODES))
    for name, code in codes.items()
}


def si_code_text(signo: int, code: int) -> int | str:
    """Spell the ``si_code`` of a signal by its name, where it has one."""
    fault = _FAULT_CODE_NAMES.get((signo, code))
    if fault is None and is_stop_code(signo, code):
        return stop_code_text(code)
    return fault or CLD_CODE_NAMES.get(code) or SI_CODE_NAMES.get(code) or code


def is_stop_code(signo: int, code: int) -> bool:
    """Say whether a siginfo is that of a ptrace-stop that no signal caused: its ``si_code`` is the stop code
    (PTRACE_GETSIGINFO in ptrace(2)).
    """
    return code > SI_CODES["SI_KERNEL"] or (signo == SIGTRAP and code == SIGTRAP)


def siginfo_fields(
    signo: int, code: int, pid: int | str, uid: int, status: int
) -> tuple[tuple[str, int | str], ...]:
    """Return the fields that a receiver sees.

    ``status`` is the word that follows the uid: ``si_status`` with a CLD_ code, ``si_value`` with a code of
    sigqueue(3) (negative, save that of tgkill). A fault has an address in the place of all these.
    """
    fields: tuple[tuple[str, int | str], ...] = (
        ("si_signo", signal_name(signo)),
        ("si_code", si_code_text(signo, code)),
    )
    if (signo, code) in _FAULT_CODE_NAMES:
        return fields
    fields += (("si_pid", pid), ("si_uid", uid))
    if is_stop_code(signo, code):
        return fields
    if code in CLD_CODE_NAMES:
        return (*fields, ("si_status", status if code == CLD_EXITED else stop_code_text(status)))
    if code < 0 and code != SI_CODES["SI_TKILL"]:
        return (*fields, ("si_value", status))
    return fields
