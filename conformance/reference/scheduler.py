"""Who runs next: in one fixed order, or in every order.

``settle`` uses one fixed order: what a quiet machine does most often. ``settle_every_way`` follows
every order, and gives every state in which the family can come to rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.reference.kernel import Kernel

TRANSITION_LIMIT = 10_000
"""More transitions than any case needs in one step: reaching it means a livelock in the oracle."""
STATE_LIMIT = 20_000
"""How many states :func:`settle_every_way` visits in one step before it gives up: some seconds."""


class TooManyOrders(Exception):
    """A step, number ``step`` of its case, leaves more orders open than can be followed."""

    def __init__(self) -> None:
        """Say what the limit is."""
        self.step = 1
        super().__init__(f"more than {STATE_LIMIT} states lie between its beginning and its outcomes")


def settle(kernel: Kernel, first: int) -> None:
    """Run until nobody has anything to do. The actor ``first`` goes on for as long as it can."""
    for _ in range(TRANSITION_LIMIT):
        tid = kernel.next_runnable(first)
        if not tid:
            return
        kernel.advance(tid)
    raise RuntimeError("the reference kernel does not settle")


def settle_every_way(kernel: Kernel) -> list[Kernel]:
    """Return every distinct settled state that some order of transitions leads to.

    Raises :class:`TooManyOrders`.
    """
    seen: set[tuple[object, ...]] = set()
    settled: list[Kernel] = []
    waiting = [kernel]
    while waiting:
        state = waiting.pop()
        runnable = state.runnable()
        if not runnable:
            settled.append(state)
            continue
        for branch in _branches(state, runnable):
            key = branch.key()
            if key not in seen:
                seen.add(key)
                waiting.append(branch)
        if len(seen) > STATE_LIMIT:
            raise TooManyOrders
    return settled


def _branches(state: Kernel, runnable: Sequence[int]) -> Iterator[Kernel]:
    """Yield every state that one transition leads to."""
    for tid in runnable:
        branch = state.copy()
        branch.advance(tid)
        yield branch
        if state.may_be_ahead(tid):
            branch = state.copy()
            branch.attempt(branch.tasks[tid])
            yield branch
