"""The state of the kernel: all tasks and processes, the ids in use, and the log of what was observed.

Pure data with look-ups; the rules are in the modules that build on this one, each a layer
(``World`` <- ``Namespaces`` <- ``Files`` <- ``Polling`` <- ``Credentials`` <- ``Traps`` <- ``Takers`` <-
``Signals`` <- ``Notify`` <- ``JobControl`` <- ``PtraceStops`` <- ``Tracees`` <- ``Terminals`` <- ``Exit`` <-
``Forced`` <- ``Delivery`` <- ``Children`` <- ``Wait`` <- ``Accounting`` <- ``Cloning`` <- ``Execve`` <-
``Processes`` <- ``SignalCalls`` <- ``SignalWait`` <- ``Raising`` <- ``TerminalCalls`` <- ``ProcFiles`` <-
``Cgroups`` <- ``Seccomp`` <- ``Attaching`` <- ``FileCalls`` <- ``PidfdCalls`` <- ``PtraceCalls`` <-
``Kernel``), so that a variant of Linux is a subclass that overrides one
method.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Self

from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import Action, ExitState
from conformance.trace import Environment, Event

_actor = attrgetter("actor")


class World:
    """Tables of tasks and groups. ``copy`` and ``key`` make a state a value."""

    def __init__(self, environment: Environment) -> None:
        """Make an empty world."""
        self.environment = environment
        self.tasks: dict[int, Task] = {}
        self.groups: dict[int, ThreadGroup] = {}
        self.names: dict[int, str] = {}  # tid -> actor, also of those that are gone
        self.pids: dict[str, int] = {}
        self.last_pid = 0
        self.joins = 0
        self.log: list[Event] = []

    def copy(self) -> Self:
        """Return an equal, independent world."""
        twin = self.__class__.__new__(self.__class__)
        twin.environment = self.environment
        twin.groups = {tgid: group.copy() for tgid, group in self.groups.items()}
        twin.tasks = {tid: task.copy(twin.groups) for tid, task in self.tasks.items()}
        twin.names = dict(self.names)
        twin.pids = dict(self.pids)
        twin.last_pid = self.last_pid
        twin.joins = self.joins
        twin.log = list(self.log)
        return twin

    def key(self) -> tuple[object, ...]:
        """Return a hashable value, equal for equal worlds (the log included, in each actor's own order)."""
        return (
            tuple(task.key() for task in self.tasks.values()),
            tuple(group.key() for group in self.groups.values()),
            tuple(sorted(self.log, key=_actor)),
            self.last_pid,
        )

    def add_task(self, name: str, task: Task) -> None:
        """Put a new task into the tables, under its actor's name; with a leader comes its process."""
        self.tasks[task.tid] = task
        self.names[task.tid] = name
        self.pids[name] = task.tid
        self.last_pid = max(self.last_pid, task.tid)
        if task.group.tgid == task.tid:
            self.groups[task.tid] = task.group
            self.join(task.group, task.group.pgid)
        else:
            task.group.threads += (task.tid,)

    def join(self, group: ThreadGroup, pgid: int) -> None:
        """Put a process into a process group, as its newest member."""
        group.pgid = pgid
        self.joins += 1
        group.joined = self.joins

    def set_action(self, group: ThreadGroup, signo: int, action: Action) -> None:
        """Change a disposition, also of the processes that share it (``sighand_struct``; CLONE_SIGHAND)."""
        actions = group.actions | {signo: action}
        for other in self.groups.values():
            if other.sighand == group.sighand:
                other.actions = actions

    def leader(self, group: ThreadGroup) -> Task:
        """Return the thread group leader, which stands for the process to its parent."""
        return self.tasks[group.tgid]

    def live_threads(self, group: ThreadGroup) -> list[Task]:
        """Return the threads of a process that have not exited."""
        found = (self.tasks[tid] for tid in group.threads)
        return [task for task in found if task.exit_state is ExitState.ALIVE]

    def same_group(self, tid: int, other: int) -> bool:
        """Say whether two tasks are threads of one process."""
        mine, theirs = self.tasks.get(tid), self.tasks.get(other)
        return mine is not None and theirs is not None and mine.group is theirs.group

    def process_group(self, pgid: int) -> list[ThreadGroup]:
        """Return the members of a process group, zombies included: they leave when they are reaped."""
        return [group for group in self.groups.values() if group.pgid == pgid]

    def find_process(self, pid: int) -> ThreadGroup | None:
        """Return the process of a tid, which may be any of its threads' (find_task_by_vpid)."""
        task = self.tasks.get(pid)
        return task.group if task is not None else None

    def ancestors(self, task: Task) -> Iterator[Task]:
        """Yield the parent, its parent, and so on up to init."""
        parent = self.tasks.get(task.parent)
        while parent is not None:
            yield parent
            parent = self.tasks.get(parent.parent)
