"""What a wire event tells of descriptors, spelled as the trace spells it. Part of ``observed``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from conformance.abi.descriptors import (
    EPOLL_EVENTS,
    F_GETFD,
    F_SETFD,
    F_SETFL,
    FD_FLAGS,
    INFO_BITS,
    INFO_EXIT,
    POLL_EVENTS,
    STATUS_FLAGS,
    names_of,
)
from conformance.abi.waiting import status_text
from conformance.case.calls.pidfds import PIDFD_INFO
from conformance.case.model import Arg
from conformance.case.observedfds import IDENTITIES, UNTOLD
from conformance.executor._bridge import lib
from conformance.executor.layout import WireEvent
from conformance.trace import Fields, Value

Actors = tuple[str, ...]

_NO_SLOT: Final[int] = lib.WC_SLOT_NONE


def _fcntl(event: WireEvent, _actors: Actors, args: tuple[Arg, ...]) -> Fields:
    if event.error or args[1] in (F_SETFD, F_SETFL):
        return ()
    return (("fd_flags", names_of(event.set, FD_FLAGS if args[1] == F_GETFD else STATUS_FLAGS)),)


def _poll(event: WireEvent, _actors: Actors, _args: tuple[Arg, ...]) -> Fields:
    return () if event.error else (("revents", names_of(event.set, POLL_EVENTS)),)


def _epoll_wait(event: WireEvent, _actors: Actors, _args: tuple[Arg, ...]) -> Fields:
    return () if event.error else (("revents", names_of(event.set, EPOLL_EVENTS)),)


def _same_file(event: WireEvent, _actors: Actors, _args: tuple[Arg, ...]) -> Fields:
    return () if event.error else (("identity", IDENTITIES[bool(event.fact1)]),)


def _told(slot: int, actors: Actors) -> Value:
    """Spell a pid by the slot of whoever has it."""
    if slot < len(actors):
        return actors[slot]
    return 0 if slot == _NO_SLOT else "pid?"


def _get_info(event: WireEvent, actors: Actors, _args: tuple[Arg, ...]) -> Fields:
    if event.error:
        return ()
    values: tuple[Value, ...] = (
        names_of(event.set, INFO_BITS),
        *(_told(slot, actors) for slot in (event.fact1, event.fact2, event.fact3)),
        event.uid,
        event.code,
        event.si_errno,
        status_text(event.status & 0xFFFFFFFF) if event.set & INFO_EXIT else UNTOLD,
    )
    return tuple(zip(PIDFD_INFO, values, strict=True))


def _fdinfo(event: WireEvent, actors: Actors, _args: tuple[Arg, ...]) -> Fields:
    if event.error:
        return ()
    return (("fdinfo_pid", event.pid if event.pid <= 0 else _told(event.pid_slot, actors)),)


OBSERVED: Final[Mapping[str, Callable[[WireEvent, Actors, tuple[Arg, ...]], Fields]]] = {
    "fcntl": _fcntl,
    "poll": _poll,
    "epoll_wait": _epoll_wait,
    "same_file": _same_file,
    "pidfd_get_info": _get_info,
    "fdinfo": _fdinfo,
}
"""By call: what is told beside ``ret`` and ``errno``."""
