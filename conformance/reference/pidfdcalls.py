"""The system calls on pidfds: having one, signals by it, and descriptors of whom it is of.

After ``kernel/pid.c`` and ``kernel/signal.c``. What a pidfd is of is never anybody else,
however often the number comes again (PIDFD-029, PIDFD-111).
"""

from __future__ import annotations

from typing import Final

from conformance.abi.descriptors import (
    PIDFD_AUTOKILL,
    PIDFD_NONBLOCK,
    PIDFD_SELF_THREAD,
    PIDFD_SELF_THREAD_GROUP,
    PIDFD_SIGNAL_PROCESS_GROUP,
    PIDFD_SIGNAL_THREAD,
    PIDFD_SIGNAL_THREAD_GROUP,
    PIDFD_THREAD,
)
from conformance.abi.signals import SI_CODES, SIGKILL
from conformance.case.calls.pidfds import INFOS
from conformance.case.model import Fd
from conformance.reference.files import File, FileKind, Name
from conformance.reference.pidfdinfo import PidfdInfo
from conformance.reference.results import failure, outcome
from conformance.reference.task import Task
from conformance.reference.values import SigInfo
from conformance.trace import Fields

SCOPES: Final = (0, PIDFD_SIGNAL_THREAD, PIDFD_SIGNAL_THREAD_GROUP, PIDFD_SIGNAL_PROCESS_GROUP)


class PidfdCalls(PidfdInfo):
    """pidfds, as system calls."""

    # -- having one ------------------------------------------------------------------------------

    def sys_pidfd_open(self, task: Task, pid: int, flags: int, fd: Fd | int) -> Fields:
        """pidfd_open(2): flags are checked before the pid (PIDFD-003, PIDFD-005)."""
        error = self.open_error(pid, flags)
        if error:
            return failure(error)
        file = File(FileKind.PIDFD, pid, flags & (PIDFD_NONBLOCK | PIDFD_THREAD))
        return self.install(task, self.new_file(file), fd)

    def open_error(self, pid: int, flags: int) -> str | None:
        """Say why there is no pidfd of a pid (``pidfd_prepare``; PIDFD-003, PIDFD-004, PIDFD-031)."""
        if flags & ~self.open_flags() or pid <= 0:
            return "EINVAL"
        target = self.tasks.get(pid)
        if target is None:
            return "ESRCH"
        leads = target.tid == target.group.tgid
        return None if leads or flags & PIDFD_THREAD else self.no_leader_error()

    def open_flags(self) -> int:
        """Return the flags that pidfd_open knows (PIDFD-002, PIDFD-062)."""
        return PIDFD_NONBLOCK | PIDFD_THREAD

    def no_leader_error(self) -> str:
        """Return what becomes of pidfd_open of a thread without PIDFD_THREAD (PIDFD-061)."""
        return "ENOENT"

    def sys_open_proc(self, task: Task, pid: int, fd: Fd | int) -> Fields:
        """open(2) of a directory in /proc: it is of the process, not of the number (proc(5))."""
        if pid not in self.tasks:
            return failure("ENOENT")
        return self.install(task, self.new_file(File(FileKind.PROC, pid)), fd)

    def sys_peer_pidfd(self, task: Task, sock: Name, fd: Fd | int) -> Fields:
        """SO_PEERPIDFD (unix(7)): a pidfd of who made the other end, even when that one is reaped
        (PIDFD-340).
        """
        entry = self.socket_at(task, sock)
        if isinstance(entry, str):
            return failure(entry)
        maker = self.files[entry.file].tid
        error = self.peer_error(maker)
        return failure(error) if error else self.install(task, self.new_file(File(FileKind.PIDFD, maker)), fd)

    def peer_error(self, maker: int) -> str | None:
        """Say why there is no pidfd of a socket's maker: there always is (``PIDFD_STALE``)."""
        del maker
        return None

    def pidfd_at(self, task: Task, name: Name) -> File | None:
        """Return the pidfd that a descriptor is, None if it is none (``pidfd_get_pid``)."""
        file = self.file_at(task, name)
        return file if file is not None and file.kind is FileKind.PIDFD else None

    def own_pidfd(self, task: Task, name: Name) -> File | None:
        """Return the pidfd of the caller that a number stands for (PIDFD-094)."""
        if name == PIDFD_SELF_THREAD:
            return File(FileKind.PIDFD, task.tid, PIDFD_THREAD)
        if name == PIDFD_SELF_THREAD_GROUP:
            return File(FileKind.PIDFD, task.group.tgid)
        return None

    def release_file(self, file: File) -> None:
        """Kill the process whose pidfd of CLONE_PIDFD_AUTOKILL nobody has any more (``pidfs_file_release``;
        PIDFD-363).
        """
        target = self.tasks.get(file.tid)
        if file.flags & PIDFD_AUTOKILL and target is not None:
            self.send_to_process(SigInfo(SIGKILL, SI_CODES["SI_KERNEL"]), target.group, force=True)

    # -- signals ---------------------------------------------------------------------------------

    def sys_pidfd_send_signal(
        self, task: Task, pidfd: Name, signo: int, info: int, code: int, flags: int
    ) -> Fields:
        """pidfd_send_signal(2): flags first, then the pidfd, its namespace, the siginfo (PIDFD-047,
        PIDFD-320).
        """
        if flags not in self.scopes():
            return failure("EINVAL")
        file = self.own_pidfd(task, pidfd) or self.signal_target(task, pidfd)
        if file is None:
            return failure("EBADF")
        if not self.number(file.tid, self.space_of(task.tid)):
            return failure("EINVAL")  # PIDFD-126
        scope = flags or (PIDFD_SIGNAL_THREAD if file.flags & PIDFD_THREAD else PIDFD_SIGNAL_THREAD_GROUP)
        error = self.siginfo_error(task, file.tid, info, code, scope)
        if error:
            return failure(error)
        if info == INFOS["null"]:
            code = self.default_code(scope)
        told = SigInfo(signo, code, task.group.tgid, self.uid_told(task))
        return outcome(self.send_by_pidfd(task, file.tid, told, scope))

    def scopes(self) -> tuple[int, ...]:
        """Return the flags that pidfd_send_signal takes: one at most (PIDFD-047, PIDFD-048)."""
        return SCOPES

    def signal_target(self, task: Task, name: Name) -> File | None:
        """Return whom a descriptor names for a signal: a directory of /proc does too (PIDFD-321)."""
        file = self.file_at(task, name)
        known = file is not None and file.kind in (FileKind.PIDFD, FileKind.PROC)
        return file if known else None

    def siginfo_error(self, task: Task, tid: int, info: int, code: int, scope: int) -> str | None:
        """Say what is wrong with a siginfo: codes that others than the sender vouch for go to nobody but the
        calling thread (PIDFD-049, PIDFD-051, PIDFD-322).
        """
        if info == INFOS["null"]:
            return None
        if info == INFOS["bad"]:
            return "EFAULT"
        if info == INFOS["other"]:
            return "EINVAL"
        own = task.tid == tid and scope != PIDFD_SIGNAL_PROCESS_GROUP
        return "EPERM" if self.is_forged(code) and not own else None

    def default_code(self, scope: int) -> int:
        """Return the si_code of a signal without a siginfo: as of kill, or as of tgkill where one thread is
        meant (``prepare_kill_siginfo``; PIDFD-054, PIDFD-095, PIDFD-101).
        """
        return SI_CODES["SI_TKILL" if scope == PIDFD_SIGNAL_THREAD else "SI_USER"]

    def send_by_pidfd(self, task: Task, tid: int, info: SigInfo, scope: int) -> str | None:
        """Send to the thread or process of a pidfd, or to the group whose id it is (PIDFD-090, PIDFD-098)."""
        if scope == PIDFD_SIGNAL_PROCESS_GROUP:
            return self.send_to_group(task, tid, info)
        target = self.tasks.get(tid)
        error = self.send_error(task, target, info.signo)
        if target is None or error or not info.signo:
            return error
        if scope == PIDFD_SIGNAL_THREAD:
            return self.send_to_thread(info, target)
        return self.send_to_process(info, target.group, via=target)

    def send_error(self, task: Task, target: Task | None, signo: int) -> str | None:
        """Say why a signal cannot be sent: nobody is looked for twice, though the number be another's now
        (PIDFD-029, PIDFD-046, PIDFD-056).
        """
        if target is None:
            return "ESRCH"
        if not self.valid_signal(signo):
            return "EINVAL"
        return None if self.may_signal(signo, task, target) else "EPERM"

    def send_to_group(self, task: Task, pgid: int, info: SigInfo) -> str | None:
        """Send to the process group that a pidfd's process leads, or led (``kill_pgrp_info``; PIDFD-100,
        PIDFD-324, PIDFD-507).
        """
        members = sorted(self.process_group(pgid), key=lambda group: -group.joined)
        if not members:
            return "ESRCH"
        if not self.valid_signal(info.signo):
            return "EINVAL"
        return self.signal_members(task, members, info)

    # -- descriptors -----------------------------------------------------------------------------

    def sys_pidfd_getfd(self, task: Task, pidfd: Name, targetfd: Name, flags: int, fd: Fd | int) -> Fields:
        """pidfd_getfd(2): a descriptor of the same file, which an execve closes (PIDFD-058, PIDFD-059)."""
        if flags:
            return failure("EINVAL")
        file = self.pidfd_at(task, pidfd)
        if file is None:
            return failure("EBADF")
        target = self.tasks.get(file.tid)
        if target is None:
            return failure("ESRCH")
        error = self.getfd_error(task, target)
        if error:
            return failure(error)
        found = self.table(target).get(targetfd)
        if found is None:
            return failure("EBADF")
        return self.install(task, found.file, fd)

    def getfd_error(self, task: Task, target: Task) -> str | None:
        """Say why nothing of a task is to be had: no leave (PIDFD-057), or it is at its end (PIDFD-060)."""
        if target.group is not task.group and not self.may_attach(task, target):
            return "EPERM"
        return None if target.files else "ESRCH"
