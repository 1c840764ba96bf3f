"""pidfds as descriptors: having one, its flags, and who has a copy."""

from __future__ import annotations

from conformance.abi.descriptors import F_SETFL, O_EXCL, PIDFD_THREAD
from conformance.case.model import Fd
from conformance.reference.files import Descriptor, File, FileKind, Name
from conformance.reference.kernel import Kernel
from conformance.reference.results import failure
from conformance.reference.task import Task
from conformance.reference.values import ExitState
from conformance.trace import Fields


class B21PidfdsAreNumbers(Kernel):
    """A pidfd holds a number, and is of whoever has it."""

    def file_at(self, task: Task, name: Name) -> File | None:
        """Look the number up."""
        file = super().file_at(task, name)
        if file is None or file.kind is not FileKind.PIDFD:
            return file
        holder = self.spaces[()].holders.get(self.number(file.tid, ()), file.tid)
        return file._replace(tid=holder)


class B21SecondOpenIsRefused(Kernel):
    """There is one pidfd of a process: another is refused as long as it is open."""

    def open_error(self, pid: int, flags: int) -> str | None:
        """Look for it."""
        return super().open_error(pid, flags) or ("EEXIST" if self.has_pidfd(pid) else None)


class B21NonblockIsForgotten(Kernel):
    """pidfd_open takes PIDFD_NONBLOCK and forgets it."""

    def sys_pidfd_open(self, task: Task, pid: int, flags: int, fd: Fd | int) -> Fields:
        """Open it without."""
        error = self.open_error(pid, flags)
        return failure(error) if error else super().sys_pidfd_open(task, pid, flags & PIDFD_THREAD, fd)


class B33ZeroIsTheCaller(Kernel):
    """pidfd_open(0) is of the caller, as kill(0) is of his group."""

    def sys_pidfd_open(self, task: Task, pid: int, flags: int, fd: Fd | int) -> Fields:
        """Put him there."""
        return super().sys_pidfd_open(task, pid or task.group.tgid, flags, fd)


class B33OpenFlagsAreIgnored(Kernel):
    """pidfd_open takes no notice of flags that it does not know."""

    def open_error(self, pid: int, flags: int) -> str | None:
        """Leave them out."""
        return super().open_error(pid, flags & self.open_flags())


class B33NothingToGetFromTheReaped(Kernel):
    """pidfd_getfd from one who is reaped is EBADF."""

    def sys_pidfd_getfd(self, task: Task, pidfd: Name, targetfd: Name, flags: int, fd: Fd | int) -> Fields:
        """Find the descriptor closed."""
        result = super().sys_pidfd_getfd(task, pidfd, targetfd, flags, fd)
        return failure("EBADF") if result == failure("ESRCH") else result


class B45PreadHasNoPlace(Kernel):
    """pread of a pidfd is ESPIPE."""

    def io_error(self, op: str) -> str:
        """Have no place to read at."""
        return "ESPIPE" if op == "pread" else super().io_error(op)


class B45ReadFindsNothing(Kernel):
    """A pidfd cannot be read, but the error is another."""

    def io_error(self, op: str) -> str:
        """Have no such operation."""
        return "EBADF" if op in ("read", "write") else super().io_error(op)


class B03EveryFileHasItsInode(Kernel):
    """Each pidfd is an inode of its own."""

    def is_same_inode(self, one: File, two: File) -> bool:
        """Look at the file."""
        return one is two if one.kind is FileKind.PIDFD else super().is_same_inode(one, two)


class B03OneInodeForAll(Kernel):
    """All pidfds are one inode."""

    def is_same_inode(self, one: File, two: File) -> bool:
        """Look at the kind."""
        return one.kind is two.kind


class PidfdsPassThroughExec(Kernel):
    """pidfd_open gives a descriptor that execve leaves open."""

    def install(self, task: Task, number: int, given: Fd | int, *, cloexec: bool = True) -> Fields:
        """Take the flag off."""
        mine = self.files[number].kind is FileKind.PIDFD
        return super().install(task, number, given, cloexec=cloexec and not mine)


class ZombiesCannotBeOpened(Kernel):
    """pidfd_open finds the living alone."""

    def open_error(self, pid: int, flags: int) -> str | None:
        """Look at the state."""
        target = self.tasks.get(pid)
        gone = target is not None and target.exit_state is not ExitState.ALIVE
        return super().open_error(pid, flags) or ("ESRCH" if gone else None)


class ReapedCanBeOpened(Kernel):
    """pidfd_open finds one who is reaped as long as somebody has a pidfd of him."""

    def open_error(self, pid: int, flags: int) -> str | None:
        """Find him there."""
        error = super().open_error(pid, flags)
        return None if error == "ESRCH" and self.has_pidfd(pid) else error


class NegativeNumbersAreNobodys(Kernel):
    """pidfd_open of a negative number is ESRCH."""

    def open_error(self, pid: int, flags: int) -> str | None:
        """Look for it."""
        return "ESRCH" if pid < 0 else super().open_error(pid, flags)


class ProcessIsLookedForFirst(Kernel):
    """pidfd_open looks for the process before it looks at its flags."""

    def open_error(self, pid: int, flags: int) -> str | None:
        """Keep that order."""
        return "ESRCH" if pid > 0 and pid not in self.tasks else super().open_error(pid, flags)


class OpenTakesLeave(Kernel):
    """Only who may signal a process gets a pidfd of it."""

    def sys_pidfd_open(self, task: Task, pid: int, flags: int, fd: Fd | int) -> Fields:
        """Ask."""
        target = self.tasks.get(pid)
        if target is not None and not self.may_signal(0, task, target):
            return failure("EPERM")
        return super().sys_pidfd_open(task, pid, flags, fd)


class ThreadsNeedNoFlag(Kernel):
    """pidfd_open of a thread is of the thread, whatever the flags."""

    def open_error(self, pid: int, flags: int) -> str | None:
        """Take it."""
        error = super().open_error(pid, flags)
        return None if error == self.no_leader_error() else error


class GroupsCanBeOpened(Kernel):
    """pidfd_open takes a number that only a group or a session has."""

    def open_error(self, pid: int, flags: int) -> str | None:
        """Find the members."""
        error = super().open_error(pid, flags)
        kept = any(pid in (group.pgid, group.sid) for group in self.groups.values())
        return None if error == "ESRCH" and kept else error


class DeadThreadsCanBeOpened(Kernel):
    """pidfd_open with PIDFD_THREAD of an id that a thread had is of the process."""

    def open_error(self, pid: int, flags: int) -> str | None:
        """Take it."""
        error = super().open_error(pid, flags)
        return "EINVAL" if error == "ESRCH" and flags & PIDFD_THREAD else error


class ThreadIsAFlagLikeAny(Kernel):
    """F_SETFL sets and clears PIDFD_THREAD."""

    def sys_fcntl(self, task: Task, fd: Name, cmd: int, flags: int) -> Fields:
        """Do so."""
        entry = self.table(task).get(fd)
        if cmd == F_SETFL and entry is not None:
            file = self.files[entry.file]
            self.files[entry.file] = file._replace(flags=file.flags & ~O_EXCL | flags & O_EXCL)
        return super().sys_fcntl(task, fd, cmd, flags)


class NonblockIsTheDescriptors(Kernel):
    """F_SETFL of one copy does not show in the others."""

    def sys_fcntl(self, task: Task, fd: Name, cmd: int, flags: int) -> Fields:
        """Make the file another first."""
        entry = self.table(task).get(fd)
        if cmd == F_SETFL and entry is not None:
            number = self.new_file(self.files[entry.file])
            self.tables[task.files] = {**self.table(task), fd: Descriptor(number, entry.cloexec)}
        return super().sys_fcntl(task, fd, cmd, flags)


class OneFileForAProcess(Kernel):
    """pidfd_open gives whoever has one the file that there is."""

    def new_file(self, file: File) -> int:
        """Look for it."""
        there = (number for number, other in self.files.items() if file == other._replace(flags=file.flags))
        found = next(there, None) if file.kind is FileKind.PIDFD else None
        return super().new_file(file) if found is None else found
