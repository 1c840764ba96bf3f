"""One wire event spelled as the trace spells it: numbers become names (``conformance.trace``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from conformance.abi.errnos import errno_name
from conformance.abi.processes import PR_GET_CHILD_SUBREAPER, PR_GET_PDEATHSIG
from conformance.abi.ptrace import MESSAGES, SYSCALL_INFO_OPS, stop_code_text
from conformance.abi.siginfo import siginfo_fields
from conformance.abi.signals import SA_FLAGS, SIGNAL_NAMES, signal_name
from conformance.abi.waiting import CLD_CODE_NAMES, CLD_EXITED, status_text
from conformance.case.calls import BUFFERS, CALLS, HANDLERS, SIGINFO_FIELDS
from conformance.case.calls.credentials import USER_IDS
from conformance.case.model import Arg, Call
from conformance.case.observedfds import new_descriptor
from conformance.executor.layout import WireEvent
from conformance.executor.observedfds import OBSERVED as OBSERVED_OF_DESCRIPTORS
from conformance.trace import Fields, Value

Actors = tuple[str, ...]

_GIVEN: Final = BUFFERS["given"]
_HANDLER_NAMES: Final = {number: name for name, number in HANDLERS.items()}
_SIGINFO_WORDS: Final = (0, 1, 2, 4, 5, 6)
"""Where SIGINFO_FIELDS lie in ``siginfo_t``, counted in 4-byte words (64-bit: word 3 is padding)."""
_ALL_SIGINFO_WORDS: Final = sum(1 << word for word in _SIGINFO_WORDS)
_WAIT4_STATUS, _WAIT4_RUSAGE, _WAITID_INFOP, _WAITID_RUSAGE, _GETRUSAGE_RUSAGE = 1, 3, 2, 4, 1
"""Places of the buffers among the arguments of wait4, waitid and getrusage."""


@lru_cache(maxsize=1024)
def signal_set(mask: int) -> str:
    """Spell a 64-bit signal set, signal 1 in bit 0: names by number, ``-`` if empty."""
    names = [signal_name(number) for number in range(1, 65) if mask >> (number - 1) & 1]
    return ",".join(names) or "-"


@lru_cache(maxsize=1024)
def byte_ranges(words: int) -> str:
    """Spell which 4-byte words were written, one per bit, as byte ranges: ``0-11,16-27`` or ``-``."""
    ranges, word = [], 0
    while words >> word:
        start = word
        while words >> word & 1:
            word += 1
        if word > start:
            ranges.append(f"{4 * start}-{4 * word - 1}")
        word += 1
    return ",".join(ranges) or "-"


@lru_cache(maxsize=1024)
def action_flags(flags: int) -> str:
    """Spell what sigaction told of its old flags; SA_SIGINFO is the agent's own business."""
    names = [name for name, bit in SA_FLAGS.items() if flags & bit and name != "SA_SIGINFO"]
    return ",".join(names) or "-"


def _process(pid: int, slot: int, actors: Actors) -> Value:
    """Spell a pid that an actor saw; one that is no actor's is not worth telling apart."""
    if slot < len(actors):
        return actors[slot]
    return "pid?" if pid > 0 else pid


def _signal(number: int) -> Value:
    """Spell a signal number, where 0 is none."""
    return SIGNAL_NAMES.get(number) or number


def _rusage(event: WireEvent, buffer: Arg) -> Fields:
    """Say whether the resource usage was written, and what of it is sure; nothing without a buffer."""
    if buffer != _GIVEN:
        return ()
    if not event.rusage_written:
        return (("rusage", "untouched"),)
    switches: Value = "some" if event.fact3 else 0
    return (
        ("rusage", "filled"),
        ("ru_minflt", event.fact1),
        ("ru_maxrss", event.fact2),
        ("ru_nvcsw", switches),
    )


def _wait4(event: WireEvent, _actors: Actors, args: tuple[Arg, ...]) -> Fields:
    fields: Fields = ()
    if args[_WAIT4_STATUS] == _GIVEN:
        word = status_text(event.status & 0xFFFFFFFF) if event.written & 1 else "untouched"
        fields = (("status", word),)
    return fields + _rusage(event, args[_WAIT4_RUSAGE])


def _siginfo(event: WireEvent, actors: Actors) -> Fields:
    """Spell each field that waitid fills, or ``untouched``."""
    code, status = event.code, event.status
    values: tuple[Value, ...] = (
        _signal(event.signo),
        event.si_errno,
        CLD_CODE_NAMES.get(code, code),
        _process(event.pid, event.pid_slot, actors),
        event.uid,
        status if code in (0, CLD_EXITED) else stop_code_text(status),
    )
    written = event.written
    if written & _ALL_SIGINFO_WORDS == _ALL_SIGINFO_WORDS:
        return tuple(zip(SIGINFO_FIELDS, values, strict=True))
    return tuple(
        (name, value if written >> word & 1 else "untouched")
        for name, value, word in zip(SIGINFO_FIELDS, values, _SIGINFO_WORDS, strict=True)
    )


def _waitid(event: WireEvent, actors: Actors, args: tuple[Arg, ...]) -> Fields:
    fields: Fields = ()
    if args[_WAITID_INFOP] == _GIVEN:
        fields = (*_siginfo(event, actors), ("written", byte_ranges(event.written)))
    return fields + _rusage(event, args[_WAITID_RUSAGE])


def _sigaction(event: WireEvent, _actors: Actors, _args: tuple[Arg, ...]) -> Fields:
    if event.error:
        return ()
    handler: Value = _HANDLER_NAMES.get(event.handler, event.handler)
    return (("old_handler", handler), ("old_flags", action_flags(event.set)))


def _sigprocmask(event: WireEvent, _actors: Actors, _args: tuple[Arg, ...]) -> Fields:
    return () if event.error else (("old_set", signal_set(event.set)),)


def _sigpending(event: WireEvent, _actors: Actors, _args: tuple[Arg, ...]) -> Fields:
    return () if event.error else (("pending", signal_set(event.set)),)


def _prctl(event: WireEvent, _actors: Actors, args: tuple[Arg, ...]) -> Fields:
    if event.error or args[0] not in (PR_GET_PDEATHSIG, PR_GET_CHILD_SUBREAPER):
        return ()
    return (("value", _signal(event.set) if args[0] == PR_GET_PDEATHSIG else event.set),)


def _sigtimedwait(event: WireEvent, actors: Actors, _args: tuple[Arg, ...]) -> Fields:
    return () if event.error else handled_fields(event, actors)


def _getresuid(event: WireEvent, _actors: Actors, _args: tuple[Arg, ...]) -> Fields:
    return () if event.error else tuple(zip(USER_IDS, (event.fact1, event.fact2, event.fact3), strict=True))


def _getrusage(event: WireEvent, _actors: Actors, args: tuple[Arg, ...]) -> Fields:
    return _rusage(event, args[_GETRUSAGE_RUSAGE])


def _proc(event: WireEvent, actors: Actors, _args: tuple[Arg, ...]) -> Fields:
    if event.error:
        return ()
    return (
        ("proc_state", chr(event.fact1)),
        ("proc_exit_code", status_text(event.status & 0xFFFFFFFF)),
        ("proc_cmdline", _file(event.fact2, "filled")),
        ("proc_exe", _file(event.fact3, "readable")),
        ("proc_tracer", _process(event.pid, event.pid_slot, actors)),
    )


def _file(result: int, something: str) -> Value:
    """Spell what a read gave: bytes, none, or a negative errno."""
    if result < 0:
        return errno_name(-result)
    return something if result else "empty"


def _geteventmsg(event: WireEvent, actors: Actors, args: tuple[Arg, ...]) -> Fields:
    if event.error:
        return ()
    if args[1] == MESSAGES["pid"]:
        return (("message", _process(event.pid, event.pid_slot, actors)),)
    return (("message", status_text(event.fact1) if args[1] == MESSAGES["status"] else event.fact1),)


def _peeksiginfo(event: WireEvent, _actors: Actors, _args: tuple[Arg, ...]) -> Fields:
    """Spell the signals of a queue: a byte each, the first in the lowest."""
    if event.error:
        return ()
    queue = event.set.to_bytes(8, "little")[: event.ret]
    return (("peeked", ",".join(signal_name(signo) for signo in queue) or "-"),)


def _syscall_info(event: WireEvent, actors: Actors, _args: tuple[Arg, ...]) -> Fields:
    """Spell where a tracee is; fact2 is the opcode of the call it is in, pid the result if that is one."""
    if event.error:
        return ()
    op = SYSCALL_INFO_OPS.get(event.fact1, event.fact1)
    call = next((spec for spec in CALLS.values() if spec.opcode == event.fact2), None)
    fields: Fields = (("op", op),)
    if op in ("entry", "seccomp"):
        return (*fields, ("nr", call.name if call else -1))
    if op == "exit":
        rval: Value = errno_name(-event.fact3) if event.fact3 < 0 else event.fact3
        return (*fields, ("rval", _process(event.pid, event.pid_slot, actors) if event.pid else rval))
    return fields


_OBSERVED: Final[Mapping[str, Callable[[WireEvent, Actors, tuple[Arg, ...]], Fields]]] = {
    "wait4": _wait4,
    "waitid": _waitid,
    "sigaction": _sigaction,
    "sigprocmask": _sigprocmask,
    "sigpending": _sigpending,
    "prctl": _prctl,
    "sigtimedwait": _sigtimedwait,
    "getresuid": _getresuid,
    "getrusage": _getrusage,
    "proc": _proc,
    "ptrace_geteventmsg": _geteventmsg,
    "ptrace_getsiginfo": _sigtimedwait,
    "ptrace_peeksiginfo": _peeksiginfo,
    "ptrace_get_syscall_info": _syscall_info,
    **OBSERVED_OF_DESCRIPTORS,
}


def returned_fields(event: WireEvent, actors: Actors, call: Call) -> Fields:
    """Spell the return of ``call``: ``ret``, ``errno`` if it failed, then what the call observes."""
    result: Fields
    if event.error:
        result = (("ret", -1), ("errno", errno_name(event.error)))
    elif CALLS[call.name].returns_pid:
        result = (("ret", _process(event.ret, event.ret_slot, actors)),)
    elif CALLS[call.name].returns_fd:
        result = (("ret", new_descriptor(call)),)
    else:
        result = (("ret", event.ret),)
    observe = _OBSERVED.get(call.name)
    return result + observe(event, actors, call.args) if observe else result


def handled_fields(event: WireEvent, actors: Actors) -> Fields:
    """Spell the siginfo that a handler, or sigtimedwait, was given."""
    pid = _process(event.pid, event.pid_slot, actors)
    return siginfo_fields(event.signo, event.code, pid, event.uid, event.status)
