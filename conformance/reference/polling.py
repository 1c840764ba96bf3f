"""When a pidfd is ready, and who is woken by it: poll and epoll.

After ``pidfd_poll`` (``fs/pidfs.c``), ``do_notify_pidfd`` and ``__unhash_process``, and for epoll
``fs/eventpoll.c``. A sleeper is woken only by what concerns it, and looks for itself then.
"""

from __future__ import annotations

from conformance.abi.descriptors import EPOLLET, EPOLLONESHOT, POLLERR, POLLHUP, POLLIN, POLLRDNORM
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
        dead = task.exit_state is ExitState.ZOMBIE and not self.has_other_threads(task.group, tid)
        return READABLE if dead else 0

    def has_other_threads(self, group: ThreadGroup, tid: int) -> bool:
        """Say whether a task is a leader with other threads (``delay_group_leader``)."""
        return tid == group.tgid and len(group.threads) > 1

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
        """Put a file on the ready lists of the epoll instances that look at it, and wake one sleeper each
        (``ep_poll_callback``).
        """
        for instance, file in tuple(self.files.items()):
            watches = tuple(
                watch._replace(ready=True)
                if watch.file == number and self.is_armed(watch) and self.concerns(events, watch.events)
                else watch
                for watch in file.watches
            )
            if watches != file.watches:
                self.files[instance] = file._replace(watches=watches)
                self.wake_one(instance)

    def is_armed(self, watch: Watch) -> bool:
        """Say whether a watch tells anything: with EPOLLONESHOT only once (PIDFD-330)."""
        return bool(watch.events & ~(EPOLLET | EPOLLONESHOT))

    def wake_one(self, instance: int) -> None:
        """Wake one of those who sleep in epoll_wait on an instance."""
        for task in self.tasks.values():
            if task.watching is not None and task.watching.file == instance and not task.woken:
                task.woken = True
                return

    def current_events(self, watch: Watch) -> int:
        """Return which of the events that a watch asks for there are."""
        return self.pidfd_events(self.files[watch.file].tid) & watch.events

    def take_event(self, instance: int) -> int:
        """Take one event off an instance's ready list (``ep_send_events``); 0 if there is none.

        What is told once is off the list with EPOLLET; else it stays there (PIDFD-331).
        """
        file = self.files[instance]
        watches = list(file.watches)
        found = 0
        for place, watch in enumerate(watches):
            if not watch.ready:
                continue
            found = self.current_events(watch)
            watches[place] = self.after_telling(watch, found)
            if found:
                break
        self.files[instance] = file._replace(watches=tuple(watches))
        if any(watch.ready for watch in watches):
            self.wake_one(instance)
        return found

    def after_telling(self, watch: Watch, events: int) -> Watch:
        """Return a watch after it was looked at, and told of if there was something."""
        if events and watch.events & EPOLLONESHOT:
            return watch._replace(events=watch.events & (EPOLLET | EPOLLONESHOT), ready=False)
        return watch._replace(ready=bool(events) and not watch.events & EPOLLET)

    def with_watch(self, file: File, watch: Watch) -> File:
        """Return an epoll instance with a watch added, or changed; what is there already counts."""
        others = tuple(one for one in file.watches if (one.name, one.file) != (watch.name, watch.file))
        return file._replace(watches=(*others, watch._replace(ready=bool(self.current_events(watch)))))
