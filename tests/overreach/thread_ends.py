"""Rules of the end of threads and of their process, overdone."""

from __future__ import annotations

from conformance.abi.signals import SIG_IGN, SIGCHLD
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import ExitState, WaitOpts
from tests.overreach.overreach import Overreach


class BlockedSignalsAreFatalToo(Overreach):
    """A deadly signal ends the process though the thread that it was sent to blocks it."""

    RULES = ("THREAD-033", "ZOMBIE-110")

    def wants_signal(self, signo: int, task: Task) -> bool:
        """Do not look at the mask."""
        return super().wants_signal(signo, task) or (not self.is_dying(task) and self.is_fatal(signo, task))


class DeadProcessesAreGone(Overreach):
    """The number of a process is nobody's as soon as all its threads have ended."""

    RULES = ("THREAD-034", "ZOMBIE-103")

    def find_process(self, pid: int) -> ThreadGroup | None:
        """Pass over it."""
        group = super().find_process(pid)
        return group if group is not None and self.live_threads(group) else None


class EndsTakeAllSignals(Overreach):
    """The end of a thread takes all pending signals of its process along."""

    RULES = ("THREAD-035",)

    def finish_exit(self, task: Task) -> None:
        """Throw them away."""
        super().finish_exit(task)
        for thread in self.live_threads(task.group):
            thread.pending = ()


class TheEndIsToldToNobody(Overreach):
    """A process ends without a word, as a thread does."""

    RULES = ("THREAD-039", "ZOMBIE-101")

    def notify_parent_of_exit(self, task: Task, signo: int) -> bool:
        """Say nothing."""
        return super().notify_parent_of_exit(task, 0)


class StopsWaitForNobody(Overreach):
    """A process has stopped when its first thread has."""

    RULES = ("THREAD-042",)

    def join_stop(self, task: Task) -> None:
        """Do not count the others."""
        task.group.stop_count = min(task.group.stop_count, 1)
        super().join_stop(task)


class FieldIsTheProcesssAlways(Overreach):
    """Field 52 is 0 while any thread lives."""

    RULES = ("ZOMBIE-017",)

    def shown_exit_code(self, task: Task) -> int:
        """Look at the process alone."""
        return super().shown_exit_code(task) if task.group.group_exit else 0


class NoZombieIsToBeWaitedFor(Overreach):
    """A process whose first thread has ended is not to be waited for, be it the only one."""

    RULES = ("ZOMBIE-100", "ZOMBIE-102")

    def outlived_by_threads(self, child: Task) -> bool:
        """Do not look for the others."""
        return child.tid == child.group.tgid


class WaitableByAnyThreadsEnd(Overreach):
    """A process is waitable when a thread made later than the first has ended last once."""

    RULES = ("ZOMBIE-104", "ZOMBIE-107", "ZOMBIE-108")

    def finish_exit(self, task: Task) -> None:
        """End the process with the thread that ends after the first."""
        super().finish_exit(task)
        group = task.group
        leader = self.tasks.get(group.tgid)
        if leader is not None and leader.exit_state is ExitState.ZOMBIE and self.live_threads(group):
            self.begin_group_exit(group, task.exit_code)


class SigchldTellsTheStatus(Overreach):
    """SIGCHLD tells the status of the process, not the code in it."""

    RULES = ("ZOMBIE-109",)

    def notify_parent_of_exit(self, task: Task, signo: int) -> bool:
        """Take the one for the other."""
        task.exit_code <<= 8
        reaped = super().notify_parent_of_exit(task, signo)
        task.exit_code >>= 8
        return reaped


class TheFirstCodeCounts(Overreach):
    """The code of the first thread to end is the status, whichever it is."""

    RULES = ("ZOMBIE-106",)

    def begin_exit(self, task: Task, status: int) -> None:
        """Remember it."""
        group = task.group
        group.group_exit_code = group.group_exit_code or status
        super().begin_exit(task, group.group_exit_code)


class DeadStopAndContinue(Overreach):
    """A process all of whose threads have ended stops and continues too."""

    RULES = ("ZOMBIE-111", "ZOMBIE-112")

    def may_report_later(self, opts: WaitOpts, child: Task) -> bool:
        """Hope for it."""
        return child.group.threads == (child.tid,) or super().may_report_later(opts, child)


class DefaultReapsFirstThreads(Overreach):
    """A process whose first thread ended early vanishes with the last under the default action too."""

    RULES = ("ZOMBIE-115",)

    def notice_lone_leader(self, group: ThreadGroup) -> None:
        """Reap it."""
        leader = self.leader(group)
        parent = self.tasks.get(leader.parent)
        if parent is not None and group.threads == (group.tgid,) and leader.exit_state is ExitState.ZOMBIE:
            action = parent.group.action(SIGCHLD)
            self.set_action(parent.group, SIGCHLD, action._replace(handler=SIG_IGN))
        super().notice_lone_leader(group)


class FirstCodeIsForEver(Overreach):
    """The first thing that a thread of the process said is its status, whatever ends it."""

    RULES = ("ZOMBIE-116",)

    def mark_group_exit(self, group: ThreadGroup, status: int) -> None:
        """Take what the first thread has left."""
        leader = self.tasks.get(group.tgid)
        early = leader is not None and leader.exit_state is ExitState.ZOMBIE
        super().mark_group_exit(group, leader.exit_code if leader is not None and early else status)
