"""Rules of threads: their signals, stops and waits, overdone."""

from __future__ import annotations

from conformance.abi.signals import SIG_IGN, SIGCHLD, SIGCONT
from conformance.abi.waiting import CLD_STOPPED, WNOTHREAD
from conformance.reference.signals import pending_set
from conformance.reference.task import (
    OUTSIDE,
    Jobctl,
    Notice,
    Restart,
    SigInfo,
    Task,
    ThreadGroup,
    WaitOpts,
)
from conformance.reference.wait import failure
from conformance.trace import Fields
from tests.overreach.overreach import Overreach
from tests.variants.thread_signals import (
    B50EndsCompleteNoStop,
    DirectedSignalsAreShared,
    DirectedSignalsOutliveTheirThread,
    MasksAreNoReasonToLook,
    MasksAreOfTheProcess,
    OnlyTheNamedThreadTakes,
    PermissionWithinAProcess,
    ThreadsAnnounceTheirEnd,
    WaitersGiveUp,
)


class TheNamedThreadTakesEvenWhatItBlocks(Overreach, OnlyTheNamedThreadTakes):
    """A signal waits for the thread that was named, though that blocks it and others would take it."""

    RULES = ("THREAD-020",)


class AlwaysTheNextThread(Overreach):
    """Each signal for the process goes to the thread after the one that took the last."""

    RULES = ("THREAD-021", "KILL-036")

    def choose_taker(self, signo: int, task: Task, *, thread_only: bool) -> Task | None:
        """Begin with the next."""
        group = task.group
        if thread_only or len(group.threads) == 1:
            return super().choose_taker(signo, task, thread_only=thread_only)
        group.curr_target = self.next_thread(self.tasks[group.curr_target]).tid
        return super().choose_taker(signo, self.tasks[group.curr_target], thread_only=False)


class NobodyEverFindsAnothersSignal(Overreach, MasksAreNoReasonToLook):
    """What one thread is to take no other finds, whatever it does."""

    RULES = ("THREAD-022", "THREAD-083")


class DirectedSignalsArePassedOn(Overreach, DirectedSignalsOutliveTheirThread):
    """What was directed at a thread that ends is another's too."""

    RULES = ("THREAD-023",)


class MasksAreCommon(Overreach, MasksAreOfTheProcess):
    """Threads share their masks as they share the actions."""

    RULES = ("THREAD-024",)


class EverySignalIsShared(Overreach, DirectedSignalsAreShared):
    """All signals are the process's, those of tgkill too."""

    RULES = ("THREAD-026", "KILL-031", "THREAD-082")


class SignalsByThreadIdAreDirected(Overreach):
    """kill of a thread's id is as good as tgkill."""

    RULES = ("THREAD-027", "KILL-030")

    def send_to_process(
        self, info: SigInfo, group: ThreadGroup, *, force: bool = False, via: Task | None = None
    ) -> str | None:
        """Direct it."""
        if via is not None and via.tid != group.tgid and info.signo != SIGCHLD:
            return self.send_to_thread(info, via)
        return super().send_to_process(info, group, force=force, via=via)


class OwnSignalsInOrderOfArrival(Overreach):
    """A thread takes its own signals in the order in which they came."""

    RULES = ("THREAD-028",)

    def dequeue(self, task: Task, wanted: int) -> tuple[SigInfo, bool] | None:
        """Take the first."""
        own = [info for info in task.pending if pending_set((info,)) & wanted]
        return super().dequeue(task, pending_set((own[0],)) if own else wanted)


class IgnoredSignalsInterrupt(Overreach):
    """A signal that the process ignores interrupts a thread."""

    RULES = ("THREAD-029",)

    def sig_ignored(self, signo: int, task: Task, *, force: bool) -> bool:
        """Send it on."""
        return False

    def act_on(self, task: Task, info: SigInfo) -> None:
        """Forget to restart."""
        if task.group.action(info.signo).handler == SIG_IGN:
            task.restart = Restart.NONE
        super().act_on(task, info)


class BlockedFatalSignalsEndAll(Overreach):
    """A fatal signal that is directed at a thread ends the process, blocked or not."""

    RULES = ("THREAD-061", "JOBCTL-023")

    def complete_signal(self, signo: int, task: Task, *, thread_only: bool) -> None:
        """Do not look at the mask."""
        super().complete_signal(signo, task, thread_only=thread_only)
        if thread_only and self.is_fatal(signo, task) and not task.group.group_exit:
            self.begin_group_exit(task.group, signo)


class EveryActionEmptiesQueues(Overreach):
    """sigaction takes what is pending out of the queues of all threads, also for a handler."""

    RULES = ("THREAD-063",)

    def sys_sigaction(self, task: Task, signo: int, handler: int, flags: int, mask: int) -> Fields:
        """Empty them."""
        self.discard(task.group, 1 << (signo - 1))
        return super().sys_sigaction(task, signo, handler, flags, mask)


class EverySleeperForSignalsIsDisturbed(Overreach):
    """All threads in a call are told when one has got the signal it waited for."""

    RULES = ("THREAD-065",)

    def block_again(self, task: Task) -> None:
        """Tell them."""
        super().block_again(task)
        for thread in self.live_threads(task.group):
            thread.notified = True


class EveryEndIsAnnounced(Overreach, ThreadsAnnounceTheirEnd):
    """SIGCHLD tells of the end of threads too."""

    RULES = ("THREAD-066",)


class IdsStayWithTheirThread(Overreach):
    """What a thread makes has the ids of the leader."""

    RULES = ("THREAD-067",)

    def fork(self, parent: Task, name: str, exit_signal: int, flags: int = 0) -> Task:
        """Take the leader's."""
        child = super().fork(parent, name, exit_signal, flags)
        child.ids = self.leader(parent.group).ids
        return child


class ThreadsAreStrangersToEachOther(Overreach, PermissionWithinAProcess):
    """The ids of single threads decide within a process too."""

    RULES = ("THREAD-068", "THREAD-069")


class LosersGiveUp(Overreach, WaitersGiveUp):
    """A thread that did not get the child that ended gives ECHILD, though there are others."""

    RULES = ("WAIT-090",)


class OnlyLeadersHaveTheirOwn(Overreach):
    """Under __WNOTHREAD only a leader has children."""

    RULES = ("WAIT-086",)

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Hide a thread's own."""
        hidden = bool(opts.flags & WNOTHREAD) and task.tid != task.group.tgid
        return [] if hidden else super().candidates(task, opts)


class SharersOfMemoryAreThreads(Overreach):
    """A child without an exit signal is no more to be waited for than a thread."""

    RULES = ("WAIT-087",)

    def eligible_child(self, opts: WaitOpts, child: Task) -> bool:
        """Pass it over."""
        return child.exit_signal == SIGCHLD and super().eligible_child(opts, child)


class YoungestChildFirst(Overreach):
    """A wait begins with what was made last, also among the children of one thread."""

    RULES = ("WAIT-089",)

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Turn them round."""
        return super().candidates(task, opts)[::-1]


class MadeElsewhereIsForeign(Overreach):
    """Under __WNOTHREAD a child that came from another thread stays unseen."""

    RULES = ("WAIT-088", "THREAD-071")

    def orphan_children(self, father: Task) -> None:
        """Give it away."""
        children = [self.tasks[tid] for tid in father.children]
        super().orphan_children(father)
        for child in children:
            reaper = self.tasks.get(child.parent)
            if reaper is not None and reaper.group is father.group:
                reaper.children = tuple(tid for tid in reaper.children if tid != child.tid)


class ThreadsStopEverybody(Overreach):
    """A stop signal for one thread stops the process whether or not it is blocked."""

    RULES = ("JOBCTL-020",)

    def begin_stop(self, task: Task, signo: int) -> None:
        """Stop them."""
        task.jobctl |= Jobctl.STOP_DEQUEUED
        self.stop(task, signo)

    def complete_signal(self, signo: int, task: Task, *, thread_only: bool) -> None:
        """Do not look at the mask."""
        super().complete_signal(signo, task, thread_only=thread_only)
        if thread_only and signo in (20, 21) and task.blocked:
            self.begin_stop(task, signo)


class OneStopEver(Overreach):
    """A process with threads has one stop to wait for in its life."""

    RULES = ("JOBCTL-021",)

    def report_stop(self, task: Task) -> None:
        """Tell of the first."""
        again = task.group.stop_continued
        super().report_stop(task)
        if again:
            task.group.group_exit_code = 0


class ContinuesChildrenToo(Overreach):
    """SIGCONT lets the children of a process go on with it."""

    RULES = ("JOBCTL-022",)

    def resume(self, group: ThreadGroup) -> None:
        """Let them go on."""
        super().resume(group)
        for task in self.all_threads(group):
            for tid in task.children:
                super().resume(self.tasks[tid].group)


class StopsWaitForTheDead(Overreach, B50EndsCompleteNoStop):
    """A stop waits for threads that end instead of stopping."""

    RULES = ("JOBCTL-026",)


class AnyEndCompletesTheStop(Overreach):
    """A stop is complete when any thread that has still to stop ends."""

    RULES = ("THREAD-060",)

    def leave_signals(self, task: Task) -> None:
        """Do not count the others."""
        if task.jobctl & Jobctl.STOP_PENDING:
            task.group.stop_count = 1
        super().leave_signals(task)


class EveryContinueTellsAStop(Overreach):
    """The parent is told of a stop, not of the continue, however many had stopped."""

    RULES = ("THREAD-075",)

    def tell_of_continue(self, task: Task) -> None:
        """Tell so."""
        task.group.cld_pending = 0
        task.telling += (Notice(CLD_STOPPED),)


class NewThreadsStopForEver(Overreach):
    """A new thread stops for a stop that is over."""

    RULES = ("THREAD-076",)

    def join_stop_at_birth(self, parent: Task, child: Task) -> None:
        """Look at the past."""
        super().join_stop_at_birth(parent, child)
        child.stopped = child.stopped or child.group.stop_continued


class ContinueEmptiesQueues(Overreach):
    """SIGCONT takes all signals out of the queues of all threads."""

    RULES = ("THREAD-077",)

    def prepare_signal(self, signo: int, task: Task, *, force: bool) -> bool:
        """Empty them."""
        if signo == SIGCONT:
            self.discard(task.group, ~0)
        return super().prepare_signal(signo, task, force=force)


class OnlyLeadersUseNoMore(Overreach):
    """RUSAGE_CHILDREN, like RUSAGE_THREAD, is the thread's own."""

    RULES = ("THREAD-073", "THREAD-074")

    def sys_getrusage(self, task: Task, who: int, rusage: int) -> Fields:
        """Give a thread nothing of the kind."""
        foreign = who == -1 and task.tid != task.group.tgid
        return super().sys_getrusage(task, 1 if foreign else who, rusage)


class ThreadsNeverReadFromTheBackground(Overreach):
    """A background read of a thread fails whatever its mask."""

    RULES = ("THREAD-078",)

    def is_refused_signal(self, task: Task, signo: int) -> bool:
        """Refuse it."""
        return task.tid != task.group.tgid or super().is_refused_signal(task, signo)


class AnyEndHangsUp(Overreach):
    """Any thread of a session's leader that ends takes the terminal along."""

    RULES = ("THREAD-079",)

    def leave_signals(self, task: Task) -> None:
        """Take it away."""
        super().leave_signals(task)
        self.leave_terminal(task.group)


class CgroupsHoldFamilies(Overreach):
    """The children of a process move with it."""

    RULES = ("THREAD-080",)

    def sys_cgroup_join(self, caller: Task, pid: int, place: int) -> Fields:
        """Move them."""
        result = super().sys_cgroup_join(caller, pid, place)
        for task in self.tasks.values():
            parent = self.tasks.get(task.parent)
            if parent is not None and parent.group.cgroup != OUTSIDE:
                task.group.cgroup = place
        return result


class ThreadsOfTheDeadAreNobody(Overreach):
    """tgkill gives ESRCH where the leader has ended."""

    RULES = ("THREAD-081",)

    def sys_tgkill(self, task: Task, tgid: int, tid: int, signo: int) -> Fields:
        """Look at the leader."""
        leader = self.tasks.get(tgid)
        if leader is not None and self.is_dying(leader):
            return failure("ESRCH")
        return super().sys_tgkill(task, tgid, tid, signo)


class ThreadsHaveGroups(Overreach):
    """setpgid takes the id of a thread for a group's."""

    RULES = ("THREAD-072",)

    def setpgid(self, caller: Task, pid: int, pgid: int) -> str | None:
        """Take its process's."""
        group = self.find_process(pgid) if pgid > 0 else None
        return super().setpgid(caller, pid, group.tgid if group is not None else pgid)
