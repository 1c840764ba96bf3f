"""pidfds under poll: what they tell, and whom they wake."""

from __future__ import annotations

from conformance.abi.descriptors import POLLHUP, POLLIN, POLLNVAL, POLLOUT
from conformance.case.model import Call
from conformance.reference.files import File, FileKind, Name
from conformance.reference.kernel import Kernel
from conformance.reference.polling import EVERYBODY, READABLE
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import ExitState, Restart
from conformance.trace import Fields


class S26B32PollIsInverted(Kernel):
    """A pidfd is readable while its process lives, and no more when it has ended."""

    def pidfd_events(self, tid: int) -> int:
        """Turn it round."""
        return READABLE & ~super().pidfd_events(tid)


class S26B32NobodyIsWoken(Kernel):
    """The end of a process wakes nobody who polls it."""

    def notify_pidfd(self, tid: int, events: int = READABLE) -> None:
        """Leave them asleep."""
        if events == EVERYBODY:
            super().notify_pidfd(tid, events)


class S26B45TheReapedDoNotHangUp(Kernel):
    """A process that is reaped gives no POLLHUP."""

    def pidfd_events(self, tid: int) -> int:
        """Tell only that it has ended."""
        return super().pidfd_events(tid) & ~POLLHUP


class B45ReapingWakesNobody(Kernel):
    """That a process is reaped wakes nobody who polls it."""

    def notify_pidfd(self, tid: int, events: int = READABLE) -> None:
        """Leave them asleep."""
        if events != EVERYBODY:
            super().notify_pidfd(tid, events)


class ZombiesHangUp(Kernel):
    """A zombie gives POLLHUP."""

    def pidfd_events(self, tid: int) -> int:
        """Tell it too early."""
        events = super().pidfd_events(tid)
        return events | POLLHUP if events else 0


class StopsAreEvents(Kernel):
    """A stopped process is readable."""

    def pidfd_events(self, tid: int) -> int:
        """Look at that."""
        task = self.tasks.get(tid)
        return READABLE if task is not None and task.stopped else super().pidfd_events(tid)


class PidfdsAreWritable(Kernel):
    """A pidfd gives POLLOUT once its process has ended."""

    def pidfd_events(self, tid: int) -> int:
        """Tell it."""
        events = super().pidfd_events(tid)
        return events | POLLOUT if events else 0


class EverythingIsTold(Kernel):
    """poll tells whatever there is, asked for or not."""

    def sys_poll(self, task: Task, fd: Name, events: int, timeout: int) -> Fields | None:
        """Ask for all."""
        return super().sys_poll(task, fd, events | READABLE, timeout)


class TheClosedAreNothing(Kernel):
    """A descriptor that is not open gives no event."""

    def told(self, events: int, names: dict[str, int]) -> Fields:
        """Leave it out."""
        return super().told(events & ~POLLNVAL, names)


class NegativesAreClosed(Kernel):
    """A negative descriptor is POLLNVAL."""

    def sys_poll(self, task: Task, fd: Name, events: int, timeout: int) -> Fields | None:
        """Take it for a closed one."""
        return super().sys_poll(task, 999 if isinstance(fd, int) else fd, events, timeout)


class OnlyParentsPoll(Kernel):
    """Who is not the parent polls in vain."""

    def file_events(self, file: File) -> int:
        """Look who asks."""
        target, caller = self.tasks.get(file.tid), self.tasks.get(self.current)
        mine = target is None or caller is None or target.parent == caller.group.tgid
        return super().file_events(file) if mine else 0


class TheInvisibleAreReaped(Kernel):
    """A process that the caller cannot see is hung up."""

    def file_events(self, file: File) -> int:
        """Look for its number."""
        hidden = file.kind is FileKind.PIDFD and not self.number(file.tid, self.space_of(self.current))
        return READABLE | POLLHUP if hidden else super().file_events(file)


class PollFollowsNumbers(Kernel):
    """A pidfd is of whoever has the number."""

    def pidfd_events(self, tid: int) -> int:
        """Look it up, outermost."""
        number = self.number(tid, ())
        return super().pidfd_events(self.meant(number, ()) or tid)


class DirectoriesArePolled(Kernel):
    """A directory of /proc is polled as a pidfd is."""

    def file_events(self, file: File) -> int:
        """Take it for one."""
        return self.pidfd_events(file.tid)


class LeadersDecide(Kernel):
    """A process is readable when its first thread has ended."""

    def has_other_threads(self, group: ThreadGroup, tid: int) -> bool:
        """Do not look at the others."""
        return False


class ZombieThreadsDoNotCount(Kernel):
    """A thread that a tracer has not reaped is none."""

    def has_other_threads(self, group: ThreadGroup, tid: int) -> bool:
        """Look for the living."""
        others = [other for other in group.threads if other != tid]
        alive = any(self.tasks[other].exit_state is ExitState.ALIVE for other in others)
        return alive and super().has_other_threads(group, tid)


class LastThreadsWakeNobody(Kernel):
    """Who polls a process whose first thread has ended sleeps through its end."""

    def notice_lone_leader(self, group: ThreadGroup) -> None:
        """Forget the pollers."""
        watching = {task.tid: task.woken for task in self.tasks.values()}
        super().notice_lone_leader(group)
        for tid, woken in watching.items():
            if tid in self.tasks and self.tasks[tid].watching is not None:
                self.tasks[tid].woken = woken


class ExecedThreadsGoOn(Kernel):
    """Nobody who polls the pidfd of a thread is told of its exec."""

    def take_over_leader(self, task: Task) -> None:
        """Wake nobody."""
        woken = {other.tid: other.woken for other in self.tasks.values() if other.watching is not None}
        super().take_over_leader(task)
        for tid, was in woken.items():
            self.tasks[tid].woken = was


class ExecIsAnEnd(Kernel):
    """An exec by another thread than the first wakes who polls the process, and marks it readable."""

    def take_over_leader(self, task: Task) -> None:
        """Tell of it."""
        super().take_over_leader(task)
        task.group.exec_id += 1000
        self.notify_pidfd(task.tid)

    def pidfd_events(self, tid: int) -> int:
        """Look for the mark."""
        task = self.tasks.get(tid)
        marked = task is not None and task.group.exec_id >= 1000
        return READABLE if marked else super().pidfd_events(tid)


class PollKeepsItsFile(Kernel):
    """A poll that is woken looks at the file that it found first."""

    def sys_poll(self, task: Task, fd: Name, events: int, timeout: int) -> Fields | None:
        """Do not look at the descriptor again."""
        if task.watching is None or task.watching.file not in self.files:
            return super().sys_poll(task, fd, events, timeout)
        found = self.file_events(self.files[task.watching.file]) & task.watching.events
        return (
            self.told(found, {"POLLIN": POLLIN, "POLLHUP": POLLHUP})
            if found
            else self.found_or_sleep(task, task.watching, self.told(0, {}), timeout)
        )


class PollIsRestarted(Kernel):
    """A handler with SA_RESTART does not end a poll."""

    def interrupt(self, task: Task, call: Call) -> None:
        """Restart it as other calls."""
        super().interrupt(task, call)
        if call.name == "poll":
            task.restart = Restart.SYS


class StopsEndPoll(Kernel):
    """A stop ends a poll with EINTR."""

    def interrupt(self, task: Task, call: Call) -> None:
        """Do not restart it."""
        super().interrupt(task, call)
        if call.name == "poll":
            task.restart = Restart.NONE


class EpollWaitIsRestarted(Kernel):
    """A stop does not end an epoll_wait."""

    def interrupt(self, task: Task, call: Call) -> None:
        """Restart it as a poll is."""
        super().interrupt(task, call)
        if call.name == "epoll_wait":
            task.restart = Restart.NOHAND
