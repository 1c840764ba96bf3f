"""Tables of descriptors: who has which, and what passes on."""

from __future__ import annotations

from conformance.case.model import Fd
from conformance.reference.files import EMPTY, Descriptor, File, FileKind, Name
from conformance.reference.kernel import Kernel
from conformance.reference.results import failure
from conformance.reference.task import Task
from conformance.trace import Fields


class ForkSharesTheTable(Kernel):
    """A child has its parent's own table."""

    def share_files(self, parent: Task, child: Task, *, shared: bool) -> None:
        """Share it."""
        super().share_files(parent, child, shared=True)


class ForkHasNoPidfds(Kernel):
    """A child inherits no pidfds."""

    def share_files(self, parent: Task, child: Task, *, shared: bool) -> None:
        """Begin with an empty table."""
        super().share_files(parent, child, shared=shared)
        if not shared:
            self.tables[child.files] = EMPTY


class FilesAreNeverShared(Kernel):
    """CLONE_FILES is ignored but for threads."""

    def share_files(self, parent: Task, child: Task, *, shared: bool) -> None:
        """Copy."""
        super().share_files(parent, child, shared=shared and parent.group is child.group)


class ExecClosesEverything(Kernel):
    """execve leaves nothing open."""

    def exec_files(self, task: Task) -> None:
        """Close the rest too."""
        super().exec_files(task)
        for name in tuple(self.table(task)):
            self.close(task, name)


class ExecClosesForAll(Kernel):
    """execve closes in the very table that others share."""

    def exec_files(self, task: Task) -> None:
        """Close, and only then stop sharing."""
        for name, entry in tuple(self.table(task).items()):
            if entry.cloexec:
                self.close(task, name)
        super().exec_files(task)


class ExecGoesOnSharing(Kernel):
    """execve leaves a table shared that was."""

    def exec_files(self, task: Task) -> None:
        """Share what is left."""
        former = task.files
        super().exec_files(task)
        if task.files != former:
            del self.tables[task.files]
            task.files = former


class MessagesKeepNothingOpen(Kernel):
    """A descriptor on its way is closed with its sender's."""

    def recv_error(self) -> str:
        """Say so."""
        return "EBADF"

    def sys_recv_fd(self, task: Task, sock: Name, fd: Fd | int) -> Fields:
        """Deliver only what the sender still has."""
        entry = self.socket_at(task, sock)
        if isinstance(entry, Descriptor) and (queue := self.files[entry.file].queue):
            held = {one.file for table in self.tables.values() for one in table.values()}
            if queue[0] not in held:
                return failure(self.recv_error())
        return super().sys_recv_fd(task, sock, fd)


class PeerIsTheCaller(Kernel):
    """SO_PEERPIDFD is of who asks."""

    def sys_peer_pidfd(self, task: Task, sock: Name, fd: Fd | int) -> Fields:
        """Give him that."""
        entry = self.socket_at(task, sock)
        if isinstance(entry, str):
            return failure(entry)
        return self.install(task, self.new_file(File(FileKind.PIDFD, task.group.tgid)), fd)


class ReapedPeersAreRefused(Kernel):
    """SO_PEERPIDFD of one who is reaped is EINVAL."""

    def peer_error(self, maker: int) -> str | None:
        """Look for him."""
        return None if maker in self.tasks else "EINVAL"
