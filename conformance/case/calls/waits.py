"""The wait family."""

from __future__ import annotations

from typing import Final

from conformance.abi.waiting import IDTYPES, WAIT_OPTIONS
from conformance.case.calls.spec import BUFFERS, USAGE_FIELDS, CallSpec, Kind, Param

SIGINFO_FIELDS: Final = ("si_signo", "si_errno", "si_code", "si_pid", "si_uid", "si_status")
"""What waitid fills, by the names of wait(2)."""

_OPTIONS_DOC = "or-ed; integers are taken as they are, so that odd bits can be tried"
_RUSAGE = Param("rusage", Kind.BUFFER, "where resource usage goes", default=1, names=BUFFERS)

TABLE: Final = (
    CallSpec(
        "wait4",
        5,
        (
            Param("pid", Kind.PID, "C, -C for its process group, -1 for any, 0 for the own group", -1),
            Param("status", Kind.BUFFER, "where the status word goes", 0, BUFFERS),
            Param("options", Kind.FLAGS, _OPTIONS_DOC, 0, WAIT_OPTIONS),
            _RUSAGE,
        ),
        "Wait for a state change of a child, by the raw wait4 system call.",
        "wait4(2)",
        shorthand="pid",
        observes=("status", "rusage", *USAGE_FIELDS),
        returns_pid=True,
    ),
    CallSpec(
        "waitid",
        6,
        (
            Param("idtype", Kind.CHOICE, "P_PID unless given; P_ALL where id is left out", 1, IDTYPES),
            Param("id", Kind.PID, "which child or process group", 0),
            Param("infop", Kind.BUFFER, "where siginfo_t goes", 0, BUFFERS),
            Param("options", Kind.FLAGS, _OPTIONS_DOC, 0, WAIT_OPTIONS),
            _RUSAGE,
        ),
        "Wait for a state change of a child, by the raw five-argument waitid system call.",
        "waitid(2)",
        shorthand="id",
        observes=(*SIGINFO_FIELDS, "written", "rusage", *USAGE_FIELDS),
    ),
)
