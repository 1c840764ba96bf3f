"""Wire data for the tests of the executor, written as an agent writes it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from conformance.case.loader import load_text
from conformance.case.model import Case
from conformance.executor._bridge import lib
from conformance.executor.layout import EVENT, RESULT, STATE, STEP_RESULT, WireEvent

HEAD = "id: example\ntitle: an example\nrules: [WAIT-001]\n"
NONE: int = lib.WC_SLOT_NONE
_BLANK = WireEvent(*[0] * len(WireEvent._fields))._replace(ret_slot=NONE, pid_slot=NONE)


def case(steps: str, head: str = HEAD) -> Case:
    """Build a case from the lines of its steps."""
    return load_text(head + "steps:\n" + textwrap.indent(textwrap.dedent(steps).strip(), "  ") + "\n")[0]


def event(actor: int, kind: str = "returned", call: str = "", **fields: int) -> bytes:
    """Pack an event; what is not given is zero, or no slot."""
    numbers = {
        "kind": getattr(lib, f"WC_EVENT_{kind.upper()}"),
        "call": getattr(lib, f"WC_{call.upper()}") if call else 0,
    }
    return EVENT.pack(*_BLANK._replace(actor=actor, **numbers, **fields))


def state(actor: int, name: str, call: str = "", ids: tuple[int, int, int] = (NONE, NONE, NONE)) -> bytes:
    """Pack a state; ``ids`` are the slots of parent, group and session."""
    opcode = getattr(lib, f"WC_{call.upper()}") if call else 0
    return STATE.pack(actor, getattr(lib, f"WC_STATE_{name.upper()}"), opcode, *ids)


def step(events: Sequence[bytes] = (), states: Sequence[bytes] = ()) -> bytes:
    """Pack what came of one step."""
    return STEP_RESULT.pack(len(events), len(states)) + b"".join(events) + b"".join(states)


def result(*steps: bytes, number: int = 1, outcome: str = "ok", words: bytes = b"") -> bytes:
    """Pack a result."""
    header = RESULT.pack(number, getattr(lib, f"WC_{outcome.upper()}"), len(steps), 1500, words)
    return header + b"".join(steps)
