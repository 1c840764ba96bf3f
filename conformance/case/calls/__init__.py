"""The one table of calls. Loader, JSON Schema, compiler, reference kernel, agent and docs all read it.

A new call is added to the module of its subject (name, opcode, parameters, what it observes), then given a
body in ``helpers_c/calls_*.c`` and in ``conformance/reference/``. The opcode is what travels to the agent;
it is never reused.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from conformance.case.calls import (
    cgroups,
    credentials,
    descriptors,
    pidfds,
    processes,
    signals,
    terminals,
    tracing,
    usage,
    waits,
)
from conformance.case.calls.spec import BUFFERS, HANDLERS, USAGE_FIELDS, CallSpec, Kind, Param
from conformance.case.calls.waits import SIGINFO_FIELDS

__all__ = ["BUFFERS", "CALLS", "HANDLERS", "SIGINFO_FIELDS", "USAGE_FIELDS", "CallSpec", "Kind", "Param"]

CALLS: Final[Mapping[str, CallSpec]] = MappingProxyType(
    {
        spec.name: spec
        for table in (
            processes.TABLE,
            waits.TABLE,
            signals.TABLE,
            credentials.TABLE,
            usage.TABLE,
            cgroups.TABLE,
            terminals.TABLE,
            tracing.TABLE,
            descriptors.TABLE,
            pidfds.TABLE,
        )
        for spec in table
    }
)
