"""What is observed: the common tongue of the reference kernel, the agent and the verdict.

A trace has one entry per step. Each holds the *events* of the step (in the order of the case's actors;
within one actor in the order in which they happened) and the *state* in which the step left every
actor that was ever born.

==============  ==================================================================================
event kind      fields
==============  ==================================================================================
``returned``    ``ret`` (integer, or an actor's name where the call returns a pid), ``errno`` (only if
                it failed), then what the call observes, in the order of the table of calls
``handled``     ``si_signo``, ``si_code``, ``si_pid``, ``si_uid``, for SIGCHLD-like codes ``si_status``, for
                those of sigqueue ``si_value``; of a fault only ``si_signo`` and ``si_code``
``unready``     none: the actor was not idle, the step's call was never made
==============  ==================================================================================

How values are spelled: pids of actors as their names (an unknown positive pid as ``pid?``, the outside
of the containment as 0); errno, signals (``si_signo``, ``si_status`` of a signal), ``si_code`` by name;
``status`` as ``status_text`` gives it; ``untouched`` where the kernel wrote nothing; ``filled`` for an
rusage that was written; signal sets as names joined by ``,`` (``-`` if empty); ``old_flags`` likewise;
``written`` as byte ranges, ``0-11,16-27``; ``null`` where the case gave a null pointer.
"""

from __future__ import annotations

from typing import NamedTuple

Value = int | str
Fields = tuple[tuple[str, Value], ...]


class Event(NamedTuple):
    """Something an actor went through during a step."""

    actor: str
    kind: str
    call: str
    fields: Fields

    def get(self, name: str) -> Value | None:
        """Return the field ``name``, or None."""
        for key, value in self.fields:
            if key == name:
                return value
        return None


class State(NamedTuple):
    """How an actor is left: ``state`` is idle, blocked, stopped, ptrace-stop, zombie or gone.

    ``call`` is what it is blocked in (or was about when it was stopped; empty if idle). ``ppid``,
    ``pgid`` and ``sid`` name actors; they are empty for ``gone`` and ``ppid`` is empty for init.
    """

    actor: str
    state: str
    call: str
    ppid: str
    pgid: str
    sid: str


class StepTrace(NamedTuple):
    """One step's observations."""

    events: tuple[Event, ...]
    states: tuple[State, ...]


class Trace(NamedTuple):
    """All steps that ran, in order."""

    steps: tuple[StepTrace, ...]


class Environment(NamedTuple):
    """The facts of a target that Linux's answers depend on, and that a target tells of itself.

    ``pidns``: cases run in a PID namespace of their own. ``uid``: the real uid of every actor, as seen
    inside. ``core``: whether core-dumping signals dump (RLIMIT_CORE and core_pattern permitting).
    """

    pidns: bool = True
    uid: int = 0
    core: bool = False
