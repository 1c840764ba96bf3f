"""Rules of waits with pidfds, overdone."""

from __future__ import annotations

from conformance.abi.waiting import (
    P_PIDFD,
    WCLONE,
    WCONTINUED,
    WEXITED,
    WNOHANG,
    WNOWAIT,
    WUNTRACED,
)
from conformance.case.calls import BUFFERS
from conformance.reference.children import Found, Nothing, Report
from conformance.reference.files import File, FileKind, Name
from conformance.reference.polling import READABLE
from conformance.reference.results import failure
from conformance.reference.task import Task
from conformance.reference.values import ExitState, WaitOpts
from conformance.trace import Fields
from tests.overreach.overreach import Overreach
from tests.variants.pidfd_poll import TheInvisibleAreReaped
from tests.variants.pidfd_wait import (
    AnySiblingWillDo,
    FaultsComeFirst,
    S24G24ThreadPidfdsAreInvalid,
    StrangersAreWaitedFor,
    is_by_pidfd,
)


class NohangIsNeverAnything(Overreach):
    """With WNOHANG there is nothing, though there be no child."""

    RULES = ("PIDFD-011",)

    def do_wait(self, task: Task, opts: WaitOpts) -> Found | None:
        """Do not look."""
        return Nothing("") if opts.flags & WNOHANG and is_by_pidfd(task) else super().do_wait(task, opts)


class ContinuesAreStopsToo(Overreach):
    """Who asks for stops is told of a continue, and the other way round."""

    RULES = ("PIDFD-018", "PIDFD-019")

    def take_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Ask for both."""
        return super().take_stop(self.both(opts), child)

    def take_continue(self, opts: WaitOpts, child: Task) -> Report | None:
        """Ask for both."""
        return super().take_continue(self.both(opts), child)

    def both(self, opts: WaitOpts) -> WaitOpts:
        """Add what goes with it."""
        either = opts.flags & (WUNTRACED | WCONTINUED)
        return opts._replace(flags=opts.flags | WUNTRACED | WCONTINUED) if either else opts


class NothingIsEverTaken(Overreach):
    """A wait with a pidfd leaves everything as it is, without WNOWAIT too."""

    RULES = ("PIDFD-025",)

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Leave it."""
        return super().scan(task, opts._replace(flags=opts.flags | WNOWAIT) if is_by_pidfd(task) else opts)


class EverythingIsTaken(Overreach):
    """A wait with a pidfd reaps, with WNOWAIT too."""

    RULES = ("PIDFD-026",)

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Take it."""
        return super().scan(task, opts._replace(flags=opts.flags & ~WNOWAIT) if is_by_pidfd(task) else opts)


class OnlyMakersWait(Overreach):
    """Who did not fork a child cannot wait for it with a pidfd."""

    RULES = ("PIDFD-040",)

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Look at the caller's own alone."""
        found = super().candidates(task, opts)
        return [one for one in found if one[0].tid in task.children] if is_by_pidfd(task) else found


class OneselfIsTaboo(Overreach):
    """A pidfd of the caller's own process is bad for everything."""

    RULES = ("PIDFD-041",)

    def file_events(self, file: File) -> int:
        """Say so."""
        return READABLE if file.tid == self.current else super().file_events(file)


class StrangersAreServed(Overreach, StrangersAreWaitedFor):
    """A pidfd lets anybody wait for its process."""

    RULES = ("PIDFD-081", "PIDFD-451", "PIDFD-452", "PIDFD-458")


class SentinelsAreOneself(Overreach):
    """What stands for the caller is refused as EINVAL, and so is a pidfd of the caller."""

    RULES = ("PIDFD-097",)

    def sys_waitid(
        self, task: Task, idtype: int, pid: Name, infop: int, options: int, rusage: int
    ) -> Fields | None:
        """Refuse it."""
        file = self.file_at(task, pid) if idtype == P_PIDFD else None
        if file is not None and file.kind is FileKind.PIDFD and file.tid == task.group.tgid:
            return self.waitid_result(Nothing("EINVAL"), infop, rusage)
        return super().sys_waitid(task, idtype, pid, infop, options, rusage)


class OneReapsForAll(Overreach, AnySiblingWillDo):
    """A wait with a pidfd takes what there is."""

    RULES = ("PIDFD-135",)

    def eligible_pid(self, opts: WaitOpts, child: Task) -> bool:
        """Look at the process's threads too."""
        return super().eligible_pid(opts, child) or opts.pid in child.group.threads


class PidfdsOfOneAreNeverGood(Overreach):
    """A wait with a pidfd does not take the only child there is."""

    RULES = ("PIDFD-450",)

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Look at the first one alone."""
        found = super().candidates(task, opts)
        return found[:1] if is_by_pidfd(task) else found


class NumbersThatCameAgainAreBad(Overreach):
    """Once any number has come again no pidfd is anybody's."""

    RULES = ("PIDFD-453",)

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Look for one."""
        numbers = [self.number(tid, ()) for tid in self.names]
        again = is_by_pidfd(task) and opts.flags & WEXITED and len(set(numbers)) < len(numbers)
        return [] if again else super().candidates(task, opts)


class PidfdsBesideDirectoriesAreBad(Overreach):
    """Of a process whose directory in /proc is open there is no good pidfd."""

    RULES = ("PIDFD-454",)

    def waitid_selector(self, task: Task, idtype: int, pid: Name, options: int) -> WaitOpts | None:
        """Look for one."""
        opts = super().waitid_selector(task, idtype, pid, options)
        kinds = {file.kind for file in self.files.values() if opts is not None and file.tid == opts.pid}
        return None if idtype == P_PIDFD and FileKind.PROC in kinds else opts


class ClassesAreStrict(Overreach):
    """With a pidfd __WALL admits none but children of the other class."""

    RULES = ("PIDFD-455",)

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Take it for __WCLONE."""
        if is_by_pidfd(task) and opts.flags & 0x40000000:
            opts = opts._replace(flags=opts.flags & ~0x40000000 | WCLONE)
        return super().scan(task, opts)


class ExecsAreNothingToPidfds(Overreach):
    """After an exec of another thread its old pidfd is of the process."""

    RULES = ("PIDFD-456",)

    def take_over_leader(self, task: Task) -> None:
        """Let it follow."""
        former = task.tid
        super().take_over_leader(task)
        for number, file in tuple(self.files.items()):
            if file.kind is FileKind.PIDFD and file.tid == former:
                self.files[number] = file._replace(tid=task.tid)


class LeadersEndsHideStops(Overreach):
    """A process whose first thread has ended tells nothing at all before its end."""

    RULES = ("PIDFD-457",)

    def take_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Hide it."""
        dead = child.exit_state is ExitState.ZOMBIE and len(child.group.threads) > 1
        return None if dead else super().take_stop(opts, child)


class TracersHideEverything(Overreach):
    """Of a child that another one traces the parent sees nothing."""

    RULES = ("PIDFD-459",)

    def take_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Hide its stops too."""
        return None if child.tracing.tracer and not opts.traced else super().take_stop(opts, child)


class IgnoredChildrenTellNothing(Overreach):
    """With SIGCHLD ignored, or SA_NOCLDWAIT, stops are nobody's either."""

    RULES = ("PIDFD-460",)

    def take_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Hide them."""
        parent = self.tasks.get(child.parent)
        unwanted = parent is not None and self.reaps_automatically(parent.group)
        return None if unwanted else super().take_stop(opts, child)


class FaultsTakeNothing(Overreach, FaultsComeFirst):
    """With a bad siginfo, or with none, the child is not reaped."""

    RULES = ("PIDFD-462",)

    def do_wait(self, task: Task, opts: WaitOpts) -> Found | None:
        """Take a null one for bad."""
        null = is_by_pidfd(task) and task.call is not None and task.call.args[2] == BUFFERS["null"]
        return Nothing("EFAULT") if null else super().do_wait(task, opts)


class TheSiginfoIsAlwaysClear(Overreach):
    """What waitid writes into the siginfo is zeroes, and a null one is bad."""

    RULES = ("PIDFD-463",)

    def waitid_result(self, found: Found, infop: int, rusage: int) -> Fields:
        """Fault on it."""
        result = super().waitid_result(found, infop, rusage)
        return failure("EFAULT") if infop == BUFFERS["null"] else result


class ThreadPidfdsAreNobodys(Overreach, S24G24ThreadPidfdsAreInvalid):
    """No thread pidfd is good for a wait, though it be of a child's first thread or of a tracee."""

    RULES = ("PIDFD-136", "PIDFD-138")


class ThreadPidfdsOfTraceesServeAll(Overreach):
    """A thread pidfd of a traced thread serves others than its tracer."""

    RULES = ("PIDFD-137",)

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Add it."""
        named = self.tasks.get(opts.pid) if is_by_pidfd(task) else None
        found = super().candidates(task, opts)
        return [*found, (named, True)] if named is not None and named.tracing.tracer else found


class TheInvisibleAreNobody(Overreach, TheInvisibleAreReaped):
    """Whom a caller cannot see is nobody for poll either."""

    RULES = ("PIDFD-461",)
