"""pidfds as they were: what was not there yet, and what has changed since it came."""

from __future__ import annotations

from conformance.abi.descriptors import (
    INFO_BITS,
    INFO_COREDUMP,
    PIDFD_NONBLOCK,
    PIDFD_SELF_THREAD_GROUP,
)
from conformance.abi.processes import (
    CLONE_AUTOREAP,
    CLONE_DETACHED,
    CLONE_NNP,
    CLONE_PIDFD,
    CLONE_PIDFD_AUTOKILL,
    CLONE_THREAD,
)
from conformance.abi.waiting import P_PIDFD
from conformance.case.calls import BUFFERS
from conformance.case.model import Fd
from conformance.reference.files import File, FileKind, Name
from conformance.reference.kernel import Kernel
from conformance.reference.results import failure
from conformance.reference.task import Task
from conformance.reference.values import ExitState
from conformance.trace import Fields

FORMER_SELF_THREAD_GROUP = -20000
"""What PIDFD_SELF_THREAD_GROUP was before Linux 6.17."""

# -- not there yet ---------------------------------------------------------------------------------


class NoPidfdSendSignal(Kernel):
    """There is no pidfd_send_signal."""

    def sys_pidfd_send_signal(
        self, task: Task, pidfd: Name, signo: int, info: int, code: int, flags: int
    ) -> Fields:
        """Know no such system call."""
        return failure("ENOSYS")


class NoClonePidfd(Kernel):
    """clone takes no notice of CLONE_PIDFD, nor of what does not go with it."""

    def sys_clone(
        self, task: Task, child: str, exit_signal: int, flags: int, pidfd: Fd | int = 0
    ) -> Fields | None:
        """Leave it out."""
        return super().sys_clone(task, child, exit_signal, flags & ~CLONE_PIDFD, pidfd)


class NoPidfdOpen(Kernel):
    """There is no pidfd_open."""

    def sys_pidfd_open(self, task: Task, pid: int, flags: int, fd: Fd | int) -> Fields:
        """Know no such system call."""
        return failure("ENOSYS")


class NoWaitByPidfd(Kernel):
    """waitid knows no P_PIDFD."""

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Refuse it."""
        return "EINVAL" if idtype == P_PIDFD else super().waitid_error(idtype, pid, options)


class FdinfoKeepsThePid(Kernel):
    """fdinfo goes on to tell the pid of one who is reaped."""

    def pid_in_fdinfo(self, tid: int) -> str | int:
        """Tell it."""
        return self.names[tid]


class NoPidfdGetfd(Kernel):
    """There is no pidfd_getfd."""

    def sys_pidfd_getfd(self, task: Task, pidfd: Name, targetfd: Name, flags: int, fd: Fd | int) -> Fields:
        """Know no such system call."""
        return failure("ENOSYS")


class NoNonblock(Kernel):
    """pidfd_open takes no flags, and waitid blocks whatever the pidfd's flags are."""

    def open_flags(self) -> int:
        """Know none."""
        return 0

    def is_nonblocking(self, file: File) -> bool:
        """Take no notice."""
        return False


class NoPeerPidfd(Kernel):
    """Sockets know no SO_PEERPIDFD."""

    def peer_error(self, maker: int) -> str | None:
        """Refuse it."""
        return "ENOPROTOOPT"


class ProcessesOnly(Kernel):
    """pidfds are of processes alone: no PIDFD_THREAD, and CLONE_PIDFD does not go with CLONE_THREAD."""

    def open_flags(self) -> int:
        """Know PIDFD_NONBLOCK."""
        return PIDFD_NONBLOCK

    def excluded_by_pidfd(self) -> int:
        """Exclude threads too."""
        return CLONE_DETACHED | CLONE_THREAD


class NoScopes(Kernel):
    """pidfd_send_signal takes no flags."""

    def scopes(self) -> tuple[int, ...]:
        """Know none."""
        return (0,)


class OneInodeForAll(Kernel):
    """All pidfds are open on the one anonymous inode, as epoll instances are."""

    def is_same_inode(self, one: File, two: File) -> bool:
        """Take them for one."""
        anonymous = {FileKind.PIDFD, FileKind.EPOLL}
        return {one.kind, two.kind} <= anonymous or super().is_same_inode(one, two)

    def io_error(self, op: str) -> str:
        """Have no place to read at either."""
        return "ESPIPE" if op == "pread" else super().io_error(op)


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


class NoSentinels(Kernel):
    """No number stands for a pidfd of the caller."""

    def own_pidfd(self, task: Task, name: Name) -> File | None:
        """Take it for a descriptor that is not open."""
        return None


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


class NoAutoreap(Kernel):
    """clone3 knows neither CLONE_AUTOREAP nor CLONE_NNP nor CLONE_PIDFD_AUTOKILL."""

    def unknown_to_clone3(self) -> int:
        """Refuse all three."""
        return CLONE_AUTOREAP | CLONE_NNP | CLONE_PIDFD_AUTOKILL


# -- otherwise -------------------------------------------------------------------------------------


class BadFileOfTheDead(Kernel):
    """pidfd_getfd says of one who is at his end that the descriptor is not open."""

    def getfd_error(self, task: Task, target: Task) -> str | None:
        """Find nothing there."""
        return "EBADF" if super().getfd_error(task, target) == "ESRCH" else super().getfd_error(task, target)


class ThreadsAreInvalid(Kernel):
    """pidfd_open of a thread without PIDFD_THREAD is EINVAL, and so of a number which only a group has."""

    def no_leader_error(self) -> str:
        """Say so."""
        return "EINVAL"

    def open_error(self, pid: int, flags: int) -> str | None:
        """Look for a leader first."""
        error = super().open_error(pid, flags)
        kept = any(pid in (group.pgid, group.sid) for group in self.groups.values())
        return "EINVAL" if error == "ESRCH" and kept else error


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


class GroupSentinelIsAnother(Kernel):
    """PIDFD_SELF_THREAD_GROUP is another number."""

    def own_pidfd(self, task: Task, name: Name) -> File | None:
        """Know the other one alone."""
        if name in (PIDFD_SELF_THREAD_GROUP, FORMER_SELF_THREAD_GROUP):
            return File(FileKind.PIDFD, task.group.tgid) if name == FORMER_SELF_THREAD_GROUP else None
        return super().own_pidfd(task, name)


class ReapedPeersAreInvalid(Kernel):
    """SO_PEERPIDFD of one who is reaped is EINVAL."""

    def peer_error(self, maker: int) -> str | None:
        """Look for him."""
        return super().peer_error(maker) or (None if maker in self.tasks else "EINVAL")


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
