"""Threads: who takes a signal, who stops, who waits for whom."""

from __future__ import annotations

from conformance.abi.signals import SIGCHLD, SIGKILL
from conformance.abi.waiting import CLD_CONTINUED, CLD_STOPPED, WNOHANG, WNOWAIT
from conformance.reference.kernel import Kernel
from conformance.reference.signals import bit, pending_set, without
from conformance.reference.task import (
    Action,
    Jobctl,
    Notice,
    Phase,
    Restart,
    SigInfo,
    Task,
    ThreadGroup,
    WaitOpts,
)
from conformance.reference.wait import Report, failure, outcome
from conformance.trace import Fields

# -- waits ---------------------------------------------------------------------------------------


class S11BothWaitersReport(Kernel):
    """Each of several threads that slept in a wait for a child gets its end."""

    def take_zombie(self, opts: WaitOpts, child: Task) -> Report | None:
        """Leave the child to whoever was woken with the caller."""
        caller = self.tasks[self.current]
        others = [task for task in self.live_threads(caller.group) if task is not caller and task.woken]
        return super().take_zombie(opts._replace(flags=opts.flags | WNOWAIT) if others else opts, child)


class S20B18WaitsOfOneThread(Kernel):
    """A wait sees only what the calling thread forked."""

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Look at one thread's children."""
        return [(self.tasks[tid], False) for tid in task.children] + [
            (self.tasks[tid], True) for tid in task.ptraced
        ]


class B18ChildrenOfThreadsGoToInit(Kernel):
    """The children of a thread that ends are init's, though its process lives."""

    def find_reaper(self, father: Task) -> Task:
        """Pass over the sibling threads."""
        return self.tasks[1]


class B67B69ThreadsAreChildren(Kernel):
    """The threads of a child can be waited for, each by its id."""

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Add them."""
        found = super().candidates(task, opts)
        children = [child for child, traced in found if not traced]
        return found + [
            (thread, False)
            for child in children
            for thread in self.all_threads(child.group)
            if thread is not child
        ]


class B67OwnThreadsAreChildren(Kernel):
    """A process can wait for its own threads."""

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Add them."""
        threads = self.all_threads(task.group)
        return super().candidates(task, opts) + [(thread, False) for thread in threads if thread is not task]


class B69StopsAreOfThreads(Kernel):
    """A wait for a stop gives the id of a thread."""

    def take_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Name the youngest."""
        report = super().take_stop(opts, child)
        return report and report._replace(pid=child.group.threads[-1])


class B79AnyChildWillDo(Kernel):
    """A thread that waits for one child takes another that ends."""

    def eligible_pid(self, opts: WaitOpts, child: Task) -> bool:
        """Look at the parent's threads, not at the id."""
        parent = self.tasks[child.parent]
        return super().eligible_pid(opts, child) or len(parent.group.threads) > 1


class OneWaiterIsWoken(Kernel):
    """Of several threads that wait for a child only one is woken by its end."""

    def wake_waiters(self, child: Task, parent: Task) -> None:
        """Wake the first."""
        super().wake_waiters(child, parent)
        for task in [task for task in self.live_threads(parent.group) if task.woken][1:]:
            task.woken = False


class LeadersChildrenFirst(Kernel):
    """A wait looks at the leader's children first, whoever calls."""

    def threads_from(self, task: Task) -> list[Task]:
        """Begin with the leader."""
        return self.all_threads(task.group)


class InheritedZombiesWake(Kernel):
    """A sleeping thread hears of a dead child that another thread leaves it."""

    def orphan_children(self, father: Task) -> None:
        """Wake it."""
        super().orphan_children(father)
        for thread in self.live_threads(father.group):
            thread.woken = thread.woken or thread.waiting is not None


class ThreadsUseWhatTheProcessUses(Kernel):
    """RUSAGE_THREAD is RUSAGE_SELF."""

    def sys_getrusage(self, task: Task, who: int, rusage: int) -> Fields:
        """Take the one for the other."""
        return super().sys_getrusage(task, 0 if who == 1 else who, rusage)


class OnlyTheLeaderIsCounted(Kernel):
    """What other threads use is nobody's."""

    def sys_work(self, task: Task, faults: int) -> Fields:
        """Count for the leader alone."""
        return super().sys_work(task, faults if task.tid == task.group.tgid else 0)


# -- who takes a signal --------------------------------------------------------------------------


class OnlyTheNamedThreadTakes(Kernel):
    """A signal for the process waits for the thread that was named."""

    def choose_taker(self, signo: int, task: Task, *, thread_only: bool) -> Task | None:
        """Ask nobody else."""
        return super().choose_taker(signo, task, thread_only=True)


class LeadersTakeAll(Kernel):
    """A signal for the process goes to the leader first, whatever id was given."""

    def send_to_process(
        self, info: SigInfo, group: ThreadGroup, *, force: bool = False, via: Task | None = None
    ) -> str | None:
        """Forget the thread."""
        return super().send_to_process(info, group, force=force)


class ThreadIdsAreNoProcesses(Kernel):
    """kill of a thread's id gives ESRCH."""

    def find_process(self, pid: int) -> ThreadGroup | None:
        """Look for leaders only."""
        return self.groups.get(pid)


class RoundsBeginAtTheLeader(Kernel):
    """Nobody remembers which thread took the last signal."""

    def choose_taker(self, signo: int, task: Task, *, thread_only: bool) -> Task | None:
        """Begin anew."""
        task.group.curr_target = task.group.tgid
        return super().choose_taker(signo, task, thread_only=thread_only)


class RoundsBeginAtTheLeaderAfterAnEnd(Kernel):
    """When the thread that took the last signal ends, the round begins anew."""

    def release(self, task: Task) -> None:
        """Set it back."""
        if task.group.curr_target == task.tid:
            task.group.curr_target = task.group.tgid
        super().release(task)


class EverybodyIsTold(Kernel):
    """All threads look for a signal that one is to take."""

    def complete_signal(self, signo: int, task: Task, *, thread_only: bool) -> None:
        """Tell them."""
        super().complete_signal(signo, task, thread_only=thread_only)
        for thread in self.live_threads(task.group):
            thread.notified = thread.notified or not thread_only


class MasksAreNoReasonToLook(Kernel):
    """A thread that changes its mask does not find what is pending for the process."""

    def set_mask(self, task: Task, mask: int) -> None:
        """Look no more than before."""
        told = task.notified
        super().set_mask(task, mask)
        task.notified = told


class NewTasksAreNoReasonToLook(Kernel):
    """A thread that makes a task does not find what is pending for the process."""

    def clone_into(
        self, task: Task, name: str, exit_signal: int, flags: int, number: int = 0
    ) -> Fields | None:
        """Hide it."""
        pending, task.group.pending = task.group.pending, ()
        result = super().clone_into(task, name, exit_signal, flags, number)
        task.group.pending = pending
        return result


class NothingIsPassedOn(Kernel):
    """A signal that a thread was to take is lost to the others when it ends or blocks it."""

    def pass_on(self, task: Task, mask: int) -> None:
        """Keep it."""


class VforkIsLeftOut(Kernel):
    """A thread that sleeps in vfork is not chosen for a signal."""

    def wants_signal(self, signo: int, task: Task) -> bool:
        """Pass it over."""
        return not task.vfork_child and super().wants_signal(signo, task)


class DeadLeadersTake(Kernel):
    """A signal for the process goes to its leader, dead or not."""

    def wants_signal(self, signo: int, task: Task) -> bool:
        """Take the dead for the living."""
        return task.tid == task.group.tgid or super().wants_signal(signo, task)


class DeadLeadersAreNobody(Kernel):
    """tgkill of a leader that has ended gives ESRCH."""

    def sys_tgkill(self, task: Task, tgid: int, tid: int, signo: int) -> Fields:
        """Pass it over."""
        target = self.tasks.get(tid)
        if target is not None and self.is_dying(target):
            return failure("ESRCH")
        return super().sys_tgkill(task, tgid, tid, signo)


class DirectedSignalsAreShared(Kernel):
    """What tgkill sends is pending for the process."""

    def send_to_thread(self, info: SigInfo, task: Task) -> str | None:
        """Send it as kill does."""
        return self.send_to_process(info, task.group, via=task)


class DirectedSignalsOutliveTheirThread(Kernel):
    """What is pending for a thread is the process's when it ends."""

    def leave_signals(self, task: Task) -> None:
        """Hand it over."""
        task.group.pending += task.pending
        super().leave_signals(task)
        for thread in self.live_threads(task.group):
            thread.notified = True


class SharedSignalsFirst(Kernel):
    """A thread takes what is pending for the process before its own."""

    def dequeue(self, task: Task, wanted: int) -> tuple[SigInfo, bool] | None:
        """Put its own aside."""
        if pending_set(task.group.pending) & wanted:
            own, task.pending = task.pending, ()
            taken = super().dequeue(task, wanted)
            task.pending = own
            return taken
        return super().dequeue(task, wanted)


class NewThreadsInheritSignals(Kernel):
    """A new thread begins with what was pending for its maker."""

    def fork(self, parent: Task, name: str, exit_signal: int, flags: int = 0) -> Task:
        """Copy the queue."""
        child = super().fork(parent, name, exit_signal, flags)
        if child.group is parent.group:
            child.pending = parent.pending
        return child


class MasksAreOfTheProcess(Kernel):
    """sigprocmask changes the mask of all threads."""

    def set_mask(self, task: Task, mask: int) -> None:
        """Set them all."""
        for thread in self.live_threads(task.group):
            super().set_mask(thread, mask)


class NewThreadsBlockNothing(Kernel):
    """A new thread begins with an empty mask."""

    def fork(self, parent: Task, name: str, exit_signal: int, flags: int = 0) -> Task:
        """Empty it."""
        child = super().fork(parent, name, exit_signal, flags)
        if child.group is parent.group:
            child.blocked = 0
        return child


class HandlersInterruptAll(Kernel):
    """A handler ends the sleeping calls of all threads with EINTR."""

    def push_frame(self, task: Task, info: SigInfo, action: Action) -> None:
        """Break them off."""
        super().push_frame(task, info, action)
        for thread in self.live_threads(task.group):
            if thread.phase is Phase.BLOCKED:
                thread.waiting, thread.restart = None, Restart.NONE
                thread.result, thread.phase = failure("EINTR"), Phase.RETURNING


class IgnoringEmptiesOneQueue(Kernel):
    """What is pending for single threads stays when it is ignored, or superseded by SIGCONT."""

    def discard(self, group: ThreadGroup, mask: int) -> None:
        """Empty the process's queue."""
        group.pending = without(group.pending, mask)


class AnyBlockKeepsTheIgnored(Kernel):
    """An ignored signal is kept if any thread blocks it."""

    def sig_ignored(self, signo: int, task: Task, *, force: bool) -> bool:
        """Ask them all."""
        blocked = any(thread.blocked & bit(signo) for thread in self.live_threads(task.group))
        return not blocked and super().sig_ignored(signo, task, force=force)


class SigtimedwaitDisturbsNobody(Kernel):
    """A second thread in sigtimedwait sleeps on when the first gets the signal."""

    def block_again(self, task: Task) -> None:
        """Tell nobody of what is blocked again."""
        task.blocked, task.real_blocked = task.real_blocked, 0
        self.look_for_signals(task)


class SigchldForTheLeader(Kernel):
    """SIGCHLD goes to the leader first, whichever thread made the child."""

    def send_to_process(
        self, info: SigInfo, group: ThreadGroup, *, force: bool = False, via: Task | None = None
    ) -> str | None:
        """Forget the maker."""
        maker = None if info.signo == SIGCHLD else via
        return super().send_to_process(info, group, force=force, via=maker)


class ThreadsAnnounceTheirEnd(Kernel):
    """A thread that ends sends its process SIGCHLD."""

    def leave_signals(self, task: Task) -> None:
        """Send it."""
        super().leave_signals(task)
        if task.tid != task.group.tgid and not task.group.group_exit:
            self.send_to_process(SigInfo(SIGCHLD, 1, task.tid), task.group)


# -- ids -----------------------------------------------------------------------------------------


class IdsAreOfTheProcess(Kernel):
    """setresuid changes the ids of all threads."""

    def sys_setresuid(self, task: Task, *ids: int) -> Fields:
        """Change them all."""
        result = super().sys_setresuid(task, *ids)
        for thread in self.live_threads(task.group):
            thread.ids = task.ids
        return result


class PermissionByTheLeader(Kernel):
    """Whether a signal may be sent is asked of the leader's ids."""

    def may_signal(self, signo: int, sender: Task, target: Task) -> bool:
        """Ask the leader."""
        return super().may_signal(signo, sender, self.leader(target.group))


class PermissionWithinAProcess(Kernel):
    """A thread needs leave to signal another of its process."""

    def may_signal(self, signo: int, sender: Task, target: Task) -> bool:
        """Ask as of a stranger."""
        own = sender is target or sender.group is not target.group
        return super().may_signal(signo, sender, target) if own else self.ids_permit(sender.ids, target.ids)


class LeadersUidIsTold(Kernel):
    """si_uid is that of the sender's leader."""

    def uid_told(self, task: Task) -> int:
        """Ask the leader."""
        return self.leader(task.group).ids.ruid


class ThreadsAreTold(Kernel):
    """si_pid is the id of the thread that sent."""

    def as_told(self, info: SigInfo, receiver: int) -> SigInfo:
        """Put it in."""
        caller = self.tasks.get(self.current)
        if caller is not None and info.pid == caller.group.tgid:
            info = info._replace(pid=caller.tid)
        return super().as_told(info, receiver)


class SetsidIsForLeaders(Kernel):
    """setsid of a thread fails."""

    def setsid(self, caller: Task) -> str | None:
        """Refuse."""
        return super().setsid(caller) if caller.tid == caller.group.tgid else "EPERM"


# -- ends and stops ------------------------------------------------------------------------------


class B49SleepersLiveOn(Kernel):
    """Threads that sleep in a call outlive the end of their process."""

    def kill_thread(self, task: Task) -> None:
        """Let them sleep."""
        if task.phase is not Phase.BLOCKED or len(task.group.threads) == 1:
            super().kill_thread(task)

    def signal_pending(self, task: Task) -> bool:
        """Do not wake them."""
        asleep = task.phase is Phase.BLOCKED and task.group.group_exit and not task.fatal
        return not asleep and super().signal_pending(task)


class B51SiblingsDecideTheStatus(Kernel):
    """A process that a signal ends has the status of the threads that were killed for it."""

    def begin_group_exit(self, group: ThreadGroup, status: int) -> None:
        """Take SIGKILL where there are others."""
        super().begin_group_exit(group, SIGKILL if len(group.threads) > 1 else status)


class FatalSignalsEndOneThread(Kernel):
    """A signal that was directed at a thread ends that thread only."""

    def complete_signal(self, signo: int, task: Task, *, thread_only: bool) -> None:
        """Spare the others."""
        if thread_only and self.is_fatal(signo, task) and self.wants_signal(signo, task):
            self.begin_exit(task, signo)
        else:
            super().complete_signal(signo, task, thread_only=thread_only)


class B50StopsAreOfEachThread(Kernel):
    """A stop can be waited for as soon as the first thread has stopped."""

    def take_part_in_stop(self, task: Task) -> bool:
        """Do not count the others."""
        task.group.stop_count = min(task.group.stop_count, 1)
        return super().take_part_in_stop(task)


class B67StopsAreOfOneThread(Kernel):
    """A stop signal stops the thread that takes it."""

    def begin_stop_alone(self, task: Task, signo: int) -> None:
        """Count it alone."""
        group = task.group
        group.group_exit_code, group.stop_count = signo, 1
        self.set_jobctl(task, signo | Jobctl.STOP_PENDING | Jobctl.STOP_CONSUME)

    def stop(self, task: Task, signo: int) -> None:
        """Leave the others be."""
        self.begin_stop_alone(task, signo)
        self.join_stop(task)


class B67ContinuesOneThread(Kernel):
    """SIGCONT lets go on only the thread that was named."""

    def prepare_signal(self, signo: int, task: Task, *, force: bool) -> bool:
        """Keep the others stopped."""
        stopped = [
            thread for thread in self.live_threads(task.group) if thread.stopped and thread is not task
        ]
        queued = super().prepare_signal(signo, task, force=force)
        for thread in stopped:
            thread.stopped = True
        return queued


class B50EndsCompleteNoStop(Kernel):
    """A stop is not complete when the last thread that was to stop ends."""

    def leave_signals(self, task: Task) -> None:
        """Do not count it off."""
        self.clear_jobctl(task, Jobctl.STOP_PENDING)
        super().leave_signals(task)


class EarlyContinuesAreContinues(Kernel):
    """SIGCONT before all threads have stopped is told as a continue."""

    def resume(self, group: ThreadGroup) -> None:
        """Tell so."""
        super().resume(group)
        if group.cld_pending == CLD_STOPPED:
            group.cld_pending = CLD_CONTINUED


class EarlyContinuesAreNothing(Kernel):
    """SIGCONT before all threads have stopped is not told, and cannot be waited for."""

    def resume(self, group: ThreadGroup) -> None:
        """Forget the stop."""
        if not group.stop_stopped:
            group.stop_count = 0
        super().resume(group)


class NewbornsGoOn(Kernel):
    """A thread that is born in a stopped process does not stop."""

    def join_stop_at_birth(self, parent: Task, child: Task) -> None:
        """Let it be."""


class NewbornsAlwaysStop(Kernel):
    """A new process stops with its maker's."""

    def clone_into(
        self, task: Task, name: str, exit_signal: int, flags: int, number: int = 0
    ) -> Fields | None:
        """Make it although a signal is pending."""
        pending = task.notified, task.jobctl
        task.notified, task.jobctl = False, 0
        result = super().clone_into(task, name, exit_signal, flags, number)
        task.notified, task.jobctl = pending
        return result


class TerminalAsksTheLeader(Kernel):
    """Whether a background read fails is decided by the leader's mask."""

    def is_refused_signal(self, task: Task, signo: int) -> bool:
        """Ask it."""
        return super().is_refused_signal(self.leader(task.group), signo)


class TerminalGoesWithTheLeader(Kernel):
    """A session loses its terminal when the leading thread of its leader ends."""

    def leave_signals(self, task: Task) -> None:
        """Take it away."""
        super().leave_signals(task)
        if task.tid == task.group.tgid:
            self.leave_terminal(task.group)


class CgroupsHoldThreads(Kernel):
    """A thread's id cannot be written to cgroup.procs."""

    def sys_cgroup_join(self, caller: Task, pid: int, place: int) -> Fields:
        """Look for leaders only."""
        if pid and pid not in self.groups:
            return outcome("ESRCH")
        return super().sys_cgroup_join(caller, pid, place)


class B50StopsTellEachThread(Kernel):
    """The parent gets SIGCHLD for each thread that stops."""

    def join_stop(self, task: Task) -> None:
        """Tell of each."""
        told = len(task.telling)
        super().join_stop(task)
        if len(task.telling) == told and not task.tracing.tracer:
            task.telling += (Notice(CLD_STOPPED),)


class WaitersGiveUp(Kernel):
    """A thread that waits for any child gives ECHILD when another has taken the one that ended."""

    def attempt(self, task: Task) -> None:
        """Do not sleep again."""
        slept = task.waiting is not None and not task.waiting.flags & WNOHANG
        super().attempt(task)
        if slept and task.waiting is not None and len(task.group.threads) > 1:
            task.waiting = None
            task.result, task.phase = failure("ECHILD"), Phase.RETURNING
