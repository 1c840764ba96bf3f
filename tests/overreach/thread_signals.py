"""Rules of threads and their signals, overdone."""

from __future__ import annotations

from conformance.abi.signals import SIG_IGN, SIGCHLD
from conformance.reference.results import failure
from conformance.reference.sigsets import pending_set
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import Restart, SigInfo
from conformance.trace import Fields
from tests.overreach.overreach import Overreach
from tests.variants.thread_masks import MasksAreOfTheProcess, ThreadsAnnounceTheirEnd
from tests.variants.thread_signals import (
    DirectedSignalsAreShared,
    DirectedSignalsOutliveTheirThread,
    MasksAreNoReasonToLook,
    OnlyTheNamedThreadTakes,
    PermissionWithinAProcess,
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


class ThreadsOfTheDeadAreNobody(Overreach):
    """tgkill gives ESRCH where the leader has ended."""

    RULES = ("THREAD-081",)

    def sys_tgkill(self, task: Task, tgid: int, tid: int, signo: int) -> Fields:
        """Look at the leader."""
        leader = self.tasks.get(tgid)
        if leader is not None and self.is_dying(leader):
            return failure("ESRCH")
        return super().sys_tgkill(task, tgid, tid, signo)
