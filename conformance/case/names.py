"""Names: of actors, cases and rules, and what an actor must not be called."""

from __future__ import annotations

import re
from typing import Final

from conformance.abi.descriptors import (
    EPOLL_EVENTS,
    EPOLL_OPS,
    FCNTL_COMMANDS,
    FD_FLAGS,
    INFO_BITS,
    PIDFD_OPEN_FLAGS,
    PIDFD_REQUESTS,
    PIDFD_SIGNAL_FLAGS,
    POLL_EVENTS,
    SENTINELS,
    STATUS_FLAGS,
)
from conformance.abi.errnos import ERRNOS
from conformance.abi.processes import CLONE_FLAGS, INTEGERS, PRCTL_OPTIONS, RLIMITS
from conformance.abi.ptrace import PTRACE_EVENTS, PTRACE_OPTIONS, PTRACE_REQUESTS, SECCOMP_RETURNS
from conformance.abi.siginfo import FAULT_CODES
from conformance.abi.signals import SA_FLAGS, SI_CODES, SIGMASK_HOW, SIGNALS
from conformance.abi.terminals import CHARACTERS, ENDS, MODES, WHEN
from conformance.abi.waiting import CLD_CODES, IDTYPES, WAIT_OPTIONS
from conformance.case.calls import BUFFERS, HANDLERS
from conformance.case.errors import CaseError, shorten
from conformance.case.model import INIT
from conformance.case.yamlsource import Scalar

ACTOR: Final = re.compile(r"[A-Z][A-Za-z0-9_]*")
ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
RULE_ID: Final = re.compile(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-[0-9]+[a-z]?")
CATCH_ID: Final = re.compile(r"[A-Z]+[0-9]+[a-z]?")
DESCRIPTOR: Final = re.compile(r"[a-z][a-z0-9_]*")
AXIS: Final = re.compile(r"[a-z][a-z0-9_]*")
LABEL: Final = re.compile(r"[A-Za-z0-9_.|+=()-]+")

RESERVED: Final = frozenset(
    name
    for table in (
        ERRNOS,
        INTEGERS,
        PRCTL_OPTIONS,
        CLONE_FLAGS,
        PTRACE_REQUESTS,
        PTRACE_OPTIONS,
        PTRACE_EVENTS,
        SECCOMP_RETURNS,
        SA_FLAGS,
        SI_CODES,
        FAULT_CODES,
        RLIMITS,
        SIGMASK_HOW,
        SIGNALS,
        CLD_CODES,
        IDTYPES,
        WAIT_OPTIONS,
        HANDLERS,
        CHARACTERS,
        ENDS,
        MODES,
        WHEN,
        PIDFD_OPEN_FLAGS,
        PIDFD_REQUESTS,
        PIDFD_SIGNAL_FLAGS,
        SENTINELS,
        POLL_EVENTS,
        EPOLL_EVENTS,
        EPOLL_OPS,
        FCNTL_COMMANDS,
        FD_FLAGS,
        STATUS_FLAGS,
        INFO_BITS,
    )
    for name in table
)
"""Words with another meaning in the language; an actor of that name would read like one of them."""


def is_actor(text: str) -> bool:
    """Tell whether ``text`` can name an actor."""
    return text == INIT or (ACTOR.fullmatch(text) is not None and text not in RESERVED)


def is_descriptor(text: str) -> bool:
    """Tell whether ``text`` can name a descriptor."""
    return DESCRIPTOR.fullmatch(text) is not None and text not in _NO_DESCRIPTORS


def check_descriptor(node: Scalar, name: str) -> None:
    """Raise :class:`CaseError` unless ``name`` can be given to a descriptor."""
    if name in _NO_DESCRIPTORS:
        raise CaseError(node.mark, f"`{name}` is reserved: give the descriptor another name")
    if not DESCRIPTOR.fullmatch(name):
        wants = "a small letter, then small letters, digits, `_`"
        raise CaseError(node.mark, f"`{shorten(name)}` cannot be a descriptor: {wants}")


_NO_DESCRIPTORS: Final = frozenset({INIT, *BUFFERS, *RESERVED})


def check_new_actor(node: Scalar, name: str) -> None:
    """Raise :class:`CaseError` unless ``name`` can be given to a new actor."""
    if name == INIT:
        raise CaseError(node.mark, "`init` is there from the start: give the new process another name")
    if name in RESERVED:
        raise CaseError(node.mark, f"`{name}` is reserved: give the actor another name")
    if not ACTOR.fullmatch(name):
        raise CaseError(
            node.mark, f"`{shorten(name)}` cannot be an actor: a capital letter, then letters, digits, `_`"
        )
