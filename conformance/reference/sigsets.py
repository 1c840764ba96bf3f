"""Sets of signals, as bits of a number, and queues of signals as sets."""

from __future__ import annotations

from conformance.abi.signals import STOP_SIGNALS, SYNCHRONOUS, UNBLOCKABLE
from conformance.reference.values import SigInfo


def bit(signo: int) -> int:
    """Return the bit of a signal in a signal set."""
    return 1 << (signo - 1)


STOP_MASK = sum(bit(signo) for signo in STOP_SIGNALS)
SYNCHRONOUS_MASK = sum(bit(signo) for signo in SYNCHRONOUS)
UNBLOCKABLE_MASK = sum(bit(signo) for signo in UNBLOCKABLE)


def pending_set(queue: tuple[SigInfo, ...]) -> int:
    """Return which signals are in a queue."""
    mask = 0
    for info in queue:
        mask |= 1 << (info.signo - 1)
    return mask


def without(queue: tuple[SigInfo, ...], mask: int) -> tuple[SigInfo, ...]:
    """Return a queue with the signals of ``mask`` taken out (flush_sigqueue_mask)."""
    return tuple(info for info in queue if not mask & bit(info.signo))
