"""What a pidfd tells by PIDFD_GET_INFO."""

from __future__ import annotations

from conformance.abi.descriptors import INFO_CREDS, INFO_EXIT, INFO_PID
from conformance.abi.waiting import status_text
from conformance.case.calls import BUFFERS
from conformance.reference.files import Name
from conformance.reference.kernel import Kernel
from conformance.reference.past import pidfds
from conformance.reference.results import OK, failure
from conformance.reference.task import Task
from conformance.reference.values import ExitState
from conformance.trace import Fields, Value


def changed(told: Fields | None, **values: Value) -> Fields | None:
    """Return what is told, with other values for some of it."""
    return None if told is None else tuple((name, values.get(name, value)) for name, value in told)


class B03NoIoctls(Kernel):
    """A pidfd knows no ioctl."""

    def namespace_error(self, task: Task, tid: int, arg: int) -> str | None:
        """Know no request."""
        return "ENOTTY"

    def sys_pidfd_get_info(self, task: Task, pidfd: Name, mask: int, size: int, buffer: int) -> Fields:
        """Know no PIDFD_GET_INFO either."""
        return failure("ENOTTY" if self.pidfd_at(task, pidfd) else "EBADF")

    def unknown_ioctl_error(self, task: Task, tid: int, arg: int) -> str:
        """Do not even tell that as Linux does."""
        return "EINVAL"


class InfoTellsOfTheEndAtOnce(Kernel):
    """PIDFD_GET_INFO tells how a zombie ended."""

    def info_of(self, tid: int, mask: int) -> Fields | None:
        """Look at its status."""
        told, target = super().info_of(tid, mask), self.tasks.get(tid)
        if target is None or target.exit_state is ExitState.ALIVE or not mask & INFO_EXIT:
            return told
        return changed(told, info_exit=status_text(target.exit_code))


class InfoOfTheReapedTellsWhoTheyWere(Kernel):
    """PIDFD_GET_INFO tells the pid of one who is reaped."""

    def info_of(self, tid: int, mask: int) -> Fields | None:
        """Name him."""
        told = super().info_of(tid, mask)
        return told if tid in self.tasks else changed(told, info_pid=self.names[tid])


class InfoOfTheReapedNeedsNoRequest(Kernel):
    """PIDFD_GET_INFO tells the end whether it was asked for or not."""

    def info_of(self, tid: int, mask: int) -> Fields | None:
        """Ask for it."""
        return super().info_of(tid, mask | INFO_EXIT)


class InfoForgetsTheReaped(pidfds.NoEpitaphs):
    """PIDFD_GET_INFO tells nothing of the reaped."""


class InfoTellsExitCodes(Kernel):
    """PIDFD_GET_INFO tells the code of exit instead of a status word."""

    def bury(self, tid: int, status: int) -> None:
        """Keep that."""
        super().bury(tid, status >> 8 or status)


class InfoForgetsTheAutoReaped(Kernel):
    """PIDFD_GET_INFO tells only of ends that somebody waited for."""

    def bury_unwanted(self, task: Task) -> None:
        """Keep nothing."""
        self.release(task)
        self.epitaphs.pop(task.tid, None)


class InfoOfThreadsIsTheProcesss(Kernel):
    """PIDFD_GET_INFO tells the process's pid of a thread."""

    def info_of(self, tid: int, mask: int) -> Fields | None:
        """Name the leader."""
        told, target = super().info_of(tid, mask), self.tasks.get(tid)
        return told if target is None else changed(told, info_pid=self.name(target.group.tgid))


class InfoOfThreadsIsOfTheirIds(Kernel):
    """PIDFD_GET_INFO tells the user ids of the leader."""

    def info_of(self, tid: int, mask: int) -> Fields | None:
        """Take his."""
        told, target = super().info_of(tid, mask), self.tasks.get(tid)
        if target is None:
            return told
        ids = self.leader(target.group).ids
        return changed(told, ruid=ids.ruid, euid=ids.euid, suid=ids.suid)


class InfoOfThreadsIsTheirProcesssEnd(Kernel):
    """A thread that ends by itself is told to have ended with status 0."""

    def release(self, task: Task) -> None:
        """Forget its code."""
        super().release(task)
        if task.tid != task.group.tgid and not task.group.group_exit:
            self.bury(task.tid, 0)


class InfoOfThreadsIsTheirOwnEnd(Kernel):
    """A thread that the end of its process ended is told to have ended with status 0."""

    def release(self, task: Task) -> None:
        """Forget the process's."""
        super().release(task)
        if task.tid != task.group.tgid and task.group.group_exit:
            self.bury(task.tid, 0)


class InfoOfALeaderIsItsOwnEnd(Kernel):
    """A leader that ended before its threads is told with its own code."""

    def release(self, task: Task) -> None:
        """Keep that."""
        super().release(task)
        self.bury(task.tid, task.last_words)


class InfoOfAFormerIdIsNothing(Kernel):
    """The former id of a thread that calls execve leaves no word."""

    def take_over_leader(self, task: Task) -> None:
        """Forget it."""
        former = task.tid
        super().take_over_leader(task)
        if former != task.tid:
            self.epitaphs.pop(former, None)


class InfoTellsWhatIsAskedFor(Kernel):
    """PIDFD_GET_INFO tells ids and credentials if asked for them."""

    def info_of(self, tid: int, mask: int) -> Fields | None:
        """Say that they were not told."""
        told = super().info_of(tid, mask)
        return told if mask & (INFO_PID | INFO_CREDS) else changed(told, info="PIDFD_INFO_CGROUPID")


class InfoTakesLeave(Kernel):
    """Only who may trace a process is told of it."""

    def sys_pidfd_get_info(self, task: Task, pidfd: Name, mask: int, size: int, buffer: int) -> Fields:
        """Ask."""
        file = self.pidfd_at(task, pidfd)
        target = self.tasks.get(file.tid) if file is not None else None
        if target is not None and target.group is not task.group and not self.may_attach(task, target):
            return failure("EPERM")
        return super().sys_pidfd_get_info(task, pidfd, mask, size, buffer)


class InfoOfAnySize(Kernel):
    """PIDFD_GET_INFO takes a structure of any size."""

    def sys_pidfd_get_info(self, task: Task, pidfd: Name, mask: int, size: int, buffer: int) -> Fields:
        """Do not look at it."""
        return super().sys_pidfd_get_info(task, pidfd, mask, max(size, 64), buffer)


class InfoOfOneSize(Kernel):
    """PIDFD_GET_INFO takes no structure that is larger than the first one."""

    def sys_pidfd_get_info(self, task: Task, pidfd: Name, mask: int, size: int, buffer: int) -> Fields:
        """Refuse it."""
        return super().sys_pidfd_get_info(task, pidfd, mask, size if size == 64 else 0, buffer)


class InfoNullIsAFault(Kernel):
    """A null pointer is as bad as any."""

    def sys_pidfd_get_info(self, task: Task, pidfd: Name, mask: int, size: int, buffer: int) -> Fields:
        """Take it for one."""
        bad = BUFFERS["bad"] if buffer == BUFFERS["null"] else buffer
        return super().sys_pidfd_get_info(task, pidfd, mask, size, bad)


class InfoLooksForTheProcessFirst(Kernel):
    """That one is reaped is told before a bad pointer."""

    def sys_pidfd_get_info(self, task: Task, pidfd: Name, mask: int, size: int, buffer: int) -> Fields:
        """Keep that order."""
        file = self.pidfd_at(task, pidfd)
        if file is not None and self.info_of(file.tid, mask) is None:
            return failure("ESRCH")
        return super().sys_pidfd_get_info(task, pidfd, mask, size, buffer)


class InfoFromOutsideIsNothing(Kernel):
    """PIDFD_GET_INFO of one outside the namespace tells zeroes."""

    def sys_pidfd_get_info(self, task: Task, pidfd: Name, mask: int, size: int, buffer: int) -> Fields:
        """Tell them."""
        result = super().sys_pidfd_get_info(task, pidfd, mask, size, buffer)
        return (*OK, ("info", "-")) if result == failure("EREMOTE") else result


class InfoTellsEverybodysParent(Kernel):
    """PIDFD_GET_INFO tells of a parent outside the namespace too."""

    def parent_told(self, target: Task) -> Value:
        """Name him."""
        parent = self.tasks.get(target.parent)
        return 0 if parent is None else self.names[parent.group.tgid]


class InfoDoesNotSayWhatItKnows(pidfds.NoSupportedMask):
    """PIDFD_INFO_SUPPORTED_MASK is not answered."""


class CoredumpOfNobody(pidfds.NoCoredumpInfo):
    """PIDFD_INFO_COREDUMP is not answered."""


class CoredumpOfEverybody(pidfds.CoredumpOfEverybody):
    """PIDFD_INFO_COREDUMP is answered of the reaped too."""


class CoredumpOfTheLiving(pidfds.CoredumpOfTheLiving):
    """PIDFD_INFO_COREDUMP is not answered of a zombie."""
