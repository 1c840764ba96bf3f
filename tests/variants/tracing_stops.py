"""Group-stops, PTRACE_INTERRUPT and PTRACE_LISTEN: how a tracee stops, and goes on."""

from __future__ import annotations

from conformance.abi.ptrace import PTRACE_EVENT_STOP, stop_code
from conformance.abi.signals import SIGTRAP
from conformance.abi.waiting import CLD_TRAPPED
from conformance.reference.kernel import Kernel
from conformance.reference.results import failure
from conformance.reference.task import Task
from conformance.reference.values import ExitState, Jobctl, Phase, SigInfo, Trap, TrapKind
from conformance.trace import Fields


class S8EventStopsAreAlwaysSigtrap(Kernel):
    """The group-stop of a seized tracee does not say which signal stopped the process."""

    def group_stop(self, task: Task) -> None:
        """Show SIGTRAP, as for PTRACE_INTERRUPT."""
        task.jobctl &= ~Jobctl.SIGNAL
        task.jobctl |= SIGTRAP
        super().group_stop(task)


class B38SigcontBringsNoNews(Kernel):
    """A SIGCONT to a seized tracee is a signal, and nothing else."""

    def notify_trap(self, task: Task) -> None:
        """Keep it to oneself."""


class B39GroupStopsAreBare(Kernel):
    """PTRACE_EVENT_STOP is unknown: a seized tracee stops as an attached one does."""

    def group_stop(self, task: Task) -> None:
        """Show the signal alone."""
        signo = task.jobctl & Jobctl.SIGNAL
        self.ptrace_stop(task, Trap(TrapKind.GROUP, signo), CLD_TRAPPED)


class B67NoGroupStops(Kernel):
    """A tracee whose process stops goes on."""

    def group_stop(self, task: Task) -> None:
        """Drop what is pending."""
        self.clear_jobctl(task, Jobctl.PENDING)


class GroupStopsHoldATracee(Kernel):
    """PTRACE_CONT does not set a tracee going whose process is stopped."""

    def go_on(self, task: Task, request: int, signo: int) -> Fields:
        """Wait for SIGCONT."""
        trap = task.trap
        result = super().go_on(task, request, signo)
        if trap is not None and trap.kind is not TrapKind.SIGNAL and task.group.stop_stopped:
            task.trap, task.resuming = trap, None
        return result


class GroupStopsAreForgottenByDetaching(Kernel):
    """Who is let go of runs, whatever his process does."""

    def unlink(self, task: Task) -> None:
        """Forget the stop."""
        super().unlink(task)
        self.clear_jobctl(task, Jobctl.STOP_PENDING)


class AStopInAStoppedProcessIsTold(Kernel):
    """A second stop signal is a second stop, for the parent too."""

    def stop(self, task: Task, signo: int) -> None:
        """Begin anew."""
        task.group.stop_stopped = False
        super().stop(task, signo)


class AttachedGroupStopsHaveASiginfo(Kernel):
    """The group-stop of an attached tracee has the siginfo that an event stop has."""

    def ptrace_stop(self, task: Task, trap: Trap, why: int) -> None:
        """Make one up."""
        if trap.info is None:
            trap = trap._replace(info=self.own_siginfo(task, trap.code, trap.code))
        super().ptrace_stop(task, trap, why)


class ThreadsAreBornRunning(Kernel):
    """A new thread does not care that its process is stopped."""

    def join_stop_at_birth(self, parent: Task, child: Task) -> None:
        """Let it run."""


class AnyStopWillDoForAGroupStop(Kernel):
    """A thread in whatever ptrace-stop counts as stopped."""

    def stop(self, task: Task, signo: int) -> None:
        """Count those who are in one at once."""
        super().stop(task, signo)
        for thread in self.live_threads(task.group):
            if thread.trap is not None and thread is not task and thread.jobctl & Jobctl.STOP_PENDING:
                self.take_part_in_stop(thread)


class InterruptEndsEveryStop(Kernel):
    """PTRACE_INTERRUPT in a ptrace-stop ends that one by a new one."""

    def request_interrupt(self, caller: Task, task: Task, data: int) -> Fields:
        """Do not ask whether it listens."""
        result = super().request_interrupt(caller, task, data)
        self.leave_stop(task)
        return result


class InterruptDoesNotReachAListener(Kernel):
    """PTRACE_INTERRUPT leaves a tracee that listens as it is."""

    def request_interrupt(self, caller: Task, task: Task, data: int) -> Fields:
        """Do nothing then."""
        if task.jobctl & Jobctl.LISTENING:
            return (("ret", 0),)
        return super().request_interrupt(caller, task, data)


class InterruptWaitsForSignals(Kernel):
    """Pending signals are shown before the stop of PTRACE_INTERRUPT."""

    def stop_or_trap(self, task: Task) -> None:
        """Look at the signals first."""
        traps = task.jobctl & Jobctl.TRAPS
        taken = self.dequeue(task, ~task.blocked) if traps and task.tracing.tracer else None
        if taken is None:
            super().stop_or_trap(task)
        else:
            self.meet(task, *taken)
            task.jobctl |= traps


class InterruptOfAZombieFails(Kernel):
    """A tracee that has died cannot be interrupted."""

    def request_interrupt(self, caller: Task, task: Task, data: int) -> Fields:
        """Look for life."""
        if task.exit_state is not ExitState.ALIVE:
            return failure("ESRCH")
        return super().request_interrupt(caller, task, data)


class InterruptOfTheAttached(Kernel):
    """PTRACE_INTERRUPT works for every tracee."""

    def request_interrupt(self, caller: Task, task: Task, data: int) -> Fields:
        """Take it for seized."""
        tracing, task.tracing = task.tracing, task.tracing._replace(seized=True)
        result = super().request_interrupt(caller, task, data)
        task.tracing = tracing
        return result


class ListenersAnswer(Kernel):
    """A tracee that listens takes every request."""

    def is_at_hand(self, caller: Task, target: Task, *, any_state: bool) -> bool:
        """Look only whether it is stopped."""
        listening = target.jobctl & Jobctl.LISTENING
        target.jobctl &= ~Jobctl.LISTENING
        result = super().is_at_hand(caller, target, any_state=any_state)
        target.jobctl |= listening
        return result


class ListeningInGroupStopsAlone(Kernel):
    """PTRACE_LISTEN fails where nothing is stopped."""

    def request_listen(self, caller: Task, task: Task, data: int) -> Fields:
        """Look at the process."""
        return super().request_listen(caller, task, data) if task.group.stop_stopped else failure("EIO")


class ListenersMissWhatHasBeen(Kernel):
    """PTRACE_LISTEN hears only of what comes after it."""

    def request_listen(self, caller: Task, task: Task, data: int) -> Fields:
        """Forget the news."""
        self.clear_jobctl(task, Jobctl.TRAP_NOTIFY)
        return super().request_listen(caller, task, data)


class ListenersHearOfInterruptsThatHaveBeen(Kernel):
    """A PTRACE_INTERRUPT made before PTRACE_LISTEN ends the listening at once."""

    def request_listen(self, caller: Task, task: Task, data: int) -> Fields:
        """Look for it."""
        result = super().request_listen(caller, task, data)
        if task.jobctl & Jobctl.TRAP_STOP:
            self.leave_stop(task)
        return result


class ListeningAtAnyEvent(Kernel):
    """A tracee can listen in every stop."""

    def request_listen(self, caller: Task, task: Task, data: int) -> Fields:
        """Take any for the right one."""
        trap, code = task.trap, stop_code(SIGTRAP, PTRACE_EVENT_STOP)
        if trap is not None and trap.info is not None:
            task.trap = trap._replace(info=trap.info._replace(code=code))
        return super().request_listen(caller, task, data)


class NewGroupStopsWakeNoListener(Kernel):
    """A listening tracee sleeps through the beginning of a group stop."""

    def stop(self, task: Task, signo: int) -> None:
        """Let listeners be."""
        listening = [thread for thread in self.live_threads(task.group) if thread.jobctl & Jobctl.LISTENING]
        traps = [(thread, thread.trap) for thread in listening]
        super().stop(task, signo)
        for thread, trap in traps:
            thread.trap, thread.resuming = trap, None


class TheNewsOfAContinueComesAtOnce(Kernel):
    """A tracee tells of a continue between two signals."""

    def meet(self, task: Task, info: SigInfo, shared: bool) -> None:
        """Begin anew after each."""
        super().meet(task, info, shared)
        task.looping = False


class EveryThreadTellsOfAContinue(Kernel):
    """Whichever thread is there tells of a continue at once."""

    def can_run(self, task: Task) -> bool:
        """Run for it alone."""
        idle = task.phase is Phase.IDLE and task.exit_state is ExitState.ALIVE
        idle = idle and not self.is_stopped_or_traced(task)
        return super().can_run(task) or (idle and bool(task.group.cld_pending))

    def looks_at_news(self, task: Task) -> bool:
        """Look at every turn."""
        return bool(task.group.cld_pending)


class TracersHearOfNoContinue(Kernel):
    """Only the parent is told of a continue."""

    def tell_of_continue(self, task: Task) -> None:
        """Leave the tracer out."""
        super().tell_of_continue(task)
        task.telling = tuple(notice for notice in task.telling if not notice.tracee)
