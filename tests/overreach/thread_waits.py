"""Rules of threads, their waits and stops, overdone."""

from __future__ import annotations

from conformance.abi.signals import SIGCHLD, SIGCONT
from conformance.abi.waiting import CLD_STOPPED, WNOTHREAD
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import OUTSIDE, Jobctl, Notice, WaitOpts
from conformance.trace import Fields
from tests.overreach.overreach import Overreach
from tests.variants.thread_stops import B50EndsCompleteNoStop
from tests.variants.thread_waits import WaitersGiveUp


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


class ThreadsHaveGroups(Overreach):
    """setpgid takes the id of a thread for a group's."""

    RULES = ("THREAD-072",)

    def setpgid(self, caller: Task, pid: int, pgid: int) -> str | None:
        """Take its process's."""
        group = self.find_process(pgid) if pgid > 0 else None
        return super().setpgid(caller, pid, group.tgid if group is not None else pgid)
