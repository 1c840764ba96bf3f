"""cgroup.kill and who is in which cgroup."""

from __future__ import annotations

from conformance.abi.signals import SIGKILL
from conformance.reference.kernel import Kernel
from conformance.reference.results import OK
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import OUTSIDE, ExitState
from conformance.trace import Fields


class S31ANewbornEscapesFromItsCgroup(Kernel):
    """cgroup.kill does not know those yet who were forked by a member."""

    def members(self, place: int) -> list[ThreadGroup]:
        """Leave out whoever has a parent in the same cgroup."""
        found = super().members(place)
        return [group for group in found if not self.is_newborn(group)]

    def is_newborn(self, group: ThreadGroup) -> bool:
        """Say whether a process was born into its cgroup, as far as can be told."""
        parent = self.tasks.get(self.leader(group).parent)
        return parent is not None and parent.group.cgroup == group.cgroup


class CgroupKillStaysOnItsLevel(Kernel):
    """cgroup.kill forgets the cgroups below."""

    def members(self, place: int) -> list[ThreadGroup]:
        """List the members of this very cgroup."""
        return [group for group in self.groups.values() if group.cgroup == place]


class CgroupKillGoesUp(Kernel):
    """cgroup.kill kills the whole tree from its top."""

    def members(self, place: int) -> list[ThreadGroup]:
        """List the members of all cgroups of the case."""
        return [group for group in self.groups.values() if group.cgroup != OUTSIDE]


class CgroupKillSparesTheStopped(Kernel):
    """A stopped member lives on."""

    def members(self, place: int) -> list[ThreadGroup]:
        """Leave out the stopped."""
        return [group for group in super().members(place) if not self.leader(group).stopped]


class CgroupKillSparesTheWriter(Kernel):
    """A member that writes lives on."""

    def members(self, place: int) -> list[ThreadGroup]:
        """Leave out the writer."""
        return [group for group in super().members(place) if group.tgid != self.current]


class CgroupKillEndsEveryInit(Kernel):
    """cgroup.kill counts as coming from the kernel, which no init is spared."""

    def kill_cgroup(self, place: int) -> None:
        """Mark all for death."""
        for group in self.members(place):
            if self.leader(group).exit_state is ExitState.ALIVE:
                self.begin_group_exit(group, SIGKILL)


class CgroupKillTakesAnyNumber(Kernel):
    """What is written does not matter."""

    def sys_cgroup_kill(self, caller: Task, value: int, place: int) -> Fields:
        """Read a 1."""
        return super().sys_cgroup_kill(caller, 1, place)


class CgroupKillHeedsTheMask(Kernel):
    """Whoever blocks signals lives on."""

    def members(self, place: int) -> list[ThreadGroup]:
        """Leave out whoever blocks anything."""
        return [group for group in super().members(place) if not self.leader(group).blocked]


class CgroupKillNeedsNobodysLeave(Kernel):
    """The files can be written by everybody."""

    def may_write(self, caller: Task) -> bool:
        """Let everybody in."""
        return True


class CgroupsAreLeftByExec(Kernel):
    """A new program begins outside."""

    def exec(self, task: Task) -> None:
        """Leave the cgroup."""
        super().exec(task)
        task.group.cgroup = OUTSIDE


class CgroupsAreNotInherited(Kernel):
    """Everybody is born outside."""

    def new_process(self, parent: Task, tid: int, flags: int) -> ThreadGroup:
        """Leave the cgroup of the parent."""
        group = super().new_process(parent, tid, flags)
        group.cgroup = OUTSIDE
        return group


class CgroupZombiesCannotBeFound(Kernel):
    """To move a zombie gives ESRCH."""

    def find_process(self, pid: int) -> ThreadGroup | None:
        """Find the living only."""
        group = super().find_process(pid)
        moving = self.tasks[self.current].call
        if group is None or moving is None or moving.name != "cgroup_join":
            return group
        return group if self.leader(group).exit_state is ExitState.ALIVE else None


class CgroupKillCanBeRead(Kernel):
    """cgroup.kill reads as an empty file."""

    def sys_cgroup_read(self, caller: Task) -> Fields:
        """Give the end of the file."""
        return OK
