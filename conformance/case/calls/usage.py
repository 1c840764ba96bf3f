"""Using resources and asking what was used, and what /proc shows of a process."""

from __future__ import annotations

from typing import Final

from conformance.abi.usage import RUSAGE_WHO
from conformance.case.calls.spec import BUFFERS, USAGE_FIELDS, CallSpec, Kind, Param

MAX_WORK: Final = 8
"""The most blocks of ``work``: WC_MAX_BLOCKS of wire.h."""

PROC_FIELDS: Final = ("proc_state", "proc_exit_code", "proc_cmdline", "proc_exe", "proc_tracer")
"""What ``proc`` looks at: fields 3 and 52 of stat by the names of proc_pid_stat(5), two files more,
and TracerPid of status."""

TABLE: Final = (
    CallSpec(
        "work",
        60,
        (Param("faults", Kind.INTEGER, f"page faults, in blocks of 1024; 0 to {MAX_WORK}"),),
        "Touch fresh memory, a page fault each page, all of it resident in the end, and unmap it.",
        "mmap(2)",
        shorthand="faults",
    ),
    CallSpec(
        "getrusage",
        61,
        (
            Param("who", Kind.CHOICE, "RUSAGE_SELF, RUSAGE_CHILDREN or RUSAGE_THREAD", names=RUSAGE_WHO),
            Param("rusage", Kind.BUFFER, "where resource usage goes", 0, BUFFERS),
        ),
        "What was used.",
        "getrusage(2)",
        shorthand="who",
        observes=("rusage", *USAGE_FIELDS),
    ),
    CallSpec(
        "proc",
        66,
        (Param("pid", Kind.ACTOR, "process to look at"),),
        "Read stat, cmdline and exe of a process in the /proc that is mounted outside the case.",
        "proc(5)",
        shorthand="pid",
        observes=PROC_FIELDS,
    ),
)
