"""More kernels with one known bug each; see :mod:`tests.variants`, whose list this one goes on.

The first words of a class name are the rows of the catalogue of bugs that it stands for.
"""

from __future__ import annotations

from typing import Self

from conformance.abi.signals import SA_RESTART, SIG_DFL, SIGCHLD, SIGKILL, SIGSTOP, STOP_SIGNALS
from conformance.abi.waiting import (
    CLD_DUMPED,
    CLD_EXITED,
    CLD_KILLED,
    CLD_STOPPED,
    P_ALL,
    P_PGID,
    P_PID,
    WALL,
    WCLONE,
    WCONTINUED,
    WEXITED,
    WNOHANG,
    WNOWAIT,
    WUNTRACED,
)
from conformance.reference.kernel import Kernel
from conformance.reference.task import Action, ExitState, Restart, SigInfo, Task, ThreadGroup, WaitOpts
from conformance.reference.wait import (
    BAD,
    COMMON_OPTIONS,
    NULL,
    WAITID_EVENTS,
    Found,
    Nothing,
    Report,
    failure,
    untouched_siginfo,
    usage_fields,
)
from conformance.trace import Fields


class S20A5B26CloneOptionsAreIgnored(Kernel):
    """__WCLONE and __WALL are taken, and forgotten."""

    def eligible_child(self, opts: WaitOpts, child: Task) -> bool:
        """Look at the selector alone."""
        return self.eligible_pid(opts, child)


class S20A5B26CloneChildrenNeverCount(Kernel):
    """No wait selects a clone child."""

    def eligible_child(self, opts: WaitOpts, child: Task) -> bool:
        """Want SIGCHLD."""
        return self.eligible_pid(opts, child) and child.exit_signal == SIGCHLD


class S25A3B27B57OptionsAreTruncated(Kernel):
    """wait4 drops the bits that it does not know, and takes waitid's."""

    def sys_wait4(self, task: Task, pid: int, status: int, options: int, rusage: int) -> Fields | None:
        """Forget them."""
        return super().sys_wait4(task, pid, status, options & COMMON_OPTIONS, rusage)


class S28ChildrenDieWithTheParent(Kernel):
    """A parent's exit kills its children."""

    def send_parent_death_signal(self, father: Task, child: Task) -> None:
        """Kill each."""
        self.send_to_process(SigInfo(SIGKILL, 0x80), child.group, force=True)


class S29B84AKilledWaiterGetsEintr(Kernel):
    """SIGKILL does not end a sleeping wait for good: the waiter lives until something wakes it."""

    def complete_signal(self, signo: int, task: Task, *, thread_only: bool) -> None:
        """Leave a sleeper alone."""
        if task.waiting is None:
            super().complete_signal(signo, task, thread_only=thread_only)

    def signal_pending(self, task: Task) -> bool:
        """See nothing while asleep."""
        return task.waiting is None and super().signal_pending(task)


class S31StopInterrupts(Kernel):
    """Stop and continue end a sleeping call with EINTR."""

    def stop(self, task: Task, signo: int) -> None:
        """Forget that the call was to be restarted."""
        task.restart = Restart.NONE
        super().stop(task, signo)


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


class G4S14IntMinIsNobody(Kernel):
    """wait4(INT_MIN) gives ECHILD."""

    def sys_wait4(self, task: Task, pid: int, status: int, options: int, rusage: int) -> Fields | None:
        """Treat it as just another group."""
        return super().sys_wait4(task, max(pid, -(2**31) + 1), status, options, rusage)


class G5A7PidZeroIsAnyChild(Kernel):
    """waitid(P_PID, 0) takes any child."""

    def sys_waitid(
        self, task: Task, idtype: int, pid: int, infop: int, options: int, rusage: int
    ) -> Fields | None:
        """Call it P_ALL."""
        kind = P_ALL if idtype == P_PID and pid == 0 else idtype
        return super().sys_waitid(task, kind, pid, infop, options, rusage)


class A7G6NegativeIdsAreNobody(Kernel):
    """waitid does not refuse ids that cannot be."""

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Accept any id."""
        return super().waitid_error(idtype, max(pid, 1), options)


class G8A11NewestFirst(Kernel):
    """Children come in another order than that of their birth."""

    def waitable_children(self, task: Task, opts: WaitOpts) -> list[Task]:
        """Turn it round."""
        return super().waitable_children(task, opts)[::-1]


class A11OrderOfPids(Kernel):
    """Children come by their pids, not in the order in which they became children."""

    def waitable_children(self, task: Task, opts: WaitOpts) -> list[Task]:
        """Sort them."""
        return sorted(super().waitable_children(task, opts), key=lambda child: child.tid)


class G9S12ZombiesFirst(Kernel):
    """All zombies are reported before all stops and continues."""

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Look for exits alone first."""
        found = super().scan(task, opts._replace(flags=opts.flags & ~(WUNTRACED | WCONTINUED)))
        return found if isinstance(found, Report) else super().scan(task, opts)


class G11B65StopLooksLikeADeath(Kernel):
    """waitid tells of a stop as of a death by signal 0x7f."""

    def siginfo_of(self, found: Found) -> Fields:
        """Take the status word apart wrongly."""
        if isinstance(found, Report) and found.code not in (CLD_EXITED, CLD_KILLED, CLD_DUMPED):
            code = CLD_KILLED if found.code == CLD_STOPPED else CLD_DUMPED
            found = found._replace(code=code, si_status=0x7F)
        return super().siginfo_of(found)


class G14EintrWins(Kernel):
    """A sleeping wait whose child dies under a SIGCHLD handler fails with EINTR."""

    def attempt(self, task: Task) -> None:
        """Look at signals before children."""
        if task.waiting is not None and task.call is not None and self.signal_pending(task):
            task.woken = False
            self.interrupt(task, task.call)
        else:
            super().attempt(task)


class G18B02B40NoSubreaper(Kernel):
    """Orphans always go to init."""

    def find_reaper(self, father: Task) -> Task:
        """Ignore the attribute."""
        return self.tasks[1]


class G18B19AdoptionWakesNobody(Kernel):
    """A sleeping waiter does not hear of a zombie that it adopts."""

    def reparent(self, father: Task, child: Task) -> None:
        """Keep still."""
        reaper = self.tasks[child.parent]
        woken = reaper.woken
        super().reparent(father, child)
        reaper.woken = woken


class G19WallAndWcloneAreInvalid(Kernel):
    """__WALL with __WCLONE gives EINVAL."""

    def sys_wait4(self, task: Task, pid: int, status: int, options: int, rusage: int) -> Fields | None:
        """Refuse both."""
        both = options & (WALL | WCLONE) == WALL | WCLONE
        return super().sys_wait4(task, pid, status, -1 if both else options, rusage)

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Refuse both."""
        both = options & (WALL | WCLONE) == WALL | WCLONE
        return "EINVAL" if both else super().waitid_error(idtype, pid, options)


class G20EveryDeathWakes(Kernel):
    """A waiter is woken by any child, so that it notices when its group is empty."""

    def child_should_wake(self, waiter: Task, opts: WaitOpts, child: Task) -> bool:
        """Wake it."""
        return True


class G21WnowaitSleepsThroughContinues(Kernel):
    """A wait with WNOWAIT is not woken by a continue."""

    def child_should_wake(self, waiter: Task, opts: WaitOpts, child: Task) -> bool:
        """Let it sleep."""
        if opts.flags & WNOWAIT and child.group.stop_continued:
            return False
        return super().child_should_wake(waiter, opts, child)


class A6NoSigchldInterrupts(Kernel):
    """SIGCHLD is blocked while its process waits."""

    def push_frame(self, task: Task, info: SigInfo, action: Action) -> None:
        """Restart after SIGCHLD."""
        flags = action.flags | SA_RESTART if info.signo == SIGCHLD else action.flags
        super().push_frame(task, info, action._replace(flags=flags))


class A9B71StatusOfADeathIsTheWholeWord(Kernel):
    """si_status of a death is the whole exit code."""

    def siginfo_of(self, found: Found) -> Fields:
        """Do not take it apart."""
        if isinstance(found, Report) and found.code in (CLD_KILLED, CLD_DUMPED):
            found = found._replace(si_status=found.status | 0x80)
        elif isinstance(found, Report) and found.code == CLD_EXITED:
            found = found._replace(si_status=found.status)
        return super().siginfo_of(found)


class A13StoppedProcessesHandle(Kernel):
    """Signals act on a stopped process."""

    def can_run(self, task: Task) -> bool:
        """Run for a signal."""
        if task.stopped and task.exit_state is ExitState.ALIVE and (task.frames or self.signal_pending(task)):
            return True
        return super().can_run(task)


class B01SigkillRewritesTheStatus(Kernel):
    """SIGKILL to a zombie turns its status into 9."""

    def prepare_signal(self, signo: int, group: ThreadGroup, *, force: bool) -> bool:
        """Overwrite it."""
        if group.group_exit and signo != SIGCHLD:
            group.group_exit_code = signo
        return super().prepare_signal(signo, group, force=force)


class B09GroupsAreInvalid(Kernel):
    """wait4(-pgid) gives EINVAL."""

    def sys_wait4(self, task: Task, pid: int, status: int, options: int, rusage: int) -> Fields | None:
        """Refuse it."""
        return super().sys_wait4(task, pid, status, -1 if pid < -1 else options, rusage)


class B17NobodyIsNothing(Kernel):
    """WNOHANG without a matching child gives 0."""

    def do_wait(self, task: Task, opts: WaitOpts) -> Found | None:
        """Call it nothing."""
        found = super().do_wait(task, opts)
        return Nothing("") if isinstance(found, Nothing) and opts.flags & WNOHANG else found


class B20B53ReportsStay(Kernel):
    """Stops and continues are reported as often as asked."""

    def consider(self, opts: WaitOpts, child: Task) -> Report | None:
        """Never use one up."""
        if child.exit_state is ExitState.ZOMBIE:
            return super().consider(opts, child)
        return super().consider(opts._replace(flags=opts.flags | WNOWAIT), child)


class B25B28ZombiesAreNobody(Kernel):
    """Calls that name a zombie give ESRCH."""

    def find_process(self, pid: int) -> ThreadGroup | None:
        """Pass them over."""
        group = super().find_process(pid)
        dead = group is not None and self.leader(group).exit_state is ExitState.ZOMBIE
        return None if dead else group


class B28ReapedPidsAnswer(Kernel):
    """kill of a reaped process succeeds."""

    def sys_kill(self, task: Task, pid: int, signo: int) -> Fields:
        """Believe in ghosts."""
        fields = super().sys_kill(task, pid, signo)
        return (("ret", 0),) if pid > 0 and ("errno", "ESRCH") in fields else fields


class B30ExitGroupLooksLikeADeath(Kernel):
    """SIGCHLD of a normal exit says CLD_KILLED."""

    def send_to_process(self, info: SigInfo, group: ThreadGroup, *, force: bool = False) -> None:
        """Spoil the code."""
        code = CLD_KILLED if info.signo == SIGCHLD and info.code == CLD_EXITED else info.code
        super().send_to_process(info._replace(code=code), group, force=force)


class B31B63StopSignalsKill(Kernel):
    """The default action of a stop signal is to end the process."""

    def stop(self, task: Task, signo: int) -> None:
        """End it."""
        self.begin_group_exit(task.group, signo)


class B35OnlyExits(Kernel):
    """waitid knows WEXITED alone, and no groups."""

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Refuse the rest."""
        if options & WAITID_EVENTS != WEXITED or idtype not in (P_ALL, P_PID):
            return "EINVAL"
        return super().waitid_error(idtype, pid, options)


class B36AStopWaitsForTheNextCall(Kernel):
    """A process that stops itself goes on until it makes its next call."""

    def act_on(self, task: Task, info: SigInfo) -> None:
        """Miss one's own stops."""
        if info.pid == task.tid and info.signo in STOP_SIGNALS:
            return
        super().act_on(task, info)


class B41S5WnowaitConsumes(Kernel):
    """WNOWAIT uses up a stop or a continue."""

    def consider(self, opts: WaitOpts, child: Task) -> Report | None:
        """Forget WNOWAIT for the living."""
        if child.exit_state is ExitState.ZOMBIE:
            return super().consider(opts, child)
        return super().consider(opts._replace(flags=opts.flags & ~WNOWAIT), child)


class B48OddOptionsAreTaken(Kernel):
    """waitid takes any option and any idtype."""

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Refuse nothing."""
        return ""


class B50StopsWakeNobody(Kernel):
    """A sleeping waiter does not hear of stops and continues."""

    def wake_up_parent(self, child: Task) -> None:
        """Wake for deaths alone."""
        if child.exit_state is ExitState.ZOMBIE:
            super().wake_up_parent(child)


class B52WaitForAStrangerSleeps(Kernel):
    """A wait for a process that is no child blocks while there are others."""

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Hope for any child."""
        found = super().scan(task, opts)
        return Nothing("") if isinstance(found, Nothing) and task.children else found


class B52StoppedChildrenAreNobody(Kernel):
    """A stopped child gives ECHILD to a wait without WUNTRACED."""

    def may_report_later(self, child: Task) -> bool:
        """Give it up."""
        return super().may_report_later(child) and not child.stopped


class B52SignalsAreInherited(Kernel):
    """fork keeps pending signals."""

    def fork(self, parent: Task, name: str, exit_signal: int) -> Task:
        """Hand them down."""
        child = super().fork(parent, name, exit_signal)
        child.group.pending = parent.group.pending
        return child


class B54B55AnyZombieEndsTheSearch(Kernel):
    """A zombie that is not selected ends a wait, which finds nothing."""

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Stumble over it."""
        found = super().scan(task, opts)
        zombies = any(self.tasks[tid].exit_state is ExitState.ZOMBIE for tid in task.children)
        return Nothing("ECHILD") if isinstance(found, Nothing) and zombies else found


class B24B62TheDeadWakeNobody(Kernel):
    """A wait for a child that ends meanwhile sleeps for ever."""

    def wake_up_parent(self, child: Task) -> None:
        """Wake for the living alone."""
        if child.exit_state is ExitState.ALIVE and not child.group.group_exit:
            super().wake_up_parent(child)


class B62WaitsGoBySigchld(Kernel):
    """A waiter is woken by the delivery of SIGCHLD, and sleeps on where that is blocked."""

    def wake_up_parent(self, child: Task) -> None:
        """Look at the mask."""
        if not self.tasks[child.parent].blocked & (1 << (SIGCHLD - 1)):
            super().wake_up_parent(child)


class B60B84ContinuesLookLikeStops(Kernel):
    """A continue is encoded as a stop."""

    def take_continue(self, opts: WaitOpts, child: Task) -> Report | None:
        """Take the wrong word."""
        report = super().take_continue(opts, child)
        return report and report._replace(status=0xFF7F)


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


class B61WnohangSleeps(Kernel):
    """WNOHANG is ignored."""

    def do_wait(self, task: Task, opts: WaitOpts) -> Found | None:
        """Sleep."""
        return super().do_wait(task, opts._replace(flags=opts.flags & ~WNOHANG))


class B61B65WnowaitReaps(Kernel):
    """WNOWAIT is ignored."""

    def consider(self, opts: WaitOpts, child: Task) -> Report | None:
        """Consume."""
        return super().consider(opts._replace(flags=opts.flags & ~WNOWAIT), child)


class B77WnowaitFreesThePid(B61B65WnowaitReaps):
    """After WNOWAIT the pid is free."""


class B63B64DeathsLookLikeExits(Kernel):
    """Death by a signal is encoded as an exit with its number."""

    def fatal_status(self, task: Task, signo: int) -> int:
        """Shift it."""
        return signo << 8

    def complete_signal(self, signo: int, task: Task, *, thread_only: bool) -> None:
        """Leave the death to the receiver, who gets it wrong."""
        if signo == SIGKILL:
            super().complete_signal(signo, task, thread_only=thread_only)


class B65ExitedForEverything(Kernel):
    """waitid says CLD_EXITED of every death."""

    def siginfo_of(self, found: Found) -> Fields:
        """Take one code for all."""
        if isinstance(found, Report) and found.code in (CLD_KILLED, CLD_DUMPED):
            found = found._replace(code=CLD_EXITED)
        return super().siginfo_of(found)


class B66GroupsOutlastAutoreap(Kernel):
    """A wait for a group does not end when the group vanishes under SIG_IGN."""

    def child_should_wake(self, waiter: Task, opts: WaitOpts, child: Task) -> bool:
        """Wake those who wait for any child or for one."""
        ignored = waiter.group.action(SIGCHLD).handler != SIG_DFL
        return opts.kind in (P_ALL, P_PID) if ignored else super().child_should_wake(waiter, opts, child)


class B73B82ExecResetsIgnored(Kernel):
    """execve resets SIG_IGN."""

    def exec(self, task: Task) -> None:
        """Reset every action."""
        super().exec(task)
        task.group.actions = {}


class B80B81EverySigchldQueues(Kernel):
    """There is one SIGCHLD for each death."""

    def already_queued(self, signo: int, queue: tuple[SigInfo, ...]) -> bool:
        """Queue all."""
        return False


class B80B27WaitidNeedsMore(Kernel):
    """waitid(WEXITED) alone is invalid, and wait4 takes WEXITED."""

    def sys_wait4(self, task: Task, pid: int, status: int, options: int, rusage: int) -> Fields | None:
        """Take it."""
        return super().sys_wait4(task, pid, status, options & ~(WEXITED | WNOWAIT), rusage)


class B31SigstopKills(Kernel):
    """SIGSTOP ends the process with code 1."""

    def stop(self, task: Task, signo: int) -> None:
        """End it."""
        self.begin_group_exit(task.group, 0x100 if signo == SIGSTOP else signo)


class A6SigchldIsBlockedMeanwhile(Kernel):
    """SIGCHLD is blocked while its process waits, and handled after."""

    def signal_pending(self, task: Task) -> bool:
        """See no SIGCHLD while asleep."""
        pending = task.group.pending
        if task.waiting is not None:
            task.group.pending = tuple(info for info in pending if info.signo != SIGCHLD)
        found = super().signal_pending(task)
        task.group.pending = pending
        return found


class A7GroupZeroIsNobody(Kernel):
    """waitid(P_PGID, 0) takes 0 for the id of a group."""

    def sys_waitid(
        self, task: Task, idtype: int, pid: int, infop: int, options: int, rusage: int
    ) -> Fields | None:
        """Name a group that nobody is in."""
        group = 2**31 - 1 if idtype == P_PGID and pid == 0 else pid
        return super().sys_waitid(task, idtype, group, infop, options, rusage)


class B55ZombiesMeanwhileHang(Kernel):
    """A sleeping wait for one child hangs once another has become a zombie."""

    def wake_up_parent(self, child: Task) -> None:
        """Stumble over the zombie."""
        others = (self.tasks[tid] for tid in self.tasks[child.parent].children if tid != child.tid)
        if not any(other.exit_state is ExitState.ZOMBIE for other in others):
            super().wake_up_parent(child)


class B57WuntracedIsNotImplemented(Kernel):
    """WUNTRACED gives an error."""

    def sys_wait4(self, task: Task, pid: int, status: int, options: int, rusage: int) -> Fields | None:
        """Give it."""
        return super().sys_wait4(task, pid, status, -1 if options & WUNTRACED else options, rusage)


class G9StopsFirst(Kernel):
    """All stops are reported before all zombies."""

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Look for stops alone first."""
        found = super().scan(task, opts._replace(flags=opts.flags & ~WEXITED))
        return found if isinstance(found, Report) else super().scan(task, opts)


class S12KindByKind(Kernel):
    """First all zombies, then all stops, then all continues."""

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Look three times."""
        for kind in (WEXITED, WUNTRACED, WCONTINUED):
            found = super().scan(task, opts._replace(flags=opts.flags & (~WAITID_EVENTS | kind)))
            if isinstance(found, Report):
                return found
        return super().scan(task, opts)


class S10MembersOfTheFirstLook(Kernel):
    """A sleeping wait knows only those children that it selected when it began."""

    first_look: frozenset[int] = frozenset()

    def copy(self) -> Self:
        """Take the memory along."""
        twin = super().copy()
        twin.first_look = self.first_look
        return twin

    def do_wait(self, task: Task, opts: WaitOpts) -> Found | None:
        """Remember whom the first look selected."""
        if task.waiting is None:
            children = super().waitable_children(task, opts)
            self.first_look = frozenset(child.tid for child in children if self.eligible_child(opts, child))
        return super().do_wait(task, opts)

    def waitable_children(self, task: Task, opts: WaitOpts) -> list[Task]:
        """Leave out those who came later."""
        return [child for child in super().waitable_children(task, opts) if child.tid in self.first_look]


class S13A2RusageIsNoParameter(Kernel):
    """Neither call has an argument for the rusage."""

    def wait4_result(self, found: Found, status: int, rusage: int) -> Fields:
        """Ignore it."""
        return super().wait4_result(found, status, NULL) + usage_fields(rusage, None)

    def waitid_result(self, found: Found, infop: int, rusage: int) -> Fields:
        """Ignore it."""
        return super().waitid_result(found, infop, NULL) + usage_fields(rusage, None)


class S2S4ReportsStayOnFault(Kernel):
    """A bad pointer leaves the event for another try, in both calls."""

    def consider(self, opts: WaitOpts, child: Task) -> Report | None:
        """Keep it for a caller whose pointer is bad."""
        call = self.tasks[child.parent].call
        bad = call is not None and call.args[{"wait4": 1, "waitid": 2}[call.name]] == BAD
        return super().consider(opts._replace(flags=opts.flags | WNOWAIT) if bad else opts, child)


class S5WaitidIgnoresContinues(Kernel):
    """waitid never looks for a continue."""

    def take_continue(self, opts: WaitOpts, child: Task) -> Report | None:
        """Report it to wait4 only."""
        call = self.tasks[child.parent].call
        waitid = call is not None and call.name == "waitid"
        return None if waitid else super().take_continue(opts, child)


VARIANTS: tuple[type[Kernel], ...] = tuple(
    value
    for value in list(globals().values())
    if isinstance(value, type) and issubclass(value, Kernel) and value is not Kernel
)
