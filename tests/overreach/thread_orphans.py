"""Rules of whom a thread leaves behind, overdone."""

from __future__ import annotations

from conformance.abi.processes import CLONE_VM
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import ExitState
from tests.overreach.overreach import Overreach


class DeathSignalsAreForThreads(Overreach):
    """The parent-death signal that a thread asked for is for this thread alone."""

    RULES = ("THREAD-040",)

    def send_parent_death_signal(self, father: Task, child: Task) -> None:
        """Spare the process."""
        if child.tid == child.group.tgid:
            super().send_parent_death_signal(father, child)


class SubreapersByInheritance(Overreach):
    """Who shares a subreaper's memory is one."""

    RULES = ("THREAD-047",)

    def new_process(self, parent: Task, tid: int, flags: int) -> ThreadGroup:
        """Hand the attribute down."""
        group = super().new_process(parent, tid, flags)
        group.child_subreaper = bool(flags & CLONE_VM) and parent.group.child_subreaper
        return group


class DeadSubreapersAdopt(Overreach):
    """A subreaper adopts though all of its threads have ended."""

    RULES = ("THREAD-048",)

    def find_reaper(self, father: Task) -> Task:
        """Take the zombie itself."""
        reaper = super().find_reaper(father)
        own = father.group.child_subreaper and reaper.group is not father.group
        return self.leader(father.group) if own else reaper


class YoungestChildFirst(Overreach):
    """A wait finds the children of any thread in the order of their ends."""

    RULES = ("THREAD-049",)

    def finish_exit(self, task: Task) -> None:
        """Put it first."""
        super().finish_exit(task)
        parent = self.tasks.get(task.parent)
        if parent is not None and task.tid in parent.children:
            others = tuple(tid for tid in parent.children if tid != task.tid)
            dead = [tid for tid in others if self.tasks[tid].exit_state is ExitState.ZOMBIE]
            alive = [tid for tid in others if tid not in dead]
            parent.children = (*dead, task.tid, *alive)


class TheDeadFirstThreadAdopts(Overreach):
    """The children of a thread that ends are the first thread's, dead or alive."""

    RULES = ("ZOMBIE-082",)

    def find_reaper(self, father: Task) -> Task:
        """Take the first."""
        leader = self.leader(father.group)
        return super().find_reaper(father) if father is leader else leader


class NobodyIsToldOfOrphans(Overreach):
    """Nobody is told of a zombie that comes over, not even who adopts it."""

    RULES = ("THREAD-050",)

    def reparent(self, father: Task, child: Task) -> None:
        """Say nothing."""


class NamespacesOutliveTheirInit(Overreach):
    """A PID namespace goes on when the first thread of its init ends last."""

    RULES = ("THREAD-051",)

    def end_namespace(self, task: Task) -> None:
        """Leave it."""
        if task.tid == task.group.tgid:
            self.finish_exit(task)
        else:
            super().end_namespace(task)


class DeadMembersHoldTheirGroup(Overreach):
    """A process that is dead, but not reaped, keeps its group from being orphaned."""

    RULES = ("THREAD-053",)

    def links_to_session(self, group: ThreadGroup) -> bool:
        """Look at its parent alone."""
        parent = self.tasks.get(self.leader(group).parent)
        return parent is not None and parent.group.pgid != group.pgid and parent.group.sid == group.sid


class SharersHoldWhatTheDeadHeld(Overreach):
    """A terminal stays, and a group is held, while anybody shares handlers with the process that did."""

    RULES = ("THREAD-054", "THREAD-055")

    def has_sharers(self, group: ThreadGroup) -> bool:
        """Say whether anybody does."""
        return any(other.sighand == group.sighand for other in self.groups.values() if other is not group)

    def leave_terminal(self, group: ThreadGroup) -> None:
        """Keep it."""
        if not self.has_sharers(group):
            super().leave_terminal(group)

    def hang_up_if_orphaned(self, task: Task, parent: Task | None) -> None:
        """Hang nobody up."""
        if parent is None or not self.has_sharers(parent.group):
            super().hang_up_if_orphaned(task, parent)


class EveryThreadIsAParent(Overreach):
    """The parent-death signal comes when any thread of the parent ends."""

    RULES = ("ZOMBIE-080",)

    def orphan_children(self, father: Task) -> None:
        """Send it to the children of all."""
        for thread in self.live_threads(father.group):
            for tid in thread.children if thread is not father else ():
                self.send_parent_death_signal(father, self.tasks[tid])
        super().orphan_children(father)
