"""Rules of what a pidfd tells overdone."""

from __future__ import annotations

from conformance.abi.descriptors import INFO_BITS, INFO_COREDUMP, INFO_EXIT
from conformance.abi.waiting import status_text
from conformance.case.calls import BUFFERS
from conformance.case.model import Fd
from conformance.reference.files import EMPTY, File, Name, Table
from conformance.reference.results import OK, failure
from conformance.reference.task import Task
from conformance.reference.values import ExitState
from conformance.trace import Fields, Value
from tests.overreach.overreach import Overreach
from tests.variants.pidfd_info import changed


class OpenAsksNothing(Overreach):
    """pidfd_open finds who cannot be named, too."""

    RULES = ("PIDFD-400",)

    def sys_pidfd_open(self, task: Task, pid: int, flags: int, fd: Fd | int) -> Fields:
        """Take the caller for him."""
        found = self.open_error(pid, flags) != "ESRCH"
        return super().sys_pidfd_open(task, pid if found else task.group.tgid, flags, fd)


class EverythingIsEinval(Overreach):
    """Whatever is no pidfd answers its ioctls as an epoll instance does."""

    RULES = ("PIDFD-425",)

    def foreign_ioctl_error(self, file: File) -> str:
        """Say so."""
        return "EINVAL"


class KnownRequestsAreUnknown(Overreach):
    """A request is unknown of one who is reaped."""

    RULES = ("PIDFD-010",)

    def namespace_error(self, task: Task, tid: int, arg: int) -> str | None:
        """Say so."""
        return super().namespace_error(task, tid, arg) if tid in self.tasks else "ENOTTY"


class TheDeadAreToldToBeReaped(Overreach):
    """fdinfo and PIDFD_GET_INFO tell of a zombie as of one who is reaped."""

    RULES = ("PIDFD-030", "PIDFD-032", "PIDFD-033", "PIDFD-064")

    def sys_fdinfo(self, task: Task, pidfd: Name) -> Fields:
        """Look at the state."""
        file = self.pidfd_at(task, pidfd)
        dead = file is not None and self.is_zombie(file.tid)
        return (*OK, ("fdinfo_pid", -1)) if dead else super().sys_fdinfo(task, pidfd)

    def is_zombie(self, tid: int) -> bool:
        """Say whether somebody has ended."""
        target = self.tasks.get(tid)
        return target is not None and target.exit_state is not ExitState.ALIVE

    def info_of(self, tid: int, mask: int) -> Fields | None:
        """Take its status."""
        told = super().info_of(tid, mask)
        if not self.is_zombie(tid):
            return told
        status = status_text(self.tasks[tid].exit_code)
        none = dict.fromkeys(("info_pid", "info_tgid", "info_ppid"), 0)
        return changed(told, info="PIDFD_INFO_CGROUPID,PIDFD_INFO_EXIT", info_exit=status, **none)


class FdinfoNeverForgets(Overreach):
    """fdinfo tells the pid of one who is reaped."""

    RULES = ("PIDFD-022",)

    def pid_in_fdinfo(self, tid: int) -> Value:
        """Tell it."""
        return self.names[tid]


class LeadersAreThreadsOfTheNextProcess(Overreach):
    """A number that came again is nobody's in fdinfo, the second time too."""

    RULES = ("PIDFD-114", "PIDFD-116")

    def second(self, tid: int) -> bool:
        """Say whether somebody else had the number before."""
        number = self.number(tid, ())
        return any(self.number(other, ()) == number for other in self.identities if other < tid)

    def sys_fdinfo(self, task: Task, pidfd: Name) -> Fields:
        """Look for a former owner."""
        file = self.pidfd_at(task, pidfd)
        again = file is not None and self.second(file.tid)
        return (*OK, ("fdinfo_pid", -1)) if again else super().sys_fdinfo(task, pidfd)

    def info_of(self, tid: int, mask: int) -> Fields | None:
        """Tell the end of the first."""
        told = super().info_of(tid, mask)
        return changed(told, info_exit="exited(1)") if self.second(tid) else told


class WaitsMakeItKnown(Overreach):
    """The end of a child is told as soon as its SIGCHLD is sent."""

    RULES = ("PIDFD-428", "PIDFD-129", "PIDFD-024", "PIDFD-038")

    def info_of(self, tid: int, mask: int) -> Fields | None:
        """Take what a wait would tell, of a stop too."""
        told, target = super().info_of(tid, mask), self.tasks.get(tid)
        if target is None or not mask & INFO_EXIT:
            return changed(told, info_exit="untold") if mask & INFO_EXIT else told
        status = target.exit_code if target.exit_state is not ExitState.ALIVE else 0
        stopped = "stopped(SIGSTOP)" if target.stopped else "untold"
        return changed(told, info_exit=status_text(status) if status else stopped)


class EverybodyIsAThread(Overreach):
    """PIDFD_GET_INFO tells the parent's pid as the tgid."""

    RULES = ("PIDFD-065", "PIDFD-120")

    def info_of(self, tid: int, mask: int) -> Fields | None:
        """Take it for a thread of his."""
        told, target = super().info_of(tid, mask), self.tasks.get(tid)
        return told if target is None else changed(told, info_tgid=self.parent_told(target))


class ThreadsEndAlone(Overreach):
    """A thread is told to have ended by itself, or by its process, whichever it was not."""

    RULES = ("PIDFD-068", "PIDFD-354", "PIDFD-357")

    def release(self, task: Task) -> None:
        """Take what it was about to say, and of the last of a process the status of its leader."""
        super().release(task)
        self.bury(task.tid, self.tasks[task.group.tgid].exit_code if task.group.threads else 0)


class NothingIsEverAsked(Overreach):
    """PIDFD_GET_INFO answers everything always."""

    RULES = ("PIDFD-121", "PIDFD-123", "PIDFD-351", "PIDFD-352", "PIDFD-353")

    def info_of(self, tid: int, mask: int) -> Fields | None:
        """Ask for all of it."""
        return super().info_of(tid, mask | INFO_EXIT | INFO_COREDUMP | INFO_BITS["PIDFD_INFO_SUPPORTED_MASK"])


class NoSizeButOne(Overreach):
    """PIDFD_GET_INFO refuses every size that is not its first."""

    RULES = ("PIDFD-122",)

    def sys_pidfd_get_info(self, task: Task, pidfd: Name, mask: int, size: int, buffer: int) -> Fields:
        """Look at it."""
        return super().sys_pidfd_get_info(task, pidfd, mask, size if size == 64 else 0, buffer)


class BuffersBeforeSizes(Overreach):
    """PIDFD_GET_INFO looks at the buffer before the size."""

    RULES = ("PIDFD-350",)

    def sys_pidfd_get_info(self, task: Task, pidfd: Name, mask: int, size: int, buffer: int) -> Fields:
        """Keep that order."""
        if buffer != BUFFERS["given"] and self.pidfd_at(task, pidfd):
            return failure("EFAULT" if buffer == BUFFERS["bad"] else "EINVAL")
        return super().sys_pidfd_get_info(task, pidfd, mask, size, buffer)


class LeaveForAllButTheReaped(Overreach):
    """PIDFD_GET_INFO tells of everything to everybody, of nobody too."""

    RULES = ("PIDFD-356",)

    def info_of(self, tid: int, mask: int) -> Fields | None:
        """Ask for what there is."""
        return super().info_of(tid, mask if tid in self.tasks else mask | INFO_EXIT)


class RemoteBeforeBuffers(Overreach):
    """That one is elsewhere is told before the buffer is looked at, and of the whole family."""

    RULES = ("PIDFD-127",)

    def sys_pidfd_get_info(self, task: Task, pidfd: Name, mask: int, size: int, buffer: int) -> Fields:
        """Keep that order."""
        file = self.pidfd_at(task, pidfd)
        if file is not None and not self.number(file.tid, self.space_of(task.tid)):
            return failure("EREMOTE")
        return super().sys_pidfd_get_info(task, pidfd, mask, size, buffer)


class ZombiesAreNobody(Overreach):
    """PIDFD_GET_INFO of a zombie is ESRCH unless it is asked how it ended."""

    RULES = ("PIDFD-355",)

    def info_of(self, tid: int, mask: int) -> Fields | None:
        """Look at the state."""
        target = self.tasks.get(tid)
        dead = target is not None and target.exit_state is not ExitState.ALIVE
        return None if dead and not mask & INFO_EXIT else super().info_of(tid, mask)


class OutsidersAreZero(Overreach):
    """Of one who has no number for the caller all numbers are told as 0."""

    RULES = ("PIDFD-358",)

    def sys_pidfd_get_info(self, task: Task, pidfd: Name, mask: int, size: int, buffer: int) -> Fields:
        """Tell them."""
        result = super().sys_pidfd_get_info(task, pidfd, mask, size, buffer)
        return (*OK, ("info", "PIDFD_INFO_PID")) if result == failure("EREMOTE") else result


class ExecEndsTheLeaderToo(Overreach):
    """Whoever calls execve, the process is told to have ended by it."""

    RULES = ("PIDFD-076",)

    def exec(self, task: Task) -> None:
        """Keep that for it."""
        super().exec(task)
        self.bury(task.tid, 0)


class ArgumentsAreNothing(Overreach):
    """A request gives the namespace whatever its argument."""

    RULES = ("PIDFD-420",)

    def namespace_error(self, task: Task, tid: int, arg: int) -> str | None:
        """Leave it out."""
        return super().namespace_error(task, tid, 0)


class ArgumentsFirst(Overreach):
    """A request with an argument is EINVAL, of one who is reaped too."""

    RULES = ("PIDFD-421",)

    def namespace_error(self, task: Task, tid: int, arg: int) -> str | None:
        """Keep that order."""
        return "EINVAL" if arg else super().namespace_error(task, tid, arg)


class ReapedFirst(Overreach):
    """A request is ESRCH where it has an argument, as of one who is reaped."""

    RULES = ("PIDFD-124",)

    def namespace_error(self, task: Task, tid: int, arg: int) -> str | None:
        """Say so."""
        return "ESRCH" if arg else super().namespace_error(task, tid, arg)


class ZombiesHaveThem(Overreach):
    """The namespaces of a zombie can be had with leave."""

    RULES = ("PIDFD-426",)

    def namespace_error(self, task: Task, tid: int, arg: int) -> str | None:
        """Give them."""
        error = super().namespace_error(task, tid, arg)
        return None if error == "ESRCH" and tid in self.tasks else error


class LeaveIsRootsAlone(Overreach):
    """Only root gets namespaces, or nobody."""

    RULES = ("PIDFD-422", "PIDFD-423")

    def namespace_error(self, task: Task, tid: int, arg: int) -> str | None:
        """Refuse the rest, and the living."""
        error = super().namespace_error(task, tid, arg)
        return ("ESRCH" if self.is_capable(task) else "EACCES") if error is None else error


class InheritedIsNotOpen(Overreach):
    """fdinfo of what the parent opened is ENOENT."""

    RULES = ("PIDFD-424",)

    def table(self, task: Task) -> Table:
        """Look at one's own, in fdinfo alone."""
        asked = task.call is not None and task.call.name == "fdinfo"
        own = task.group.noexec and task.tid in self.tasks and self.tasks.get(task.parent) is not None
        inherited = (
            asked and own and super().table(task).keys() - super().table(self.tasks[task.parent]).keys()
        )
        return EMPTY if inherited else super().table(task)
