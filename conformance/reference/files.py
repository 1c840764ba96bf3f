"""Open files and the tables of descriptors that name them.

After ``fs/file.c`` and ``struct files_struct``. A *file* (``struct file``) is what was opened, and is shared
by all who inherited it or were given it; a *descriptor* is an entry in the table of a process, or of several
that share their table. Descriptors go by the names that a case gives them, so that a table maps names to
entries; numbers are only those that a case tries on its own account.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple, Self

from conformance.abi.descriptors import O_NONBLOCK
from conformance.case.model import Fd
from conformance.case.observedfds import ANONYMOUS
from conformance.reference.namespaces import Namespaces
from conformance.reference.task import Task
from conformance.trace import Environment, Fields

Name = int | str
"""A descriptor as a call is given it: a name, or a number."""

STANDARD = (0, 1, 2)
"""Descriptors that are open in every actor, on something that is no concern of a case."""


class FileKind(enum.Enum):
    """What a file is."""

    OTHER = "something else"
    PIDFD = "pidfd"
    PROC = "directory of a process in /proc"
    EPOLL = "epoll instance"
    SOCKET = "unix socket"


class Watch(NamedTuple):
    """What an epoll instance looks at (``struct epitem``): a file under a name, and for which events.

    ``ready``: its turn among those that may have something to tell; 0: it is none of them.
    """

    name: Name
    file: int
    events: int
    ready: int = 0


class File(NamedTuple):
    """``struct file``. Which of the last fields mean something depends on the kind.

    ``tid`` is whose a pidfd or directory is (``struct pid``: a tid is never given twice), of a socket who
    made it.
    """

    kind: FileKind
    tid: int = 0
    flags: int = 0  # f_flags: O_NONBLOCK, of a pidfd PIDFD_THREAD and PIDFD_AUTOKILL
    watches: tuple[Watch, ...] = ()
    peer: int = 0
    queue: tuple[int, ...] = ()  # files that were sent to this socket
    reset: bool = False  # sk_err: the other end was closed with something unread in it


SOMETHING = File(FileKind.OTHER)


class Descriptor(NamedTuple):
    """An entry of a table: which file, and whether an execve closes it."""

    file: int
    cloexec: bool = True


Table = Mapping[Name, Descriptor]
EMPTY: Table = MappingProxyType({})


class Files(Namespaces):
    """Files, and who has them open."""

    def __init__(self, environment: Environment) -> None:
        """Begin with nothing open."""
        super().__init__(environment)
        self.tables: dict[int, Table] = {}  # by Task.files; never changed in place: shared by copies
        self.files: dict[int, File] = {}
        self.last_file = 0
        self.turns = 0  # of those who go to sleep in poll, and of what gets ready
        self.epitaphs: dict[int, int] = {}  # wait statuses of the reaped, by tid; while there are files

    def copy(self) -> Self:
        """Return an equal, independent world."""
        twin = super().copy()
        twin.tables = dict(self.tables)
        twin.files = dict(self.files)
        twin.last_file = self.last_file
        twin.turns = self.turns
        twin.epitaphs = dict(self.epitaphs)
        return twin

    def key(self) -> tuple[object, ...]:
        """Return a hashable value, equal for equal worlds."""
        if not self.last_file:
            return super().key()
        tables = tuple((owner, tuple(table.items())) for owner, table in self.tables.items())
        return (*super().key(), tables, tuple(self.files.items()), tuple(self.epitaphs.items()))

    # -- looking up ------------------------------------------------------------------------------

    def table(self, task: Task) -> Table:
        """Return a task's table of descriptors; it is empty once the task has begun to end."""
        return self.tables.get(task.files, EMPTY)

    def file_at(self, task: Task, name: Name) -> File | None:
        """Return the file that a descriptor of a task is open on, or None (``fget``)."""
        if name in STANDARD:
            return SOMETHING
        found = self.table(task).get(name)
        return None if found is None else self.files[found.file]

    def is_foreign(self, task: Task, name: Name) -> bool:
        """Say whether something is open there that is not modelled: no pidfd, no directory of /proc."""
        file = self.file_at(task, name)
        return file is not None and file.kind not in (FileKind.PIDFD, FileKind.PROC)

    # -- opening and closing ---------------------------------------------------------------------

    def new_file(self, file: File) -> int:
        """Add a file; return its number among all files."""
        self.last_file += 1
        self.files[self.last_file] = file
        return self.last_file

    def install(self, task: Task, number: int, given: Fd | int, *, cloexec: bool = True) -> Fields:
        """Give a task a descriptor of a file, under the name that its call gives; return what the call
        returns.

        Without a name it is closed again at once.
        """
        if not isinstance(given, Fd):
            self.drop_unused((number,))
            return (("ret", ANONYMOUS),)
        former = self.table(task).get(given.name)
        self.tables[task.files] = {**self.table(task), given.name: Descriptor(number, cloexec)}
        if former is not None:
            self.drop_unused((former.file,))
        return (("ret", given.name),)

    def install_unnamed(self, task: Task, number: int, name: Fd) -> None:
        """Give a task a descriptor that gets its name only when the call returns: nobody who shares the table
        knows it before.
        """
        task.unnamed = name
        self.install(task, number, Fd(f"{name.name} of {task.tid}"))

    def name_descriptor(self, task: Task) -> None:
        """Give the descriptor that a call has made its name."""
        name, task.unnamed = task.unnamed, None
        if name is None:
            return
        table = dict(self.table(task))
        entry = table.pop(f"{name.name} of {task.tid}")
        self.tables[task.files] = table
        self.install(task, entry.file, name)

    def close(self, task: Task, name: Name) -> bool:
        """Close a descriptor; say whether it was open."""
        table = dict(self.table(task))
        found = table.pop(name, None)
        if found is None:
            return False
        self.tables[task.files] = table
        self.drop_unused((found.file,))
        return True

    def drop_unused(self, numbers: tuple[int, ...]) -> None:
        """Release the files that nobody has open any more (``__fput``), in no table and no message."""
        for number in numbers:
            file = self.files.get(number)
            if file is None or number in self.used():
                continue
            del self.files[number]
            for other, watcher in tuple(self.files.items()):
                if watcher.watches:
                    left = tuple(watch for watch in watcher.watches if watch.file != number)
                    self.files[other] = watcher._replace(watches=left)
            if file.queue and file.peer in self.files:
                self.files[file.peer] = self.files[file.peer]._replace(reset=True)  # unix_release_sock
            self.release_file(file)
            self.drop_unused(file.queue)

    def used(self) -> Iterator[int]:
        """Give the files that are open somewhere."""
        for table in self.tables.values():
            yield from (descriptor.file for descriptor in table.values())
        for file in self.files.values():
            yield from file.queue
        yield from (task.watching.file for task in self.tasks.values() if task.watching is not None)

    def next_turn(self) -> int:
        """Return a higher number than ever before."""
        self.turns += 1
        return self.turns

    def stop_watching(self, task: Task) -> None:
        """Let go of the file that a sleeping poll holds on to."""
        watching, task.watching = task.watching, None
        if watching is not None:
            self.drop_unused((watching.file,))

    def release_file(self, file: File) -> None:
        """Do what the end of a file brings about: of these kinds nothing."""

    def bury(self, tid: int, status: int) -> None:
        """Keep how somebody ended for who has a pidfd of him (``pidfs_exit``; PIDFD-032)."""
        if self.files:
            self.epitaphs[tid] = status

    # -- with a process ----------------------------------------------------------------------------

    def share_files(self, parent: Task, child: Task, *, shared: bool) -> None:
        """Give a new task its maker's table (CLONE_FILES), or a copy of it (``copy_files``; PIDFD-300)."""
        if shared:
            child.files = parent.files
            return
        child.files = child.tid
        if table := self.table(parent):
            self.tables[child.files] = table

    def exec_files(self, task: Task) -> None:
        """Do what an execve does to descriptors: a table of its own, in which some are closed
        (``unshare_files``, ``do_close_on_exec``; PIDFD-301).
        """
        table = self.table(task)
        if any(other.files == task.files for other in self.tasks.values() if other is not task):
            self.last_file += 1
            task.files = -self.last_file
        if table:
            self.tables[task.files] = {name: entry for name, entry in table.items() if not entry.cloexec}
            self.drop_unused(tuple(entry.file for entry in table.values() if entry.cloexec))

    def exit_files(self, task: Task) -> None:
        """Give up the table (``exit_files``): what nobody else has is closed."""
        owner, task.files = task.files, 0
        if owner and not any(other.files == owner for other in self.tasks.values()):
            table = self.tables.pop(owner, EMPTY)
            self.drop_unused(tuple(entry.file for entry in table.values()))

    def is_nonblocking(self, file: File) -> bool:
        """Say whether a file was opened with O_NONBLOCK, or got it by fcntl (PIDFD-016)."""
        return bool(file.flags & O_NONBLOCK)
