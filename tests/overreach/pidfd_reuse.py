"""Rules of pids that come again, overdone."""

from __future__ import annotations

from conformance.abi.waiting import P_PIDFD
from conformance.reference.files import File, Name
from conformance.reference.namespaces import Space
from conformance.reference.polling import READABLE
from conformance.reference.results import failure
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import ExitState, SigInfo, WaitOpts
from conformance.trace import Fields
from tests.overreach.overreach import Overreach
from tests.variants import pidfd_reuse


class Recycled(Overreach):
    """What the kernels below have in common: they know a number that somebody had before."""

    def former(self, tid: int) -> int:
        """Return who had a task's number before it; 0 for nobody."""
        space, numbers = self.identities[tid]
        before = [
            other
            for other, (path, others) in self.identities.items()
            if other != tid and path == space and others[-1] == numbers[-1]
        ]
        return before[0] if before and tid in self.tasks else 0


class UsedNumbersAreSpent(Recycled):
    """pidfd_open finds nobody under a number that was another's."""

    RULES = ("PIDFD-031", "PIDFD-527")

    def open_error(self, pid: int, flags: int) -> str | None:
        """Refuse it."""
        return super().open_error(pid, flags) or ("ESRCH" if self.former(pid) else None)


class ZombiesFreeTheirNumber(Overreach, pidfd_reuse.B76B83ZombiesHaveNoNumber):
    """The end alone frees a number."""

    RULES = ("PIDFD-111", "PIDFD-530")


class GroupsFreeTheirNumber(Overreach, pidfd_reuse.NumberOfALivingGroupIsFree):
    """The reap of its leader frees the number of a group."""

    RULES = ("PIDFD-111",)


class NobodyIsWaitedForTwice(Recycled):
    """A number that was waited for is not waited for again, by a new pidfd either."""

    RULES = ("PIDFD-112",)

    def waitid_selector(self, task: Task, idtype: int, pid: Name, options: int) -> WaitOpts | None:
        """Look for the former holder."""
        opts = super().waitid_selector(task, idtype, pid, options)
        if opts is None or idtype != P_PIDFD:
            return opts
        return opts._replace(pid=self.former(opts.pid) or opts.pid)


class EndsAreInherited(Recycled):
    """A pidfd of the new holder tells the end of the former."""

    RULES = ("PIDFD-113",)

    def pidfd_events(self, tid: int) -> int:
        """Tell it."""
        return READABLE if self.former(tid) else super().pidfd_events(tid)


class FdinfoForgetsZombies(Overreach):
    """fdinfo tells -1 of a zombie."""

    RULES = ("PIDFD-114",)

    def sys_fdinfo(self, task: Task, pidfd: Name) -> Fields:
        """Look for the living."""
        file = self.file_at(task, pidfd)
        target = None if file is None else self.tasks.get(file.tid)
        if target is not None and target.exit_state is not ExitState.ALIVE:
            return (("ret", 0), ("fdinfo_pid", -1))
        return super().sys_fdinfo(task, pidfd)


class EveryPidfdIsAFile(Overreach):
    """Two pidfds are never the same file."""

    RULES = ("PIDFD-115",)

    def is_same_inode(self, one: File, two: File) -> bool:
        """Compare the openings."""
        return one is two


class EpitaphsAreInherited(Recycled):
    """How the former holder ended is told of the new one."""

    RULES = ("PIDFD-116",)

    def info_of(self, tid: int, mask: int) -> Fields | None:
        """Look for him too."""
        former = self.former(tid)
        return super().info_of(former, mask) if former else super().info_of(tid, mask)


class OldPidfdsFollowTheNumber(Overreach, pidfd_reuse.S19S30S32B76B83PidfdIsANumber):
    """An old pidfd is of the new holder, too."""

    RULES = ("PIDFD-520", "PIDFD-525", "PIDFD-528")


class NumbersComeOnce(Overreach):
    """A number is never given again."""

    RULES = ("PIDFD-521", "PIDFD-523")

    def is_taken(self, space: Space, number: int) -> bool:
        """Look whether anybody ever had it."""
        return number in space.holders


class DescriptorsOfTheNewAreTheOlds(Recycled):
    """Nothing is taken from who has a number that was another's."""

    RULES = ("PIDFD-522",)

    def getfd_error(self, task: Task, target: Task) -> str | None:
        """Refuse it."""
        return "ESRCH" if self.former(target.tid) else super().getfd_error(task, target)


class KillKnowsBetter(Recycled):
    """kill does not hit who has a number that was another's."""

    RULES = ("PIDFD-524", "PIDFD-527")

    def sys_kill(self, task: Task, pid: int, signo: int) -> Fields:
        """Refuse it."""
        found = pid in self.tasks and self.former(pid)
        return failure("ESRCH") if found else super().sys_kill(task, pid, signo)


class NewGroupsAreTheOlds(Recycled):
    """A group whose number was another's is not named by a pidfd."""

    RULES = ("PIDFD-526",)

    def send_to_group(self, task: Task, pgid: int, info: SigInfo) -> str | None:
        """Refuse it."""
        return "ESRCH" if self.former(pgid) else super().send_to_group(task, pgid, info)


class NobodyIsInOnesGroup(Overreach):
    """kill(0) finds nobody."""

    RULES = ("PIDFD-531",)

    def kill_targets(self, task: Task, pid: int) -> list[ThreadGroup]:
        """Look for a process 0."""
        return super().kill_targets(task, pid) if pid else [task.group]


class NothingIsKnownAfterTheReap(Overreach):
    """Who was killed is told as one who ended."""

    RULES = ("PIDFD-532",)

    def bury(self, tid: int, status: int) -> None:
        """Forget it."""
        super().bury(tid, 0)

    def mark_group_exit(self, group: ThreadGroup, status: int) -> None:
        """End without a cause."""
        super().mark_group_exit(group, 0 if status < 0x100 else status)


class FormerHoldersLive(Overreach, pidfd_reuse.EpitaphIsTheNewHolders):
    """PIDFD_GET_INFO of an old pidfd tells of the new holder."""

    RULES = ("PIDFD-533",)
