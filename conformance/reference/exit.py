"""The end of a process: zombie, reparenting, release. After ``kernel/exit.c``: do_exit, exit_notify,
forget_original_parent, reparent_leader, find_new_reaper, release_task.
"""

from __future__ import annotations

from conformance.abi.signals import SI_CODES, SIG_IGN, SIGCHLD, SIGKILL
from conformance.reference.task import ExitState, Phase, SigInfo, Task
from conformance.reference.terminal import Terminals


class Exit(Terminals):
    """Exit and what it sets going, all under the one lock that Linux holds (tasklist_lock)."""

    def exit(self, task: Task) -> None:
        """End a task that is marked for death (``exit_notify``); its process ends with the last of its
        threads (ZOMBIE-105, ZOMBIE-107).
        """
        task.call, task.phase, task.frames = None, Phase.IDLE, ()
        task.waiting, task.pending, task.queue = None, (), ()
        if task.group.unkillable:
            self.end_namespace(task)
        else:
            self.finish_exit(task)

    def end_namespace(self, task: Task) -> None:
        """Kill all who are in the namespace of an init that dies (``zap_pid_ns_processes``; KILL-078).

        Nobody is born there any more (KILL-083), and whoever dies now leaves no zombie to the init.
        """
        path = self.space_of(task.tid)
        self.spaces[path] = self.spaces[path]._replace(open=False)
        ignore = task.group.action(SIGCHLD)._replace(handler=SIG_IGN)
        task.group.actions = task.group.actions | {SIGCHLD: ignore}
        for member in tuple(self.groups.values()):
            if member is not task.group and self.number(member.tgid, path):
                self.send_to_process(SigInfo(SIGKILL, SI_CODES["SI_KERNEL"]), member, force=True)
        task.phase = Phase.DYING

    def can_go_on_dying(self, task: Task) -> bool:
        """Say whether a dying init has zombies to bury, or is the last of its namespace."""
        return bool(self.zombies_of(task)) or self.is_alone(task)

    def go_on_dying(self, task: Task) -> None:
        """Bury the zombies; die once nobody else has a number in the namespace (KILL-078, KILL-385)."""
        for child in self.zombies_of(task):
            self.release(child)
        if self.is_alone(task):
            self.finish_exit(task)

    def zombies_of(self, task: Task) -> list[Task]:
        """List the dead children of a task."""
        children = (self.tasks[tid] for tid in task.children)
        return [child for child in children if child.exit_state is ExitState.ZOMBIE]

    def finish_exit(self, task: Task) -> None:
        """Hand the children over, become a zombie, and tell the parent (``exit_notify``)."""
        task.phase = Phase.IDLE
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
        """Return who adopts: the nearest living ancestor that is a subreaper, else the namespace's init.

        prctl(2) PR_SET_CHILD_SUBREAPER; ZOMBIE-062, ZOMBIE-069, ZOMBIE-070, ZOMBIE-071. No subreaper
        outside the namespace is asked (ZOMBIE-073).
        """
        space = self.space_of(father.tid)
        for ancestor in self.ancestors(father):
            if self.space_of(ancestor.tid) != space:
                break
            if ancestor.group.child_subreaper and ancestor.exit_state is ExitState.ALIVE:
                return ancestor
        return self.tasks[self.spaces[space].init]

    def send_parent_death_signal(self, father: Task, child: Task) -> None:
        """Send PDEATHSIG, at each reparenting anew (prctl(2); ZOMBIE-080, ZOMBIE-088).

        It comes from the dying parent, who needs leave for it as for a signal of kill (ZOMBIE-304).
        """
        if child.pdeath_signal and self.may_signal(child.pdeath_signal, father, child):
            info = SigInfo(child.pdeath_signal, 0, father.tid, self.uid_told(father))
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
