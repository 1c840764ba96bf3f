"""The reference kernel: what Linux does, as a program that can be read.

Each layer is one subject and one module; each decision is one method that names its rule. Read in this order:
``values``, ``task``, ``world``, ``namespaces``, ``files``, ``polling``, ``credentials``, ``traps``,
``takers``, ``signals``, ``notify``, ``jobctl``, ``ptracestop``, ``tracees``, ``terminal``, ``exit``,
``forced``, ``delivery``, ``children``, ``wait``, ``usage``, ``cloning``, ``execve``, ``processes``,
``signalcalls``, ``signalwait``, ``raising``, ``terminalcalls``, ``procfs``, ``cgroups``, ``seccomp``,
``attaching``, ``filecalls``, ``pidfdinfo``, ``pidfdcalls``, ``ptracecalls``, ``kernel``; then
``scheduler`` and ``run``.
That is the newest Linux; ``changes`` is the table of what was different once (``past``), ``machines`` that of
what is different elsewhere, and ``releases`` puts these kernels together.
"""

from conformance.reference.changes import TABLE, Change
from conformance.reference.kernel import Kernel
from conformance.reference.releases import LATEST, RELEASES, UnknownRelease, closest_release, kernel_of
from conformance.reference.run import Allowed, CaseNotRunnable, allows, possible_traces, required, run_case
from conformance.reference.scheduler import TooManyOrders

__all__ = [
    "LATEST",
    "RELEASES",
    "TABLE",
    "Allowed",
    "CaseNotRunnable",
    "Change",
    "Kernel",
    "TooManyOrders",
    "UnknownRelease",
    "allows",
    "closest_release",
    "kernel_of",
    "possible_traces",
    "required",
    "run_case",
]
