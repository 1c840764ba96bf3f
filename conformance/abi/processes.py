"""prctl(2) options that this suite drives, and integer limits that cases name."""

from __future__ import annotations

PRCTL_OPTIONS: dict[str, int] = {
    "PR_SET_PDEATHSIG": 1,
    "PR_GET_PDEATHSIG": 2,
    "PR_SET_CHILD_SUBREAPER": 36,
    "PR_GET_CHILD_SUBREAPER": 37,
}
PR_SET_PDEATHSIG, PR_GET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER = 1, 2, 36, 37

INTEGERS: dict[str, int] = {"INT_MIN": -(2**31), "INT_MAX": 2**31 - 1}
INT_MIN = INTEGERS["INT_MIN"]

RLIMITS: dict[str, int] = {"RLIMIT_CORE": 4, "RLIMIT_SIGPENDING": 11}
RLIMIT_CORE = RLIMITS["RLIMIT_CORE"]
"""Resource limits that a case can set (setrlimit(2))."""
