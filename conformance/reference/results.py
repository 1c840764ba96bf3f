"""What a system call gives back, in the cases that are the same for all of them."""

from __future__ import annotations

from typing import Final

from conformance.trace import Fields

SLEEP = None
"""What a call answers to say that it sleeps."""

OK: Final[Fields] = (("ret", 0),)


def failure(errno: str) -> Fields:
    """Return the result of a call that failed."""
    return (("ret", -1), ("errno", errno))


def outcome(errno: str | None) -> Fields:
    """Return the result of a call that gives 0 or an error."""
    return OK if errno is None else failure(errno)
