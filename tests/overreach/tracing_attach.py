"""Rules of tracers and their tracees, overdone."""

from __future__ import annotations

from conformance.abi.ptrace import (
    PTRACE_O_EXITKILL,
    PTRACE_O_MASK,
    PTRACE_O_SUSPEND_SECCOMP,
)
from conformance.abi.signals import SI_CODES, SIGNALS, SIGSTOP
from conformance.reference.children import Found, Nothing, Report
from conformance.reference.delivery import take
from conformance.reference.results import OK, failure
from conformance.reference.task import Task
from conformance.reference.values import ExitState, Phase, Restart, SigInfo, TrapKind, WaitOpts
from conformance.trace import Fields
from tests.overreach.overreach import Overreach


class RelativesDoNotTrace(Overreach):
    """Nobody traces his ancestors either."""

    RULES = ("PTRACE-042",)

    def attach(self, caller: Task, target: Task, addr: int, options: int, *, seize: bool) -> Fields | None:
        """Look upwards."""
        if target in self.ancestors(caller):
            return failure("EPERM")
        return super().attach(caller, target, addr, options, seize=seize)


class TheDeadAreNobody(Overreach):
    """To attach to a zombie finds nobody."""

    RULES = ("PTRACE-043",)

    def attach(self, caller: Task, target: Task, addr: int, options: int, *, seize: bool) -> Fields | None:
        """Look for the living."""
        if target.exit_state is not ExitState.ALIVE:
            return failure("ESRCH")
        return super().attach(caller, target, addr, options, seize=seize)


class AttachIsCheckedLikeSeize(Overreach):
    """PTRACE_ATTACH too looks at address and options."""

    RULES = ("PTRACE-044", "PTRACE-045", "PTRACE-202")

    def attach(self, caller: Task, target: Task, addr: int, options: int, *, seize: bool) -> Fields | None:
        """Check them, and set them."""
        if addr or options & ~PTRACE_O_MASK:
            return failure("EIO")
        return super().attach(caller, target, addr, options, seize=seize)


class FewOptionsAtOnce(Overreach):
    """Options are refused in greater numbers."""

    RULES = ("PTRACE-045", "PTRACE-046")

    def attach(self, caller: Task, target: Task, addr: int, options: int, *, seize: bool) -> Fields | None:
        """Count them."""
        if seize and options.bit_count() > 5:
            return failure("EIO")
        return super().attach(caller, target, addr, options, seize=seize)

    def request_setoptions(self, caller: Task, task: Task, options: int) -> Fields:
        """Count them."""
        if options.bit_count() > 5:
            return failure("EINVAL")
        return super().request_setoptions(caller, task, options)


class FewSignalsPass(Overreach):
    """No real-time signal can be given along."""

    RULES = ("PTRACE-047",)

    def go_on(self, task: Task, request: int, signo: int) -> Fields:
        """Refuse those."""
        return failure("EIO") if signo > 31 else super().go_on(task, request, signo)


class TracemeOnce(Overreach):
    """PTRACE_TRACEME succeeds once in a process, whoever was let go since."""

    RULES = ("PTRACE-048",)

    def traceme(self, task: Task) -> Fields:
        """Remember it by the process's own attribute."""
        if task.group.child_subreaper:
            return failure("EPERM")
        fields = super().traceme(task)
        task.group.child_subreaper = fields == OK
        return fields


class DeadLeadersDieForAll(Overreach):
    """No thread of a process whose leader has ended can be attached to."""

    RULES = ("PTRACE-049",)

    def attach(self, caller: Task, target: Task, addr: int, options: int, *, seize: bool) -> Fields | None:
        """Look at the leader."""
        if self.leader(target.group).exit_state is not ExitState.ALIVE:
            return failure("EPERM")
        return super().attach(caller, target, addr, options, seize=seize)


class TheLowestGoesFirst(Overreach):
    """Of all signals the lowest is shown first, whosever queue it is in."""

    RULES = ("PTRACE-051",)

    def dequeue(self, task: Task, wanted: int) -> tuple[SigInfo, bool] | None:
        """Look into both queues."""
        if task.tracing.tracer:
            numbers = [
                info.signo for info in task.pending + task.group.pending if wanted >> info.signo - 1 & 1
            ]
            if numbers and all(info.signo != min(numbers) for info in task.pending):
                info, task.group.pending = take(task.group.pending, min(numbers))
                return info, True
        return super().dequeue(task, wanted)


class InterruptEndsEveryStop(Overreach):
    """PTRACE_INTERRUPT stops the tracee anew at once, whatever stop it is in."""

    RULES = ("PTRACE-052",)

    def request_interrupt(self, caller: Task, task: Task, data: int) -> Fields:
        """Take it out of its stop."""
        fields = super().request_interrupt(caller, task, data)
        self.leave_stop(task)
        return fields


class AnybodyWaitsForTracees(Overreach):
    """As long as a process is traced everybody has it to wait for."""

    RULES = ("PTRACE-100",)

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Hope for it."""
        found = super().scan(task, opts)
        traced = (other for other in self.tasks.values() if other.tracing.tracer)
        if isinstance(found, Nothing) and any(self.eligible_pid(opts, other) for other in traced):
            return Nothing("")
        return found


class HiddenFromEverybody(Overreach):
    """A traced zombie is hidden from its parent even if that is the tracer."""

    RULES = ("PTRACE-103",)

    def consider(self, opts: WaitOpts, child: Task) -> Report | None:
        """Hide it."""
        hidden = (
            child.exit_state is ExitState.ZOMBIE and child.tracing.tracer and not self.is_reparented(child)
        )
        return None if hidden else super().consider(opts, child)


class EveryTracedDeathIsTwo(Overreach):
    """A tracer's wait always leaves the zombie to be waited for again, and announces it again."""

    RULES = ("PTRACE-105", "PTRACE-106")

    def reap(self, child: Task) -> None:
        """End the tracing, and no more."""
        if child.tracing.tracer and child.tid == child.group.tgid:
            self.unlink(child)
            self.notify_parent_of_exit(child, child.exit_signal)
        else:
            super().reap(child)


class NobodyIsToldOfTracees(Overreach):
    """Of a traced process's death nobody is told, not even a parent that traces it."""

    RULES = ("PTRACE-104",)

    def nobody_waits_for(self, task: Task) -> bool:
        """Be silent."""
        if task.tracing.tracer and not self.is_reparented(task):
            self.wake_up_parent(task)
            return False
        return super().nobody_waits_for(task)


class AnUnwaitedZombieStays(Overreach):
    """The zombie of a tracer that ends is its parent's, be it wanted or not."""

    RULES = ("PTRACE-108",)

    def detach(self, tracer: Task, task: Task) -> bool:
        """Keep it."""
        super().detach(tracer, task)
        return False


class ExitkillForAll(Overreach):
    """All tracees are killed when their tracer ends, those of a former tracer included."""

    RULES = ("PTRACE-114",)

    def forget_tracees(self, tracer: Task) -> list[Task]:
        """Give all the option."""
        for tid in tracer.ptraced:
            task = self.tasks[tid]
            task.tracing = task.tracing._replace(options=task.tracing.options | PTRACE_O_EXITKILL)
        return super().forget_tracees(tracer)


class NoSigstopOfAttach(Overreach):
    """Any SIGSTOP of PTRACE_ATTACH is lost with the tracer, and with PTRACE_DETACH."""

    RULES = ("PTRACE-116",)

    def unlink(self, task: Task) -> None:
        """Drop it."""
        if (
            task.exit_code == SIGSTOP
            and task.trap is not None
            and self.tasks[self.current].phase is Phase.DYING
        ):
            task.exit_code = 0
        super().unlink(task)


class NoUsageOfTracees(Overreach):
    """What a tracee used is nobody's."""

    RULES = ("PTRACE-117",)

    def take_zombie(self, opts: WaitOpts, child: Task) -> Report | None:
        """Take it back."""
        parent, traced = self.tasks[child.parent].group, child.tracing.tracer
        before = parent.children_usage
        report = super().take_zombie(opts, child)
        if traced:
            parent.children_usage = before
        return report


class ThreadsAreTracedTogether(Overreach):
    """All threads of a process have one tracer."""

    RULES = ("PTRACE-205", "PTRACE-234")

    def attach(self, caller: Task, target: Task, addr: int, options: int, *, seize: bool) -> Fields | None:
        """Refuse another one."""
        if any(thread.tracing.tracer for thread in self.all_threads(target.group)):
            return failure("EPERM")
        return super().attach(caller, target, addr, options, seize=seize)


class ThreadsOfTraceesAreZombies(Overreach):
    """Every thread of a process whose leader is traced leaves a zombie."""

    RULES = ("PTRACE-132", "PTRACE-231")

    def nobody_waits_for(self, task: Task) -> bool:
        """Look at the leader."""
        kept = bool(self.leader(task.group).tracing.tracer) and task.tid != task.group.tgid
        return super().nobody_waits_for(task) and not kept


class SeizeStops(Overreach):
    """PTRACE_SEIZE sends SIGSTOP too."""

    RULES = ("PTRACE-020",)

    def attach(self, caller: Task, target: Task, addr: int, options: int, *, seize: bool) -> Fields | None:
        """Send it."""
        fields = super().attach(caller, target, addr, options, seize=seize)
        if seize and fields == OK:
            self.send_to_thread(SigInfo(SIGSTOP, SI_CODES["SI_KERNEL"]), target)
        return fields


class SeizeLeavesStopsAlone(Overreach):
    """PTRACE_SEIZE does nothing to a stopped process either."""

    RULES = ("PTRACE-201",)

    def trap_stopped(self, task: Task) -> None:
        """Leave it stopped."""
        if not task.tracing.seized:
            super().trap_stopped(task)


class AttachStopsAtOnce(Overreach):
    """To attach to who is not stopped returns after he has stopped as well."""

    RULES = ("PTRACE-204",)

    def trap_stopped(self, task: Task) -> None:
        """Put him into his stop."""
        super().trap_stopped(task)
        if not task.tracing.seized and task.trap is None:
            self.signal_delivery_stop(task, SigInfo(SIGSTOP, SI_CODES["SI_KERNEL"]), shared=False)


class InterruptIsForNobody(Overreach):
    """PTRACE_INTERRUPT fails for seized tracees too."""

    RULES = ("PTRACE-022",)

    def request_interrupt(self, caller: Task, task: Task, data: int) -> Fields:
        """Refuse."""
        return failure("EIO")


class ListenIsForNobody(Overreach):
    """PTRACE_LISTEN fails in PTRACE_EVENT_STOP too."""

    RULES = ("PTRACE-053",)

    def request_listen(self, caller: Task, task: Task, data: int) -> Fields:
        """Refuse."""
        return failure("EIO")


class EveryRequestWantsAStop(Overreach):
    """PTRACE_KILL and PTRACE_INTERRUPT too want a tracee in a stop."""

    RULES = ("PTRACE-024",)

    def is_at_hand(self, caller: Task, target: Task, *, any_state: bool) -> bool:
        """Know no exceptions."""
        return super().is_at_hand(caller, target, any_state=False)


class EveryStopTakesRequests(Overreach):
    """A tracee that listens takes requests as well."""

    RULES = ("PTRACE-211",)

    def is_at_hand(self, caller: Task, target: Task, *, any_state: bool) -> bool:
        """Look for the stop alone."""
        return super().is_at_hand(caller, target, any_state=any_state or target.trap is not None)


class EveryStopHasASignal(Overreach):
    """The signal that is given along is sent from group-stops and the stops of events too."""

    RULES = ("PTRACE-050", "PTRACE-214", "PTRACE-216")

    def leave_trap(self, task: Task) -> None:
        """Send it."""
        trap, signo = task.resuming, task.exit_code & 0x7F
        super().leave_trap(task)
        if trap is not None and trap.kind not in (TrapKind.SIGNAL, TrapKind.SYSCALL) and signo:
            self.send_to_thread(SigInfo(signo, SI_CODES["SI_USER"]), task)


class SyscallStopsHaveNone(Overreach):
    """From a syscall-stop too no signal is given along."""

    RULES = ("PTRACE-215",)

    def leave_trap(self, task: Task) -> None:
        """Drop it."""
        if task.resuming is not None and task.resuming.kind is TrapKind.SYSCALL:
            task.exit_code = 0
        super().leave_trap(task)


class OptionsLastAStop(Overreach):
    """Options are gone when the tracee goes on."""

    RULES = ("PTRACE-217",)

    def go_on(self, task: Task, request: int, signo: int) -> Fields:
        """Take them back."""
        task.tracing = task.tracing._replace(options=0)
        return super().go_on(task, request, signo)


class SleepsAreNeverBrokenOff(Overreach):
    """Every call that a ptrace-stop broke off starts again."""

    RULES = ("PTRACE-207",)

    def deliver(self, task: Task) -> None:
        """Begin a sigtimedwait anew."""
        if task.tracing.tracer and task.call is not None and task.call.name == "sigtimedwait":
            task.restart = Restart.AGAIN
        super().deliver(task)


class NoIdsNoTraceme(Overreach):
    """PTRACE_TRACEME fails unless caller and parent have the same ids."""

    RULES = ("PTRACE-247",)

    def may_be_traced_by(self, task: Task, tracer: Task) -> bool:
        """Compare them."""
        return task.ids == tracer.ids


class NobodyAttachesToAnother(Overreach):
    """Only processes with the tracer's own ids can be attached to, by root as well."""

    RULES = ("PTRACE-244", "PTRACE-246")

    def may_attach(self, caller: Task, target: Task) -> bool:
        """Compare ids."""
        return caller.ids == target.ids and target.group.dumpable


class RightsAreAskedForAlways(Overreach):
    """Each request takes the right to attach."""

    RULES = ("PTRACE-244", "PTRACE-246")

    def is_at_hand(self, caller: Task, target: Task, *, any_state: bool) -> bool:
        """Ask for it."""
        return self.may_attach(caller, target) and super().is_at_hand(caller, target, any_state=any_state)


class NobodySuspendsFilters(Overreach):
    """PTRACE_O_SUSPEND_SECCOMP is for nobody."""

    RULES = ("PTRACE-249",)

    def may_have_options(self, caller: Task, options: int) -> bool:
        """Refuse it to root too."""
        return not options & PTRACE_O_SUSPEND_SECCOMP


class RootAttachesToTheDead(Overreach):
    """Root may attach to everything, zombies included."""

    RULES = ("PTRACE-245",)

    def attach(self, caller: Task, target: Task, addr: int, options: int, *, seize: bool) -> Fields | None:
        """Succeed, without effect."""
        if target.exit_state is not ExitState.ALIVE and self.is_capable(caller):
            return OK
        return super().attach(caller, target, addr, options, seize=seize)


class EveryZombieOfATracerGoes(Overreach):
    """All zombies that a tracer leaves behind are gone."""

    RULES = ("PTRACE-229",)

    def detach(self, tracer: Task, task: Task) -> bool:
        """Let every one go whose parent does not look."""
        dead = task.exit_state is ExitState.ZOMBIE and len(task.group.threads) == 1
        return super().detach(tracer, task) or dead


class TracersReapForTheirKind(Overreach):
    """Another thread of the parent's process is another tracer: its wait leaves the zombie to the parent."""

    RULES = ("PTRACE-105",)

    def is_reparented(self, task: Task) -> bool:
        """Compare threads."""
        return task.tracing.tracer not in (0, task.parent)


class EveryEndOfAThreadLetsGo(Overreach):
    """The end of any thread of the tracer's process lets its tracees go."""

    RULES = ("PTRACE-143",)

    def finish_exit(self, task: Task) -> None:
        """Let those of all threads go."""
        for thread in self.all_threads(task.group):
            if thread is not task:
                self.forget_tracees(thread)
        super().finish_exit(task)


class SigtermEndsStops(Overreach):
    """SIGTERM too takes a tracee out of its stop, for its end."""

    RULES = ("PTRACE-228",)

    def is_fatal(self, signo: int, task: Task) -> bool:
        """Do not ask its tracer."""
        return super().is_fatal(signo, task) or (signo == SIGNALS["SIGTERM"] and task.trap is not None)

    def choose_taker(self, signo: int, task: Task, *, thread_only: bool) -> Task | None:
        """Have the stopped take it."""
        taker = super().choose_taker(signo, task, thread_only=thread_only)
        return task if signo == SIGNALS["SIGTERM"] and task.trap is not None else taker


class EveryDeathIsToldAtOnce(Overreach):
    """A leader's death is told at once, traced or not."""

    RULES = ("PTRACE-233",)

    def nobody_waits_for(self, task: Task) -> bool:
        """Tell it."""
        leads = task.tid == task.group.tgid and len(task.group.threads) > 1
        if leads and not task.tracing.tracer:
            self.notify_parent_of_exit(task, task.exit_signal)
            return False
        return super().nobody_waits_for(task)
