"""Threads: who waits for whom, and who used what."""

from __future__ import annotations

from conformance.abi.waiting import WNOHANG, WNOWAIT
from conformance.reference.children import Report
from conformance.reference.kernel import Kernel
from conformance.reference.results import failure
from conformance.reference.task import Task
from conformance.reference.values import Phase, WaitOpts
from conformance.trace import Fields


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


class WaitersGiveUp(Kernel):
    """A thread that waits for any child gives ECHILD when another has taken the one that ended."""

    def attempt(self, task: Task) -> None:
        """Do not sleep again."""
        slept = task.waiting is not None and not task.waiting.flags & WNOHANG
        super().attempt(task)
        if slept and task.waiting is not None and len(task.group.threads) > 1:
            task.waiting = None
            task.result, task.phase = failure("ECHILD"), Phase.RETURNING
