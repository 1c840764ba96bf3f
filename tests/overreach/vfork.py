"""Rules of vfork, overdone."""

from __future__ import annotations

from conformance.abi.processes import CLONE_THREAD, CLONE_VFORK, CLONE_VM
from conformance.reference.cloning import CloneArgs
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import Phase
from conformance.trace import Fields
from tests.overreach.overreach import Overreach


class EveryEndOfSleepIsAnEnd(Overreach):
    """A vfork parent wakes up for its child's stop as for its end."""

    RULES = ("THREAD-005",)

    def join_stop(self, task: Task) -> None:
        """Give up the memory."""
        self.release_memory(task)
        super().join_stop(task)


class StoppedVforkChildHoldsItsParent(Overreach):
    """Of a vfork child that was stopped the end is no end."""

    RULES = ("THREAD-006",)

    def join_stop(self, task: Task) -> None:
        """Forget who waits."""
        task.vfork_parent = 0
        super().join_stop(task)


class VforkWaitsForAllWhoShare(Overreach):
    """A vfork parent waits for its child's children too."""

    RULES = ("THREAD-007",)

    def release_memory(self, task: Task) -> None:
        """Let a child of the child do it."""
        heirs = [self.tasks[tid] for tid in task.children]
        if heirs and not task.vfork_child:
            heirs[0].vfork_parent, task.vfork_parent = task.vfork_parent, 0
        super().release_memory(task)


class ThreadsHoldTheVforkParent(Overreach):
    """The parent sleeps until the last thread of its vfork child has ended."""

    RULES = ("THREAD-008",)

    def release_memory(self, task: Task) -> None:
        """Let another thread do it."""
        heir = self.find_alive_thread(task)
        parent = self.tasks.get(task.vfork_parent)
        if heir is not None and parent is not None:
            parent.vfork_child, heir.vfork_parent, task.vfork_parent = heir.tid, parent.tid, 0
        super().release_memory(task)


class SharedMemoryPutsToSleep(Overreach):
    """CLONE_VM puts the caller to sleep as CLONE_VFORK does."""

    RULES = ("THREAD-016", "ZOMBIE-145", "ZOMBIE-132", "ZOMBIE-133")

    def clone_into(self, task: Task, name: str, args: CloneArgs) -> Fields | None:
        """Ask for it, unless it makes a thread."""
        flags = args.flags
        sleeps = CLONE_VFORK if flags & CLONE_VM and not flags & CLONE_THREAD else 0
        return super().clone_into(task, name, args._replace(flags=flags | sleeps))


class SleepersInWaitAreDeaf(Overreach):
    """A parent asleep in a wait can be killed, and neither stopped nor disturbed."""

    RULES = ("THREAD-017",)

    def can_run(self, task: Task) -> bool:
        """Let it sleep."""
        deaf = task.phase is Phase.BLOCKED and task.waiting is not None
        return super().can_run(task) and (not deaf or task.woken or task.fatal)


class VforkChildrenMakeTheirParentsDie(Overreach):
    """A core dump too ends the parent at once."""

    RULES = ("THREAD-018",)

    def is_fatal(self, signo: int, task: Task) -> bool:
        """Take it for any deadly signal."""
        asleep = bool(task.vfork_child) and signo == 3
        return asleep or super().is_fatal(signo, task)


class SleepersSiblingsAreNotStopped(Overreach):
    """While one thread sleeps in vfork its siblings cannot be stopped."""

    RULES = ("THREAD-019",)

    def stop(self, task: Task, signo: int) -> None:
        """Pass over it."""
        if not any(thread.vfork_child for thread in self.live_threads(task.group)):
            super().stop(task, signo)


class SleepersHoldEveryStopUp(Overreach):
    """A thread asleep in any call keeps its process from being stopped."""

    RULES = ("THREAD-031",)

    def can_run(self, task: Task) -> bool:
        """Let it sleep."""
        several = len(task.group.threads) > 1 and task.jobctl and task.phase is Phase.BLOCKED
        return super().can_run(task) and not several


class VforkChildrenLeaveZombies(Overreach):
    """A vfork child can be waited for, whatever its parent says about SIGCHLD."""

    RULES = ("ZOMBIE-136",)

    def reaps_automatically(self, parent: ThreadGroup) -> bool:
        """Look at nobody's action."""
        return False
