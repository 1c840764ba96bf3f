"""Rules of signal-delivery-stops, overdone."""

from __future__ import annotations

from conformance.abi.signals import SIGSTOP
from conformance.reference.sigsets import bit
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import Action, Jobctl, Restart, SigInfo, Trap, TrapKind
from conformance.trace import Fields
from tests.overreach.overreach import Overreach


class EveryStopTakesASignal(Overreach):
    """A tracee can be given a signal to go on with wherever it is stopped."""

    RULES = ("PTRACE-007", "PTRACE-008")

    def leave_trap(self, task: Task) -> None:
        """Take every stop for a signal-delivery-stop."""
        trap = task.resuming
        if trap is not None:
            task.resuming = trap._replace(kind=TrapKind.SIGNAL)
        super().leave_trap(task)


class EverySignalIsDropped(Overreach):
    """No signal that is shown has an effect."""

    RULES = ("PTRACE-006", "PTRACE-010")

    def inject(self, task: Task, trap: Trap, signo: int) -> None:
        """Drop it."""


class IgnoredSigchldIsSent(Overreach):
    """A tracee that ignores SIGCHLD is sent it all the same."""

    RULES = ("PTRACE-009", "PTRACE-261")

    def ignores_sigchld_exit(self, signo: int, parent: ThreadGroup) -> bool:
        """Send it."""
        return False


class SigstopCanBeBlocked(Overreach):
    """What is blocked stops no tracee, SIGSTOP included."""

    RULES = ("PTRACE-011",)

    def sys_sigprocmask(self, task: Task, how: int, mask: int) -> Fields:
        """Block it too."""
        result = super().sys_sigprocmask(task, how, mask)
        task.blocked |= mask & bit(SIGSTOP)
        return result


class ThereIsAlwaysASiginfo(Overreach):
    """PTRACE_GETSIGINFO gives a siginfo in every stop."""

    RULES = ("PTRACE-004",)

    def sys_ptrace_getsiginfo(self, caller: Task, pid: int) -> Fields:
        """Make one up."""
        trap = self.trap_at_hand(caller, pid)
        if trap is not None and trap.info is None:
            return (("ret", 0), *self.siginfo_fields(SigInfo(trap.code, 0)))
        return super().sys_ptrace_getsiginfo(caller, pid)


class NoDeadlySignalIsShown(Overreach):
    """Not only SIGKILL ends a tracee unseen."""

    RULES = ("PTRACE-251",)

    def is_fatal(self, signo: int, task: Task) -> bool:
        """Forget the tracer."""
        tracing, task.tracing = task.tracing, task.tracing._replace(tracer=0)
        fatal = super().is_fatal(signo, task)
        task.tracing = tracing
        return fatal

    def wants_signal(self, signo: int, task: Task) -> bool:
        """Wake it from its stop."""
        return super().wants_signal(signo, task) or self.is_fatal(signo, task)


class SendersStay(Overreach):
    """Whatever signal a tracee goes on with, it has the siginfo of the stop."""

    RULES = ("PTRACE-254", "PTRACE-255")

    def inject(self, task: Task, trap: Trap, signo: int) -> None:
        """Change the number alone."""
        info = trap.info._replace(signo=signo) if trap.info is not None else None
        super().inject(task, trap._replace(info=info), signo)


class AllComesFromTheTracer(Overreach):
    """Whatever signal a tracee goes on with, the tracer has sent it."""

    RULES = ("PTRACE-253",)

    def inject(self, task: Task, trap: Trap, signo: int) -> None:
        """Forget the siginfo."""
        super().inject(task, trap._replace(info=None), signo)


class StandardSignalsAddUp(Overreach):
    """Each of several standard signals makes a stop."""

    RULES = ("PTRACE-151", "PTRACE-258")

    def already_queued(self, signo: int, queue: tuple[SigInfo, ...]) -> bool:
        """Queue all."""
        return False


class TheThreadsOwnBeforeTheInterrupt(Overreach):
    """A signal to the thread goes before PTRACE_INTERRUPT too."""

    RULES = ("PTRACE-256",)

    def stop_or_trap(self, task: Task) -> None:
        """Look at the thread's queue first."""
        traps, shared = task.jobctl & Jobctl.TRAPS, task.group.pending
        task.group.pending = ()
        taken = self.dequeue(task, ~task.blocked) if traps and task.tracing.tracer else None
        task.group.pending = shared
        if taken is None:
            super().stop_or_trap(task)
        else:
            self.meet(task, *taken)
            task.jobctl |= traps


class EveryInjectedSignalIsSent(Overreach):
    """An injected signal is sent, and shown again, whether it is blocked or not."""

    RULES = ("PTRACE-257",)

    def inject(self, task: Task, trap: Trap, signo: int) -> None:
        """Send it."""
        self.send_to_thread(SigInfo(signo, 0), task)


class ASigcontForbidsStops(Overreach):
    """After a SIGCONT during a stop the tracee is not stopped by what comes later either."""

    RULES = ("PTRACE-259",)

    def stop(self, task: Task, signo: int) -> None:
        """Forget stop signals that came after it."""
        if signo != SIGSTOP:
            return
        super().stop(task, signo)


class EverySignalInAStopSignalsPlaceStops(Overreach):
    """At the stop of a stop signal a tracee stops, whatever it goes on with."""

    RULES = ("PTRACE-260",)

    def inject(self, task: Task, trap: Trap, signo: int) -> None:
        """Stop it."""
        super().inject(task, trap, SIGSTOP if trap.code == SIGSTOP else signo)


class NothingInterruptsATracee(Overreach):
    """A tracee's call is resumed even after a handler."""

    RULES = ("PTRACE-262",)

    def push_frame(self, task: Task, info: SigInfo, action: Action) -> None:
        """Resume it."""
        if task.tracing.tracer and task.restart is not Restart.NONE:
            task.restart = Restart.AGAIN
        super().push_frame(task, info, action)


class SigtimedwaitHidesAll(Overreach):
    """A tracee in sigtimedwait stops for no signal."""

    RULES = ("PTRACE-263",)

    def meet(self, task: Task, info: SigInfo, shared: bool) -> None:
        """Act at once."""
        if task.call is not None and task.call.name == "sigtimedwait":
            self.act_on(task, info)
        else:
            super().meet(task, info, shared)


class OrphansNeverStop(Overreach):
    """In an orphaned group no tracee has a group-stop."""

    RULES = ("PTRACE-264",)

    def stop_is_discarded(self, task: Task, signo: int) -> bool:
        """Discard SIGSTOP too."""
        return self.is_orphaned(task.group.pgid)


class InitsSurviveEverything(Overreach):
    """A traced init is spared SIGSTOP too."""

    RULES = ("PTRACE-265",)

    def spared_as_init(self, task: Task, signo: int) -> bool:
        """Spare it."""
        return task.group.unkillable
