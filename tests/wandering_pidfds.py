"""Random walks with pidfds: opened, passed on, polled, waited for, and kept while their pids come again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from conformance.abi.descriptors import (
    EPOLL_EVENTS,
    EPOLL_OPS,
    FCNTL_COMMANDS,
    INFO_BITS,
    O_NONBLOCK,
    PIDFD_OPEN_FLAGS,
    PIDFD_REQUESTS,
    POLL_EVENTS,
    SENTINELS,
)
from conformance.abi.processes import CLONE_PIDFD, THREAD_FLAGS
from conformance.abi.signals import SI_CODES
from conformance.abi.waiting import P_PIDFD, WAIT_OPTIONS
from conformance.case.model import Arg, Call, Case, Fd
from conformance.reference import Kernel
from tests.wandering import ROOT, Walk, call

DESCRIPTORS = tuple(Fd(name) for name in ("a", "b", "c", "d", "e", "f"))
EPOLL, ONE, OTHER = Fd("ep"), Fd("s"), Fd("t")


@dataclass
class PidfdWalk(Walk):
    """A walk whose actors have descriptors; EPOLL and the two sockets are there from its beginning."""

    def case(self, name: str) -> Case:
        """Return the case that the walk is."""
        names = tuple(fd.name for fd in (*DESCRIPTORS, EPOLL, ONE, OTHER))
        needs = ("pidns", "ptrace", "pidfd", "proc", "set-tid")
        made = super().case(name)
        return Case(
            made.id, made.title, made.rules, made.steps, made.actors, requires=needs, descriptors=names
        )

    def prepare(self) -> None:
        """Open what everybody inherits."""
        self.take(ROOT, call("epoll_create", EPOLL))
        self.take(ROOT, call("socketpair", ONE, OTHER))

    def some(self) -> Fd:
        """Name a pidfd, or what may be one."""
        return self.random.choice(DESCRIPTORS)

    def calls(self, actor: str) -> Iterator[Callable[[], Call | None]]:
        """Give what an actor might do, the more often the likelier."""
        yield from [self.fork, self.clone] * 3
        yield from [self.wait4, self.waitid, self.kill, self.ptrace] * 2
        yield from [self.open] * 6
        yield from [self.wait_pidfd, self.poll, self.signal_pidfd] * 5
        yield from [self.epoll_ctl, self.epoll_wait] * 3
        yield from [self.fcntl, self.info, self.look_at, self.pass_on, self.getfd] * 2
        yield lambda: call("close", self.some())
        yield lambda: call("sigaction", self.signal(("SIGCHLD", "SIGUSR1")), self.random.choice((0, 1, 2)))
        yield lambda: call("sigprocmask", self.random.choice((0, 1)), 1 << (self.signal(("SIGUSR1",)) - 1))
        yield lambda: call(self.random.choice(("getppid", "sigpending", "pause", "setsid", "setpgid")))
        if actor != ROOT:
            yield lambda: call("exit", self.random.randrange(1, 9))
            yield lambda: call("exit_group", self.random.randrange(11, 19))
            yield lambda: call("exec")

    def clone(self) -> Call | None:
        """Make somebody, with a pidfd or with somebody else's former number."""
        flags = self.random.choice(
            (0, CLONE_PIDFD, CLONE_PIDFD, 0x400, THREAD_FLAGS, THREAD_FLAGS | CLONE_PIDFD)
        )
        if flags & THREAD_FLAGS == THREAD_FLAGS or self.random.random() < 0.4:
            signal = 0 if flags & THREAD_FLAGS == THREAD_FLAGS else 17
            return self.newborn("clone", signal, flags, self.some())
        gone = [name for name in self.born if self.world.pids[name] not in self.world.tasks]
        number: Arg = 0
        if gone and self.random.random() < 0.5:
            number = self.someone()._replace(actor=self.random.choice(gone))
        return self.newborn("clone3", 17, number, flags, self.some())

    def open(self) -> Call:
        """Have a pidfd, or another way to name a process."""
        flags = self.flags(tuple(PIDFD_OPEN_FLAGS), PIDFD_OPEN_FLAGS)
        if self.random.random() < 0.1:
            return call("peer_pidfd", self.random.choice((ONE, OTHER)), self.some())
        if self.random.random() < 0.1:
            return call("open_proc", self.someone(), self.some())
        return call("pidfd_open", self.someone(), flags, self.some())

    def wait_pidfd(self) -> Call:
        """Wait for whom a pidfd is of."""
        options = self.options() | WAIT_OPTIONS[self.random.choice(("WEXITED", "WEXITED", "WSTOPPED"))]
        return call("waitid", P_PIDFD, self.some(), 0, options)

    def poll(self) -> Call:
        """Poll, sleeping at times."""
        events = self.flags(("POLLIN", "POLLHUP", "POLLRDNORM"), POLL_EVENTS)
        return call("poll", self.some(), events, int(self.random.random() < 0.2))

    def epoll_ctl(self) -> Call:
        """Change what the epoll instance looks at."""
        events = self.flags(("EPOLLIN", "EPOLLHUP", "EPOLLET", "EPOLLONESHOT"), EPOLL_EVENTS)
        op = self.random.choice((1, 1, 1, *EPOLL_OPS.values()))
        return call("epoll_ctl", EPOLL, op, self.some(), events)

    def epoll_wait(self) -> Call:
        """Wait on the epoll instance, sleeping at times."""
        return call("epoll_wait", EPOLL, int(self.random.random() < 0.2))

    def signal_pidfd(self) -> Call:
        """Send a signal by a pidfd."""
        pidfd: Arg = self.some()
        if self.random.random() < 0.2:
            pidfd = self.random.choice(tuple(SENTINELS.values()))
        signo = 0 if self.random.random() < 0.1 else self.signal()
        info = self.random.choice((0, 0, 0, 1, 1, 2, 3))
        code = self.random.choice(tuple(SI_CODES.values()))
        flags = self.random.choice((0, 0, 1, 2, 4, 3, 8))
        return call("pidfd_send_signal", pidfd, signo, info, code, flags)

    def fcntl(self) -> Call:
        """Ask for flags, or set some."""
        cmd = self.random.choice(tuple(FCNTL_COMMANDS.values()))
        flags = {2: self.random.choice((0, 1)), 4: self.random.choice((0, O_NONBLOCK))}.get(cmd, 0)
        return call("fcntl", self.some(), cmd, flags)

    def info(self) -> Call:
        """Ask whose a pidfd is."""
        name = self.random.choice(("pidfd_get_info", "pidfd_get_info", "fdinfo", "pidfd_namespace"))
        if name == "pidfd_get_info":
            mask = self.random.choice((0, INFO_BITS["PIDFD_INFO_EXIT"]))
            return call(name, self.some(), mask)
        if name == "pidfd_namespace":
            return call(name, self.some(), self.random.choice((5, 10, PIDFD_REQUESTS["unknown"])))
        return call(name, self.some())

    def look_at(self) -> Call:
        """Compare, or try what is not to be had."""
        if self.random.random() < 0.6:
            return call("same_file", self.some(), self.some())
        return call("io", self.some(), self.random.randrange(4))

    def pass_on(self) -> Call:
        """Send a descriptor, or take one."""
        if self.random.random() < 0.5:
            return call("send_fd", self.random.choice((ONE, OTHER)), self.some())
        return call("recv_fd", self.random.choice((ONE, OTHER)), self.some())

    def getfd(self) -> Call:
        """Copy somebody's descriptor."""
        return call("pidfd_getfd", self.some(), self.some(), 0, self.some())


def pidfd_walk(seed: int, length: int = 30, *, kernel: type[Kernel] = Kernel, race: int = 0) -> Case:
    """Return the case that a number makes, as far as ``kernel`` foresees it."""
    made = PidfdWalk(Random(seed), quiet=False, kernel=kernel)
    made.prepare()
    made.wander(length)
    made.race(race)
    return made.case(f"pidfd-walk-{seed}")
