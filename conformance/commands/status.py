"""Exit statuses, which mean what pytest's mean."""

from __future__ import annotations

from typing import Final

OK: Final = 0
"""Everything that ran conforms or is unsupported."""
FAILED: Final = 1
"""Something diverges, crashed, hung, is unstable or in conflict."""
INTERRUPTED: Final = 2
BROKEN: Final = 3
"""waitconf itself or a target's start failed, or results could not be written."""
USAGE: Final = 4
"""Bad usage, a bad case file or what is no results file."""
NOTHING: Final = 5
"""The selection matched nothing."""

_GRAVITY: Final = (OK, NOTHING, FAILED, BROKEN, USAGE, INTERRUPTED)


def gravest(statuses: list[int]) -> int:
    """Return the status that stands for several runs."""
    return max(statuses, key=_GRAVITY.index, default=NOTHING)
