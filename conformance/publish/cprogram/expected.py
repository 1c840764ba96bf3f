"""What a program is made of beside its case: the trace that it compares with."""

from __future__ import annotations

from conformance.case.model import Case
from conformance.publish.cprogram.checks import WHOEVER
from conformance.reference import Kernel, required, run_case
from conformance.trace import Environment, Trace


def expected(case: Case, kernel: type[Kernel] = Kernel) -> Trace:
    """Return what Linux makes of a case, whoever runs it: its own uid is none that means something.

    A uid of 0 is then that of the kernel, or of one whom the kernel does not know any more. A case of
    several users is run by root. ``kernel`` may be that of an older release. Raises
    :class:`conformance.reference.CaseNotRunnable`.
    """
    return run_case(case, required(case, Environment(uid=WHOEVER)), kernel)
