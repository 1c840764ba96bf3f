"""Threads: what of their signals they share, and who is disturbed by one."""

from __future__ import annotations

from conformance.abi.signals import SIGCHLD
from conformance.reference.kernel import Kernel
from conformance.reference.results import failure
from conformance.reference.sigsets import bit, without
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import Action, Phase, Restart, SigInfo


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
