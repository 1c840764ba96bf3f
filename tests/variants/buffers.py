"""Where a wait writes, what it leaves alone, and what a bad pointer costs."""

from __future__ import annotations

from conformance.abi.waiting import WNOWAIT
from conformance.reference.children import Found, Nothing, Report
from conformance.reference.kernel import Kernel
from conformance.reference.results import failure
from conformance.reference.task import Task
from conformance.reference.values import WaitOpts
from conformance.reference.wait import BAD, NULL, untouched_siginfo, usage_fields
from conformance.trace import Fields


class S1KeepsZombieOnFault(Kernel):
    """wait4 with a bad status pointer leaves the zombie for another try."""

    def take_zombie(self, opts: WaitOpts, child: Task) -> Report | None:
        """Keep the zombie of a caller whose status pointer is bad."""
        parent = self.tasks[child.parent]
        bad = parent.call is not None and parent.call.name == "wait4" and parent.call.args[1] == BAD
        return super().take_zombie(opts._replace(flags=opts.flags | WNOWAIT) if bad else opts, child)


class S2KeepsStopOnFault(Kernel):
    """wait4 with a bad status pointer leaves the stop report for another try."""

    def take_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Keep the report of a caller whose status pointer is bad."""
        parent = self.tasks[child.parent]
        bad = parent.call is not None and parent.call.name == "wait4" and parent.call.args[1] == BAD
        return super().take_stop(opts._replace(flags=opts.flags | WNOWAIT) if bad else opts, child)


class S4WaitidKeepsZombieOnFault(Kernel):
    """waitid with a bad infop leaves the zombie for another try."""

    def take_zombie(self, opts: WaitOpts, child: Task) -> Report | None:
        """Keep the zombie of a caller whose infop is bad."""
        parent = self.tasks[child.parent]
        bad = parent.call is not None and parent.call.name == "waitid" and parent.call.args[2] == BAD
        return super().take_zombie(opts._replace(flags=opts.flags | WNOWAIT) if bad else opts, child)


class S2S4ReportsStayOnFault(Kernel):
    """A bad pointer leaves the event for another try, in both calls."""

    def consider(self, opts: WaitOpts, child: Task) -> Report | None:
        """Keep it for a caller whose pointer is bad."""
        call = self.tasks[self.current].call
        bad = call is not None and call.args[{"wait4": 1, "waitid": 2}[call.name]] == BAD
        return super().consider(opts._replace(flags=opts.flags | WNOWAIT) if bad else opts, child)


class G1S15WholeSiginfoIsWritten(Kernel):
    """waitid writes all 128 bytes."""

    def siginfo_of(self, found: Found) -> Fields:
        """Say so."""
        fields = super().siginfo_of(found)
        return tuple((name, "0-127" if name == "written" else value) for name, value in fields)


class G2S15ErrorsLeaveSiginfo(Kernel):
    """waitid that fails leaves its siginfo alone."""

    def siginfo_of(self, found: Found) -> Fields:
        """Write nothing then."""
        failed = isinstance(found, Nothing) and found.error
        return untouched_siginfo() if failed else super().siginfo_of(found)


class A1S15B85NothingLeavesSiginfo(Kernel):
    """waitid that finds nothing or fails leaves its siginfo alone."""

    def siginfo_of(self, found: Found) -> Fields:
        """Write reports only."""
        return super().siginfo_of(found) if isinstance(found, Report) else untouched_siginfo()


class G3S16ErrorsWinOverFaults(Kernel):
    """ECHILD, EINVAL and plain nothing win over a bad siginfo pointer."""

    def waitid_result(self, found: Found, infop: int, rusage: int) -> Fields:
        """Answer first."""
        fields = super().waitid_result(found, infop, rusage)
        if isinstance(found, Nothing) and ("errno", "EFAULT") in fields:
            return failure(found.error) if found.error else (("ret", 0),)
        return fields


class S13NoRusage(Kernel):
    """wait4 has three parameters."""

    def wait4_result(self, found: Found, status: int, rusage: int) -> Fields:
        """Leave rusage alone."""
        return super().wait4_result(found, status, NULL) + usage_fields(rusage, None)


class S13A2WaitidTellsNoUsage(Kernel):
    """waitid has four parameters."""

    def waitid_result(self, found: Found, infop: int, rusage: int) -> Fields:
        """Leave rusage alone."""
        fields = super().waitid_result(found, infop, NULL)
        return fields + usage_fields(rusage, None)
