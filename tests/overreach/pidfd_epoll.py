"""Rules of pidfds under epoll, overdone."""

from __future__ import annotations

from conformance.abi.descriptors import EPOLL_CTL_ADD, EPOLLET, EPOLLONESHOT
from conformance.reference.files import Name, Watch
from conformance.reference.polling import ALWAYS
from conformance.reference.results import failure
from conformance.reference.task import Task
from conformance.trace import Fields
from tests.overreach.overreach import Overreach
from tests.variants.pidfd_epoll import (
    DelForgetsNothing,
    EdgesAreLevels,
    ModAdds,
    OneIsToldOfALevel,
    OneshotStillHangsUp,
    WatchesGoByDescriptor,
)


class EverythingIsOneshot(Overreach):
    """What is told once is not told again."""

    RULES = ("PIDFD-330",)

    def after_telling(self, watch: Watch, events: int) -> Watch:
        """Disarm it."""
        return super().after_telling(watch._replace(events=watch.events | EPOLLONESHOT), events)


class EverythingIsToldAgain(Overreach, EdgesAreLevels):
    """What is there is told at every epoll_wait, with EPOLLET too."""

    RULES = ("PIDFD-331", "PIDFD-338", "PIDFD-486")


class TheReapedAreToldToAll(Overreach, OneshotStillHangsUp):
    """That somebody is reaped is told whatever was told before, and who has had EPOLLONESHOT."""

    RULES = ("PIDFD-311",)


class OneIsToldOfEverything(Overreach, OneIsToldOfALevel):
    """Of several who sleep in epoll_wait one is woken, with EPOLLET and without."""

    RULES = ("PIDFD-333",)


class ChangesLookAtAllThatWasAsked(Overreach, ModAdds):
    """A change of a watch looks for what was asked for before, too."""

    RULES = ("PIDFD-480",)


class WhoAsksForNothingIsTold(Overreach):
    """A watch that asks for nothing is told of nothing."""

    RULES = ("PIDFD-481",)

    def current_events(self, watch: Watch) -> int:
        """Leave out what is told unasked."""
        wanted = watch.events & ~ALWAYS & ~EPOLLET & ~EPOLLONESHOT
        return super().current_events(watch) if wanted else 0


class ClosingIsDeleting(Overreach, WatchesGoByDescriptor):
    """A watch is deleted when anybody closes the descriptor."""

    RULES = ("PIDFD-482",)


class WatchesHaveNames(Overreach):
    """A watch is known by its descriptor alone, whatever file that has become."""

    RULES = ("PIDFD-483",)

    def sys_epoll_ctl(self, task: Task, epfd: Name, op: int, fd: Name, events: int) -> Fields:
        """Look for the name."""
        file = self.file_at(task, epfd)
        known = file is not None and any(watch.name == fd for watch in file.watches)
        if op == EPOLL_CTL_ADD and known:
            return failure("EEXIST")
        return super().sys_epoll_ctl(task, epfd, op, fd, events)


class WatchesAreForEver(Overreach, DelForgetsNothing):
    """A watch lives as long as the file, whatever is asked."""

    RULES = ("PIDFD-484",)


class EdgesAreToldToOneOfAll(Overreach):
    """An event of EPOLLET is told once, over all instances."""

    RULES = ("PIDFD-485",)

    def take_event(self, instance: int) -> int:
        """Take it off the others."""
        ready = {watch.file for watch in self.files[instance].watches if watch.ready}
        found = super().take_event(instance)
        for number, file in tuple(self.files.items()):
            if found and number != instance:
                left = tuple(
                    watch._replace(ready=0) if watch.file in ready else watch for watch in file.watches
                )
                self.files[number] = file._replace(watches=left)
        return found
