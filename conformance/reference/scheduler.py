"""Who runs next. The kernel offers the runnable tasks; a scheduler picks.

``settle`` uses one fixed order: what a quiet machine does most often. ``settle_every_way`` follows
every order, and gives every state in which the family can come to rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.reference.kernel import Kernel

Pick = Callable[[Sequence[int]], int]
TRANSITION_LIMIT = 10_000
"""More transitions than any case needs in one step: reaching it means a livelock in the oracle."""


def oldest_first(runnable: Sequence[int]) -> int:
    """Pick the task that was made first: a parent returns before its child's news reaches it."""
    return runnable[0]


def settle(kernel: Kernel, first: int, pick: Pick = oldest_first) -> None:
    """Run until nobody has anything to do. The actor ``first`` goes on for as long as it can."""
    for _ in range(TRANSITION_LIMIT):
        runnable = kernel.runnable()
        if not runnable:
            return
        kernel.advance(first if first in runnable else pick(runnable))
    raise RuntimeError("the reference kernel does not settle")


def settle_every_way(kernel: Kernel) -> list[Kernel]:
    """Return every distinct settled state that some order of transitions leads to."""
    seen: set[tuple[object, ...]] = set()
    settled: list[Kernel] = []
    waiting = [kernel]
    while waiting:
        state = waiting.pop()
        runnable = state.runnable()
        if not runnable:
            settled.append(state)
            continue
        for tid in runnable:
            branch = state.copy()
            branch.advance(tid)
            key = branch.key()
            if key not in seen:
                seen.add(key)
                waiting.append(branch)
    return settled
