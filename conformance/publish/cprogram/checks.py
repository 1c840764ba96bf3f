"""What the reference trace says of a step, as the checks that the directing process makes after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from conformance.abi.errnos import ERRNOS
from conformance.abi.ptrace import SYSCALL_INFO_OPS, parse_stop_code
from conformance.abi.waiting import parse_status
from conformance.case.calls import CALLS, HANDLERS
from conformance.case.calls.waits import SIGINFO_FIELDS
from conformance.case.model import Case, Value
from conformance.publish.cprogram.text import NotExpressible, fd_text, integer_text, signal_text
from conformance.trace import Event, State, StepTrace

WHOEVER: Final = 1_000_000
"""The uid of whoever runs a program, in the trace that it is made of: no case names such a one."""
_UNTOUCHED: Final = "untouched"
_OUTSIDE: Final = frozenset({"proc_tracer", "fdinfo_pid"})
"""Pids that are told as the director knows them."""
_STRANGER: Final = "pid?"
_UIDS: Final = frozenset({"si_uid", "ruid", "euid", "suid"})
_USAGE: Final = frozenset({"ru_minflt", "ru_maxrss", "ru_nvcsw"})
HEXADECIMAL: Final = frozenset(
    {"status", "written", "old_flags", "old_set", "pending", "message", "proc_exit_code", "info", "info_exit"}
)
"""Fields that are shown as hexadecimal numbers."""


def status_word(text: str) -> str:
    """Spell a wait status in C; raises :class:`NotExpressible` for one that is none."""
    if text == "continued":
        return "CONTINUED"
    kind, _, rest = text.partition("(")
    argument = rest.rstrip(")")
    if parse_status(text) is None:
        raise NotExpressible(f"the status {text}")
    if kind == "exited":
        return f"EXITED({argument})"
    macro = {"signaled": "SIGNALED", "dumped": "DUMPED", "stopped": "STOPPED_BY"}[kind]
    return f"{macro}({stop_text(argument)})"


def stop_text(text: str) -> str:
    """Spell a stop code in C: ``SIGTRAP | PTRACE_EVENT_EXEC << 8``."""
    name, bar, rest = text.partition("|")
    if not bar:
        return signal_text(name)
    return f"{signal_text(name)} | {rest if rest == '0x80' else f'{rest} << 8'}"


def _names(text: Value, one: Callable[[str], str] = str) -> str:
    return "0" if text == "-" else " | ".join(one(name) for name in str(text).split(","))


def _written(text: Value) -> str:
    return _names(text, lambda part: f"BYTES({part.replace('-', ', ')})")


def _bits(text: Value) -> str:
    return _names(text, lambda name: f"BIT({signal_text(name)})")


def _status(value: Value) -> str:
    is_number = isinstance(value, int) or value.startswith("0x")
    return str(value) if is_number else status_word(str(value))


def value_text(value: Value) -> str:
    """Spell a number, or something that has the same name in C: a signal, a code, a stop code."""
    if isinstance(value, int):
        return integer_text(value)
    return stop_text(value) if parse_stop_code(value) is not None else value


def _letter(value: Value) -> str:
    return f"'{value}'"


def _peeked(value: Value) -> str:
    queue = [] if value == "-" else str(value).split(",")
    return " | ".join(f"(long){signal_text(name)} << {8 * i}" for i, name in enumerate(queue)) or "0"


def _system_call(value: Value) -> str:
    number = _SYSTEM_CALLS.get(str(value))
    if number is None:
        raise NotExpressible(f"the number of the system call {value}")
    return number


_SYSTEM_CALLS: Final = {
    "exec": "SYS_execveat",
    "fork": "SYS_clone",
    "pause": "PAUSES_IN",
    **{
        name: f"SYS_{name}" for name in ("exit", "exit_group", "getppid", "gettid", "wait4", "waitid", "kill")
    },
}

_SPELLED: Final[Mapping[str, Callable[[Value], str]]] = {
    "status": _status,
    "written": _written,
    "old_set": _bits,
    "pending": _bits,
    "old_flags": _names,
    "old_handler": lambda value: str(HANDLERS[str(value)]) if value == "log" else f"(long){value}",
    "rusage": lambda _: "1",
    "ru_nvcsw": lambda value: "1" if value == "some" else "0",
    "proc_state": _letter,
    "proc_exit_code": _status,
    "info_exit": lambda value: "-1" if value == "untold" else _status(value),
    "fd_flags": _names,
    "revents": _names,
    "info": _names,
    "proc_cmdline": lambda value: {"empty": "0", "filled": "1"}.get(str(value), f"-{value}"),
    "proc_exe": lambda value: "1" if value == "readable" else f"-{value}",
    "peeked": _peeked,
    "op": lambda value: str(next(n for n, name in SYSCALL_INFO_OPS.items() if name == value)),
    "nr": _system_call,
    "rval": lambda value: f"-{ERRNOS[value]}" if isinstance(value, str) else str(value),
    "identity": lambda value: "1" if value == "same" else "0",
    "message": lambda value: _status(value) if isinstance(value, str) else value_text(value),
}


class Checks:
    """The checks of a case, step by step: what has to be said of an actor depends on how it was before."""

    def __init__(self, case: Case, usage: bool) -> None:
        """``usage``: the case is about resource usage, so its counters are checked as well."""
        self._case = case
        self._usage = usage
        self._states: dict[str, State] = {}

    def step(self, seen: StepTrace) -> list[str]:
        """Return the checks of the next step."""
        lines = [line for event in seen.events for line in self._event(event)]
        for state in seen.states:
            lines += self._state(state)
        return lines

    def begin(self, states: tuple[State, ...]) -> None:
        """Remember how the actors are before the first step."""
        self._states = {state.actor: state for state in states}

    def _event(self, event: Event) -> Iterator[str]:
        fields = dict(event.fields)
        if event.kind == "handled":
            yield f"handles({event.actor}, {signal_text(str(fields.pop('si_signo')))});"
        elif event.kind == "returned":
            yield self._returned(event, fields)
        else:
            raise NotExpressible(f"a step that {event.actor} is not ready for")
        yield from self._fields(fields)

    def _returned(self, event: Event, fields: dict[str, Value]) -> str:
        who = f'{event.actor}, "{event.call}"'
        ret, errno = fields.pop("ret"), fields.pop("errno", None)
        if errno is not None:
            return f"fails({who}, {errno});"
        if CALLS[event.call].returns_fd:
            return f"returns_fd({who});" if ret == "fd" else f"returns({who}, {fd_text(str(ret))});"
        return (
            f"returns_pid({who}, {ret});" if isinstance(ret, str) else f"returns({who}, {integer_text(ret)});"
        )

    def _fields(self, fields: dict[str, Value]) -> Iterator[str]:
        if all(fields.get(name) == _UNTOUCHED for name in SIGINFO_FIELDS):
            for name in SIGINFO_FIELDS:
                del fields[name]
        for name, value in fields.items():
            if name in _USAGE and not self._usage:
                continue
            if value == _UNTOUCHED:
                yield f"told({name.upper()}, {'0' if name == 'rusage' else 'UNTOUCHED'});"
            elif value == _STRANGER:
                raise NotExpressible("the pid of somebody who is no actor")
            elif value in self._case.actors and name != "proc_state":
                yield f"{'told_outside' if name in _OUTSIDE else 'told_pid'}({name.upper()}, {value});"
            elif name in _UIDS and value == WHOEVER:
                yield f"told({name.upper()}, getuid());"
            else:
                yield f"told({name.upper()}, {_SPELLED.get(name, value_text)(value)});"

    def _state(self, state: State) -> Iterator[str]:
        before = self._states.get(state.actor)
        self._states[state.actor] = state
        if before is None or (before.state, before.call) != (state.state, state.call):
            yield _state_line(state)
        if state.state == "gone":
            return
        ids = (state.ppid or state.actor, state.pgid, state.sid)
        if before is None or ids != (before.ppid or state.actor, before.pgid, before.sid):
            yield f"belongs_to({', '.join([state.actor, *ids])});"


_VERBS: Final = {
    "idle": "is_idle",
    "blocked": "is_blocked",
    "stopped": "is_stopped",
    "ptrace-stop": "is_traced",
    "zombie": "is_zombie",
    "gone": "is_gone",
}
_IN_A_CALL: Final = frozenset({"blocked", "stopped", "ptrace-stop"})


def _state_line(state: State) -> str:
    call = f', "{state.call}"' if state.state in _IN_A_CALL else ""
    return f"{_VERBS[state.state]}({state.actor}{call});"
