"""What a step does in its actor: the arguments of its call as C text, and the lines that they go into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from conformance.abi.processes import CLONE_THREAD
from conformance.abi.ptrace import PTRACE_OPTIONS, PTRACE_SEIZE, PTRACE_SETOPTIONS
from conformance.abi.signals import SIGNALS
from conformance.case.calls import BUFFERS, CALLS, Kind, Param
from conformance.case.calls.processes import FLAGS_OF
from conformance.case.model import Arg, Call, Case, Fd
from conformance.publish.cprogram.text import (
    fd_text,
    flags_text,
    integer_text,
    one_text,
    pid_text,
    set_text,
)

_SECOND_NAMES: Final[Mapping[str, tuple[str, ...]]] = {"waitid": ("WUNTRACED",), "wait4": ("WSTOPPED",)}
_GIVEN, _BAD = BUFFERS["given"], BUFFERS["bad"]
BAD_ADDRESS: Final = "(void *)8"


@dataclass
class Body:
    """The act of one step, while it is put together.

    ``needs`` are the parts of the program that it relies on; ``values`` are the fields of its return, by
    their C names; ``lines`` are the statements before that.
    """

    case: Case
    actor: str
    number: int
    call: Call
    needs: set[str] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    returns: bool = True

    def raw(self, name: str) -> Arg:
        """Return an argument as the case has it."""
        return self.call.args[self._place(name)]

    def number_of(self, name: str) -> int:
        """Return an argument that is a plain number."""
        value = self.raw(name)
        assert isinstance(value, int)
        return value

    def arg(self, name: str) -> str:
        """Spell an argument; a signal set, a flag or a signal by its names."""
        param = CALLS[self.call.name].params[self._place(name)]
        return self._spelled(param, self.raw(name))

    def buffer(self, name: str, address: str) -> str:
        """Return where the kernel is told to write: the address of a buffer, NULL or a bad address."""
        value = self.number_of(name)
        return address if value == _GIVEN else BAD_ADDRESS if value == _BAD else "NULL"

    def is_given(self, name: str) -> bool:
        """Say whether the kernel is given a buffer."""
        return self.number_of(name) == _GIVEN

    def system_call(self, name: str, *arguments: str) -> None:
        """Make the call, by the raw system call of this name."""
        self.lines.append(f"long ret = sys({', '.join([f'SYS_{name}', *arguments])});")

    def _place(self, name: str) -> int:
        return next(i for i, param in enumerate(CALLS[self.call.name].params) if param.name == name)

    def _spelled(self, param: Param, value: Arg) -> str:
        if param.kind is Kind.PID or param.kind is Kind.ACTOR:
            return pid_text(value)
        if isinstance(value, Fd):
            return fd_text(value.name)
        if isinstance(value, str):
            return value
        assert isinstance(value, int)
        if param.kind is Kind.SIGSET:
            self.needs.add("sets")
            return set_text(value, param.names or {})
        if param.kind is Kind.FLAGS:
            return self._flags(param, value)
        return integer_text(value) if param.names is None else one_text(value, param.names)

    def _flags(self, param: Param, value: int) -> str:
        names = dict(param.names or {})
        if self.call.name == "ptrace":
            takes_options = self.call.args[0] in (PTRACE_SEIZE, PTRACE_SETOPTIONS)
            return flags_text(value, PTRACE_OPTIONS) if takes_options else one_text(value, SIGNALS)
        for name in _SECOND_NAMES.get(self.call.name, ()):
            del names[name]
        return flags_text(value, names)


def clone_flags(call: Call) -> int:
    """Return the flags that a clone or clone3 is given, 0 of any other call."""
    place = FLAGS_OF.get(call.name)
    value = 0 if place is None else call.args[place]
    assert isinstance(value, int)
    return value


def child_of(call: Call) -> str | None:
    """Return the actor that a call makes."""
    return next((arg for arg in call.args if isinstance(arg, str)), None)


def leaders(case: Case) -> dict[str, str]:
    """Return of every actor the leader of its process: itself, unless it is made as a thread."""
    found = {actor: actor for actor in case.actors}
    for step in case.steps:
        for actor, call in step.acts:
            child = child_of(call)
            if child is not None and (call.name == "thread" or clone_flags(call) & CLONE_THREAD):
                found[child] = found[actor]
    return found
