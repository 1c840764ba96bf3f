"""Tracers and their tracees: how they find each other, who hears of a death, what an end leaves behind."""

from __future__ import annotations

from conformance.abi.ptrace import (
    PTRACE_DETACH,
    PTRACE_EVENT_EXEC,
    PTRACE_EVENT_EXIT,
    PTRACE_KILL,
    PTRACE_O_EXITKILL,
    PTRACE_SEIZE,
)
from conformance.abi.signals import SI_CODES, SIGCHLD, SIGKILL
from conformance.abi.waiting import WNOWAIT
from conformance.reference.children import Report
from conformance.reference.kernel import Kernel
from conformance.reference.results import OK, failure
from conformance.reference.task import Task
from conformance.reference.values import ExitState, Phase, SigInfo, TrapKind, WaitOpts
from conformance.trace import Fields

EXIT_AND_EXEC = 1 << PTRACE_EVENT_EXIT | 1 << PTRACE_EVENT_EXEC


class S21TheParentSeesWhatIsTheTracers(Kernel):
    """A parent reports and takes the stops and the zombie of another's tracee."""

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Ask whether a child is traced, not by whom."""
        found = super().candidates(task, opts)
        return [(child, traced or bool(child.tracing.tracer)) for child, traced in found]


class S22TheTracersWaitIsTheLast(Kernel):
    """A tracer that waits for a zombie takes it from its parent."""

    def reap(self, child: Task) -> None:
        """Release it."""
        self.release(child)


class S23NowaitTakesStops(Kernel):
    """A ptrace-stop that was looked at under WNOWAIT is consumed."""

    def take_ptrace_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Forget the option."""
        return super().take_ptrace_stop(opts._replace(flags=opts.flags & ~WNOWAIT), child)


class G29B39AttachDoesNotWait(Kernel):
    """To attach to a stopped process returns before that is in a ptrace-stop, or leaves it as it is."""

    def trap_stopped(self, task: Task) -> None:
        """Do nothing."""


class G30AnothersWaitLeavesTheTracee(Kernel):
    """A wait of another thread of the tracer's process reports a dead tracee, and leaves it a tracee."""

    def reap(self, child: Task) -> None:
        """Reap for the tracer only."""
        if child.tracing.tracer in (0, self.current):
            super().reap(child)


class A12OnlyTheTracerWaits(Kernel):
    """The other threads of a tracer's process do not see its tracees."""

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Leave out theirs."""
        found = super().candidates(task, opts)
        return [(child, traced) for child, traced in found if not traced or child.tracing.tracer == task.tid]


class B10FewOptions(Kernel):
    """The options for exits and execs do not exist."""

    def attach(self, caller: Task, target: Task, addr: int, options: int, *, seize: bool) -> Fields | None:
        """Refuse them."""
        if seize and options & EXIT_AND_EXEC:
            return failure("EINVAL")
        return super().attach(caller, target, addr, options, seize=seize)

    def request_setoptions(self, caller: Task, task: Task, options: int) -> Fields:
        """Refuse them."""
        return (
            failure("EINVAL")
            if options & EXIT_AND_EXEC
            else super().request_setoptions(caller, task, options)
        )


class B11B72NoSeize(Kernel):
    """There is no PTRACE_SEIZE."""

    def sys_ptrace(self, caller: Task, request: int, pid: int, data: int, addr: int) -> Fields | None:
        """Refuse it."""
        if request == PTRACE_SEIZE:
            return failure("EINVAL")
        return super().sys_ptrace(caller, request, pid, data, addr)


class B12B59TracersTakeNoLeave(Kernel):
    """The tracees of a tracer that has ended stay traced, by nobody."""

    def forget_tracees(self, tracer: Task) -> list[Task]:
        """Forget about them."""
        return []

    def unlink(self, task: Task) -> None:
        """Do without a tracer."""
        if task.tracing.tracer in self.tasks:
            super().unlink(task)


class B14SessionLeadersAreNotTraced(Kernel):
    """PTRACE_TRACEME of a session leader fails."""

    def traceme(self, task: Task) -> Fields:
        """Look for the session."""
        return failure("EPERM") if task.group.session_leader else super().traceme(task)


class B42ParentsSleepOn(Kernel):
    """A parent that sleeps is not woken when the tracer has waited for the zombie."""

    def reap(self, child: Task) -> None:
        """Put those to sleep again who were woken."""
        asleep = [task for task in self.tasks.values() if not task.woken]
        super().reap(child)
        for task in asleep:
            task.woken = False


class B42SignalsAreBytes(Kernel):
    """Of the signal that is given along the lowest byte counts."""

    def valid_signal(self, signo: int) -> bool:
        """Look at that."""
        return super().valid_signal(signo & 0xFF)

    def go_on(self, task: Task, request: int, signo: int) -> Fields:
        """Cut off the rest."""
        return super().go_on(task, request, signo & 0xFF)


class B43ExitkillEndsAThread(Kernel):
    """PTRACE_O_EXITKILL ends the traced thread alone."""

    def forget_tracees(self, tracer: Task) -> list[Task]:
        """End each by itself."""
        doomed = [self.tasks[tid] for tid in tracer.ptraced]
        doomed = [task for task in doomed if task.tracing.options & PTRACE_O_EXITKILL]
        for task in doomed:
            task.tracing = task.tracing._replace(options=0)
        unwanted = super().forget_tracees(tracer)
        for task in doomed:
            if task.exit_state is ExitState.ALIVE:
                self.begin_exit(task, SIGKILL)
        return unwanted


class B58WaitidKnowsChildrenOnly(Kernel):
    """waitid does not find tracees that are no children."""

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Leave them out."""
        found = super().candidates(task, opts)
        by_waitid = task.call is not None and task.call.name == "waitid"
        return [(child, traced) for child, traced in found if not (traced and by_waitid)]


class B68TheDeadAreTheirParents(Kernel):
    """A tracer that is not the parent hears of no death."""

    def nobody_waits_for(self, task: Task) -> bool:
        """End the tracing first."""
        if self.is_reparented(task):
            self.unlink(task)
        return super().nobody_waits_for(task)


class B75StopsOutlastSigkill(Kernel):
    """A tracee that is killed in a ptrace-stop stays there."""

    def kill_thread(self, task: Task) -> None:
        """Put it back."""
        trap = task.trap
        super().kill_thread(task)
        if trap is not None:
            task.trap, task.resuming = trap, None


# -- without a row in the catalogue ------------------------------------------------------------------


class TracemeChoosesTheLeader(Kernel):
    """PTRACE_TRACEME makes the leader of the parent's process the tracer."""

    def traceme(self, task: Task) -> Fields:
        """Call the leader the parent."""
        parent = self.tasks.get(task.parent)
        if parent is not None and task.tid not in parent.group.threads:
            leader = self.leader(parent.group)
            if not task.tracing.tracer and leader is not parent:
                self.link(leader, task, seized=False)
                return OK
        return super().traceme(task)


class AttachToTheDead(Kernel):
    """To attach to a zombie says that there is nobody."""

    def attach(self, caller: Task, target: Task, addr: int, options: int, *, seize: bool) -> Fields | None:
        """Look for the living."""
        if target.exit_state is not ExitState.ALIVE:
            return failure("ESRCH")
        return super().attach(caller, target, addr, options, seize=seize)


class RequestsWantAWait(Kernel):
    """A stop takes no requests before a wait has reported it."""

    def is_at_hand(self, caller: Task, target: Task, *, any_state: bool) -> bool:
        """Look whether it was."""
        told = any_state or target.trap is None or not target.exit_code
        return told and super().is_at_hand(caller, target, any_state=any_state)


class KillWantsAStop(Kernel):
    """PTRACE_KILL does nothing to a tracee that is in no stop, as before Linux 5.19."""

    def request_kill(self, caller: Task, task: Task, data: int) -> Fields:
        """Look for the stop."""
        return OK if task.trap is None else super().request_kill(caller, task, data)


class DetachTakesAnyState(Kernel):
    """PTRACE_DETACH lets a running tracee go."""

    def sys_ptrace(self, caller: Task, request: int, pid: int, data: int, addr: int) -> Fields | None:
        """Look for the tracee alone."""
        target = self.tasks.get(pid)
        if request == PTRACE_DETACH and target is not None and target.tracing.tracer == caller.tid:
            return self.request_detach(caller, target, data)
        return super().sys_ptrace(caller, request, pid, data, addr)


class AnyThreadMayRequest(Kernel):
    """All threads of the tracer's process can make requests."""

    def is_at_hand(self, caller: Task, target: Task, *, any_state: bool) -> bool:
        """Ask for the tracer's process."""
        tracer = self.tasks.get(target.tracing.tracer)
        same = tracer is not None and tracer.group is caller.group
        return super().is_at_hand(tracer if same and tracer else caller, target, any_state=any_state)


class OptionsAddUp(Kernel):
    """PTRACE_SETOPTIONS adds to the options."""

    def request_setoptions(self, caller: Task, task: Task, options: int) -> Fields:
        """Keep the old ones."""
        return super().request_setoptions(caller, task, options | task.tracing.options)


class TracersOfTheDeadAreSilent(Kernel):
    """The parent is told of a tracee's death at once."""

    def nobody_waits_for(self, task: Task) -> bool:
        """Tell it besides."""
        parent = self.tasks.get(task.parent)
        if self.is_reparented(task) and parent is not None:
            self.send_to_process(SigInfo(SIGCHLD, SI_CODES["SI_KERNEL"]), parent.group)
        return super().nobody_waits_for(task)


class ExitSignalsForTracers(Kernel):
    """A tracer that is not the parent is told of a death by the exit signal."""

    def nobody_waits_for(self, task: Task) -> bool:
        """Send that."""
        if task.tracing.tracer and task.tid == task.group.tgid and task.group.threads == (task.tid,):
            return self.notify_parent_of_exit(task, task.exit_signal)
        return super().nobody_waits_for(task)


class TracedChildrenOfTheCarelessGo(Kernel):
    """A tracer that ignores SIGCHLD has no zombies."""

    def nobody_waits_for(self, task: Task) -> bool:
        """Let the tracer's action decide."""
        tracer = self.tasks.get(task.tracing.tracer)
        careless = tracer is not None and self.reaps_automatically(tracer.group)
        return super().nobody_waits_for(task) or careless


class ParentsOfTheCarelessKeepZombies(Kernel):
    """What a tracer leaves behind is a zombie, though the parent ignores SIGCHLD."""

    def detach(self, tracer: Task, task: Task) -> bool:
        """Never let it go."""
        super().detach(tracer, task)
        return False


class UsageOfTracees(Kernel):
    """A tracer has the usage of the tracees that it waits for."""

    def reap(self, child: Task) -> None:
        """Add it up."""
        tracer = self.tasks.get(child.tracing.tracer)
        if tracer is not None and self.is_reparented(child):
            own = tracer.group.children_usage
            tracer.group.children_usage = own.with_usage(child.group.usage)
        super().reap(child)


class TheFateOfASignalIsSettled(Kernel):
    """A signal that was on show when the tracer ends is delivered, be its stop fetched or not."""

    def unlink(self, task: Task) -> None:
        """Remember it."""
        ends = self.tasks[self.current].phase is Phase.DYING
        if ends and task.trap is not None and task.trap.kind is TrapKind.SIGNAL:
            task.exit_code = task.trap.code
        super().unlink(task)


class NothingIsLeftOfSyscallStops(Kernel):
    """A tracee goes on from a syscall-stop without a signal, when its tracer has ended."""

    def unlink(self, task: Task) -> None:
        """Take it back."""
        ends = self.tasks[self.current].phase is Phase.DYING
        if ends and task.trap is not None and task.trap.kind is TrapKind.SYSCALL:
            task.exit_code = 0
        super().unlink(task)


class DetachLosesTheGroupStop(Kernel):
    """Who is let go in a group-stop goes on."""

    def unlink(self, task: Task) -> None:
        """Forget that the process is stopped."""
        super().unlink(task)
        task.jobctl = 0


class DetachWithoutASignal(Kernel):
    """The signal of PTRACE_DETACH is dropped."""

    def sys_ptrace(self, caller: Task, request: int, pid: int, data: int, addr: int) -> Fields | None:
        """Put 0 in its place."""
        return super().sys_ptrace(caller, request, pid, 0 if request == PTRACE_DETACH else data, addr)


class ExecveLetsGo(Kernel):
    """A tracer that calls execve has no tracees thereafter."""

    def exec(self, task: Task) -> None:
        """Let them go."""
        self.forget_tracees(task)
        super().exec(task)


class TracerThreadsAreTheirProcess(Kernel):
    """The tracees of a thread that ends go on to another of its process."""

    def forget_tracees(self, tracer: Task) -> list[Task]:
        """Hand them over."""
        heir = self.find_alive_thread(tracer)
        if heir is None:
            return super().forget_tracees(tracer)
        for tid in tracer.ptraced:
            task = self.tasks[tid]
            task.tracing = task.tracing._replace(tracer=heir.tid)
        heir.ptraced, tracer.ptraced = (*tracer.ptraced, *heir.ptraced), ()
        return []


class ThreadsDieUnseen(Kernel):
    """The end of a traced thread leaves no zombie."""

    def nobody_waits_for(self, task: Task) -> bool:
        """Release it."""
        return super().nobody_waits_for(task) or task.tid != task.group.tgid


class UnknownRequestsAreNobodys(Kernel):
    """A request that does not exist succeeds."""

    def sys_ptrace(self, caller: Task, request: int, pid: int, data: int, addr: int) -> Fields | None:
        """Take it for done."""
        fields = super().sys_ptrace(caller, request, pid, data, addr)
        return OK if request == UNKNOWN and fields == failure("EIO") else fields


UNKNOWN = 9999


class KillOfTheDeadFails(Kernel):
    """PTRACE_KILL of a zombie says that there is nobody."""

    def sys_ptrace(self, caller: Task, request: int, pid: int, data: int, addr: int) -> Fields | None:
        """Look for the living."""
        target = self.tasks.get(pid)
        if request == PTRACE_KILL and target is not None and target.exit_state is not ExitState.ALIVE:
            return failure("ESRCH")
        return super().sys_ptrace(caller, request, pid, data, addr)


class EffectiveIdsTrace(Kernel):
    """The effective id of the tracer gives the right to attach."""

    def may_attach(self, caller: Task, target: Task) -> bool:
        """Compare that."""
        return super().may_attach(caller, target) or caller.ids.euid == target.ids.ruid


class TheUndumpableAreTraced(Kernel):
    """Whether memory may be dumped does not matter to a tracer."""

    def may_attach(self, caller: Task, target: Task) -> bool:
        """Look at the ids alone."""
        dumpable, target.group.dumpable = target.group.dumpable, True
        allowed = super().may_attach(caller, target)
        target.group.dumpable = dumpable
        return allowed


class AnyParentMayTrace(Kernel):
    """PTRACE_TRACEME does not ask what the parent may."""

    def may_be_traced_by(self, task: Task, tracer: Task) -> bool:
        """Always."""
        return True


class AnybodySuspendsFilters(Kernel):
    """PTRACE_O_SUSPEND_SECCOMP is an option like any."""

    def may_have_options(self, caller: Task, options: int) -> bool:
        """Always."""
        return True
