"""What can be expected of each field of a return, as JSON Schema.

What the readers of ``observed`` take. Where that depends on the call (the ``message`` of an event, say) it is
all that some call may have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from conformance.abi.errnos import ERRNOS
from conformance.abi.ptrace import PTRACE_EVENTS, SYSCALL_INFO_OPS, TRAP_CODES
from conformance.abi.siginfo import FAULT_CODES
from conformance.abi.signals import SI_CODES, SIGNALS
from conformance.abi.waiting import CLD_CODES
from conformance.case import observed
from conformance.case.calls import CALLS, HANDLERS
from conformance.case.observed import UNTOUCHED
from conformance.case.observedfds import IDENTITIES, LISTED, UNTOLD
from conformance.case.schemaparts import INTEGER, Schema, or_variable, ref, text

_STOP_CODE: Final = rf"SIG[A-Z0-9]+(\|(0x80|{'|'.join(PTRACE_EVENTS)}))?"
_STATUS: Final = text(
    rf"exited\([0-9]{{1,3}}\)|(signaled|dumped)\(SIG[A-Z0-9]+\)|stopped\({_STOP_CODE}\)|continued|untouched"
)


def _listed(known: Iterable[str]) -> Schema:
    item = or_variable({"enum": list(known)})
    return {"anyOf": [{"type": "array", "items": item}, {"type": "string"}]}


_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_UNTOUCHED: Final[Schema] = {"const": UNTOUCHED}
_NUMBER: Final = or_variable(INTEGER, _UNTOUCHED)
_ACTOR_OR_ZERO: Final[Schema] = {"anyOf": [ref("actor"), {"const": 0}, _UNTOUCHED]}
_CODES: Final = (*CLD_CODES, *SI_CODES, *FAULT_CODES, *TRAP_CODES)
SI_CODE: Final = or_variable({"enum": list(_CODES)}, text(_STOP_CODE), INTEGER)
"""The ``si_code`` of a signal that a handler took."""
_SIGNAL: Final[Schema] = {"anyOf": [ref("signal"), _UNTOUCHED]}
FIELDS: Final[Mapping[str, Schema]] = {
    "ret": {"anyOf": [INTEGER, ref("actor"), ref("descriptor")]},
    "errno": or_variable({"enum": list(ERRNOS)}),
    "status": or_variable(_STATUS, INTEGER),
    "rusage": or_variable({"enum": ["filled", UNTOUCHED]}),
    "ru_minflt": or_variable(_COUNT),
    "ru_maxrss": or_variable(_COUNT),
    "ru_nvcsw": or_variable({"enum": [0, observed.SOME]}),
    "si_signo": _SIGNAL,
    "si_errno": _NUMBER,
    "si_code": {"anyOf": [SI_CODE, _UNTOUCHED]},
    "si_pid": _ACTOR_OR_ZERO,
    "si_uid": _NUMBER,
    "si_status": {"anyOf": [_SIGNAL, text(_STOP_CODE)]},
    "si_value": _NUMBER,
    "written": or_variable(text(r"-|[0-9]+-[0-9]+(,[0-9]+-[0-9]+)*")),
    "old_handler": or_variable({"enum": list(HANDLERS)}),
    "old_flags": _listed(observed.FLAGS_SHOWN),
    "old_set": _listed(SIGNALS),
    "pending": _listed(SIGNALS),
    "value": ref("signal"),
    "ruid": or_variable(INTEGER),
    "euid": or_variable(INTEGER),
    "suid": or_variable(INTEGER),
    "proc_state": or_variable({"enum": list(observed.PROC_STATES)}),
    "proc_exit_code": or_variable(_STATUS, INTEGER),
    "proc_cmdline": or_variable({"enum": ["filled", "empty"]}),
    "proc_exe": or_variable({"enum": ["readable", *ERRNOS]}),
    "proc_tracer": _ACTOR_OR_ZERO,
    "message": {"anyOf": [ref("actor"), _STATUS, INTEGER]},
    "peeked": _listed(SIGNALS),
    "op": or_variable({"enum": list(SYSCALL_INFO_OPS.values())}),
    "nr": or_variable({"enum": [-1, *CALLS]}),
    "fd_flags": _listed(LISTED["fd_flags"]),
    "revents": _listed(LISTED["revents"]),
    "identity": or_variable({"enum": list(IDENTITIES)}),
    "info": _listed(LISTED["info"]),
    "info_pid": _ACTOR_OR_ZERO,
    "info_tgid": _ACTOR_OR_ZERO,
    "info_ppid": _ACTOR_OR_ZERO,
    "info_exit": or_variable(_STATUS, {"const": UNTOLD}, INTEGER),
    "fdinfo_pid": {"anyOf": [ref("actor"), {"enum": [0, -1]}]},
    "rval": {"anyOf": [INTEGER, {"enum": list(ERRNOS)}, ref("actor")]},
}
