"""Whether a case must have a PID namespace of its own: to be right, or to be safe."""

from __future__ import annotations

from typing import Final

from conformance.case.model import Case, Pid
from conformance.reference import CaseNotRunnable, run_case
from conformance.trace import Environment, Trace

_BY_NUMBER: Final = {"kill": 1, "tkill": 1, "tgkill": 2, "sigqueue": 1, "pidfd_open": 1, "open_proc": 1}
"""Calls that reach a process by its number, and how many of their arguments are such numbers."""


def needs_namespace(case: Case) -> bool:
    """Say whether a case is only right, or only safe, in a PID namespace of its own.

    Without one there are strangers: a literal number may be one's, and so may the number of an actor that
    is gone. And some things are otherwise there, such as what init may be sent.
    """
    inside = run_case(case, _environment(case, pidns=True))
    if "pidns" in case.requires or _reaches_strangers(case, inside):
        return True
    try:
        return inside != run_case(case, _environment(case, pidns=False))
    except CaseNotRunnable:
        return True


def _environment(case: Case, *, pidns: bool) -> Environment:
    return Environment(pidns=pidns, core="core" in case.requires)


def _reaches_strangers(case: Case, trace: Trace) -> bool:
    gone: set[str] = set()
    for step, seen in zip(case.steps, trace.steps, strict=True):
        call = step.call
        for arg in call.args[: _BY_NUMBER.get(call.name, 0)]:
            if (isinstance(arg, int) and arg != 0) or (isinstance(arg, Pid) and arg.actor in gone):
                return True
        if call.name == "ptrace" and isinstance(arg := call.args[1], Pid) and arg.actor in gone:
            return True
        gone = {state.actor for state in seen.states if state.state == "gone"}
    return False
