"""Kernels that read one rule too widely: what the neighbours of that rule are there to notice.

Every class overrides one decision of the reference kernel. ``RULES`` are the rules that it overdoes; some
case that is marked as their neighbour must tell it from Linux.
"""

from __future__ import annotations

from typing import ClassVar

from conformance.abi.signals import (
    SA_NOCLDSTOP,
    SA_NODEFER,
    SA_RESTART,
    SI_CODES,
    SIG_DFL,
    SIG_IGN,
    SIGCHLD,
    SIGCONT,
    SIGSTOP,
    SIGTSTP,
    STOP_SIGNALS,
)
from conformance.abi.waiting import CLD_CONTINUED, WALL, WCLONE, WEXITED, WNOWAIT, WUNTRACED
from conformance.reference.kernel import Kernel
from conformance.reference.signals import STOP_MASK, bit
from conformance.reference.task import (
    Action,
    ExitState,
    SigInfo,
    Task,
    ThreadGroup,
    WaitOpts,
)
from conformance.reference.wait import BAD, COMMON_OPTIONS, NULL, Found, Nothing, Report
from conformance.trace import Fields


class Overreach(Kernel):
    """What all of them have."""

    RULES: ClassVar[tuple[str, ...]] = ()


class EveryStopSignalIsDiscarded(Overreach):
    """Every group counts as orphaned."""

    RULES = ("JOBCTL-030",)

    def stop_is_discarded(self, task: Task, signo: int) -> bool:
        """Stop for SIGSTOP alone."""
        return signo != SIGSTOP


class NoStopSignalIsDiscarded(Overreach):
    """All stop signals stop, as SIGSTOP does, wherever it is."""

    RULES = ("JOBCTL-001", "JOBCTL-032")

    def stop_is_discarded(self, task: Task, signo: int) -> bool:
        """Stop for each."""
        return False


class EverySignalContinues(Overreach):
    """A stopped process is continued by whatever is sent to it."""

    RULES = ("JOBCTL-002", "JOBCTL-003")

    def prepare_signal(self, signo: int, group: ThreadGroup, *, force: bool) -> bool:
        """Resume first."""
        if signo not in STOP_SIGNALS:
            self.resume(group)
        return super().prepare_signal(signo, group, force=force)


class SigcontDiscardsEverything(Overreach):
    """SIGCONT empties the queues."""

    RULES = ("JOBCTL-005", "JOBCTL-008")

    def discard(self, group: ThreadGroup, mask: int) -> None:
        """Take all for some."""
        super().discard(group, ~0 if mask == STOP_MASK else mask)


class StopDiscardsEverything(Overreach):
    """A stop signal empties the queues."""

    RULES = ("JOBCTL-006",)

    def discard(self, group: ThreadGroup, mask: int) -> None:
        """Take all for SIGCONT."""
        super().discard(group, ~0 if mask == bit(SIGCONT) else mask)


class EveryFatalSignalEndsAStop(Overreach):
    """Not only SIGKILL acts on a stopped process."""

    RULES = ("JOBCTL-011", "KILL-040", "KILL-043")

    def wants_signal(self, signo: int, task: Task) -> bool:
        """Forget that it is stopped."""
        stopped, task.stopped = task.stopped, False
        wants = super().wants_signal(signo, task)
        task.stopped = stopped
        return wants


class NoStopSignalCanBeBlocked(Overreach):
    """SIGTSTP is as unblockable as SIGSTOP."""

    RULES = ("JOBCTL-014",)

    def sys_sigprocmask(self, task: Task, how: int, mask: int) -> Fields:
        """Leave SIGTSTP out."""
        return super().sys_sigprocmask(task, how, mask & ~bit(SIGTSTP))


class AContinueMustBeUncaughtAndUnblocked(Overreach):
    """A SIGCONT that is blocked or ignored continues, but is not reported."""

    RULES = ("JOBCTL-017",)

    def resume(self, group: ThreadGroup) -> None:
        """Drop the report."""
        super().resume(group)
        blocked = self.leader(group).blocked & bit(SIGCONT)
        if blocked or group.action(SIGCONT).handler == SIG_IGN:
            group.stop_continued = False


class SigcontNeverInterrupts(Overreach):
    """A stopped and continued sleep goes on even where a SIGCONT handler ran."""

    RULES = ("JOBCTL-202", "WAIT-103")

    def push_frame(self, task: Task, info: SigInfo, action: Action) -> None:
        """Restart after SIGCONT."""
        flags = action.flags | SA_RESTART if info.signo == SIGCONT else action.flags
        super().push_frame(task, info, action._replace(flags=flags))


class ExecOfTheParentCounts(Overreach):
    """A parent that has exec'd cannot move its children either."""

    RULES = ("JOBCTL-045",)

    def setpgid_target_error(self, caller: ThreadGroup, group: ThreadGroup) -> str | None:
        """Look at both."""
        if group is not caller and not caller.noexec:
            return "EACCES"
        return super().setpgid_target_error(caller, group)


class GroupLeadersCannotMove(Overreach):
    """setpgid on a group leader is refused as on a session leader."""

    RULES = ("JOBCTL-047",)

    def setpgid_target_error(self, caller: ThreadGroup, group: ThreadGroup) -> str | None:
        """Look at the group."""
        return super().setpgid_target_error(caller, group) or ("EPERM" if group.pgid == group.tgid else None)


class UidWithoutAChild(Overreach):
    """waitid fills si_uid though it found nobody."""

    RULES = ("JOBCTL-019",)

    def siginfo_of(self, found: Found) -> Fields:
        """Fill it."""
        fields = super().siginfo_of(found)
        return tuple((name, self.environment.uid if name == "si_uid" else value) for name, value in fields)


class KillOfALeaderKillsItsGroup(Overreach):
    """kill(pid) reaches the group that the process leads."""

    RULES = ("KILL-003",)

    def kill_targets(self, task: Task, pid: int) -> list[ThreadGroup]:
        """Widen it."""
        return (pid > 0 and self.process_group(pid)) or super().kill_targets(task, pid)


class KillOfAGroupReachesItsLeader(Overreach):
    """kill(-pgid) signals one process, as kill(pid) does."""

    RULES = ("KILL-220",)

    def kill_targets(self, task: Task, pid: int) -> list[ThreadGroup]:
        """Narrow it."""
        return super().kill_targets(task, -pid if pid < -1 else pid)


class EverySignalHasASender(Overreach):
    """Signals from the kernel look as if somebody had sent them."""

    RULES = ("KILL-012",)

    def send_to_process(self, info: SigInfo, group: ThreadGroup, *, force: bool = False) -> None:
        """Forge it."""
        code = SI_CODES["SI_USER"] if info.code == SI_CODES["SI_KERNEL"] else info.code
        super().send_to_process(info._replace(code=code), group, force=force)


class GroupSignalsSpareTheCaller(Overreach):
    """kill(0) leaves the caller out, as kill(-1) does."""

    RULES = ("KILL-074",)

    def kill_targets(self, task: Task, pid: int) -> list[ThreadGroup]:
        """Leave it out."""
        found = super().kill_targets(task, pid)
        return found if pid > 0 else [group for group in found if group is not task.group]


class InitIsImmune(Overreach):
    """Init gets no signal at all."""

    RULES = ("KILL-080", "KILL-075", "JOBCTL-060")

    def spares_init(self, signo: int, group: ThreadGroup) -> bool:
        """Forget its handlers."""
        return group.unkillable


class EverySigchldIsKept(Overreach):
    """SIGCHLD with its default action becomes pending though it is not blocked."""

    RULES = ("KILL-102",)

    def sig_ignored(self, signo: int, group: ThreadGroup, *, force: bool) -> bool:
        """Keep it until somebody asks."""
        if signo == SIGCHLD and group.action(SIGCHLD).handler == SIG_DFL:
            leader = self.leader(group)
            leader.blocked |= bit(SIGCHLD)
        return super().sig_ignored(signo, group, force=force)


class EverySignalIsPendingOnce(Overreach):
    """Real-time signals do not queue."""

    RULES = ("KILL-207",)

    def already_queued(self, signo: int, queue: tuple[SigInfo, ...]) -> bool:
        """Merge all."""
        return any(info.signo == signo for info in queue)


class DefaultReaps(Overreach):
    """SIGCHLD that is ignored by default reaps too."""

    RULES = ("ZOMBIE-020", "ZOMBIE-026")

    def reaps_automatically(self, parent: ThreadGroup) -> bool:
        """Take the default action for SIG_IGN."""
        return parent.action(SIGCHLD).handler == SIG_DFL or super().reaps_automatically(parent)


class ExecResetsEverything(Overreach):
    """execve resets ignored signals too."""

    RULES = ("ZOMBIE-033",)

    def exec(self, task: Task) -> None:
        """Reset every action."""
        super().exec(task)
        task.group.actions = {}


class NocldstopSilencesDeath(Overreach):
    """SA_NOCLDSTOP suppresses every SIGCHLD."""

    RULES = ("ZOMBIE-044",)

    def ignores_sigchld_exit(self, signo: int, parent: ThreadGroup) -> bool:
        """Look at the flag."""
        silent = bool(parent.action(SIGCHLD).flags & SA_NOCLDSTOP)
        return signo == SIGCHLD and (silent or super().ignores_sigchld_exit(signo, parent))


class SigchldForEverything(Overreach):
    """Deaths too are announced by SIGCHLD, whatever the exit signal."""

    RULES = ("ZOMBIE-055", "ZOMBIE-144")

    def exit_signal_for(self, task: Task, parent: Task) -> int:
        """Answer SIGCHLD."""
        return SIGCHLD


class AnySubreaperAdopts(Overreach):
    """A subreaper adopts though it is no ancestor."""

    RULES = ("ZOMBIE-062",)

    def find_reaper(self, father: Task) -> Task:
        """Take the first in the world."""
        for task in self.tasks.values():
            if task.group.child_subreaper and task.exit_state is ExitState.ALIVE and task is not father:
                return task
        return super().find_reaper(father)


class ForkKeepsThePdeathSignal(Overreach):
    """The parent-death signal is kept by fork as by exec."""

    RULES = ("ZOMBIE-085",)

    def fork(self, parent: Task, name: str, exit_signal: int) -> Task:
        """Hand it down."""
        child = super().fork(parent, name, exit_signal)
        child.pdeath_signal = parent.pdeath_signal
        return child


class AnyLivingChildIsHope(Overreach):
    """A wait sleeps while there is any living child, selected or not."""

    RULES = ("WAIT-003",)

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Look at all children for hope."""
        found = super().scan(task, opts)
        alive = any(self.tasks[tid].exit_state is ExitState.ALIVE for tid in task.children)
        return Nothing("") if isinstance(found, Nothing) and alive else found


class AnyOptionIsTaken(Overreach):
    """wait4 takes whatever bits there are."""

    RULES = ("WAIT-010",)

    def sys_wait4(self, task: Task, pid: int, status: int, options: int, rusage: int) -> Fields | None:
        """Drop the odd ones."""
        return super().sys_wait4(task, pid, status, options & COMMON_OPTIONS, rusage)


class WexitedIsNeeded(Overreach):
    """waitid wants WEXITED, not just one of the three."""

    RULES = ("WAIT-012",)

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Ask for it."""
        return super().waitid_error(idtype, pid, options) if options & WEXITED else "EINVAL"


class NullFaults(Overreach):
    """A null status pointer is a bad one."""

    RULES = ("WAIT-033",)

    def wait4_result(self, found: Found, status: int, rusage: int) -> Fields:
        """Fault."""
        return super().wait4_result(found, BAD if status == NULL else status, rusage)


class FaultReapsUnderWnowait(Overreach):
    """EFAULT of waitid costs the child even under WNOWAIT."""

    RULES = ("WAIT-035",)

    def take_zombie(self, opts: WaitOpts, child: Task) -> Report | None:
        """Reap for a bad infop."""
        call = self.tasks[child.parent].call
        bad = call is not None and call.name == "waitid" and call.args[2] == BAD
        return super().take_zombie(opts._replace(flags=opts.flags & ~WNOWAIT) if bad else opts, child)


class SiginfoIsAlwaysWritten(Overreach):
    """waitid writes its siginfo even after a fault of the rusage."""

    RULES = ("WAIT-052", "WAIT-027", "WAIT-028", "WAIT-034")

    def waitid_result(self, found: Found, infop: int, rusage: int) -> Fields:
        """Write it."""
        fields = super().waitid_result(found, infop, rusage)
        if not (rusage == BAD and isinstance(found, Report) and infop not in (BAD, NULL)):
            return fields
        kept = tuple(field for field in fields if field[0] in ("ret", "errno"))
        return kept + self.siginfo_of(found)


class OneZombieIsHopeless(Overreach):
    """A wait for stops fails as soon as one selected child is a zombie."""

    RULES = ("WAIT-068", "WAIT-069", "WAIT-127")

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Give up early."""
        found = super().scan(task, opts)
        mine = [child for child in self.waitable_children(task, opts) if self.eligible_child(opts, child)]
        dead = any(not self.may_report_later(child) for child in mine)
        return Nothing("ECHILD") if isinstance(found, Nothing) and dead else found


class OrderOfPids(Overreach):
    """Children are reported by their pids, adopted ones among them."""

    RULES = ("WAIT-070",)

    def waitable_children(self, task: Task, opts: WaitOpts) -> list[Task]:
        """Sort them."""
        return sorted(super().waitable_children(task, opts), key=lambda child: child.tid)


class TheOldestChildDecides(Overreach):
    """Of several children only the oldest is looked at."""

    RULES = ("WAIT-071",)

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Look at one."""
        for child in self.waitable_children(task, opts):
            if self.eligible_child(opts, child):
                hope = "" if self.may_report_later(child) else "ECHILD"
                return self.consider(opts, child) or Nothing(hope)
        return Nothing("ECHILD")


class WcloneBeatsWall(Overreach):
    """__WCLONE keeps ordinary children out even beside __WALL."""

    RULES = ("WAIT-082",)

    def eligible_child(self, opts: WaitOpts, child: Task) -> bool:
        """Forget __WALL."""
        flags = opts.flags & ~WALL if opts.flags & WCLONE else opts.flags
        return super().eligible_child(opts._replace(flags=flags), child)


class EveryHandlerRestarts(Overreach):
    """A handler without SA_RESTART restarts too."""

    RULES = ("WAIT-101", "WAIT-102")

    def push_frame(self, task: Task, info: SigInfo, action: Action) -> None:
        """Add the flag."""
        super().push_frame(task, info, action._replace(flags=action.flags | SA_RESTART))


class NoSigchldInterrupts(Overreach):
    """No SIGCHLD ends a wait with EINTR, not even that of another child."""

    RULES = ("WAIT-106", "WAIT-123")

    def push_frame(self, task: Task, info: SigInfo, action: Action) -> None:
        """Restart after SIGCHLD."""
        flags = action.flags | SA_RESTART if info.signo == SIGCHLD else action.flags
        super().push_frame(task, info, action._replace(flags=flags))


class EveryWaitSeesStops(Overreach):
    """A stop ends any wait."""

    RULES = ("WAIT-108",)

    def take_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Assume WUNTRACED."""
        return super().take_stop(opts._replace(flags=opts.flags | WUNTRACED), child)


class OneRestartingHandlerIsEnough(Overreach):
    """Once a handler with SA_RESTART has run, the wait goes on whatever comes later."""

    RULES = ("WAIT-213",)

    def push_frame(self, task: Task, info: SigInfo, action: Action) -> None:
        """Remember it."""
        restarted: set[int] = getattr(self, "restarted", set())
        flags = action.flags | SA_RESTART if task.tid in restarted else action.flags
        if flags & SA_RESTART:
            self.restarted = {*restarted, task.tid}
        super().push_frame(task, info, action._replace(flags=flags))


class StopsMakeHandlersInterrupt(Overreach):
    """A handler that runs when a stopped waiter is continued interrupts, with SA_RESTART too."""

    RULES = ("WAIT-212", "WAIT-100", "KILL-223")

    def stop(self, task: Task, signo: int) -> None:
        """Remember that there was a stop."""
        super().stop(task, signo)
        self.was_stopped = {*getattr(self, "was_stopped", ()), task.tid}

    def push_frame(self, task: Task, info: SigInfo, action: Action) -> None:
        """Take the flag away."""
        stopped = task.tid in getattr(self, "was_stopped", ())
        flags = action.flags & ~SA_RESTART if stopped else action.flags
        super().push_frame(task, info, action._replace(flags=flags))


class EveryRestartLooksTheGroupUp(Overreach):
    """A wait that begins anew takes its caller's group for any group that it was given."""

    RULES = ("WAIT-214", "WAIT-109")

    def wait4_selector(self, task: Task, pid: int, options: int) -> WaitOpts:
        """Forget the number once."""
        again = task.tid in getattr(self, "waited", ())
        self.waited = {*getattr(self, "waited", ()), task.tid}
        return super().wait4_selector(task, 0 if again and pid < -1 else pid, options)


class ExecMakesStrangers(Overreach):
    """A child that executes a program during the wait is no longer selected, of whatever kind it is."""

    RULES = ("WAIT-210",)

    def eligible_child(self, opts: WaitOpts, child: Task) -> bool:
        """Drop it."""
        return child.group.noexec and super().eligible_child(opts, child)


class AdoptedStopsAreLost(Overreach):
    """The stop of an adopted child is not only silent, but gone."""

    RULES = ("WAIT-211",)

    def reparent(self, father: Task, child: Task) -> None:
        """Drop its report."""
        super().reparent(father, child)
        if child.stopped:
            child.group.group_exit_code = 0


class OrphansHearNoStopSignal(Overreach):
    """In an orphaned group stop signals are discarded even if they are caught."""

    RULES = ("JOBCTL-210", "JOBCTL-030")

    def act_on(self, task: Task, info: SigInfo) -> None:
        """Drop them."""
        if info.signo in STOP_SIGNALS and info.signo != SIGSTOP and self.is_orphaned(task.group.pgid):
            return
        super().act_on(task, info)


class ExecBeforeEverything(Overreach):
    """setpgid on a child that exec'd gives EACCES before it looks at its arguments."""

    RULES = ("JOBCTL-211",)

    def setpgid(self, caller: Task, pid: int, pgid: int) -> str | None:
        """Look at the child first."""
        group = self.find_process(pid or caller.group.tgid)
        if group is not None and group is not caller.group and not group.noexec:
            return "EACCES"
        return super().setpgid(caller, pid, pgid)


class EveryHungUpMemberIsContinued(Overreach):
    """The SIGCONT of a hang-up is a continue for every member of the job, stopped before or not."""

    RULES = ("JOBCTL-212",)

    def resume(self, group: ThreadGroup) -> None:
        """Report it in any case."""
        super().resume(group)
        group.stop_continued = True


class EveryExitSignalContinues(Overreach):
    """A death continues the stopped parent, whatever the exit signal."""

    RULES = ("ZOMBIE-211",)

    def notify_parent_of_exit(self, task: Task) -> bool:
        """Resume it."""
        self.resume(self.tasks[task.parent].group)
        return super().notify_parent_of_exit(task)


class AStoppedParentReapsAll(Overreach):
    """Children of a stopped parent vanish."""

    RULES = ("ZOMBIE-212",)

    def notify_parent_of_exit(self, task: Task) -> bool:
        """Release them."""
        return super().notify_parent_of_exit(task) or self.tasks[task.parent].stopped


class AdoptionIsAnEvent(Overreach):
    """The reaper is told of a continued child when it adopts it."""

    RULES = ("ZOMBIE-210",)

    def reparent(self, father: Task, child: Task) -> None:
        """Tell it."""
        super().reparent(father, child)
        if child.group.stop_continued:
            self.notify_parent_of_stop(child.group, CLD_CONTINUED)


class NodeferBlocksNothing(Overreach):
    """SA_NODEFER makes the mask of the action void."""

    RULES = ("KILL-221",)

    def push_frame(self, task: Task, info: SigInfo, action: Action) -> None:
        """Drop the mask."""
        super().push_frame(task, info, action._replace(mask=0) if action.flags & SA_NODEFER else action)


class FlagsAreForEver(Overreach):
    """sigaction adds to the flags that the action had."""

    RULES = ("KILL-222",)

    def sys_sigaction(self, task: Task, signo: int, handler: int, flags: int, mask: int) -> Fields:
        """Keep the old ones."""
        return super().sys_sigaction(task, signo, handler, flags | task.group.action(signo).flags, mask)


OVERREACHING: tuple[type[Overreach], ...] = tuple(
    value
    for value in list(globals().values())
    if isinstance(value, type) and issubclass(value, Overreach) and value is not Overreach
)
