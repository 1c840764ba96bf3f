"""An agent's hello: what there is where it runs."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.executor.frames import ProtocolError
from conformance.executor.layout import FACILITIES, HELLO, WireHello, text
from conformance.trace import Environment


@dataclass(frozen=True, slots=True)
class Hello:
    """What an agent says of the place where it runs: which facilities it has (the names that cases
    require them by); ``why`` explains a missing PID namespace.
    """

    have: frozenset[str]
    userns: bool
    uid: int
    cpu: int
    sysname: str
    release: str
    machine: str
    build: str
    why: str

    @property
    def environment(self) -> Environment:
        """The facts on which the right answers depend."""
        return Environment("pidns" in self.have, self.uid, "core" in self.have)


def read_hello(payload: bytes) -> Hello:
    """Return what the frame of an agent's hello says; raises :class:`ProtocolError` if it is none."""
    if len(payload) != HELLO.size:
        raise ProtocolError(f"a hello of {len(payload)} bytes")
    wire = WireHello._make(HELLO.unpack(payload))
    names = (text(wire.sysname), text(wire.release), text(wire.machine), text(wire.build), text(wire.why))
    have = frozenset(name for name, bit in FACILITIES.items() if wire.have & bit)
    return Hello(have, bool(wire.userns), wire.uid, wire.cpu, *names)
