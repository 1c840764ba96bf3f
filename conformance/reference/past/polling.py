"""When pidfds were ready, and who was woken by them."""

from __future__ import annotations

from conformance.abi.descriptors import PIDFD_THREAD, POLLHUP, POLLOUT
from conformance.reference.files import File, FileKind
from conformance.reference.kernel import Kernel
from conformance.reference.polling import EVERYBODY, READABLE
from conformance.reference.task import Task
from conformance.reference.values import ExitState


class PidfdsAreAlwaysReady(Kernel):
    """A pidfd cannot be polled: it is always ready, as a plain file is."""

    def pidfd_events(self, tid: int) -> int:
        """Say so."""
        return READABLE | POLLOUT


class NoHangUp(Kernel):
    """Nothing becomes of a pidfd when its process is reaped: no hang-up, and nobody is woken."""

    def pidfd_events(self, tid: int) -> int:
        """Tell only that it has ended."""
        return super().pidfd_events(tid) & ~POLLHUP

    def notify_pidfd(self, tid: int, events: int = READABLE) -> None:
        """Wake nobody at the reaping, and everybody at the end."""
        if events != EVERYBODY:
            super().notify_pidfd(tid, EVERYBODY)


class EndsWakeTwice(Kernel):
    """The end of a process wakes those who poll it twice, so of the sleepers in epoll_wait two.

    ``exit_notify`` does, and ``do_notify_parent``; the second time nobody finds the first one's event, but
    who of the two is first is open.
    """

    def announce(self, task: Task) -> None:
        """Wake them once more than it is done anyway."""
        if task.group.threads == (task.group.tgid,):
            self.notify_pidfd(task.tid)

    def nobody_waits_for(self, task: Task) -> bool:
        """Announce it first."""
        self.announce(task)
        return super().nobody_waits_for(task)


class LeadersEndAlone(EndsWakeTwice):
    """A thread pidfd of a first thread is readable once that has ended, whoever goes on, and wakes then.

    So it is in 6.9 to 6.14 (``pidfd_poll``, ``exit_notify``), of which no kernel could be run: this is from
    the commit that ended it. Before, there are no thread pidfds, and who is woken for nothing sleeps on.
    """

    def file_events(self, file: File) -> int:
        """Look at the thread alone."""
        task = self.tasks.get(file.tid) if file.kind is FileKind.PIDFD else None
        own = task is not None and bool(file.flags & PIDFD_THREAD)
        ended = task is not None and task.exit_state is not ExitState.ALIVE
        return READABLE if own and ended else super().file_events(file)

    def announce(self, task: Task) -> None:
        """Wake who looks at a thread that leaves others, and nobody twice."""
        if len(task.group.threads) > 1:
            self.notify_pidfd(task.tid)
