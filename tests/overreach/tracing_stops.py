"""Rules of group-stops, PTRACE_INTERRUPT and PTRACE_LISTEN, overdone."""

from __future__ import annotations

from conformance.abi.ptrace import PTRACE_EVENT_STOP, stop_code
from conformance.abi.signals import SIGCHLD, SIGCONT, SIGKILL, SIGSTOP, SIGTRAP, STOP_SIGNALS
from conformance.abi.waiting import CLD_TRAPPED
from conformance.reference.results import failure
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import Action, Jobctl, SigInfo, Trap, TrapKind
from conformance.trace import Fields
from tests.overreach.overreach import Overreach


class AStopSignalCannotBeDropped(Overreach):
    """The SIGSTOP of an attach stops the tracee twice, whatever the tracer says."""

    RULES = ("PTRACE-109",)

    def leave_trap(self, task: Task) -> None:
        """Go on with it."""
        trap = task.resuming
        if trap is not None and trap.kind is TrapKind.SIGNAL and trap.code == SIGSTOP:
            task.exit_code = SIGSTOP
        super().leave_trap(task)


class SeizedTraceesStopAlike(Overreach):
    """The group-stop of a seized tracee is that of an attached one."""

    RULES = ("PTRACE-039", "PTRACE-266")

    def group_stop(self, task: Task) -> None:
        """Show the signal alone."""
        self.ptrace_stop(task, Trap(TrapKind.GROUP, task.jobctl & Jobctl.SIGNAL), CLD_TRAPPED)


class EveryStopSignalIsAnEvent(Overreach):
    """A seized tracee shows a stop signal as PTRACE_EVENT_STOP from the first."""

    RULES = ("PTRACE-029", "PTRACE-037")

    def signal_delivery_stop(self, task: Task, info: SigInfo, *, shared: bool) -> None:
        """Skip the signal's own stop."""
        if task.tracing.seized and info.signo in STOP_SIGNALS:
            code = stop_code(info.signo, PTRACE_EVENT_STOP)
            self.ptrace_stop(task, Trap(TrapKind.SIGNAL, code, self.own_siginfo(task, info.signo, code)), 4)
        else:
            super().signal_delivery_stop(task, info, shared=shared)


class CaughtStopSignalsStop(Overreach):
    """A stop signal stops a tracee also if it is caught."""

    RULES = ("PTRACE-028", "PTRACE-109")

    def push_frame(self, task: Task, info: SigInfo, action: Action) -> None:
        """Stop, even for a handler."""
        super().push_frame(task, info, action)
        if info.signo in STOP_SIGNALS:
            self.stop(task, info.signo)


class AllThreadsGoOn(Overreach):
    """PTRACE_CONT sets the whole process going."""

    RULES = ("PTRACE-034", "PTRACE-041")

    def go_on(self, task: Task, request: int, signo: int) -> Fields:
        """Continue the others."""
        for thread in self.live_threads(task.group):
            thread.stopped = False
        return super().go_on(task, request, signo)


class InterruptShowsTheLastStop(Overreach):
    """PTRACE_INTERRUPT shows a stop signal that was in effect once."""

    RULES = ("PTRACE-035",)

    def group_stop(self, task: Task) -> None:
        """Do not ask whether it is over."""
        signo = task.jobctl & Jobctl.SIGNAL
        if not task.tracing.seized or not signo:
            super().group_stop(task)
            return
        code = stop_code(signo, PTRACE_EVENT_STOP)
        self.ptrace_stop(task, Trap(TrapKind.EVENT, code, self.own_siginfo(task, signo, code)), CLD_TRAPPED)


class SeizingStops(Overreach):
    """Seizing stops the tracee."""

    RULES = ("PTRACE-036",)

    def trap_stopped(self, task: Task) -> None:
        """Interrupt those who run."""
        super().trap_stopped(task)
        if task.tracing.seized and task.trap is None:
            self.set_jobctl(task, Jobctl.TRAP_STOP)


class EveryTraceeIsNotified(Overreach):
    """A SIGCONT makes an attached tracee stop for its news too."""

    RULES = ("PTRACE-271",)

    def resume(self, group: ThreadGroup) -> None:
        """Notify all."""
        super().resume(group)
        for task in self.all_threads(group):
            if task.tracing.tracer:
                self.notify_trap(task)


class EverySigcontIsAContinue(Overreach):
    """SIGCONT to a tracee is a continue, whether its process was stopped or not."""

    RULES = ("PTRACE-270",)

    def resume(self, group: ThreadGroup) -> None:
        """Note it."""
        super().resume(group)
        if self.leader(group).tracing.tracer:
            group.stop_continued = True


class DetachingAlwaysStops(Overreach):
    """A tracee is stopped when its tracer lets go of it."""

    RULES = ("PTRACE-111", "PTRACE-269")

    def request_detach(self, caller: Task, task: Task, signo: int) -> Fields:
        """Stop its process."""
        trap, group = task.trap, task.group
        if trap is not None and trap.code & 0xFF in STOP_SIGNALS:
            group.stop_stopped, group.group_exit_code = True, trap.code & 0xFF
        return super().request_detach(caller, task, signo)


class EverySignalEndsListening(Overreach):
    """A listening tracee stops anew for whatever is sent to it."""

    RULES = ("PTRACE-031",)

    def prepare_signal(self, signo: int, task: Task, *, force: bool) -> bool:
        """Wake it."""
        if task.jobctl & Jobctl.LISTENING and signo not in (SIGCONT, SIGKILL):
            self.notify_trap(task)
        return super().prepare_signal(signo, task, force=force)


class NoSignalEndsListening(Overreach):
    """A listening tracee hears nothing but PTRACE_INTERRUPT."""

    RULES = ("PTRACE-283", "PTRACE-030")

    def notify_trap(self, task: Task) -> None:
        """Tell it nothing."""

    def request_listen(self, caller: Task, task: Task, data: int) -> Fields:
        """Forget the news."""
        self.clear_jobctl(task, Jobctl.TRAP_NOTIFY)
        return super().request_listen(caller, task, data)

    def kill_thread(self, task: Task) -> None:
        """Survive."""
        if not task.jobctl & Jobctl.LISTENING:
            super().kill_thread(task)


class EventStopsAnswerNobody(Overreach):
    """In a group-stop a seized tracee takes no requests but PTRACE_LISTEN."""

    RULES = ("PTRACE-280",)

    def sys_ptrace_getsiginfo(self, caller: Task, pid: int) -> Fields:
        """Do not answer."""
        trap = self.trap_at_hand(caller, pid)
        if trap is not None and trap.code >> 8 == PTRACE_EVENT_STOP:
            return failure("ESRCH")
        return super().sys_ptrace_getsiginfo(caller, pid)


class ListeningEverywhere(Overreach):
    """A tracee can listen in any stop."""

    RULES = ("PTRACE-027",)

    def request_listen(self, caller: Task, task: Task, data: int) -> Fields:
        """Take any for the right one."""
        code = stop_code(SIGTRAP, PTRACE_EVENT_STOP)
        if task.trap is not None:
            task.trap = task.trap._replace(info=SigInfo(SIGTRAP, code))
        return super().request_listen(caller, task, data)


class InterruptBeforeListeningCounts(Overreach):
    """A PTRACE_INTERRUPT that was made before ends the listening, as the news of a SIGCONT does."""

    RULES = ("PTRACE-281", "PTRACE-284")

    def request_listen(self, caller: Task, task: Task, data: int) -> Fields:
        """Look for it."""
        result = super().request_listen(caller, task, data)
        if task.jobctl & Jobctl.TRAP_STOP:
            self.leave_stop(task)
        return result


class OneInterruptOnly(Overreach):
    """A PTRACE_INTERRUPT during a stop adds up with the one that made it."""

    RULES = ("PTRACE-277",)

    def request_interrupt(self, caller: Task, task: Task, data: int) -> Fields:
        """Forget it."""
        stopped = task.trap is not None and task.trap.code == stop_code(SIGTRAP, PTRACE_EVENT_STOP)
        if stopped and not task.jobctl & Jobctl.LISTENING:
            return (("ret", 0),)
        return super().request_interrupt(caller, task, data)


class EveryInterruptIsAStop(Overreach):
    """Each PTRACE_INTERRUPT during a stop makes another one."""

    RULES = ("PTRACE-278",)

    def ptrace_stop(self, task: Task, trap: Trap, why: int) -> None:
        """Keep what is pending."""
        wanted = task.jobctl & Jobctl.TRAP_STOP
        super().ptrace_stop(task, trap, why)
        if wanted and trap.code != stop_code(SIGTRAP, PTRACE_EVENT_STOP):
            task.jobctl |= wanted


class InterruptGoesBeforeEverything(Overreach):
    """PTRACE_INTERRUPT comes before a signal that the tracer lets pass."""

    RULES = ("PTRACE-279",)

    def inject(self, task: Task, trap: Trap, signo: int) -> None:
        """Put the signal back."""
        if task.jobctl & Jobctl.TRAP_STOP and trap.info is not None:
            task.pending += (trap.info._replace(signo=signo),)
        else:
            super().inject(task, trap, signo)


class EveryChildIsBornStopped(Overreach):
    """A process that is made in a stopped process is stopped as its threads are."""

    RULES = ("PTRACE-274",)

    def sys_fork(self, task: Task, child: str, exit_signal: int) -> Fields | None:
        """Stop it."""
        result = super().sys_fork(task, child, exit_signal)
        if task.group.stop_stopped and child in self.pids:
            self.tasks[self.pids[child]].stopped = True
        return result


class SigchldOfOneIsSigchldOfAll(Overreach):
    """The tracer of any thread hears of a continue."""

    RULES = ("PTRACE-120c",)

    def tell_of_continue(self, task: Task) -> None:
        """Tell them all."""
        super().tell_of_continue(task)
        for thread in self.live_threads(task.group):
            tracer = self.tasks.get(thread.tracing.tracer)
            if tracer is not None and thread.tid != thread.group.tgid:
                self.send_to_process(SigInfo(SIGCHLD, 6, thread.tid), tracer.group, via=tracer)
