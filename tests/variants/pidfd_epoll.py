"""pidfds under epoll: what is told how often, and to whom."""

from __future__ import annotations

from operator import itemgetter

from conformance.abi.descriptors import EPOLL_CTL_DEL, EPOLL_CTL_MOD, EPOLLET, EPOLLONESHOT, POLLHUP, POLLIN
from conformance.reference.files import File, Name, Watch
from conformance.reference.kernel import Kernel
from conformance.reference.results import OK
from conformance.reference.task import Task
from conformance.trace import Fields


class OneshotIsForEver(Kernel):
    """EPOLLONESHOT is not known."""

    def after_telling(self, watch: Watch, events: int) -> Watch:
        """Go on as without."""
        return super().after_telling(watch._replace(events=watch.events & ~EPOLLONESHOT), events)


class OneshotStillHangsUp(Kernel):
    """With EPOLLONESHOT the reaping is told after the end."""

    def is_armed(self, watch: Watch) -> bool:
        """Take it for armed."""
        return True

    def current_events(self, watch: Watch) -> int:
        """Tell the hang-up unasked."""
        return super().current_events(watch._replace(events=watch.events | POLLHUP))


class EdgesAreLevels(Kernel):
    """EPOLLET is not known."""

    def after_telling(self, watch: Watch, events: int) -> Watch:
        """Go on as without."""
        bits = EPOLLET if not watch.events & EPOLLONESHOT else 0
        return super().after_telling(watch._replace(events=watch.events & ~bits), events)


class LevelsAreEdges(Kernel):
    """Every watch tells each event once."""

    def after_telling(self, watch: Watch, events: int) -> Watch:
        """Take it off the line."""
        told = super().after_telling(watch, events)
        return told._replace(ready=0)


class FirstComeFirstWoken(Kernel):
    """Of several who sleep in epoll_wait who came first is woken."""

    def wake_one(self, instance: int) -> None:
        """Take the other end."""
        asleep = [
            (task.watching.turn, task)
            for task in self.tasks.values()
            if task.watching is not None and task.watching.file == instance and not task.woken
            if task.tid != self.current
        ]
        if asleep:
            min(asleep, key=itemgetter(0))[1].woken = True


class OneIsToldOfALevel(Kernel):
    """Who is told of an event in epoll_wait wakes no other."""

    def take_event(self, instance: int) -> int:
        """Leave the others asleep."""
        woken = {task.tid: task.woken for task in self.tasks.values()}
        found = super().take_event(instance)
        for task in self.tasks.values():
            task.woken = woken[task.tid]
        return found


class AddingDoesNotLook(Kernel):
    """epoll_ctl does not look whether there is an event already."""

    def with_watch(self, file: File, watch: Watch) -> File:
        """Wait for the next one."""
        made = super().with_watch(file, watch)
        return made._replace(watches=(*made.watches[:-1], made.watches[-1]._replace(ready=0)))


class AddingWakesNobody(Kernel):
    """epoll_ctl wakes nobody who sleeps in epoll_wait."""

    def sys_epoll_ctl(self, task: Task, epfd: Name, op: int, fd: Name, events: int) -> Fields:
        """Leave them asleep."""
        woken = {other.tid: other.woken for other in self.tasks.values()}
        result = super().sys_epoll_ctl(task, epfd, op, fd, events)
        for other in self.tasks.values():
            other.woken = woken[other.tid]
        return result


class ModAdds(Kernel):
    """EPOLL_CTL_MOD adds events to those that are asked for."""

    def with_watch(self, file: File, watch: Watch) -> File:
        """Keep the former ones."""
        former = [one for one in file.watches if (one.name, one.file) == (watch.name, watch.file)]
        kept = former[0].events if former else 0
        return super().with_watch(file, watch._replace(events=watch.events | kept))


class DelForgetsNothing(Kernel):
    """EPOLL_CTL_DEL says that it has done it."""

    def sys_epoll_ctl(self, task: Task, epfd: Name, op: int, fd: Name, events: int) -> Fields:
        """Do nothing."""
        if op != EPOLL_CTL_DEL:
            return super().sys_epoll_ctl(task, epfd, op, fd, events)
        result = super().sys_epoll_ctl(task, epfd, EPOLL_CTL_MOD, fd, POLLIN)
        return OK if result == OK else result


class WatchesGoByDescriptor(Kernel):
    """A watch ends when the descriptor is closed by which it was made, whoever has the file."""

    def close(self, task: Task, name: Name) -> bool:
        """End it."""
        for number, file in tuple(self.files.items()):
            left = tuple(watch for watch in file.watches if watch.name != name)
            self.files[number] = file._replace(watches=left)
        return super().close(task, name)


class LineIsNoLine(Kernel):
    """epoll_wait tells of the watch that was made first."""

    def made_ready(self, watch: Watch) -> Watch:
        """Give each the same place."""
        return watch._replace(ready=watch.file)
