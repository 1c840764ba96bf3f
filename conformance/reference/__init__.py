"""The reference kernel: what Linux does, as a program that can be read.

Each layer is one subject and one module; each decision is one method that names its rule. Read in this
order: ``task``, ``world``, ``signals``, ``notify``, ``jobctl``, ``exit``, ``delivery``, ``wait``,
``processes``, ``signalcalls``, ``signalwait``, ``raising``, ``kernel``; then ``scheduler`` and ``run``.
"""

from conformance.reference.kernel import LATEST, Kernel
from conformance.reference.run import Allowed, CaseNotRunnable, allows, possible_traces, run_case
from conformance.reference.scheduler import TooManyOrders

__all__ = [
    "LATEST",
    "Allowed",
    "CaseNotRunnable",
    "Kernel",
    "TooManyOrders",
    "allows",
    "possible_traces",
    "run_case",
]
