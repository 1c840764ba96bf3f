"""pidfds as they were: what was not there yet, and what has changed since it came."""

from __future__ import annotations

from conformance.abi.descriptors import (
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
from conformance.case.model import Fd
from conformance.reference.files import File, FileKind, Name
from conformance.reference.kernel import Kernel
from conformance.reference.results import failure
from conformance.reference.task import Task
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


class NoSentinels(Kernel):
    """No number stands for a pidfd of the caller."""

    def own_pidfd(self, task: Task, name: Name) -> File | None:
        """Take it for a descriptor that is not open."""
        return None


class NoAutoreap(Kernel):
    """clone3 knows neither CLONE_AUTOREAP nor CLONE_NNP nor CLONE_PIDFD_AUTOKILL."""

    def unknown_to_clone3(self) -> int:
        """Refuse all three."""
        return super().unknown_to_clone3() | CLONE_AUTOREAP | CLONE_NNP | CLONE_PIDFD_AUTOKILL


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
