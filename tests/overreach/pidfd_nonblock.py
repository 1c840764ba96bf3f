"""Rules of waits with pidfds that sleep or do not, overdone."""

from __future__ import annotations

from conformance.abi.waiting import P_PIDFD
from conformance.case.calls import BUFFERS
from conformance.case.model import Call
from conformance.reference.children import Found, Nothing
from conformance.reference.files import File, Name
from conformance.reference.results import failure
from conformance.reference.task import Task
from conformance.reference.values import ExitState, Restart, WaitOpts
from conformance.trace import Fields
from tests.overreach.overreach import Overreach
from tests.variants.pidfd_wait import (
    EagainThoughNothingCanCome,
    NonblockIsReadWhileItSleeps,
    RestartsKeepTheProcess,
    SleepersFollowTheDescriptor,
)


class NonblockIsOfTheProcess(Overreach):
    """When any pidfd of a process does not block, none does."""

    RULES = ("PIDFD-016",)

    def is_nonblocking(self, file: File) -> bool:
        """Look at all of them."""
        same = [other for other in self.files.values() if other.tid == file.tid]
        return any(super(NonblockIsOfTheProcess, self).is_nonblocking(other) for other in same)


class EagainWheneverThereIsNothing(Overreach, EagainThoughNothingCanCome):
    """A nonblocking pidfd gives EAGAIN where there is no child either."""

    RULES = ("PIDFD-013", "PIDFD-014", "PIDFD-036", "PIDFD-037")


class NohangMakesAZero(Overreach):
    """With WNOHANG a nonblocking pidfd gives 0 whatever there is."""

    RULES = ("PIDFD-015",)

    def sys_waitid(
        self, task: Task, idtype: int, pid: Name, infop: int, options: int, rusage: int
    ) -> Fields | None:
        """Make it one, of ECHILD too."""
        result = super().sys_waitid(task, idtype, pid, infop, options, rusage)
        file = self.file_at(task, pid) if idtype == P_PIDFD else None
        if result is not None and file is not None and self.is_nonblocking(file):
            errors = dict(result).get("errno") in ("EAGAIN", "ECHILD")
            return self.waitid_result(Nothing(""), infop, rusage) if errors else result
        return result


class NonblockIsReadAllAlong(Overreach, NonblockIsReadWhileItSleeps):
    """O_NONBLOCK that comes, or goes, while a wait sleeps counts."""

    RULES = ("PIDFD-466",)

    def is_nonblocking(self, file: File) -> bool:
        """Never look at a wait that begins."""
        return False


class OnlyEagainFaults(Overreach):
    """A bad siginfo makes EFAULT of EAGAIN, and not of EBADF."""

    RULES = ("PIDFD-467",)

    def waitid_result(self, found: Found, infop: int, rusage: int) -> Fields:
        """Leave that."""
        if infop == BUFFERS["bad"] and found == Nothing("EBADF"):
            return failure("EBADF")
        return super().waitid_result(found, infop, rusage)


class DescriptorsAreNeverReadAgain(Overreach, RestartsKeepTheProcess):
    """Whom a wait is for is settled for good, though it be begun anew."""

    RULES = ("PIDFD-470",)


class DescriptorsAreReadAllAlong(Overreach, SleepersFollowTheDescriptor):
    """A wait that is woken for any reason looks at the descriptor again."""

    RULES = ("PIDFD-471",)


class EverySignalInterrupts(Overreach):
    """A handler ends a wait with EINTR, with SA_RESTART too, and a stop does."""

    RULES = ("PIDFD-472",)

    def interrupt(self, task: Task, call: Call) -> None:
        """Never restart it."""
        super().interrupt(task, call)
        if task.call is not None and call.name == "waitid" and call.args[0] == P_PIDFD:
            task.restart = Restart.NONE


class OthersGiveUp(Overreach):
    """A wait that another's end wakes ends with ECHILD, though its own child lives."""

    RULES = ("PIDFD-473",)

    def wake_waiters(self, child: Task, parent: Task) -> None:
        """Wake everybody, and mark them."""
        for task in self.live_threads(parent.group):
            if task.waiting is not None and not self.eligible_pid(task.waiting, child):
                task.waiting, task.woken = task.waiting._replace(pid=0), True
        super().wake_waiters(child, parent)


class EndsAreNeverMissed(Overreach):
    """Who waits for a child that another one traces gets its end at once."""

    RULES = ("PIDFD-474",)

    def is_hidden_by_tracer(self, opts: WaitOpts, child: Task) -> bool:
        """Show it."""
        return False

    def wake_up_parent(self, child: Task) -> None:
        """Wake the parent too."""
        super().wake_up_parent(child)
        parent = self.tasks.get(child.parent)
        if parent is not None:
            self.wake_waiters(child, parent)


class TheDeadHaveNothingToCome(Overreach):
    """Of any zombie that a wait does not report nothing can come, though its tracer have it yet."""

    RULES = ("PIDFD-465",)

    def may_report_later(self, opts: WaitOpts, child: Task) -> bool:
        """Look whether it lives."""
        return child.exit_state is ExitState.ALIVE
