"""Expected values of a call's own fields, checked and spelled as a trace spells them.

Each reader takes the node and what is known of the call, and gives the trace's value or raises
:class:`CaseError`. ``WANTS`` says in words what each field can be; the JSON Schema's descriptions and
the error messages share it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Final

from conformance.abi.descriptors import F_GETFD, F_GETFL
from conformance.abi.errnos import ERRNOS
from conformance.abi.processes import PR_GET_CHILD_SUBREAPER, PR_GET_PDEATHSIG
from conformance.abi.ptrace import MESSAGES, SYSCALL_INFO_OPS, TRAP_CODES, parse_stop_code, stop_code_text
from conformance.abi.siginfo import FAULT_CODES
from conformance.abi.signals import SA_FLAGS, SI_CODE_NAMES, SI_CODES, SIGNAL_NAMES, SIGNALS
from conformance.abi.waiting import CLD_CODE_NAMES, CLD_CODES, parse_status, status_text
from conformance.case import shapes
from conformance.case.arguments import Actors
from conformance.case.calls import BUFFERS, CALLS, HANDLERS, SIGINFO_FIELDS, USAGE_FIELDS
from conformance.case.errors import CaseError
from conformance.case.model import Call, Value
from conformance.case.observedfds import IDENTITIES, LISTED, UNTOLD, read_bits, read_descriptor
from conformance.case.yamlsource import Node, Scalar

UNTOUCHED: Final = "untouched"
SOME: Final = "some"
PROC_STATES: Final = ("R", "S", "D", "T", "t", "Z", "X")
NO_RETURN: Final = frozenset({"exit", "exit_group", "fault"})
"""Calls that never come back: nothing of theirs can be expected."""

WANTS: Final[Mapping[str, str]] = {
    "ret": "what the call returned: an actor for a pid, a name for a descriptor, or an integer",
    "errno": "the name of an error; ret is -1 then",
    "status": "exited(3), signaled(SIGKILL), dumped(SIGQUIT), stopped(SIGSTOP), continued, untouched, "
    "of a ptrace-stop also stopped(SIGTRAP|PTRACE_EVENT_EXEC) and stopped(SIGTRAP|0x80), or an integer",
    "rusage": "filled or untouched",
    "ru_minflt": "0 or more: page faults in blocks of 1024, so those of `work`; only where rusage is filled",
    "ru_maxrss": "0 or more: the largest resident size, in blocks of 1024 pages; only where rusage is filled",
    "ru_nvcsw": "0 or some (context switches); only where rusage is filled",
    "si_signo": "a signal, 0 or untouched",
    "si_errno": "an integer or untouched",
    "si_code": "a CLD_ name (of sigtimedwait and ptrace_getsiginfo: any code), 0 or untouched",
    "si_pid": "an actor, 0 or untouched",
    "si_uid": "an integer or untouched",
    "si_status": "an exit code, a signal name, a stop code like SIGTRAP|PTRACE_EVENT_EXEC, or untouched",
    "si_value": "an integer",
    "written": "byte ranges like 0-11,16-27, or - for none",
    "old_handler": "SIG_DFL, SIG_IGN or log",
    "old_flags": "a list of SA_ flags",
    "old_set": "a list of signals",
    "pending": "a list of signals",
    "value": "a signal name or an integer",
    "ruid": "an integer",
    "euid": "an integer",
    "suid": "an integer",
    "proc_state": "the state letter in /proc/PID/stat, such as Z",
    "proc_exit_code": "field 52 of /proc/PID/stat, spelled as a `status`",
    "proc_cmdline": "empty or filled: /proc/PID/cmdline",
    "proc_exe": "readable or the name of an error: /proc/PID/exe as a link",
    "proc_tracer": "an actor or 0: TracerPid of /proc/PID/status",
    "message": "as `means` says: an actor, a wait status, or an integer",
    "peeked": "a list of signals, in the order of the queue",
    "op": "none, entry, exit or seccomp: where the tracee is",
    "nr": "the call of this table that the tracee is in, or -1",
    "fd_flags": "a list of FD_CLOEXEC, O_NONBLOCK and O_EXCL (which is PIDFD_THREAD)",
    "revents": "a list of POLL names (of epoll_wait: EPOLL names)",
    "identity": "same or different",
    "info": "a list of PIDFD_INFO_ names",
    "info_pid": "an actor or 0",
    "info_tgid": "an actor or 0",
    "info_ppid": "an actor or 0",
    "info_exit": "how it ended, spelled as a `status`, or untold",
    "fdinfo_pid": "an actor, 0, or -1: nobody any more",
    "rval": "what that call gave: an integer, an actor, or the name of an error",
}

_WRITTEN: Final = re.compile(r"-|\d+-\d+(,\d+-\d+)*", re.ASCII)


@lru_cache(maxsize=1024)
def observable(call: Call) -> tuple[str, ...]:
    """Return the fields that can be expected of this very call, in the order of its trace."""
    if call.name in NO_RETURN:
        return ()
    return ("ret", "errno", *(name for name in CALLS[call.name].observes if not why_unobserved(call, name)))


def why_unobserved(call: Call, field: str) -> str:
    """Return why a field of the call's row is not observed with these arguments; empty if it is."""
    spec = CALLS[call.name]
    arguments = dict(zip((param.name for param in spec.params), call.args, strict=True))
    if call.name == "fcntl":
        return "" if arguments["cmd"] in (F_GETFD, F_GETFL) else "only F_GETFD and F_GETFL give some"
    if call.name == "prctl":
        getters = (PR_GET_PDEATHSIG, PR_GET_CHILD_SUBREAPER)
        return "" if arguments["option"] in getters else "only a PR_GET_ option gives one"
    buffer = "infop" if field in SIGINFO_FIELDS or field == "written" else field
    buffer = "rusage" if field in USAGE_FIELDS else buffer
    if arguments.get(buffer, BUFFERS["given"]) == BUFFERS["given"]:
        return ""
    return f"the call gives no buffer (`{buffer}: given` does)"


def read_field(field: str, node: Node, call: Call, actors: Actors) -> Value:
    """Return the trace's spelling of an expected field; raises :class:`CaseError`."""
    if field == "si_code" and call.name in _TAKES_ANY_CODE:
        return any_code(node)
    if field in _OF_ACTORS:
        return actor_or_zero(field, node, actors)
    if field in _OF_THE_CALL:
        return _OF_THE_CALL[field](node, call, actors)
    return _READERS[field](field, node)


def one_of(field: str, node: Node, names: Mapping[str, int], numbers: Mapping[int, str]) -> Value:
    """Read a name, or an integer which is spelled by its name where it has one."""
    number = shapes.integer(node)
    if number is not None:
        return numbers.get(number, number)
    text = shapes.word(node)
    if text is None or not isinstance(node, Scalar):
        raise shapes.wrong(node, field, WANTS[field])
    if text not in names:
        raise shapes.unknown(node, f"a value of `{field}`", names)
    return text


def actor_or_zero(field: str, node: Node, actors: Actors) -> Value:
    """Read an actor's name, 0 or ``untouched``: pids are never numbers."""
    number = shapes.integer(node)
    if number == 0:
        return 0
    text = shapes.word(node)
    if number is not None or text is None or not isinstance(node, Scalar):
        raise shapes.wrong(node, field, WANTS[field])
    if text not in (*actors, UNTOUCHED):
        raise shapes.unknown(node, "an actor of this case", actors)
    return text


def any_code(node: Node) -> Value:
    """Read the ``si_code`` of a signal that was taken, or of a ptrace-stop: a name, or an integer."""
    code = parse_stop_code(shapes.word(node) or "")
    if code is not None:
        return stop_code_text(code)
    return one_of("si_code", node, _ANY_CODE, _ANY_CODE_NAME)


def integer(field: str, node: Node) -> Value:
    """Read an integer or ``untouched``."""
    number = shapes.integer(node)
    if number is not None:
        return number
    if shapes.word(node) == UNTOUCHED:
        return UNTOUCHED
    raise shapes.wrong(node, field, WANTS[field])


def signal_or_integer(field: str, node: Node) -> Value:
    """Read a signal's name, a stop code, an integer (kept as it is) or ``untouched``."""
    number = shapes.integer(node)
    code = parse_stop_code(shapes.word(node) or "")
    if code is not None:
        return stop_code_text(code)
    return number if number is not None else one_of(field, node, _WITH_UNTOUCHED_SIGNALS, {})


def _ret(node: Node, call: Call, actors: Actors) -> Value:
    if CALLS[call.name].returns_fd:
        return read_descriptor(node, call)
    number = shapes.integer(node)
    pids = CALLS[call.name].returns_pid
    if number is not None:
        if pids and number > 0:
            raise CaseError(node.mark, f"{call.name} returns a pid: write the actor's name, not {number}")
        return number
    text = shapes.word(node)
    if text is None or not isinstance(node, Scalar):
        raise shapes.wrong(node, "ret", WANTS["ret"])
    if not pids:
        raise CaseError(node.mark, f"{call.name} returns no pid: `ret` is an integer, not `{text}`")
    if text not in actors:
        raise shapes.unknown(node, "an actor of this case", actors)
    return text


def _errno(field: str, node: Node) -> Value:
    text = shapes.word(node)
    if text is None or not isinstance(node, Scalar):
        raise shapes.wrong(node, field, WANTS[field])
    if text not in ERRNOS:
        raise shapes.unknown(node, "an error", ERRNOS)
    return text


def _status(field: str, node: Node) -> Value:
    number = shapes.integer(node)
    if number is not None:
        if not 0 <= number < 2**32:
            raise CaseError(node.mark, "a status word is 0 to 0xffffffff")
        return status_text(number)
    text = shapes.word(node)
    if text == UNTOUCHED:
        return text
    if text is None:
        raise shapes.wrong(node, field, WANTS[field])
    word = parse_status(text) if text.isascii() and len(text) < 48 else None
    if word is None:
        raise CaseError(node.mark, f"`{text}` is not a status: write {WANTS[field]}")
    return status_text(word)


def _one_word(field: str, node: Node) -> Value:
    text = shapes.word(node)
    if text is None or not isinstance(node, Scalar):
        raise shapes.wrong(node, field, WANTS[field])
    known = _WORDS[field]
    if text not in known:
        raise shapes.unknown(node, f"a value of `{field}`", known)
    return text


def _count(field: str, node: Node) -> Value:
    number = shapes.integer(node)
    if number is None or number < 0:
        raise shapes.wrong(node, field, WANTS[field])
    return number


def _switches(field: str, node: Node) -> Value:
    if shapes.integer(node) == 0:
        return 0
    if shapes.word(node) != SOME:
        raise shapes.wrong(node, field, WANTS[field])
    return SOME


def _written(field: str, node: Node) -> Value:
    text = shapes.word(node)
    if text is None or not _WRITTEN.fullmatch(text):
        raise CaseError(node.mark, f"`written` takes {WANTS[field]} (in quotes)")
    return text


def _listed(field: str, node: Node) -> Value:
    """Read a set of names into the table's order, joined by commas; ``-`` if there are none."""
    known = FLAGS_SHOWN if field == "old_flags" else SIGNALS
    found = set()
    for item in _unjoined(node):
        name = SIGNAL_NAMES.get(shapes.integer(item) or 0) if known is SIGNALS else None
        name = name or shapes.word(item)
        if name is None or not isinstance(item, Scalar):
            raise shapes.wrong(item, field, WANTS[field])
        if name not in known:
            raise shapes.unknown(item, f"a value of `{field}`", known)
        found.add(name)
    return ",".join(name for name in known if name in found) or "-"


def _unjoined(node: Node) -> tuple[Node, ...]:
    """Return the items of a list, also of one that is written as a trace spells it."""
    text = shapes.word(node)
    if text is None or not isinstance(node, Scalar):
        return shapes.items(node)
    return tuple(Scalar(node.mark, name, name, node.plain) for name in text.split(",")) if text != "-" else ()


def _value(node: Node, call: Call, _actors: Actors) -> Value:
    if call.args[0] != PR_GET_PDEATHSIG:
        number = shapes.integer(node)
        if number is None:
            raise shapes.wrong(node, "value", "an integer")
        return number
    return one_of("value", node, SIGNALS, SIGNAL_NAMES)


def _user_id(field: str, node: Node) -> Value:
    number = shapes.integer(node)
    if number is None:
        raise shapes.wrong(node, field, WANTS[field])
    return number


def _message(node: Node, call: Call, actors: Actors) -> Value:
    means = call.args[1]
    if means == MESSAGES["pid"]:
        return actor_or_zero("message", node, actors)
    return _status("message", node) if means == MESSAGES["status"] else _user_id("message", node)


def _rval(node: Node, _call: Call, actors: Actors) -> Value:
    number = shapes.integer(node)
    if number is not None:
        return number
    return one_of("rval", node, {**ERRNOS, **dict.fromkeys(actors, 0)}, {})


def _peeked(field: str, node: Node) -> Value:
    """Read a queue of signals: each may be there several times."""
    return ",".join(str(one_of(field, item, SIGNALS, SIGNAL_NAMES)) for item in _unjoined(node)) or "-"


def _bits(field: str, node: Node) -> Value:
    return read_bits(field, WANTS[field], node)


def _told_status(field: str, node: Node) -> Value:
    return UNTOLD if shapes.word(node) == UNTOLD else _status(field, node)


def _told_pid(node: Node, call: Call, actors: Actors) -> Value:
    """Read a pid that may be that of nobody any more."""
    del call
    return -1 if shapes.integer(node) == -1 else actor_or_zero("fdinfo_pid", node, actors)


def _nr(field: str, node: Node) -> Value:
    return -1 if shapes.integer(node) == -1 else one_of(field, node, dict.fromkeys(CALLS, 0), {})


def _si_signo(field: str, node: Node) -> Value:
    return one_of(field, node, _WITH_UNTOUCHED_SIGNALS, SIGNAL_NAMES)


def _si_code(field: str, node: Node) -> Value:
    return one_of(field, node, {**CLD_CODES, UNTOUCHED: 0}, CLD_CODE_NAMES)


_TAKES_ANY_CODE: Final = frozenset({"sigtimedwait", "ptrace_getsiginfo"})
_ANY_CODE: Final = {**CLD_CODES, **SI_CODES, **FAULT_CODES, **TRAP_CODES}
_ANY_CODE_NAME: Final = {**SI_CODE_NAMES, **CLD_CODE_NAMES}
_WITH_UNTOUCHED_SIGNALS: Final = {**SIGNALS, UNTOUCHED: 0}
FLAGS_SHOWN: Final = tuple(name for name in SA_FLAGS if name != "SA_SIGINFO")
_WORDS: Final[Mapping[str, Collection[str]]] = {
    "rusage": ("filled", UNTOUCHED),
    "old_handler": HANDLERS,
    "proc_state": PROC_STATES,
    "proc_cmdline": ("filled", "empty"),
    "proc_exe": ("readable", *ERRNOS),
    "op": tuple(SYSCALL_INFO_OPS.values()),
    "identity": IDENTITIES,
}
_OF_ACTORS: Final = frozenset({"si_pid", "proc_tracer", "info_pid", "info_tgid", "info_ppid"})
_OF_THE_CALL: Final[Mapping[str, Callable[[Node, Call, Actors], Value]]] = {
    "ret": _ret,
    "value": _value,
    "message": _message,
    "rval": _rval,
    "fdinfo_pid": _told_pid,
}
_READERS: Final[Mapping[str, Callable[[str, Node], Value]]] = {
    "errno": _errno,
    "status": _status,
    "rusage": _one_word,
    "ru_minflt": _count,
    "ru_maxrss": _count,
    "ru_nvcsw": _switches,
    "si_signo": _si_signo,
    "si_errno": integer,
    "si_code": _si_code,
    "si_uid": integer,
    "si_status": signal_or_integer,
    "si_value": integer,
    "written": _written,
    "old_handler": _one_word,
    "old_flags": _listed,
    "old_set": _listed,
    "pending": _listed,
    "ruid": _user_id,
    "euid": _user_id,
    "suid": _user_id,
    "proc_state": _one_word,
    "proc_exit_code": _status,
    "proc_cmdline": _one_word,
    "proc_exe": _one_word,
    "peeked": _peeked,
    "op": _one_word,
    "nr": _nr,
    **dict.fromkeys(LISTED, _bits),
    "identity": _one_word,
    "info_exit": _told_status,
}
