"""The end of a process: zombie, reparenting, release. After ``kernel/exit.c``: do_exit, exit_notify,
forget_original_parent, reparent_leader, find_new_reaper, release_task.
"""

from __future__ import annotations

from conformance.abi.signals import SIGCHLD
from conformance.case.model import INIT
from conformance.reference.task import ExitState, Phase, SigInfo, Task
from conformance.reference.terminal import Terminals


class Exit(Terminals):
    """Exit and what it sets going, all under the one lock that Linux holds (tasklist_lock)."""

    def exit(self, task: Task, status: int) -> None:
        """End a task; its process ends with the last of its threads (ZOMBIE-105, ZOMBIE-107)."""
        if not task.group.group_exit:
            self.begin_group_exit(task.group, status)
        task.call, task.phase, task.frames = None, Phase.IDLE, ()
        task.waiting, task.pending = None, ()
        self.leave_terminal(task.group)
        self.orphan_children(task)
        self.hang_up_if_orphaned(task, None)
        task.exit_state = ExitState.ZOMBIE
        if self.notify_parent_of_exit(task):
            self.release(task)

    def orphan_children(self, father: Task) -> None:
        """Give the children of a dying task to its reaper (``forget_original_parent``)."""
        children = father.children
        father.children = ()
        if not children:
            return
        reaper = self.find_reaper(father)
        reaper.children += children
        for tid in children:
            child = self.tasks[tid]
            child.parent = reaper.tid
            self.send_parent_death_signal(father, child)
            self.reparent(father, child)

    def find_reaper(self, father: Task) -> Task:
        """Return who adopts: the nearest living ancestor that is a subreaper, else init.

        prctl(2) PR_SET_CHILD_SUBREAPER; ZOMBIE-062, ZOMBIE-069, ZOMBIE-070, ZOMBIE-071.
        """
        for ancestor in self.ancestors(father):
            if ancestor.group.child_subreaper and ancestor.exit_state is ExitState.ALIVE:
                return ancestor
        return self.tasks[self.pids[INIT]]

    def send_parent_death_signal(self, father: Task, child: Task) -> None:
        """Send PDEATHSIG, at each reparenting anew (prctl(2); ZOMBIE-080, ZOMBIE-088)."""
        if child.pdeath_signal:
            info = SigInfo(child.pdeath_signal, 0, father.tid, self.environment.uid)
            self.send_to_process(info, child.group)

    def reparent(self, father: Task, child: Task) -> None:
        """Make an orphan an ordinary child of its reaper, and tell the reaper of a zombie.

        The exit signal becomes SIGCHLD (ZOMBIE-067); a zombie whose reaper ignores SIGCHLD goes away
        (ZOMBIE-064, ZOMBIE-066).
        """
        child.exit_signal = SIGCHLD
        released = child.exit_state is ExitState.ZOMBIE and self.notify_parent_of_exit(child)
        self.hang_up_if_orphaned(child, father)
        if released:
            self.release(child)

    def release(self, task: Task) -> None:
        """Take a dead process out of all tables; its pid is free from now on (ZOMBIE-010)."""
        parent = self.tasks.get(task.parent)
        if parent is not None:
            parent.children = tuple(tid for tid in parent.children if tid != task.tid)
        del self.tasks[task.tid]
        del self.groups[task.tid]
