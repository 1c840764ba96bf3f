"""Births: the flags of clone, and vfork."""

from __future__ import annotations

from conformance.abi.processes import CLONE_SIGHAND, CLONE_THREAD, CLONE_VFORK
from conformance.abi.signals import SIGKILL
from conformance.reference.cloning import CloneArgs
from conformance.reference.kernel import Kernel
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import Phase, SigInfo
from conformance.trace import Fields


class B73VforkIsFork(Kernel):
    """The caller of vfork does not wait."""

    def clone_into(self, task: Task, name: str, args: CloneArgs) -> Fields | None:
        """Forget what was asked for."""
        return super().clone_into(task, name, args._replace(flags=args.flags & ~CLONE_VFORK))


class VforkEndsWithExecAlone(Kernel):
    """A vfork child that ends without an execve leaves its parent asleep."""

    def go_on_exiting(self, task: Task) -> None:
        """Wake nobody."""
        task.vfork_parent = 0
        super().go_on_exiting(task)


class VforkParentIsDeaf(Kernel):
    """Not even SIGKILL reaches the caller of vfork: Linux before 3.4."""

    def can_run(self, task: Task) -> bool:
        """Wait for the child."""
        deaf = task.phase is Phase.KILLABLE and task.vfork_child
        return task.woken if deaf else super().can_run(task)


class VforkParentHears(Kernel):
    """Any signal ends the sleep of vfork."""

    def can_run(self, task: Task) -> bool:
        """Wake up for it."""
        deaf = task.phase is Phase.KILLABLE and task.vfork_child
        return super().can_run(task) or bool(deaf and self.signal_pending(task))


class VforkChildDiesWithItsParent(Kernel):
    """A vfork child does not outlive the parent whose memory it uses."""

    def send_parent_death_signal(self, father: Task, child: Task) -> None:
        """Kill it."""
        if child.vfork_parent == father.tid:
            self.send_to_process(SigInfo(SIGKILL, 0x80), child.group, force=True)
        super().send_parent_death_signal(father, child)


class HandlersAreCopied(Kernel):
    """CLONE_SIGHAND copies the actions, unless it makes a thread."""

    def new_process(self, parent: Task, tid: int, flags: int) -> ThreadGroup:
        """Share nothing."""
        return super().new_process(parent, tid, flags & ~CLONE_SIGHAND)


class ExecChangesSharedHandlers(Kernel):
    """execve resets the actions of all who share them."""

    def exec(self, task: Task) -> None:
        """Do it before the sharing ends."""
        sighand = task.group.sighand
        super().exec(task)
        for group in self.groups.values():
            if group.sighand == sighand:
                group.actions = task.group.actions


class ClearSighandIsNoFlag(Kernel):
    """CLONE_CLEAR_SIGHAND is not known."""

    def new_process(self, parent: Task, tid: int, flags: int) -> ThreadGroup:
        """Keep the handlers."""
        return super().new_process(parent, tid, flags & 0xFFFFFFFF)


class SiblingHasTheSignalThatWasGiven(Kernel):
    """Linux before 5.11: a CLONE_PARENT child has the exit signal that clone was given."""

    def fork(self, parent: Task, name: str, exit_signal: int, flags: int = 0) -> Task:
        """Take it."""
        child = super().fork(parent, name, exit_signal, flags)
        if not flags & CLONE_THREAD:
            child.exit_signal = exit_signal
        return child


class ThreadsHaveTheirCreatorsSignals(Kernel):
    """A new thread has the pending signals of its creator."""

    def fork(self, parent: Task, name: str, exit_signal: int, flags: int = 0) -> Task:
        """Copy them."""
        child = super().fork(parent, name, exit_signal, flags)
        if flags & CLONE_THREAD:
            child.pending = parent.pending
        return child


class ThreadsAreBornIntoNoStop(Kernel):
    """A new thread does not know that its process is stopped."""

    def join_stop_at_birth(self, parent: Task, child: Task) -> None:
        """Let it run."""
