"""What pidfds told once: PIDFD_GET_INFO, the requests for namespaces, and fdinfo."""

from __future__ import annotations

from conformance.abi.descriptors import (
    INFO_BITS,
    INFO_COREDUMP,
)
from conformance.case.calls import BUFFERS
from conformance.reference.files import File, Name
from conformance.reference.kernel import Kernel
from conformance.reference.results import failure
from conformance.reference.task import Task
from conformance.reference.values import ExitState
from conformance.trace import Fields


class FdinfoKeepsThePid(Kernel):
    """fdinfo goes on to tell the pid of one who is reaped."""

    def pid_in_fdinfo(self, tid: int) -> str | int:
        """Tell it."""
        return self.names[tid]


class NoNamespaces(Kernel):
    """A pidfd knows no ioctl."""

    def namespace_error(self, task: Task, tid: int, arg: int) -> str | None:
        """Know no request."""
        return "ENOTTY"

    def unknown_ioctl_error(self, task: Task, tid: int, arg: int) -> str:
        """Look at nothing."""
        return "ENOTTY"


class NoInfo(Kernel):
    """There is no PIDFD_GET_INFO: it is an ioctl as unknown as any."""

    def sys_pidfd_get_info(self, task: Task, pidfd: Name, mask: int, size: int, buffer: int) -> Fields:
        """Take the buffer for its argument."""
        file = self.pidfd_at(task, pidfd)
        if file is None:
            return super().sys_pidfd_get_info(task, pidfd, mask, size, buffer)
        return failure(self.unknown_ioctl_error(task, file.tid, int(buffer != BUFFERS["null"])))


class NoEpitaphs(Kernel):
    """PIDFD_GET_INFO tells nothing of the reaped, and looks for the process before anything else."""

    def sys_pidfd_get_info(self, task: Task, pidfd: Name, mask: int, size: int, buffer: int) -> Fields:
        """Look for it."""
        file = self.pidfd_at(task, pidfd)
        if file is not None and file.tid not in self.tasks:
            return failure("ESRCH")
        return super().sys_pidfd_get_info(task, pidfd, mask, size, buffer)


class NoCoredumpInfo(Kernel):
    """PIDFD_GET_INFO knows no PIDFD_INFO_COREDUMP."""

    def info_of(self, tid: int, mask: int) -> Fields | None:
        """Ignore it."""
        return super().info_of(tid, mask & ~INFO_COREDUMP)


class NoSupportedMask(Kernel):
    """PIDFD_GET_INFO does not say what it knows."""

    def info_answers(self) -> int:
        """Ignore the question."""
        return super().info_answers() & ~INFO_BITS["PIDFD_INFO_SUPPORTED_MASK"]


class SmallInfoIsInvalid(Kernel):
    """PIDFD_GET_INFO with too small a size is EINVAL."""

    def small_info_error(self) -> str:
        """Tell that from an unknown ioctl."""
        return "EINVAL"


class EpollHasNoIoctls(Kernel):
    """An epoll instance knows no ioctl."""

    def foreign_ioctl_error(self, file: File) -> str:
        """Say so of it as of all others."""
        return "ENOTTY"


class RequestsAreReadLast(Kernel):
    """That there is no such request is told when all else would be well."""

    def unknown_ioctl_error(self, task: Task, tid: int, arg: int) -> str:
        """Look at the rest first."""
        return self.namespace_error(task, tid, arg) or super().unknown_ioctl_error(task, tid, arg)


class ArgumentBeforeTask(Kernel):
    """The argument of a request for a namespace is looked at before the process."""

    def namespace_error(self, task: Task, tid: int, arg: int) -> str | None:
        """Keep that order."""
        return "EINVAL" if arg else super().namespace_error(task, tid, arg)


class NoLeaveForZombies(Kernel):
    """That a zombie has no namespaces is told to those too who may not look into it."""

    def namespace_error(self, task: Task, tid: int, arg: int) -> str | None:
        """Look at that first."""
        error = super().namespace_error(task, tid, arg)
        return "ESRCH" if error == "EACCES" and not self.tasks[tid].files else error


class InfoFromOutsideIsNobody(Kernel):
    """PIDFD_GET_INFO of one whom the caller cannot see is ESRCH."""

    def invisible_error(self) -> str:
        """Say so."""
        return "ESRCH"


class CoredumpOfTheLiving(Kernel):
    """PIDFD_INFO_COREDUMP is told of those who have their memory yet."""

    def tells_coredump(self, target: Task | None) -> bool:
        """Look at that."""
        return target is not None and target.exit_state is ExitState.ALIVE


class CoredumpOfEverybody(Kernel):
    """PIDFD_INFO_COREDUMP is told of everybody, the reaped included."""

    def tells_coredump(self, target: Task | None) -> bool:
        """Tell it."""
        return True
