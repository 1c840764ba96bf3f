"""Kernels with one known bug each: what the suite must be able to tell from Linux.

Every variant overrides one decision of the reference kernel. The ids are those of the catalogue of real
bugs that cases name in ``catches``.
"""

from __future__ import annotations

from typing import Self

from conformance.abi.signals import SIG_IGN, SIGCHLD, SIGCONT, SIGKILL
from conformance.abi.waiting import (
    CLD_CONTINUED,
    CLD_EXITED,
    CLD_KILLED,
    P_PGID,
    P_PIDFD,
    WEXITED,
    WNOWAIT,
    WUNTRACED,
)
from conformance.reference.kernel import Kernel
from conformance.reference.signals import STOP_MASK, bit
from conformance.reference.task import (
    Credentials,
    ExitState,
    Phase,
    Restart,
    SigInfo,
    Task,
    ThreadGroup,
    Usage,
    WaitOpts,
)
from conformance.reference.wait import (
    BAD,
    NULL,
    Found,
    Nothing,
    Report,
    failure,
    untouched_siginfo,
    usage_fields,
)
from conformance.trace import Fields
from tests.variants_terminal import TERMINAL_VARIANTS


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


class S3CountsAgainAtTheRetry(Kernel):
    """A faulting wait4 adds the child's usage, and so does the next wait, though the child is gone."""

    def wait4_result(self, found: Found, status: int, rusage: int) -> Fields:
        """Remember what was added in vain and add it at the next wait once more."""
        task = next(
            task for task in self.tasks.values() if task.call is not None and task.call.name == "wait4"
        )
        lost = getattr(self, "lost", Usage())
        task.group.children_usage = task.group.children_usage.with_usage(lost)
        self.lost = found.usage if isinstance(found, Report) and status == BAD else Usage()
        return super().wait4_result(found, status, rusage)


class S5WaitidIgnoresStops(Kernel):
    """waitid never looks at job status."""

    def take_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Report a stop to wait4 only."""
        parent = self.tasks[child.parent]
        if parent.call is not None and parent.call.name == "waitid":
            return None
        return super().take_stop(opts, child)


class S9ZombieIsHopeful(Kernel):
    """A wait for stops only blocks on a zombie."""

    def may_report_later(self, child: Task) -> bool:
        """Take a zombie for a child that may still stop."""
        return True


class S10ChildrenOfTheFirstLook(Kernel):
    """A sleeping wait knows only the children that it began with."""

    first_look: tuple[int, ...] = ()

    def copy(self) -> Self:
        """Copy the memory too."""
        twin = super().copy()
        twin.first_look = self.first_look
        return twin

    def do_wait(self, task: Task, opts: WaitOpts) -> Found | None:
        """Remember the children of the first look."""
        if task.waiting is None:
            self.first_look = task.children
        return super().do_wait(task, opts)

    def waitable_children(self, task: Task, opts: WaitOpts) -> list[Task]:
        """Leave out those who came later."""
        return [child for child in super().waitable_children(task, opts) if child.tid in self.first_look]


class S12EventMajorOrder(Kernel):
    """All zombies are reported before all stops."""

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Look for exits alone first."""
        found = super().scan(task, opts._replace(flags=opts.flags & ~WUNTRACED))
        return found if isinstance(found, Report) else super().scan(task, opts)


class S13NoRusage(Kernel):
    """wait4 has three parameters."""

    def wait4_result(self, found: Found, status: int, rusage: int) -> Fields:
        """Leave rusage alone."""
        fields = super().wait4_result(found, status, rusage)
        kept = ((name, value) for name, value in fields if not name.startswith("ru_"))
        return tuple(("rusage", "untouched") if name == "rusage" else (name, v) for name, v in kept)


class S14IntMinIsAGroup(Kernel):
    """wait4(INT_MIN) finds no group instead of giving ESRCH."""

    def sys_wait4(self, task: Task, pid: int, status: int, options: int, rusage: int) -> Fields | None:
        """Treat INT_MIN as just another negative id."""
        return super().sys_wait4(task, max(pid, -(2**31) + 1), status, options, rusage)


class S15SiginfoLeftOnError(Kernel):
    """waitid writes nothing when it fails."""

    def waitid_result(self, found: Found, infop: int, rusage: int) -> Fields:
        """Leave infop as it was on errors."""
        fields = super().waitid_result(found, infop, rusage)
        if not isinstance(found, Nothing) or not found.error:
            return fields
        kept = tuple(field for field in fields if field[0] in ("ret", "errno"))
        return kept if infop == BAD else kept + untouched_siginfo()


class S16ErrorBeforeFault(Kernel):
    """ECHILD and EINVAL win over a bad infop."""

    def waitid_result(self, found: Found, infop: int, rusage: int) -> Fields:
        """Answer the error first."""
        if isinstance(found, Nothing) and found.error and infop == BAD:
            return failure(found.error)
        return super().waitid_result(found, infop, rusage)


class G6NegativeIdsAreNobody(Kernel):
    """waitid(P_PID, -1) gives ECHILD."""

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Accept any id."""
        return super().waitid_error(idtype, max(pid, 1), options)


class G7GroupZeroIsAnyGroup(Kernel):
    """waitid(P_PGID, 0) selects every child."""

    def eligible_pid(self, opts: WaitOpts, child: Task) -> bool:
        """Ignore the group of a child of the root group's waiter."""
        parent = self.tasks[child.parent]
        asked = parent.call.args[1] if parent.call is not None and parent.call.name == "waitid" else 1
        return (opts.kind == P_PGID and asked == 0) or super().eligible_pid(opts, child)


class G13ContinueHasNoStatus(Kernel):
    """SIGCHLD for a continue carries the stop signal, not SIGCONT."""

    def send_to_process(self, info: SigInfo, group: ThreadGroup, *, force: bool = False) -> None:
        """Spoil the siginfo."""
        if info.signo == SIGCHLD and info.code == CLD_CONTINUED:
            info = info._replace(status=19)
        super().send_to_process(info, group, force=force)


class G17OrphansStop(Kernel):
    """SIGTSTP stops a process of an orphaned group."""

    def stop_is_discarded(self, task: Task, signo: int) -> bool:
        """Never discard."""
        return False


class A2WaitidTellsNoUsage(Kernel):
    """waitid has four parameters."""

    def waitid_result(self, found: Found, infop: int, rusage: int) -> Fields:
        """Leave rusage alone."""
        fields = super().waitid_result(found, infop, NULL)
        return fields + usage_fields(rusage, None)


class A10OwnUsageOnly(Kernel):
    """The rusage of a child leaves out its own children."""

    def usage_in_report(self, group: ThreadGroup) -> Usage:
        """Take the child alone."""
        return group.usage


class S17DescriptorBeforeOptions(Kernel):
    """waitid(P_PIDFD) looks at the descriptor first."""

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Resolve the descriptor whatever the options."""
        return super().waitid_error(idtype, pid, WEXITED if idtype == P_PIDFD else options)


class A8OtherFilesAreInvalid(Kernel):
    """waitid(P_PIDFD) of a file that is no pidfd gives EINVAL."""

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Know no EBADF."""
        return "EINVAL" if idtype == P_PIDFD else super().waitid_error(idtype, pid, options)


class UsageAddedAtDeath(Kernel):
    """RUSAGE_CHILDREN grows when a child dies."""

    def notify_parent_of_exit(self, task: Task) -> bool:
        """Add at once."""
        parent = self.tasks.get(task.parent)
        if parent is not None:
            parent.group.children_usage = parent.group.children_usage.with_usage(task.group.usage)
        return super().notify_parent_of_exit(task)


class SizesAddUp(Kernel):
    """ru_maxrss of children is a sum."""

    def take_zombie(self, opts: WaitOpts, child: Task) -> Report | None:
        """Add the size to what is there."""
        group = self.tasks[child.parent].group
        before = group.children_usage.peak
        report = super().take_zombie(opts, child)
        if report is not None and not opts.flags & WNOWAIT:
            peak = before + self.usage_in_report(child.group).peak
            group.children_usage = group.children_usage._replace(peak=peak)
        return report


class StoppedHasNoExitCode(Kernel):
    """Field 52 of a stopped process is 0."""

    def shown_exit_code(self, group: ThreadGroup) -> int:
        """Show a death only."""
        return group.group_exit_code if group.group_exit else 0


class A4WaitidReapsWithoutAsking(Kernel):
    """waitid without WEXITED reaps a zombie."""

    def take_zombie(self, opts: WaitOpts, child: Task) -> Report | None:
        """Assume WEXITED."""
        return super().take_zombie(opts._replace(flags=opts.flags | WEXITED), child)


class B08ZombieContinues(Kernel):
    """SIGCONT brings a zombie back to job control."""

    def prepare_signal(self, signo: int, group: ThreadGroup, *, force: bool) -> bool:
        """Report a continue of the dead."""
        if signo == SIGCONT and self.leader(group).exit_state is ExitState.ZOMBIE:
            self.notify_parent_of_stop(group, CLD_CONTINUED)
            return False
        return super().prepare_signal(signo, group, force=force)


class B16WakesForSigchldOnly(Kernel):
    """A waiter is not woken by a child with another exit signal."""

    def wake_up_parent(self, child: Task) -> None:
        """Wake for ordinary children alone."""
        if child.exit_signal == SIGCHLD:
            super().wake_up_parent(child)


class B40NoSubreaper(Kernel):
    """Orphans always go to init."""

    def find_reaper(self, father: Task) -> Task:
        """Ignore the attribute."""
        return self.tasks[1]


class B74NoAutoreap(Kernel):
    """SIGCHLD ignored still leaves zombies."""

    def reaps_automatically(self, parent: ThreadGroup) -> bool:
        """Never."""
        return False


class B82IgnoreResetByExec(Kernel):
    """execve resets SIG_IGN."""

    def exec(self, task: Task) -> None:
        """Reset every action."""
        super().exec(task)
        task.group.actions = {}


class SecondSigchldReplacesFirst(Kernel):
    """A coalesced SIGCHLD carries the last child, not the first."""

    def already_queued(self, signo: int, queue: tuple[SigInfo, ...]) -> bool:
        """Queue every one."""
        return False


class BlockedIgnoredIsDropped(Kernel):
    """A blocked SIGCHLD with default action is dropped at once."""

    def sig_ignored(self, signo: int, group: ThreadGroup, *, force: bool) -> bool:
        """Ignore the mask."""
        leader = self.leader(group)
        mask, leader.blocked = leader.blocked, leader.blocked & ~bit(signo)
        ignored = super().sig_ignored(signo, group, force=force)
        leader.blocked = mask
        return ignored


class B29ZombieHasNoUser(Kernel):
    """A zombie's ids are gone, so that nobody but root finds it."""

    def kill_targets(self, task: Task, pid: int) -> list[ThreadGroup]:
        """Leave out zombies, unless the caller needs no permission."""
        found = super().kill_targets(task, pid)
        if self.is_capable(task):
            return found
        return [group for group in found if self.leader(group).exit_state is ExitState.ALIVE]


class TargetsEffectiveUidCounts(Kernel):
    """The target's effective uid permits a signal as its saved one does."""

    def ids_permit(self, sender: Credentials, target: Credentials) -> bool:
        """Look at all of the target's ids."""
        return bool({sender.ruid, sender.euid} & set(target[:3]))


class TargetsSavedUidDoesNotCount(Kernel):
    """Only the target's real uid permits a signal."""

    def ids_permit(self, sender: Credentials, target: Credentials) -> bool:
        """Look at the real uid of the target alone."""
        return target.ruid in (sender.ruid, sender.euid)


class SendersSavedUidCounts(Kernel):
    """The sender's saved uid permits a signal."""

    def ids_permit(self, sender: Credentials, target: Credentials) -> bool:
        """Look at all of the sender's ids."""
        return bool(set(sender[:3]) & {target.ruid, target.suid})


class SavedRootIsCapable(Kernel):
    """An id of 0, whichever, is a privilege."""

    def is_capable(self, task: Task) -> bool:
        """Look at all three ids."""
        return 0 in task.ids[:3]


class SigcontNeedsPermission(Kernel):
    """SIGCONT is no exception."""

    def same_session(self, sender: Task, target: Task) -> bool:
        """Never."""
        return False


class SigcontPassesEverywhere(Kernel):
    """SIGCONT needs no permission, in whatever session."""

    def same_session(self, sender: Task, target: Task) -> bool:
        """Do not look."""
        return True


class KillAllNeedsSomebody(Kernel):
    """kill(-1) with nobody within reach gives EPERM, as POSIX has it."""

    def forgives(self, pid: int) -> bool:
        """Never."""
        return False


class SiUidIsEffective(Kernel):
    """siginfo carries effective uids."""

    def uid_told(self, task: Task) -> int:
        """Give the wrong one."""
        return task.ids.euid


class DeathSignalNeedsNoPermission(Kernel):
    """The parent-death signal is the kernel's own."""

    def send_parent_death_signal(self, father: Task, child: Task) -> None:
        """Send it as root."""
        ids, father.ids = father.ids, father.ids._replace(euid=0)
        super().send_parent_death_signal(father, child)
        father.ids = ids


class DeathSignalSurvivesNewIds(Kernel):
    """A change of ids leaves the parent-death signal."""

    def commit(self, task: Task, ids: Credentials) -> None:
        """Change the ids alone."""
        task.ids = ids


class DeathSignalIsClearedByAnyNewId(Kernel):
    """A change of any id clears the parent-death signal."""

    def commit(self, task: Task, ids: Credentials) -> None:
        """Clear it whenever something changes."""
        if ids != task.ids:
            task.pdeath_signal = 0
        super().commit(task, ids)


class ExecLeavesIdsAlone(Kernel):
    """execve keeps the saved uid, and the parent-death signal."""

    def commit_exec(self, task: Task) -> None:
        """Do nothing."""


class B30ExitGroupIsADeathBySignal(Kernel):
    """SIGCHLD of exit_group tells CLD_KILLED and no code."""

    by_group_exit = False

    def sys_exit(self, task: Task, code: int) -> None:
        """Note by which call the task ends."""
        self.by_group_exit = task.call is not None and task.call.name == "exit_group"
        super().sys_exit(task, code)

    def send_to_process(self, info: SigInfo, group: ThreadGroup, *, force: bool = False) -> str | None:
        """Spoil the siginfo."""
        if self.by_group_exit and info.code == CLD_EXITED:
            info = info._replace(code=CLD_KILLED, status=0)
        return super().send_to_process(info, group, force=force)


class SigtimedwaitTellsUserForTkill(Kernel):
    """sigtimedwait gives the si_code of tgkill as that of kill, as glibc's does."""

    def taken(self, info: SigInfo) -> Fields:
        """Fold the code."""
        return super().taken(info._replace(code=max(info.code, 0) if info.code == -6 else info.code))


class SigtimedwaitIsRestarted(Kernel):
    """A stop and a continue leave sigtimedwait asleep."""

    def sys_sigtimedwait(self, task: Task, wanted: int, timeout: int) -> Fields | None:
        """Restart what no signal of the set ended."""
        result = super().sys_sigtimedwait(task, wanted, timeout)
        if result == failure("EINTR"):
            task.restart = Restart.SYS
        return result


class SigtimedwaitReaps(Kernel):
    """Taking SIGCHLD reaps the child that sent it."""

    def taken(self, info: SigInfo) -> Fields:
        """Release the zombie."""
        fields = super().taken(info)
        if info.signo == SIGCHLD and info.pid in self.tasks:
            self.release(self.tasks[info.pid])
        return fields


class SigtimedwaitDropsIgnored(Kernel):
    """A signal that is ignored does not reach one who waits for it, blocked or not."""

    def sys_sigtimedwait(self, task: Task, wanted: int, timeout: int) -> Fields | None:
        """Forget what was blocked before."""
        result = super().sys_sigtimedwait(task, wanted, timeout)
        task.real_blocked = 0 if result is None else task.real_blocked
        return result


class SigsuspendKeepsItsMask(Kernel):
    """The temporary mask stays in force after sigsuspend."""

    def sys_sigsuspend(self, task: Task, mask: int) -> None:
        """Save nothing."""
        super().sys_sigsuspend(task, mask)
        task.saved_mask = None


class IgnoredFaultGoesOn(Kernel):
    """A fault does not kill who ignores its signal."""

    def force_signal(self, task: Task, info: SigInfo) -> None:
        """Take the process's word for it."""
        if task.group.action(info.signo).handler != SIG_IGN:
            super().force_signal(task, info)


class BlockedFaultRunsItsHandler(Kernel):
    """A fault runs its handler though the signal is blocked."""

    def force_signal(self, task: Task, info: SigInfo) -> None:
        """Unblock alone."""
        task.blocked &= ~bit(info.signo)
        super().force_signal(task, info)


class AnyoneMayForge(Kernel):
    """sigqueue takes any si_code for anybody."""

    def is_forged(self, code: int) -> bool:
        """Trust everyone."""
        return False


class NobodyMayForge(Kernel):
    """sigqueue refuses the kernel's codes even for oneself."""

    def sys_sigqueue(self, task: Task, pid: int, signo: int, code: int, value: int) -> Fields:
        """Trust no one."""
        if self.is_forged(code):
            return failure("EPERM")
        return super().sys_sigqueue(task, pid, signo, code, value)


class QueueNeverFills(Kernel):
    """RLIMIT_SIGPENDING is not looked at."""

    def queue_is_full(self, info: SigInfo, group: ThreadGroup) -> bool:
        """Accept all."""
        return False


class SigpipeIsForTheProcess(Kernel):
    """SIGPIPE is pending for the process, not for the thread."""

    def sys_sigpipe(self, task: Task) -> Fields:
        """Send it as kill would."""
        info = SigInfo(13, 0, task.group.tgid, self.environment.uid)
        self.send_to_process(info, task.group)
        return failure("EPIPE")


class B07ContinueLeavesPendingStop(Kernel):
    """SIGCONT does not discard a stop signal that was not taken yet."""

    def discard(self, group: ThreadGroup, mask: int) -> None:
        """Keep stop signals."""
        super().discard(group, mask & ~STOP_MASK)


class S27KillMixesUpExitCode(Kernel):
    """SIGKILL of a process that is exiting makes a signal of its exit code."""

    def prepare_signal(self, signo: int, group: ThreadGroup, *, force: bool) -> bool:
        """Shift the code of one that is on its way out."""
        if signo == SIGKILL and group.group_exit and self.leader(group).exit_state is ExitState.ALIVE:
            group.group_exit_code = group.group_exit_code >> 8 & 0x7F or group.group_exit_code
        return super().prepare_signal(signo, group, force=force)


class B24SleepsWithoutAnotherLook(Kernel):
    """A wait looks at the children, and only then, unlocked, gets on the queue of those to be woken."""

    def is_between(self, task: Task) -> bool:
        """Say whether a waiter has looked and is not on the queue yet."""
        waits = task.call is not None and task.call.name in ("wait4", "waitid")
        return waits and task.phase is Phase.BLOCKED and task.waiting is None

    def can_run(self, task: Task) -> bool:
        """Let it get there."""
        return self.is_between(task) or super().can_run(task)

    def do_wait(self, task: Task, opts: WaitOpts) -> Found | None:
        """Look, or get on the queue."""
        if self.is_between(task):
            task.waiting = opts
            return None
        found = super().do_wait(task, opts)
        task.waiting = None
        return found


class B15DyingIsNoChild(Kernel):
    """Between its last breath and its zombie a child is not seen."""

    def may_report_later(self, child: Task) -> bool:
        """Look for neither the living nor the dead."""
        return super().may_report_later(child) and not child.group.group_exit


class B56SigchldBeforeZombie(Kernel):
    """SIGCHLD is sent before there is a zombie."""

    def sys_exit(self, task: Task, code: int) -> None:
        """Tell the parent too early."""
        super().sys_exit(task, code)
        self.notify_parent_of_exit(task)


class ContinueShowsOnceTheChildRan(Kernel):
    """A continue is reported by the child itself, when it runs."""

    def take_continue(self, opts: WaitOpts, child: Task) -> Report | None:
        """Find nothing before it has run."""
        return None if child.group.cld_pending else super().take_continue(opts, child)


class B77GivesThePidOfAZombieAgain(Kernel):
    """A dead process keeps no number, reaped or not."""

    def is_in_use(self, tid: int) -> bool:
        """Count the living only."""
        task = self.tasks.get(tid)
        return super().is_in_use(tid) and (task is None or task.exit_state is ExitState.ALIVE)


class GivesTheIdOfAGroupAgain(Kernel):
    """A number is free once no process has it, whatever group or session goes by it."""

    def is_in_use(self, tid: int) -> bool:
        """Count processes only."""
        return tid in self.tasks


class SparesInitFromEverybody(Kernel):
    """The init of a namespace is immune to signals from outside as well."""

    def comes_from_outside(self, receiver: int) -> bool:
        """Take every sender for one inside."""
        return False


class AdoptsAcrossNamespaces(Kernel):
    """An orphan goes to the nearest subreaper, in whatever namespace that is."""

    def find_reaper(self, father: Task) -> Task:
        """Ask all ancestors."""
        for ancestor in self.ancestors(father):
            if ancestor.group.child_subreaper and ancestor.exit_state is ExitState.ALIVE:
                return ancestor
        return super().find_reaper(father)


class TellsOfSendersOutside(Kernel):
    """si_pid is what the sender calls itself, seen or not."""

    def as_told(self, info: SigInfo, receiver: int) -> SigInfo:
        """Take every number for one that all understand."""
        return super().as_told(info, info.pid or receiver)


class ForksIntoADeadNamespace(Kernel):
    """A namespace whose init has died takes in new processes."""

    def end_namespace(self, task: Task) -> None:
        """Leave it open."""
        super().end_namespace(task)
        path = self.space_of(task.tid)
        self.spaces[path] = self.spaces[path]._replace(open=True)


class B46ZombieOfADyingInit(Kernel):
    """An init that ends while it has a zombie never comes to its end."""

    def can_go_on_dying(self, task: Task) -> bool:
        """Look for the zombie to go by itself."""
        return not self.zombies_of(task) and super().can_go_on_dying(task)


class InitDiesBeforeItsNamespace(Kernel):
    """An init is waitable while zombies of its namespace are left."""

    def is_alone(self, task: Task) -> bool:
        """Look at children only."""
        return not task.children


class KillAllLeavesTheNamespace(Kernel):
    """kill(-1) reaches the processes of all namespaces."""

    def kill_targets(self, task: Task, pid: int) -> list[ThreadGroup]:
        """Spare nobody but the case's init and the caller."""
        if pid == -1:
            return [group for group in self.groups.values() if group.tgid > 1 and group is not task.group]
        return super().kill_targets(task, pid)


VARIANTS: tuple[type[Kernel], ...] = tuple(
    value
    for value in list(globals().values())
    if isinstance(value, type) and issubclass(value, Kernel) and value is not Kernel
)
VARIANTS += TERMINAL_VARIANTS
