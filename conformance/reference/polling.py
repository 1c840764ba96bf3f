"""When a pidfd is ready, and who is woken by it: poll and epoll.

After ``pidfd_poll`` (``fs/pidfs.c``), ``do_notify_pidfd`` and ``__unhash_process``, and for epoll
``fs/eventpoll.c``. A sleeper is woken only by what concerns it, and looks for itself then.
"""

from __future__ import annotations

from operator import attrgetter, itemgetter

from conformance.abi.descriptors import EPOLLET, EPOLLONESHOT, POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM
from conformance.reference.files import File, FileKind, Files, Watch
from conformance.reference.task import ThreadGroup
from conformance.reference.values import ExitState

ALWAYS = POLLERR | POLLHUP
"""Events that are told whether asked for or not (poll(2))."""
READABLE = POLLIN | POLLRDNORM
EVERYBODY = 0
"""The key of a wake-up that leaves nobody out."""


class Polling(Files):
    """Readiness of pidfds."""

    def pidfd_events(self, tid: int) -> int:
        """Return the events of a pidfd (``pidfd_poll``): of a process or thread that has ended, and of one
        that is reaped, a hang-up too (PIDFD-020, PIDFD-027).

        A leader that ended before other threads is not done (PIDFD-071); stops are nothing (PIDFD-017).
        """
        task = self.tasks.get(tid)
        if task is None:
            return READABLE | POLLHUP
        dead = task.exit_state is not ExitState.ALIVE and not self.has_other_threads(task.group, tid)
        return READABLE if dead else 0

    def file_events(self, file: File) -> int:
        """Return the events of any file; a directory is always ready (DEFAULT_POLLMASK), sockets and epoll
        instances are not modelled.
        """
        if file.kind is FileKind.PIDFD:
            return self.pidfd_events(file.tid)
        return READABLE | POLLOUT if file.kind is FileKind.PROC else 0

    def has_other_threads(self, group: ThreadGroup, tid: int) -> bool:
        """Say whether a task is a leader with other threads (``delay_group_leader``)."""
        return tid == group.tgid and len(group.threads) > 1

    def has_pidfd(self, tid: int) -> bool:
        """Say whether anybody has a pidfd of a task."""
        return any(file.kind is FileKind.PIDFD and file.tid == tid for file in self.files.values())

    def notify_pidfd(self, tid: int, events: int = READABLE) -> None:
        """Wake who sleeps for a pidfd of a task that has died (``do_notify_pidfd``), or, with EVERYBODY, of
        one that is reaped or has given its id away (``__unhash_process``; PIDFD-311).
        """
        watched = [
            number for number, file in self.files.items() if file.kind is FileKind.PIDFD and file.tid == tid
        ]
        for number in watched:
            self.wake_pollers(number, events)
            self.mark_ready(number, events)

    def wake_pollers(self, number: int, events: int) -> None:
        """Wake who sleeps in a poll of this file for one of the events."""
        for task in self.tasks.values():
            watching = task.watching
            if watching is not None and watching.file == number and self.concerns(events, watching.events):
                task.woken = True

    def concerns(self, events: int, wanted: int) -> bool:
        """Say whether a wake-up for certain events concerns somebody (``pollwake``, ``ep_poll_callback``)."""
        return events == EVERYBODY or bool(events & wanted)

    # -- epoll -----------------------------------------------------------------------------------

    def mark_ready(self, number: int, events: int) -> None:
        """Put a file on the ready lists of the epoll instances that look at it, and wake one sleeper for each
        watch, though it be on the list already (``ep_poll_callback``; PIDFD-334).
        """
        for instance, file in tuple(self.files.items()):
            for watch in file.watches:
                if watch.file == number and self.is_armed(watch) and self.concerns(events, watch.events):
                    self.replace_watch(instance, watch, self.made_ready(watch))
                    self.wake_one(instance)

    def made_ready(self, watch: Watch) -> Watch:
        """Return a watch on the ready list, at its end unless it has a place there."""
        return watch if watch.ready else watch._replace(ready=self.next_turn())

    def is_armed(self, watch: Watch) -> bool:
        """Say whether a watch tells anything: with EPOLLONESHOT only once (PIDFD-330)."""
        return bool(watch.events & ~(EPOLLET | EPOLLONESHOT))

    def wake_one(self, instance: int) -> None:
        """Wake one of those who sleep in epoll_wait on an instance: who came last goes first (PIDFD-333)."""
        asleep = [
            (task.watching.turn, task)
            for task in self.tasks.values()
            if task.watching is not None and task.watching.file == instance and not task.woken
            if task.tid != self.current  # who takes an event is not asleep
        ]
        if asleep:
            max(asleep, key=itemgetter(0))[1].woken = True

    def current_events(self, watch: Watch) -> int:
        """Return which of the events that a watch asks for there are."""
        return self.file_events(self.files[watch.file]) & watch.events

    def take_event(self, instance: int) -> int:
        """Take one event off an instance's ready list (``ep_send_events``); 0 if there is none.

        What is told once is off the list with EPOLLET; else it goes to the end of it (PIDFD-331).
        """
        found = 0
        while not found and (ready := [watch for watch in self.files[instance].watches if watch.ready]):
            first = min(ready, key=attrgetter("ready"))
            found = self.current_events(first)
            self.replace_watch(instance, first, self.after_telling(first, found))
        if any(watch.ready for watch in self.files[instance].watches):
            self.wake_one(instance)
        return found

    def replace_watch(self, instance: int, old: Watch, new: Watch) -> None:
        """Put a watch into the place of another."""
        file = self.files[instance]
        watches = tuple(new if watch is old else watch for watch in file.watches)
        self.files[instance] = file._replace(watches=watches)

    def after_telling(self, watch: Watch, events: int) -> Watch:
        """Return a watch after it was looked at, and told of if there was something."""
        if events and watch.events & EPOLLONESHOT:
            return watch._replace(events=watch.events & (EPOLLET | EPOLLONESHOT), ready=0)
        off = watch._replace(ready=0)
        return self.made_ready(off) if events and not watch.events & EPOLLET else off

    def with_watch(self, file: File, watch: Watch) -> File:
        """Return an epoll instance with a watch added, or changed; what is there already counts."""
        others = tuple(one for one in file.watches if (one.name, one.file) != (watch.name, watch.file))
        return file._replace(
            watches=(*others, self.made_ready(watch) if self.current_events(watch) else watch)
        )
