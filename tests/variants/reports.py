"""What a wait tells of an event, how often, and in which words."""

from __future__ import annotations

from conformance.abi.signals import SIGKILL
from conformance.abi.waiting import CLD_DUMPED, CLD_EXITED, CLD_KILLED, CLD_STOPPED, WNOWAIT
from conformance.reference.children import Found, Report
from conformance.reference.kernel import Kernel
from conformance.reference.task import Task
from conformance.reference.values import ExitState, WaitOpts
from conformance.trace import Fields


class G11B65StopLooksLikeADeath(Kernel):
    """waitid tells of a stop as of a death by signal 0x7f."""

    def siginfo_of(self, found: Found) -> Fields:
        """Take the status word apart wrongly."""
        if isinstance(found, Report) and found.code not in (CLD_EXITED, CLD_KILLED, CLD_DUMPED):
            code = CLD_KILLED if found.code == CLD_STOPPED else CLD_DUMPED
            found = found._replace(code=code, si_status=0x7F)
        return super().siginfo_of(found)


class A9B71StatusOfADeathIsTheWholeWord(Kernel):
    """si_status of a death is the whole exit code."""

    def siginfo_of(self, found: Found) -> Fields:
        """Do not take it apart."""
        if isinstance(found, Report) and found.code in (CLD_KILLED, CLD_DUMPED):
            found = found._replace(si_status=found.status | 0x80)
        elif isinstance(found, Report) and found.code == CLD_EXITED:
            found = found._replace(si_status=found.status)
        return super().siginfo_of(found)


class B60B84ContinuesLookLikeStops(Kernel):
    """A continue is encoded as a stop."""

    def take_continue(self, opts: WaitOpts, child: Task) -> Report | None:
        """Take the wrong word."""
        report = super().take_continue(opts, child)
        return report and report._replace(status=0xFF7F)


class B63B64DeathsLookLikeExits(Kernel):
    """Death by a signal is encoded as an exit with its number."""

    def fatal_status(self, task: Task, signo: int) -> int:
        """Shift it."""
        return signo << 8

    def is_fatal(self, signo: int, task: Task) -> bool:
        """Leave the death to the receiver, who gets it wrong."""
        return signo == SIGKILL and super().is_fatal(signo, task)


class B65ExitedForEverything(Kernel):
    """waitid says CLD_EXITED of every death."""

    def siginfo_of(self, found: Found) -> Fields:
        """Take one code for all."""
        if isinstance(found, Report) and found.code in (CLD_KILLED, CLD_DUMPED):
            found = found._replace(code=CLD_EXITED)
        return super().siginfo_of(found)


class B20B53ReportsStay(Kernel):
    """Stops and continues are reported as often as asked."""

    def consider(self, opts: WaitOpts, child: Task) -> Report | None:
        """Never use one up."""
        if child.exit_state is ExitState.ZOMBIE:
            return super().consider(opts, child)
        return super().consider(opts._replace(flags=opts.flags | WNOWAIT), child)


class B41S5WnowaitConsumes(Kernel):
    """WNOWAIT uses up a stop or a continue."""

    def consider(self, opts: WaitOpts, child: Task) -> Report | None:
        """Forget WNOWAIT for the living."""
        if child.exit_state is ExitState.ZOMBIE:
            return super().consider(opts, child)
        return super().consider(opts._replace(flags=opts.flags & ~WNOWAIT), child)


class B61B65B77WnowaitReaps(Kernel):
    """WNOWAIT is ignored."""

    def consider(self, opts: WaitOpts, child: Task) -> Report | None:
        """Consume."""
        return super().consider(opts._replace(flags=opts.flags & ~WNOWAIT), child)


class B84NoContinueAfterAStop(Kernel):
    """What took the stop has taken the continue too."""

    def take_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Remember it."""
        report = super().take_stop(opts, child)
        if report is not None and not opts.flags & WNOWAIT:
            self.fetched = {*getattr(self, "fetched", ()), child.tid}
        return report

    def take_continue(self, opts: WaitOpts, child: Task) -> Report | None:
        """Deny it."""
        return None if child.tid in getattr(self, "fetched", ()) else super().take_continue(opts, child)


class S5WaitidIgnoresStops(Kernel):
    """waitid never looks at job status."""

    def take_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Report a stop to wait4 only."""
        parent = self.tasks[child.parent]
        if parent.call is not None and parent.call.name == "waitid":
            return None
        return super().take_stop(opts, child)


class S5WaitidIgnoresContinues(Kernel):
    """waitid never looks for a continue."""

    def take_continue(self, opts: WaitOpts, child: Task) -> Report | None:
        """Report it to wait4 only."""
        call = self.tasks[child.parent].call
        waitid = call is not None and call.name == "waitid"
        return None if waitid else super().take_continue(opts, child)
