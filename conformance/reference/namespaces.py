"""PID namespaces: which number a task has for whom, and which numbers are free.

After ``kernel/pid.c`` (``alloc_pid``, ``find_pid_ns``, ``pid_nr_ns``, ``free_pid``). Inside the reference
kernel a task is known by its *tid*, which is never given twice. A case sees *numbers*: a task has one in its
own namespace and one in each namespace around it. Numbers become tids where a call takes them, and tids
become numbers where something is told; between the two no rule has to know of namespaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Self

from conformance.abi.processes import PID_MAX
from conformance.abi.signals import SENDERLESS
from conformance.abi.waiting import CLD_CODE_NAMES
from conformance.reference.task import Task
from conformance.reference.values import SigInfo
from conformance.reference.world import World
from conformance.trace import Environment, Value

Path = tuple[int, ...]
"""A namespace: the way to it from the case's own, the empty path. What begins with it lies inside."""

NOBODY = 0x3FFFFFFF
"""A number above every pid_max: what an actor's name stands for where that actor cannot be seen."""


class Space(NamedTuple):
    """``struct pid_namespace``: ``init`` is the tid of its reaper (0: not yet), ``last`` where the search for
    a free number goes on, ``holders`` the tid that had each number last, ``open`` PIDNS_ADDING.
    """

    init: int = 0
    last: int = 0
    holders: Mapping[int, int] = MappingProxyType({})  # never changed in place: shared by copies
    open: bool = True


class Identity(NamedTuple):
    """``struct pid``: the namespace of a task, and its number in each one from the case's own to that."""

    space: Path
    numbers: tuple[int, ...]


class Namespaces(World):
    """Numbers and names, for whoever is looking."""

    def __init__(self, environment: Environment) -> None:
        """Make the case's own namespace, with nobody in it."""
        super().__init__(environment)
        self.spaces: dict[Path, Space] = {(): Space()}
        self.identities: dict[int, Identity] = {}  # of those that are gone too
        self.unshared: dict[int, Path] = {}  # nsproxy->pid_ns_for_children, where it is not the task's own
        self.current = 0  # the tid of the task that makes the transition

    def copy(self) -> Self:
        """Return an equal, independent world."""
        twin = super().copy()
        twin.spaces = dict(self.spaces)
        twin.identities = dict(self.identities)
        twin.unshared = dict(self.unshared)
        twin.current = self.current
        return twin

    def key(self) -> tuple[object, ...]:
        """Return a hashable value, equal for equal worlds: numbers follow from what was forked, and where."""
        return (*super().key(), tuple((space.open, space.last) for space in self.spaces.values()))

    def add_task(self, name: str, task: Task) -> None:
        """Put a task into the tables; it has its number already unless it is the case's first."""
        if task.tid not in self.identities:
            self.allocate(task.tid, ())
        super().add_task(name, task)

    # -- numbers ---------------------------------------------------------------------------------

    def number(self, tid: int, viewer: Path) -> int:
        """Return the number of a task in a namespace; 0 if it cannot be seen there (``pid_nr_ns``)."""
        space, numbers = self.identities[tid]
        depth = len(viewer)
        return numbers[depth] if space[:depth] == viewer else 0

    def space_of(self, tid: int) -> Path:
        """Return the namespace that a task lives in (``task_active_pid_ns``)."""
        return self.identities[tid].space

    def meant(self, number: int, viewer: Path) -> int:
        """Return the tid that a pid argument means, its sign kept; 0, -1 and numbers of nobody stay."""
        if number == -1:
            return number
        size = abs(number)
        tid = self.spaces[viewer].holders.get(size)
        if tid is None:
            tid = NOBODY if size in self.identities else size
        return tid if number >= 0 else -tid

    def name(self, pid: int) -> Value:
        """Return how a trace spells a task that the current one is told of; 0 where it cannot see it."""
        return self.spelled(self.number(pid, self.space_of(self.current))) if pid else 0

    def spelled(self, number: int) -> Value:
        """Spell a number that the current task is told: the youngest actor that had it there."""
        tid = self.spaces[self.space_of(self.current)].holders.get(number)
        if tid is not None:
            return self.names[tid]
        return "pid?" if number else 0

    def as_told(self, info: SigInfo, receiver: int) -> SigInfo:
        """Return a siginfo as its receiver will see it (``send_signal_locked``).

        The kernel's own words of a child's state name the child by the receiver's number. A sender is named
        by the number that it has for itself, or of kill by that which it has for the receiver; by 0 if the
        receiver cannot see it (KILL-081, KILL-388). What has no place for a sender is left as it was written
        (PIDFD-513).
        """
        space = self.space_of(receiver)
        if not info.pid:  # the kernel's, or see KILL-389
            return info
        seen = info.code in SENDERLESS or self.number(info.pid, space)
        if info.code not in CLD_CODE_NAMES and not info.by_receiver and seen:
            space = self.space_of(info.pid)
        return info._replace(pid=self.number(info.pid, space), by_receiver=False)

    def comes_from_outside(self, receiver: int) -> bool:
        """Say whether the current task lies outside the receiver's namespace: then its SIGKILL and
        SIGSTOP work even on an init (JOBCTL-061, JOBCTL-062).
        """
        return not self.number(self.current, self.space_of(receiver))

    # -- giving numbers out ----------------------------------------------------------------------

    def is_in_use(self, tid: int) -> bool:
        """Say whether a number is taken: by a task, dead or alive, or as the id of a group or session that
        has members (``free_pid`` comes with the last of these; ZOMBIE-340, JOBCTL-052, JOBCTL-380).
        """
        return tid in self.tasks or any(tid in (group.pgid, group.sid) for group in self.groups.values())

    def allocate(self, tid: int, path: Path, wanted: int = 0, *, free_choice: bool = True) -> str | None:
        """Give a new task its numbers, ``wanted`` in its own namespace; return an errno's name or None
        (``alloc_pid``; clone3(2)).

        ``free_choice``: whether its creator may choose numbers. A namespace whose init has died takes nobody
        in (KILL-083).
        """
        numbers: Path = ()
        for depth in range(len(path), -1, -1):
            space = self.spaces[path[:depth]]
            if wanted and depth == len(path):
                error = self.refuse_number(space, wanted, free_choice=free_choice)
                if error:
                    return error
                numbers = (wanted,)
            else:
                number = self.next_number(space)
                self.spaces[path[:depth]] = space._replace(last=number)
                numbers = (number, *numbers)
        if not self.spaces[path].open:
            return "ENOMEM"
        self.identities[tid] = Identity(path, numbers)
        for depth, number in enumerate(numbers):
            init, last, holders, is_open = self.spaces[path[:depth]]
            first = tid if depth == len(path) else 0
            self.spaces[path[:depth]] = Space(init or first, last, {**holders, number: tid}, is_open)
        return None

    def free_numbers(self, tid: int) -> None:
        """Give back the numbers of a task that is not to be, after all; none of them comes next
        (``free_pid``).
        """
        path, numbers = self.identities.pop(tid)
        for depth in range(len(numbers)):
            space = self.spaces[path[:depth]]
            holders = {number: holder for number, holder in space.holders.items() if holder != tid}
            self.spaces[path[:depth]] = space._replace(holders=holders)

    def refuse_number(self, space: Space, wanted: int, *, free_choice: bool) -> str | None:
        """Say why a task cannot have the number it wants (ZOMBIE-341, ZOMBIE-342, ZOMBIE-347, ZOMBIE-350)."""
        if not 1 <= wanted < PID_MAX or (wanted != 1 and not space.init):
            return "EINVAL"
        if not free_choice:
            return "EPERM"
        return "EEXIST" if self.is_taken(space, wanted) else None

    def is_taken(self, space: Space, number: int) -> bool:
        """Say whether a number is in use in a namespace."""
        tid = space.holders.get(number)
        return tid is not None and self.is_in_use(tid)

    def next_number(self, space: Space) -> int:
        """Return the next free number: they are given out in turn (``idr_alloc_cyclic``; ZOMBIE-343)."""
        number = space.last + 1
        while self.is_taken(space, number):
            number += 1
        return number

    def count_from(self, task: Task, number: int) -> None:
        """Have the task's own namespace look for its next number from this one on (``pid_ns_ctl_handler``;
        ZOMBIE-366, ZOMBIE-367).
        """
        path = self.space_of(task.tid)
        self.spaces[path] = self.spaces[path]._replace(last=number - 1)

    # -- making namespaces -----------------------------------------------------------------------

    def space_for_children(self, task: Task) -> Path:
        """Return the namespace that a task's children are born into."""
        return self.unshared.get(task.tid, self.space_of(task.tid))

    def make_space(self, task: Task) -> Path | None:
        """Make a namespace inside that of a task; None if its children's is not its own
        (``copy_pid_ns``; ZOMBIE-351).
        """
        if task.tid in self.unshared:
            return None
        path = (*self.space_of(task.tid), len(self.spaces))
        self.spaces[path] = Space()
        return path

    def is_init(self, tid: int) -> bool:
        """Say whether a task is the init of its namespace."""
        return self.spaces[self.space_of(tid)].init == tid

    def is_alone(self, task: Task) -> bool:
        """Say whether nothing in an init's namespace has a number but itself, and the first thread of its
        process (``pid_allocated``, ``init_pids``; THREAD-051).
        """
        path = self.space_of(task.tid)
        own = (task.tid, task.group.tgid)
        return not any(
            self.number(tid, path) and self.is_in_use(tid) for tid in self.identities if tid not in own
        )
