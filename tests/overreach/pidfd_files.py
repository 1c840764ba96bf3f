"""Rules of pidfds as descriptors overdone."""

from __future__ import annotations

from conformance.abi.descriptors import F_GETFL, O_EXCL, PIDFD_THREAD
from conformance.abi.processes import CLONE_FILES, CLONE_VM
from conformance.case.model import Fd
from conformance.reference.files import Descriptor, File, FileKind, Name
from conformance.reference.results import failure
from conformance.reference.task import Task
from conformance.reference.values import ExitState
from conformance.trace import Fields
from tests.overreach.overreach import Overreach
from tests.variants.pidfd_copies import CopiesAreOtherFiles


class PidfdsKeepTheirProcess(Overreach):
    """Who has a pidfd of a process finds it there, whatever has become of it."""

    RULES = ("PIDFD-001",)

    def open_error(self, pid: int, flags: int) -> str | None:
        """Find it by the pidfd."""
        error = super().open_error(pid, flags)
        return None if error == "ESRCH" and pid in self.identities else error


class OneIsNoNumberEither(Overreach):
    """pidfd_open of small numbers is EINVAL, that of init too."""

    RULES = ("PIDFD-003",)

    def open_error(self, pid: int, flags: int) -> str | None:
        """Refuse what is not above 1."""
        return "EINVAL" if self.tasks.get(pid) and self.is_init(pid) else super().open_error(pid, flags)


class OnlyChildrenAreThere(Overreach):
    """pidfd_open finds nobody but the caller's children."""

    RULES = ("PIDFD-004",)

    def sys_pidfd_open(self, task: Task, pid: int, flags: int, fd: Fd | int) -> Fields:
        """Look for them alone."""
        if pid in self.tasks and pid not in task.children:
            return failure("ESRCH")
        return super().sys_pidfd_open(task, pid, flags, fd)


class NoFlagIsKnown(Overreach):
    """pidfd_open refuses flags that it knows."""

    RULES = ("PIDFD-002", "PIDFD-005")

    def open_error(self, pid: int, flags: int) -> str | None:
        """Take none."""
        return "EINVAL" if flags else super().open_error(pid, flags)


class NothingCanBeRead(Overreach):
    """Whatever a case opens is as unreadable as a pidfd."""

    RULES = ("PIDFD-008", "PIDFD-302")

    def sys_io(self, task: Task, fd: Name, op: int) -> Fields:
        """Refuse it."""
        return failure("EINVAL") if self.file_at(task, fd) else failure("EBADF")


class NoPlaceIsLeft(Overreach):
    """pread's error is that of read and write, and lseek's theirs."""

    RULES = ("PIDFD-008",)

    def io_error(self, op: str) -> str:
        """Know one error."""
        return "EINVAL" if op != "pread" else "ESPIPE"


class ZombiesAreGone(Overreach):
    """pidfd_open of one who has ended is ESRCH."""

    RULES = ("PIDFD-031", "PIDFD-004", "PIDFD-409")

    def open_error(self, pid: int, flags: int) -> str | None:
        """Look at the state."""
        target = self.tasks.get(pid)
        gone = target is not None and target.exit_state is not ExitState.ALIVE
        return super().open_error(pid, flags) or ("ESRCH" if gone else None)


class SuccessorsAreGone(Overreach):
    """pidfd_open of a number that one who is reaped had is ESRCH for ever."""

    RULES = ("PIDFD-031",)

    def open_error(self, pid: int, flags: int) -> str | None:
        """Look for another who had it."""
        number = self.number(pid, ()) if pid in self.identities else 0
        others = (tid for tid in self.identities if tid < pid and number and self.number(tid, ()) == number)
        return "ESRCH" if any(others) else super().open_error(pid, flags)


class LeadersNeedTheFlagToo(Overreach):
    """pidfd_open of a process with threads needs PIDFD_THREAD."""

    RULES = ("PIDFD-061",)

    def open_error(self, pid: int, flags: int) -> str | None:
        """Look for threads."""
        error, target = super().open_error(pid, flags), self.tasks.get(pid)
        several = target is not None and len(target.group.threads) > 1
        return "ENOENT" if error is None and several and not flags & PIDFD_THREAD else error


class FormerThreadsCanBeHad(Overreach):
    """PIDFD_THREAD gives a pidfd of a thread that has ended."""

    RULES = ("PIDFD-062", "PIDFD-061")

    def open_error(self, pid: int, flags: int) -> str | None:
        """Take any id that there was."""
        error = super().open_error(pid, flags)
        return None if error == "ESRCH" and flags & PIDFD_THREAD else error


class LivingThreadsAreNobody(Overreach):
    """PIDFD_THREAD of a leader is ESRCH, as of an id that nobody has."""

    RULES = ("PIDFD-411",)

    def open_error(self, pid: int, flags: int) -> str | None:
        """Know threads alone."""
        target = self.tasks.get(pid)
        leads = target is not None and target.tid == target.group.tgid
        return "ESRCH" if leads and flags & PIDFD_THREAD else super().open_error(pid, flags)


class EveryPidfdIsAThreads(Overreach):
    """F_GETFL shows O_EXCL of every pidfd."""

    RULES = ("PIDFD-402", "PIDFD-088")

    def sys_fcntl(self, task: Task, fd: Name, cmd: int, flags: int) -> Fields:
        """Set it first."""
        entry = self.table(task).get(fd)
        if cmd == F_GETFL and entry is not None:
            file = self.files[entry.file]
            self.files[entry.file] = file._replace(flags=file.flags | O_EXCL)
        return super().sys_fcntl(task, fd, cmd, flags)


class CloexecIsTheFiles(Overreach):
    """FD_CLOEXEC too is the file's, and shows in every copy."""

    RULES = ("PIDFD-401",)

    def sys_fcntl(self, task: Task, fd: Name, cmd: int, flags: int) -> Fields:
        """Change all of them."""
        result = super().sys_fcntl(task, fd, cmd, flags)
        entry = self.table(task).get(fd)
        for owner, table in tuple(self.tables.items()) if entry is not None else ():
            self.tables[owner] = {
                name: entry if entry is not None and other.file == entry.file else other
                for name, other in table.items()
            }
        return result


class CopiesHaveTheirFlags(CopiesAreOtherFiles, Overreach):
    """Every descriptor has status flags of its own, a copy too."""

    RULES = ("PIDFD-403",)


class AllPidfdsAreOneFile(Overreach):
    """Pidfds of different processes are one file to fstat."""

    RULES = ("PIDFD-110",)

    def is_same_inode(self, one: File, two: File) -> bool:
        """Look at the kind alone."""
        return one.kind is two.kind


class NoTwoPidfdsAreOneFile(Overreach):
    """Two pidfds are different files though their process is one."""

    RULES = ("PIDFD-115",)

    def is_same_inode(self, one: File, two: File) -> bool:
        """Look at the file."""
        return one is two


class SharedMemoryIsASharedTable(Overreach):
    """Who shares memory shares descriptors."""

    RULES = ("PIDFD-300",)

    def fork(self, parent: Task, name: str, exit_signal: int, flags: int = 0) -> Task:
        """Set the flag."""
        return super().fork(parent, name, exit_signal, flags | (CLONE_FILES if flags & CLONE_VM else 0))


class DescriptorsAreWhatTheyBecome(Overreach):
    """Who inherited a descriptor has what its parent puts in that place later."""

    RULES = ("PIDFD-410",)

    def share_files(self, parent: Task, child: Task, *, shared: bool) -> None:
        """Share the table."""
        super().share_files(parent, child, shared=True)


class ExecClosesPidfdsOfTheCaller(Overreach):
    """execve closes every pidfd of the process that calls it, in all tables."""

    RULES = ("PIDFD-301",)

    def exec_files(self, task: Task) -> None:
        """Look through them."""
        super().exec_files(task)
        for owner, table in tuple(self.tables.items()):
            self.tables[owner] = {
                name: entry
                for name, entry in table.items()
                if (self.files[entry.file].kind, self.files[entry.file].tid) != (FileKind.PIDFD, task.tid)
            }


class SocketsSendAnything(Overreach):
    """What was sent comes back to its sender too."""

    RULES = ("PIDFD-303",)

    def sys_recv_fd(self, task: Task, sock: Name, fd: Fd | int) -> Fields:
        """Look at the other end."""
        entry = self.socket_at(task, sock)
        if isinstance(entry, Descriptor) and not self.files[entry.file].queue:
            peer = self.files.get(self.files[entry.file].peer)
            if peer is not None and peer.queue:
                return self.install(task, peer.queue[0], fd)
        return super().sys_recv_fd(task, sock, fd)


class EverythingHasAPeer(Overreach):
    """SO_PEERPIDFD of any descriptor is of whoever opened it."""

    RULES = ("PIDFD-340",)

    def sys_peer_pidfd(self, task: Task, sock: Name, fd: Fd | int) -> Fields:
        """Make one up."""
        if self.socket_at(task, sock) == "ENOTSOCK":
            return self.install(task, self.new_file(File(FileKind.PIDFD, task.group.tgid)), fd)
        return super().sys_peer_pidfd(task, sock, fd)


class DeadPeersAreReaped(Overreach):
    """A zombie's pidfd by SO_PEERPIDFD is as of one who is reaped."""

    RULES = ("PIDFD-341",)

    def peer_error(self, maker: int) -> str | None:
        """Refuse it."""
        target = self.tasks.get(maker)
        dead = target is not None and target.exit_state is not ExitState.ALIVE
        return "EINVAL" if dead else super().peer_error(maker)
