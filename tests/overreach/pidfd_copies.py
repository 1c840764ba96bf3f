"""Rules of pidfds that are made with a child, and of pidfd_getfd, overdone."""

from __future__ import annotations

from conformance.abi.processes import CLONE_AUTOREAP, CLONE_PIDFD, CLONE_THREAD, CLONE_VM
from conformance.case.calls import BUFFERS
from conformance.case.model import Fd
from conformance.reference.cloning import CloneArgs
from conformance.reference.files import File, FileKind, Name
from conformance.reference.results import failure
from conformance.reference.task import Task
from conformance.trace import Fields
from tests.overreach.overreach import Overreach


class GetfdTakesItAway(Overreach):
    """pidfd_getfd takes the descriptor from the target."""

    RULES = ("PIDFD-410",)

    def sys_pidfd_getfd(self, task: Task, pidfd: Name, targetfd: Name, flags: int, fd: Fd | int) -> Fields:
        """Close it there."""
        file = self.pidfd_at(task, pidfd)
        result = super().sys_pidfd_getfd(task, pidfd, targetfd, flags, fd)
        target = self.tasks.get(file.tid) if file is not None else None
        if target is not None and result[0][1] != -1:
            self.close(target, targetfd)
        return result


class GetfdFindsAnything(Overreach):
    """pidfd_getfd of what is not open in the target gives the caller's own."""

    RULES = ("PIDFD-058",)

    def sys_pidfd_getfd(self, task: Task, pidfd: Name, targetfd: Name, flags: int, fd: Fd | int) -> Fields:
        """Look in both tables."""
        result = super().sys_pidfd_getfd(task, pidfd, targetfd, flags, fd)
        own = self.table(task).get(targetfd)
        if result == failure("EBADF") and own is not None and self.pidfd_at(task, pidfd):
            return self.install(task, own.file, fd)
        return result


class GetfdOfPidfdsAlone(Overreach):
    """pidfd_getfd copies pidfds alone."""

    RULES = ("PIDFD-059",)

    def sys_pidfd_getfd(self, task: Task, pidfd: Name, targetfd: Name, flags: int, fd: Fd | int) -> Fields:
        """Look what it is."""
        file = self.pidfd_at(task, pidfd)
        target = self.tasks.get(file.tid) if file is not None else None
        entry = self.table(target).get(targetfd) if target is not None else None
        if entry is not None and self.files[entry.file].kind is not FileKind.PIDFD:
            return failure("EBADF")
        return super().sys_pidfd_getfd(task, pidfd, targetfd, flags, fd)


class ReapedBeforeFlags(Overreach):
    """pidfd_getfd tells that one is reaped before it looks at flags."""

    RULES = ("PIDFD-035", "PIDFD-406")

    def sys_pidfd_getfd(self, task: Task, pidfd: Name, targetfd: Name, flags: int, fd: Fd | int) -> Fields:
        """Keep that order."""
        file = self.pidfd_at(task, pidfd)
        if file is not None and file.tid not in self.tasks:
            return failure("ESRCH")
        return super().sys_pidfd_getfd(task, pidfd, targetfd, flags, fd)


class OnlyRootCopies(Overreach):
    """pidfd_getfd is for who has not changed his ids."""

    RULES = ("PIDFD-057",)

    def getfd_error(self, task: Task, target: Task) -> str | None:
        """Look at his own processes as at any."""
        return super().getfd_error(task, target) or (None if target.group.dumpable else "EPERM")


class StoppedHaveNoDescriptors(Overreach):
    """pidfd_getfd from one who has stopped is ESRCH."""

    RULES = ("PIDFD-060",)

    def getfd_error(self, task: Task, target: Task) -> str | None:
        """Look at that."""
        return super().getfd_error(task, target) or ("ESRCH" if target.stopped else None)


class ThreadsHaveTheirOwn(Overreach):
    """pidfd_getfd finds nothing by a pidfd of a thread that is no leader."""

    RULES = ("PIDFD-407",)

    def getfd_error(self, task: Task, target: Task) -> str | None:
        """Know leaders."""
        leads = target.tid == target.group.tgid
        return super().getfd_error(task, target) or (None if leads else "ESRCH")


class DirectoriesAreNothing(Overreach):
    """A directory of /proc is no pidfd to pidfd_send_signal either."""

    RULES = ("PIDFD-408",)

    def signal_target(self, task: Task, name: Name) -> File | None:
        """Refuse it."""
        return self.pidfd_at(task, name)


class ClonesAlwaysGivePidfds(Overreach):
    """clone gives a pidfd wherever there is a place for it."""

    RULES = ("PIDFD-083", "PIDFD-405")

    def clone_into(self, task: Task, name: str, args: CloneArgs) -> Fields | None:
        """Set the flag."""
        flags = args.flags | (CLONE_PIDFD if isinstance(args.pidfd, Fd) else 0)
        return super().clone_into(task, name, args._replace(flags=flags))


class PlacesAreAlwaysTried(Overreach):
    """A place that a pidfd cannot be written to is EFAULT though none is asked for."""

    RULES = ("PIDFD-085",)

    def sys_clone3(
        self, task: Task, child: str, exit_signal: int, set_tid: int, flags: int, pidfd: Fd | int
    ) -> Fields | None:
        """Try it."""
        if pidfd == BUFFERS["bad"]:
            return failure("EFAULT")
        return super().sys_clone3(task, child, exit_signal, set_tid, flags, pidfd)


class Clone3RefusesBothToo(Overreach):
    """clone3 too refuses CLONE_PIDFD with CLONE_PARENT_SETTID."""

    RULES = ("PIDFD-082",)

    def clone3_error(self, exit_signal: int, flags: int) -> str | None:
        """Look at both."""
        both = CLONE_PIDFD | 0x100000
        return "EINVAL" if flags & both == both else super().clone3_error(exit_signal, flags)


class DetachedIsRefused(Overreach):
    """clone refuses CLONE_DETACHED whatever it goes with."""

    RULES = ("PIDFD-084",)

    def clone_error(self, task: Task, flags: int, exit_signal: int = 0) -> str | None:
        """Look at it alone."""
        return "EINVAL" if flags & 0x400000 else super().clone_error(task, flags, exit_signal)


class PidfdsOfThreadsNeedNoSharing(Overreach):
    """CLONE_PIDFD with CLONE_THREAD goes without the flags that a thread needs."""

    RULES = ("PIDFD-087",)

    def clone_error(self, task: Task, flags: int, exit_signal: int = 0) -> str | None:
        """Let it through."""
        both = CLONE_PIDFD | CLONE_THREAD
        return None if flags & both == both else super().clone_error(task, flags, exit_signal)


class FreeNumbersLeaveNoPidfd(Overreach):
    """A clone3 that chooses its number gives no pidfd, if it has the number or not."""

    RULES = ("PIDFD-404",)

    def clone_into(self, task: Task, name: str, args: CloneArgs) -> Fields | None:
        """Take the flag off."""
        flags = args.flags & ~(CLONE_PIDFD if args.number else 0)
        return super().clone_into(task, name, args._replace(flags=flags))


class PidfdsMakeChildren(Overreach):
    """Whoever has a child's pidfd may wait for it, parent or not."""

    RULES = ("PIDFD-081",)

    def make_sibling(self, creator: Task, child: Task, *, thread: bool) -> None:
        """Make it a child."""
        if thread:
            super().make_sibling(creator, child, thread=thread)


class AutoreapOfEverybody(Overreach):
    """Nobody leaves a zombie to a parent who has a child of CLONE_AUTOREAP."""

    RULES = ("PIDFD-360", "PIDFD-365")

    def fork(self, parent: Task, name: str, exit_signal: int, flags: int = 0) -> Task:
        """Look at the family."""
        child = super().fork(parent, name, exit_signal, flags)
        family = (parent, *(self.tasks[tid] for tid in parent.children))
        child.group.autoreap |= any(other.group.autoreap for other in family)
        return child


class AutoreapIsAlone(Overreach):
    """CLONE_AUTOREAP and CLONE_NNP go with nothing that is shared."""

    RULES = ("PIDFD-361", "PIDFD-364")

    def autoreap_error(self, task: Task, flags: int, exit_signal: int) -> str | None:
        """Refuse shared memory."""
        shared = flags & CLONE_AUTOREAP and flags & CLONE_VM
        return "EINVAL" if shared else super().autoreap_error(task, flags, exit_signal)


class AutoreapNeedsAPidfd(Overreach):
    """CLONE_AUTOREAP is refused without CLONE_PIDFD."""

    RULES = ("PIDFD-362",)

    def autoreap_error(self, task: Task, flags: int, exit_signal: int) -> str | None:
        """Look for it."""
        alone = flags & CLONE_AUTOREAP and not flags & CLONE_PIDFD
        return "EINVAL" if alone else super().autoreap_error(task, flags, exit_signal)


class EveryCloseKills(Overreach):
    """The last descriptor of any pidfd of a child that leaves no zombie kills it."""

    RULES = ("PIDFD-363",)

    def release_file(self, file: File) -> None:
        """Take it for one."""
        target = self.tasks.get(file.tid)
        kills = file.kind is FileKind.PIDFD and target is not None and target.group.autoreap
        super().release_file(file._replace(flags=file.flags | (0o1000 if kills else 0)))


class EffectiveIdsAreEnough(Overreach):
    """A request for a namespace is granted to who has the target's effective id."""

    RULES = ("PIDFD-427",)

    def may_look_into(self, task: Task, target: Task) -> bool:
        """Look at that alone."""
        return super().may_look_into(task, target) or task.ids.euid == target.ids.euid
