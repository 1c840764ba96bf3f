"""The reference kernel: what Linux does, as a program that can be read.

Each layer is one subject and one module; each decision is one method that names its rule. Read in this
order: ``values``, ``task``, ``world``, ``namespaces``, ``credentials``, ``traps``, ``takers``, ``signals``,
``notify``, ``jobctl``, ``ptracestop``, ``tracees``, ``terminal``, ``exit``, ``forced``, ``delivery``,
``children``, ``wait``, ``usage``, ``cloning``, ``execve``, ``processes``, ``signalcalls``, ``signalwait``,
``raising``, ``terminalcalls``, ``procfs``, ``cgroups``, ``seccomp``, ``attaching``, ``ptracecalls``,
``kernel``; then ``scheduler`` and ``run``.
"""

from conformance.reference.kernel import LATEST, Kernel
from conformance.reference.run import Allowed, CaseNotRunnable, allows, possible_traces, required, run_case
from conformance.reference.scheduler import TooManyOrders

__all__ = [
    "LATEST",
    "Allowed",
    "CaseNotRunnable",
    "Kernel",
    "TooManyOrders",
    "allows",
    "possible_traces",
    "required",
    "run_case",
]
