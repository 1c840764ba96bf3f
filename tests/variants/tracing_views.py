"""What waits, SIGCHLD and /proc show of ptrace-stops."""

from __future__ import annotations

from conformance.abi.signals import SA_NOCLDSTOP, SIGCHLD
from conformance.abi.waiting import CLD_STOPPED, CLD_TRAPPED, WNOTHREAD, WNOWAIT, WUNTRACED
from conformance.reference.children import Found, Report
from conformance.reference.kernel import Kernel
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import Jobctl, Notice, SigInfo, Trap, WaitOpts
from conformance.trace import Fields


class S6PtraceStopsMustBeAskedFor(Kernel):
    """waitid tells a ptrace-stop only with WSTOPPED."""

    def take_ptrace_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Look at the options."""
        call = self.tasks[self.current].call
        asked = opts.flags & WUNTRACED or call is None or call.name != "waitid"
        return super().take_ptrace_stop(opts, child) if asked else None


class S7SiStatusHasNoEvent(Kernel):
    """waitid tells the signal of a stop, and drops the event."""

    def siginfo_of(self, found: Found) -> Fields:
        """Keep the lowest byte."""
        if isinstance(found, Report) and found.code == CLD_TRAPPED:
            found = found._replace(si_status=found.si_status & 0xFF)
        return super().siginfo_of(found)


class G12SiStatusIsTheEvent(Kernel):
    """waitid tells the event of a stop, 0 for a signal."""

    def siginfo_of(self, found: Found) -> Fields:
        """Drop the lowest byte."""
        if isinstance(found, Report) and found.code == CLD_TRAPPED:
            found = found._replace(si_status=found.si_status >> 8)
        return super().siginfo_of(found)


class S21ParentsTakeTheTracersStops(Kernel):
    """A parent's wait tells, and takes, the ptrace-stops of a child that another process traces."""

    def consider(self, opts: WaitOpts, child: Task) -> Report | None:
        """Look as the tracer does."""
        return super().consider(opts._replace(traced=bool(child.tracing.tracer) or opts.traced), child)


class G10ChildrenBeforeTracees(Kernel):
    """A tracee's turn comes after all other children."""

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Put those who are traced behind."""
        return sorted(super().candidates(task, opts), key=lambda found: bool(found[0].tracing.tracer))


class A11TraceesBeforeChildren(Kernel):
    """A tracee's turn comes before all children."""

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Put those who are traced in front."""
        return sorted(super().candidates(task, opts), key=lambda found: not found[0].tracing.tracer)


class A12OnlyTheThreadThatTracesWaits(Kernel):
    """A thread waits for no tracee of its siblings."""

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Leave theirs out."""
        found = super().candidates(task, opts)
        return [(child, traced) for child, traced in found if child.tracing.tracer in (0, task.tid)]


class B37StopsOfThreadsAreTheProcesses(Kernel):
    """The stop of a thread is told by the id of its process."""

    def take_ptrace_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Name the leader."""
        report = super().take_ptrace_stop(opts, child)
        return report and report._replace(pid=child.group.tgid)


class B37SigchldNamesTheProcess(Kernel):
    """SIGCHLD of a thread's stop names its process."""

    def notify_of_stop(self, task: Task, notice: Notice) -> None:
        """Name the leader."""
        self.about = task.group.tgid
        super().notify_of_stop(task, notice)

    def send_to_process(
        self, info: SigInfo, group: ThreadGroup, *, force: bool = False, via: Task | None = None
    ) -> str | None:
        """Spoil the siginfo."""
        if info.signo == SIGCHLD and info.code in (CLD_STOPPED, CLD_TRAPPED):
            info = info._replace(pid=self.about)
        return super().send_to_process(info, group, force=force, via=via)


class B67ThreadsAreChildren(Kernel):
    """A thread of a child can be waited for, whoever traces it."""

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Add the threads."""
        found = super().candidates(task, opts)
        threads = [thread for child, _ in found for thread in self.live_threads(child.group)]
        return found + [(thread, False) for thread in threads if thread.tid != thread.group.tgid]


class B69TheStopOfAProcessNamesAThread(Kernel):
    """The parent is told of a stop by the id of the thread that stopped last."""

    def take_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Name the youngest."""
        report = super().take_stop(opts, child)
        return report if report is None or opts.traced else report._replace(pid=child.group.threads[-1])


class StopsAreToldAgain(Kernel):
    """A ptrace-stop is told by every wait."""

    def take_ptrace_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Leave it where it is."""
        return super().take_ptrace_stop(opts._replace(flags=opts.flags | WNOWAIT), child)


class ListenersStopsAreTold(Kernel):
    """A wait tells the stop of a tracee that listens."""

    def take_ptrace_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Forget that it listens."""
        listening = child.jobctl & Jobctl.LISTENING
        child.jobctl &= ~Jobctl.LISTENING
        report = super().take_ptrace_stop(opts, child)
        child.jobctl |= listening
        return report


class ParentsAreToldOfNoGroupStop(Kernel):
    """The group stop of a tracee is no matter of its parent."""

    def take_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Hide it."""
        return super().take_stop(opts, child) if opts.traced or not child.tracing.tracer else None


class TracingParentsAreToldTwice(Kernel):
    """A group stop sends a tracer that is the parent one SIGCHLD for each."""

    def ptrace_stop(self, task: Task, trap: Trap, why: int) -> None:
        """Tell the parent, whoever that is."""
        pending = task.jobctl & Jobctl.STOP_PENDING
        super().ptrace_stop(task, trap, why)
        if pending and why == CLD_STOPPED and not self.is_reparented(task):
            task.telling += (Notice(CLD_STOPPED),)


class TheOldestTraceeFirst(Kernel):
    """Tracees are told in the order in which they were attached to."""

    def link(self, tracer: Task, task: Task, *, seized: bool, options: int = 0) -> None:
        """Put the newest at the end."""
        super().link(tracer, task, seized=seized, options=options)
        tracer.ptraced = (*tracer.ptraced[1:], task.tid)


class EveryThreadIsWoken(Kernel):
    """The wake-up of a wait does not look at __WNOTHREAD."""

    def child_should_wake(self, waiter: Task, opts: WaitOpts, child: Task) -> bool:
        """Forget the option."""
        return super().child_should_wake(waiter, opts._replace(flags=opts.flags & ~WNOTHREAD), child)


class TraceesAreCloneChildrenToo(Kernel):
    """A tracer's wait looks at the exit signal of its tracees."""

    def eligible_child(self, opts: WaitOpts, child: Task) -> bool:
        """Look at it."""
        return super().eligible_child(opts._replace(traced=False), child)


class WnothreadIsForgotten(Kernel):
    """A wait with __WNOTHREAD tells the tracees of all threads."""

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Look at all."""
        return super().candidates(task, opts._replace(flags=opts.flags & ~WNOTHREAD))


class GroupStopsTrap(Kernel):
    """SIGCHLD of a group-stop has CLD_TRAPPED."""

    def ptrace_stop(self, task: Task, trap: Trap, why: int) -> None:
        """Change what the tracer is told."""
        super().ptrace_stop(task, trap, why)
        told = (notice._replace(why=CLD_TRAPPED) if notice.tracee else notice for notice in task.telling)
        task.telling = tuple(told)


class SigchldHasTheWholeCode(Kernel):
    """si_status of SIGCHLD is that of waitid."""

    def status_told(self, task: Task, why: int) -> int:
        """Do not mask it."""
        return task.exit_code if why == CLD_TRAPPED else super().status_told(task, why)


class SigchldOfAnInterruptHasSigtrap(Kernel):
    """SIGCHLD of PTRACE_INTERRUPT has the signal that the wait status has."""

    def status_told(self, task: Task, why: int) -> int:
        """Look at the thread."""
        if why == CLD_STOPPED and task.trap is not None:
            return task.exit_code & 0x7F
        return super().status_told(task, why)


class NocldstopIsTheParents(Kernel):
    """SA_NOCLDSTOP does not hold for tracees."""

    def notify_of_stop(self, task: Task, notice: Notice) -> None:
        """Send it in any case."""
        tracer = self.tasks.get(task.tracing.tracer)
        if tracer is None or not notice.tracee:
            super().notify_of_stop(task, notice)
            return
        action = tracer.group.action(SIGCHLD)
        self.set_action(tracer.group, SIGCHLD, action._replace(flags=action.flags & ~SA_NOCLDSTOP))
        super().notify_of_stop(task, notice)
        self.set_action(tracer.group, SIGCHLD, action)


class SigchldIsTheTracingThreads(Kernel):
    """SIGCHLD of a ptrace-stop is sent to the thread that traces."""

    def send_to_process(
        self, info: SigInfo, group: ThreadGroup, *, force: bool = False, via: Task | None = None
    ) -> str | None:
        """Send it to one."""
        if info.code == CLD_TRAPPED and via is not None:
            return self.send_to_thread(info, via)
        return super().send_to_process(info, group, force=force, via=via)


class PtraceStopsAreStops(Kernel):
    """/proc shows T for every stop."""

    def state_letter(self, caller: Task, task: Task) -> str:
        """Use the capital."""
        return super().state_letter(caller, task).replace("t", "T")


class PtraceStopsHaveNoExitCode(Kernel):
    """/proc knows of the stops of processes alone."""

    def shown_exit_code(self, task: Task) -> int:
        """Forget the task's."""
        return 0 if task.trap is not None and not task.group.stop_stopped else super().shown_exit_code(task)
