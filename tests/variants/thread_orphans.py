"""Whom a thread leaves behind."""

from __future__ import annotations

from conformance.reference.kernel import Kernel
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import ExitState
from conformance.trace import Fields


class B18ChildrenOfThreadsGoToInit(Kernel):
    """The children of a thread that ends are orphans."""

    def find_reaper(self, father: Task) -> Task:
        """Send them to init."""
        return self.tasks[self.spaces[self.space_of(father.tid)].init]


class ChildrenComeOverToTheFront(Kernel):
    """The children of a thread that ends stand before those of the thread that they come to."""

    def orphan_children(self, father: Task) -> None:
        """Turn the order round."""
        reaper = self.find_alive_thread(father)
        old = reaper.children if reaper is not None else ()
        super().orphan_children(father)
        if reaper is not None:
            reaper.children = (*(tid for tid in reaper.children if tid not in old), *old)


class ThreadsEndIsToldOfTheirZombies(Kernel):
    """Who gets a zombie from a sibling thread is told as an adopter is."""

    def orphan_children(self, father: Task) -> None:
        """Tell of each."""
        children = [self.tasks[tid] for tid in father.children]
        super().orphan_children(father)
        for child in children:
            if child.exit_state is ExitState.ZOMBIE and self.find_alive_thread(father):
                self.notify_parent_of_exit(child, child.exit_signal)


class DeathSignalOfTheProcess(Kernel):
    """The parent-death signal comes when the parent's last thread ends."""

    def send_parent_death_signal(self, father: Task, child: Task) -> None:
        """Wait for that."""
        if self.find_alive_thread(father) is None:
            super().send_parent_death_signal(father, child)


class DeathSignalIsShared(Kernel):
    """The parent-death signal is an attribute of the process."""

    def sys_prctl(self, task: Task, option: int, arg: int) -> Fields:
        """Set it for all threads."""
        fields = super().sys_prctl(task, option, arg)
        for thread in self.live_threads(task.group):
            thread.pdeath_signal = task.pdeath_signal
        return fields


class TheThreadThatForkedAdopts(Kernel):
    """A subreaper adopts by the thread that made the process that dies."""

    def alive_thread_of(self, task: Task) -> Task | None:
        """Ask it first."""
        return super().alive_thread_of(task) if self.is_dying(task) else task


class NamespaceEndsWithTheFirstThread(Kernel):
    """A PID namespace ends when the first thread of its init does."""

    def hand_namespace_on(self, task: Task) -> bool:
        """Keep it."""
        return False


class GroupIsOrphanedByTheFirstThread(Kernel):
    """A process whose first thread has ended counts as dead for job control."""

    def links_to_session(self, group: ThreadGroup) -> bool:
        """Look at the first thread alone."""
        return self.leader(group).exit_state is ExitState.ALIVE and super().links_to_session(group)


class TerminalGoesWithTheFirstThread(Kernel):
    """A session leader gives its terminal up when its first thread ends."""

    def finish_exit(self, task: Task) -> None:
        """Do not wait for the others."""
        if task.tid == task.group.tgid and len(self.live_threads(task.group)) > 1:
            self.leave_terminal(task.group)
        super().finish_exit(task)
