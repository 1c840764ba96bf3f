"""The system calls about descriptors: close, fcntl, poll, epoll, and passing them on."""

from __future__ import annotations

from conformance.abi.descriptors import (
    EPOLL_CTL_ADD,
    EPOLL_CTL_DEL,
    EPOLL_EVENTS,
    F_GETFD,
    F_GETFL,
    F_SETFD,
    FD_CLOEXEC,
    FD_FLAGS,
    O_EXCL,
    O_NONBLOCK,
    POLL_EVENTS,
    POLLNVAL,
    STATUS_FLAGS,
    names_of,
)
from conformance.case.calls.descriptors import TIMEOUTS
from conformance.case.model import Fd
from conformance.case.observedfds import IDENTITIES
from conformance.reference.attaching import Attaching
from conformance.reference.files import Descriptor, File, FileKind, Name, Watch
from conformance.reference.polling import ALWAYS
from conformance.reference.results import OK, SLEEP, failure, outcome
from conformance.reference.task import Task
from conformance.reference.values import Watching
from conformance.trace import Fields

NO_SUCH_OPERATION = {"lseek": "ESPIPE"}
"""What a pidfd answers to an operation that it does not have, where that is not EINVAL."""
OF_DIRECTORIES = {"read": "EISDIR", "write": "EBADF", "pread": "EISDIR", "lseek": None}
NOTHING = Watching(0, 0)
"""What a poll of a negative descriptor holds on to."""
OPERATIONS = ("read", "write", "pread", "lseek")


class FileCalls(Attaching):
    """Descriptors, as system calls."""

    def sys_close(self, task: Task, fd: Name) -> Fields:
        """close(2)."""
        return outcome(None if self.close(task, fd) else "EBADF")

    def sys_fcntl(self, task: Task, fd: Name, cmd: int, flags: int) -> Fields:
        """fcntl(2): FD_CLOEXEC is the descriptor's own, O_NONBLOCK the file's (PIDFD-001, PIDFD-401)."""
        entry = self.table(task).get(fd)
        if entry is None:
            return failure("EBADF")
        file = self.files[entry.file]
        if cmd == F_GETFD:
            return (*OK, ("fd_flags", names_of(FD_CLOEXEC if entry.cloexec else 0, FD_FLAGS)))
        if cmd == F_GETFL:
            return (*OK, ("fd_flags", names_of(file.flags & (O_NONBLOCK | O_EXCL), STATUS_FLAGS)))
        if cmd == F_SETFD:
            entry = Descriptor(entry.file, bool(flags & FD_CLOEXEC))
            self.tables[task.files] = {**self.table(task), fd: entry}
        else:
            self.files[entry.file] = file._replace(flags=file.flags & ~O_NONBLOCK | flags & O_NONBLOCK)
        return OK

    def sys_io(self, task: Task, fd: Name, op: int) -> Fields:
        """read(2) and its kin: a pidfd has none of them (PIDFD-008)."""
        file = self.file_at(task, fd)
        if file is None:
            return failure("EBADF")
        if file.kind is FileKind.PROC:
            return outcome(OF_DIRECTORIES[OPERATIONS[op]])
        return failure(self.io_error(OPERATIONS[op]))

    def io_error(self, op: str) -> str:
        """Return what a pidfd answers to an operation: it has a place to read at, but cannot be read, nor
        moved (PIDFD-302).
        """
        return NO_SUCH_OPERATION.get(op, "EINVAL")

    def sys_same_file(self, task: Task, fd: Name, other: Name) -> Fields:
        """fstat(2) of two: pidfds of one process or thread are one file, whoever opened them (PIDFD-110)."""
        one, two = self.file_at(task, fd), self.file_at(task, other)
        if one is None or two is None:
            return failure("EBADF")
        return (*OK, ("identity", IDENTITIES[self.is_same_inode(one, two)]))

    def is_same_inode(self, one: File, two: File) -> bool:
        """Say whether two files are open on the same inode: pidfs has one for each ``struct pid``."""
        return (one.kind, one.tid) == (two.kind, two.tid)

    # -- poll ------------------------------------------------------------------------------------

    def sys_poll(self, task: Task, fd: Name, events: int, timeout: int) -> Fields | None:
        """poll(2) of one descriptor: what is closed is an event too, and a negative one is left out
        (PIDFD-314).

        A sleeper is woken by the file that he found first, but looks at whatever the descriptor is by then
        (``do_pollfd``; PIDFD-332).
        """
        now = self.watching_of(task, fd, events | ALWAYS)
        if now is not None:
            found = self.file_events(self.files[now.file]) & now.events
        else:
            now, found = NOTHING, 0 if isinstance(fd, int) and fd < 0 else POLLNVAL
        return self.found_or_sleep(task, task.watching or now, self.told(found, POLL_EVENTS), timeout)

    def watching_of(self, task: Task, fd: Name, events: int) -> Watching | None:
        """Return what a sleeper holds on to, whatever becomes of the descriptor meanwhile."""
        entry = self.table(task).get(fd)
        return None if entry is None else Watching(entry.file, events)

    def told(self, events: int, names: dict[str, int]) -> Fields:
        """Return how poll and epoll_wait tell of the events of one descriptor."""
        return (("ret", int(bool(events))), ("revents", names_of(events, names)))

    def found_or_sleep(self, task: Task, watching: Watching, told: Fields, timeout: int) -> Fields | None:
        """Return what was found, or sleep if that is nothing."""
        if told[0][1] or timeout == TIMEOUTS["zero"]:
            return told
        task.watching = watching._replace(turn=self.next_turn())
        return SLEEP

    def sys_epoll_create(self, task: Task, fd: Fd | int) -> Fields:
        """epoll_create1(2) with EPOLL_CLOEXEC."""
        return self.install(task, self.new_file(File(FileKind.EPOLL)), fd)

    def sys_epoll_ctl(self, task: Task, epfd: Name, op: int, fd: Name, events: int) -> Fields:
        """epoll_ctl(2): a watch is known by its file and its descriptor."""
        table = self.table(task)
        if epfd not in table or fd not in table:
            return failure("EBADF")
        instance, number = table[epfd].file, table[fd].file
        file = self.files[instance]
        if self.files[number].kind is not FileKind.PIDFD and number != instance:
            return failure("EPERM")
        if file.kind is not FileKind.EPOLL or number == instance:
            return failure("EINVAL")
        known = any((watch.name, watch.file) == (fd, number) for watch in file.watches)
        if known == (op == EPOLL_CTL_ADD):
            return failure("EEXIST" if known else "ENOENT")
        watch = Watch(fd, number, events | ALWAYS)
        if op == EPOLL_CTL_DEL:
            left = tuple(one for one in file.watches if (one.name, one.file) != (fd, number))
            self.files[instance] = file._replace(watches=left)
            return OK
        self.files[instance] = self.with_watch(file, watch)
        if self.files[instance].watches[-1].ready:
            self.wake_one(instance)
        return OK

    def sys_epoll_wait(self, task: Task, epfd: Name, timeout: int) -> Fields | None:
        """epoll_wait(2) for one event."""
        watching = task.watching or self.watching_of(task, epfd, 0)
        if watching is None:
            return failure("EBADF")
        if self.files[watching.file].kind is not FileKind.EPOLL:
            return failure("EINVAL")
        found = self.take_event(watching.file)
        return self.found_or_sleep(task, watching, self.told(found, EPOLL_EVENTS), timeout)

    # -- passing descriptors on --------------------------------------------------------------------

    def sys_socketpair(self, task: Task, one: Fd | int, other: Fd | int) -> Fields:
        """socketpair(2): two sockets, each of which knows who made the other."""
        first = self.new_file(File(FileKind.SOCKET, task.group.tgid))
        second = self.new_file(File(FileKind.SOCKET, task.group.tgid, peer=first))
        self.files[first] = self.files[first]._replace(peer=second)
        self.install(task, first, one)
        self.install(task, second, other)
        return OK

    def socket_at(self, task: Task, name: Name) -> Descriptor | str:
        """Return a socket's entry, or why there is none."""
        entry = self.table(task).get(name)
        if entry is None:
            return "EBADF"
        return entry if self.files[entry.file].kind is FileKind.SOCKET else "ENOTSOCK"

    def usable_socket(self, task: Task, name: Name) -> Descriptor | str:
        """Return the entry of a socket to send or receive by: its error is told once (``sock_error``;
        PIDFD-304).
        """
        entry = self.socket_at(task, name)
        if isinstance(entry, str) or not self.files[entry.file].reset:
            return entry
        self.files[entry.file] = self.files[entry.file]._replace(reset=False)
        return "ECONNRESET"

    def sys_send_fd(self, task: Task, sock: Name, fd: Name) -> Fields:
        """sendmsg(2) with SCM_RIGHTS: the file goes along, whatever becomes of the sender (PIDFD-303)."""
        entry, sent = self.usable_socket(task, sock), self.table(task).get(fd)
        if isinstance(entry, str):
            return failure(entry)
        if sent is None:
            return failure("EBADF")
        peer = self.files.get(self.files[entry.file].peer)
        if peer is None:
            return failure("EPIPE")
        self.files[self.files[entry.file].peer] = peer._replace(queue=(*peer.queue, sent.file))
        return (("ret", 1),)

    def sys_recv_fd(self, task: Task, sock: Name, fd: Fd | int) -> Fields:
        """recvmsg(2) with MSG_CMSG_CLOEXEC: a new descriptor of the file that was sent."""
        entry = self.usable_socket(task, sock)
        if isinstance(entry, str):
            return failure(entry)
        file = self.files[entry.file]
        if not file.queue:
            return failure("EAGAIN" if file.peer in self.files else "EPROTO")
        number, *rest = file.queue
        result = self.install(task, number, fd)
        self.files[entry.file] = file._replace(queue=tuple(rest))
        if not isinstance(fd, Fd):
            self.drop_unused((number,))
        return result
