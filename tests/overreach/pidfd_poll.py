"""Rules of pidfds under poll, overdone."""

from __future__ import annotations

from conformance.abi.descriptors import PIDFD_THREAD, POLL_EVENTS, POLLHUP, POLLNVAL
from conformance.case.model import Call
from conformance.reference.files import File, Name
from conformance.reference.past.polling import LeadersEndAlone
from conformance.reference.polling import EVERYBODY, READABLE
from conformance.reference.task import Task
from conformance.reference.values import ExitState
from conformance.trace import Fields
from tests.overreach.overreach import Overreach
from tests.variants.pidfd_poll import (
    EverythingIsTold,
    ExecIsAnEnd,
    LeadersDecide,
    PollIsRestarted,
    PollKeepsItsFile,
    S26B32NobodyIsWoken,
    S26B45TheReapedDoNotHangUp,
    StopsEndPoll,
    ZombiesHangUp,
)
from tests.variants.pidfd_wait import StrangersAreWaitedFor


class PidfdsTellNothing(Overreach, S26B32NobodyIsWoken):
    """A pidfd gives no event, as while its process lives, and wakes nobody at its end."""

    RULES = ("PIDFD-017", "PIDFD-313")

    def pidfd_events(self, tid: int) -> int:
        """Tell nothing."""
        return 0


class TheDeadHangUp(Overreach, ZombiesHangUp):
    """Who has ended hangs up, whether or not somebody has yet to wait for it."""

    RULES = ("PIDFD-027", "PIDFD-086", "PIDFD-476")


class TheLivingAreReadable(Overreach):
    """A pidfd is readable before there is a zombie."""

    RULES = ("PIDFD-020", "PIDFD-475")

    def pidfd_events(self, tid: int) -> int:
        """Say so."""
        return super().pidfd_events(tid) or READABLE


class NumbersThatCameAgainHangUp(Overreach):
    """Whose number another had before is hung up."""

    RULES = ("PIDFD-477",)

    def pidfd_events(self, tid: int) -> int:
        """Look for the former one."""
        number = self.number(tid, ())
        again = any(other != tid and self.number(other, ()) == number for other in self.names)
        return READABLE | POLLHUP if again else super().pidfd_events(tid)


class NothingIsToldUnasked(Overreach):
    """POLLHUP too is told only to who asks for something that there is."""

    RULES = ("PIDFD-310",)

    def told(self, events: int, names: dict[str, int]) -> Fields:
        """Leave it out where it is alone."""
        return super().told(0 if events == POLLHUP else events, names)


class TheReapedAreNotOpen(Overreach):
    """A descriptor of one who is reaped is POLLNVAL, as one that is not open."""

    RULES = ("PIDFD-314",)

    def sys_poll(self, task: Task, fd: Name, events: int, timeout: int) -> Fields | None:
        """Look for him."""
        file = self.file_at(task, fd)
        if file is not None and file.tid not in self.tasks:
            return self.told(POLLNVAL, POLL_EVENTS)
        return super().sys_poll(task, fd, events, timeout)


class WhoPollsMayWait(Overreach, StrangersAreWaitedFor):
    """Whoever has a pidfd may wait with it as he may poll it."""

    RULES = ("PIDFD-319",)


class EverybodyIsWoken(Overreach, EverythingIsTold):
    """The end of a process wakes who asked for nothing, and tells him."""

    RULES = ("PIDFD-312",)


class PollIsAlwaysRestarted(Overreach, PollIsRestarted):
    """A poll goes on after a handler with SA_RESTART too."""

    RULES = ("PIDFD-316",)


class EverythingEndsPoll(Overreach, StopsEndPoll):
    """A poll ends with EINTR after a stop too."""

    RULES = ("PIDFD-317", "PIDFD-318")


class TheFirstFileCountsForGood(Overreach, PollKeepsItsFile):
    """What a poll found first is what it looks at, though it be begun anew."""

    RULES = ("PIDFD-332",)

    def interrupt(self, task: Task, call: Call) -> None:
        """Remember it."""
        watching, task.watching = task.watching, None
        super().interrupt(task, call)
        task.watching = watching if call.name == "poll" else None


class TheUnwantedNeverHangUp(Overreach, S26B45TheReapedDoNotHangUp):
    """Who is woken by the end of one whom nobody waits for sees POLLIN alone, and so it stays."""

    RULES = ("PIDFD-334",)


class EveryThreadIsItsOwn(Overreach, LeadersEndAlone):
    """A thread pidfd tells of its thread's end at once, of a first thread's too."""

    RULES = ("PIDFD-067",)


class ThreadPidfdsOfTheFirstTellNothing(Overreach):
    """A thread pidfd of a first thread gives nothing until the process is reaped."""

    RULES = ("PIDFD-071",)

    def file_events(self, file: File) -> int:
        """Wait for that."""
        return 0 if file.flags & PIDFD_THREAD and file.tid in self.tasks else super().file_events(file)


class OneThreadsEndIsEnough(Overreach, LeadersDecide):
    """A process is readable when its first thread has ended, or another the last of the others."""

    RULES = ("PIDFD-073",)


class OthersEndsAreTheProcesss(Overreach):
    """A process of which threads have ended, and one is left, is readable."""

    RULES = ("PIDFD-335",)

    def pidfd_events(self, tid: int) -> int:
        """Look at those."""
        task = self.tasks.get(tid)
        left = task is not None and task.group.threads == (tid,) and self.epitaphs
        return READABLE if left else super().pidfd_events(tid)


class AfterAnExecNothingIsTold(Overreach):
    """Who has called execve gives no event, though it end."""

    RULES = ("PIDFD-074",)

    def pidfd_events(self, tid: int) -> int:
        """Look for that."""
        task = self.tasks.get(tid)
        return 0 if task is not None and task.group.exec_id else super().pidfd_events(tid)

    def notify_pidfd(self, tid: int, events: int = READABLE) -> None:
        """Wake nobody who polls a thread that an exec ends."""
        if tid in self.tasks or events != EVERYBODY:
            super().notify_pidfd(tid, events)


class EveryExecIsAnEnd(Overreach, ExecIsAnEnd):
    """An exec makes the process readable too."""

    RULES = ("PIDFD-075",)


class TracersReapForAll(Overreach):
    """What a tracer has waited for hangs up, though it be another's child."""

    RULES = ("PIDFD-336", "PIDFD-339")

    def reap(self, child: Task) -> None:
        """Mark it."""
        self.epitaphs[child.tid] = 0
        super().reap(child)
        self.notify_pidfd(child.tid, EVERYBODY)

    def pidfd_events(self, tid: int) -> int:
        """Look for the mark."""
        return READABLE | POLLHUP if tid in self.epitaphs else super().pidfd_events(tid)


class TraceesAreNotReadable(Overreach):
    """A zombie that is traced gives nothing."""

    RULES = ("PIDFD-337",)

    def pidfd_events(self, tid: int) -> int:
        """Wait for its tracer."""
        task = self.tasks.get(tid)
        traced = task is not None and task.tracing.tracer and task.exit_state is not ExitState.ALIVE
        return 0 if traced else super().pidfd_events(tid)
