"""getrusage(2): whose usage."""

from __future__ import annotations

RUSAGE_WHO: dict[str, int] = {"RUSAGE_SELF": 0, "RUSAGE_CHILDREN": -1, "RUSAGE_THREAD": 1}
RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_THREAD = 0, -1, 1
