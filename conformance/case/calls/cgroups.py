"""The files of the cgroup that a case has of its own."""

from __future__ import annotations

from typing import Final

from conformance.case.calls.spec import CallSpec, Kind, Param

PLACES: Final = {"case": 0, "below": 1}
"""The case's own cgroup, and one that lies in it: WC_CGROUP_CASE and WC_CGROUP_BELOW of wire.h."""

_PLACE: Final = Param("place", Kind.CHOICE, "case, or the cgroup below that", 0, PLACES)

TABLE: Final = (
    CallSpec(
        "cgroup_join",
        67,
        (Param("pid", Kind.PID, "process to move; 0 is the caller", 0), _PLACE),
        "Move a process into a cgroup of the case: write its pid to cgroup.procs.",
        "cgroups(7)",
        shorthand="pid",
    ),
    CallSpec(
        "cgroup_kill",
        68,
        (Param("value", Kind.INTEGER, "the number to write", 1), _PLACE),
        "Write a number to cgroup.kill of a cgroup of the case. 0 is returned for success.",
        "cgroups(7)",
        shorthand="value",
    ),
    CallSpec(
        "cgroup_read",
        69,
        (),
        "Open cgroup.kill of the case's cgroup, and read it.",
        "cgroups(7)",
    ),
)
