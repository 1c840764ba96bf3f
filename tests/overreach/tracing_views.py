"""Rules of what waits and /proc show of ptrace-stops, overdone."""

from __future__ import annotations

from conformance.abi.waiting import CLD_STOPPED, CLD_TRAPPED, WCONTINUED, WNOTHREAD, WNOWAIT, WUNTRACED
from conformance.reference.children import Found, Nothing, Report
from conformance.reference.task import Task
from conformance.reference.values import ExitState, Jobctl, Notice, WaitOpts
from conformance.trace import Fields
from tests.overreach.overreach import Overreach


class EveryStopIsTold(Overreach):
    """A wait tells the stop of any child without being asked."""

    RULES = ("PTRACE-001", "PTRACE-013", "PTRACE-015")

    def take_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Ask in its place."""
        return super().take_stop(opts._replace(flags=opts.flags | WUNTRACED), child)


class EveryStopIsTraced(Overreach):
    """/proc shows t for every stop, and the exit code of every stop is the thread's."""

    RULES = ("PTRACE-002",)

    def state_letter(self, caller: Task, task: Task) -> str:
        """Use the small letter."""
        return super().state_letter(caller, task).replace("T", "t")


class OnlyPtraceStopsHaveACode(Overreach):
    """Field 52 is the task's, whatever its process does."""

    RULES = ("PTRACE-252",)

    def shown_exit_code(self, task: Task) -> int:
        """Look at the task."""
        return task.exit_code


class AStopIsToldOnceForAll(Overreach):
    """A tracee whose stop was told has none to tell any more."""

    RULES = ("PTRACE-003",)

    def take_ptrace_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Remember it in the options of the tracee."""
        seen = child.last_words
        child.last_words = child.exit_code or seen
        return None if seen and seen == child.exit_code else super().take_ptrace_stop(opts, child)


class WnowaitIsAlwaysThere(Overreach):
    """Every wait leaves a ptrace-stop to be told again."""

    RULES = ("PTRACE-014",)

    def take_ptrace_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Leave it."""
        return super().take_ptrace_stop(opts._replace(flags=opts.flags | WNOWAIT), child)


class EventStopsAreNotTold(Overreach):
    """No wait tells the group-stop of a seized tracee, listening or not."""

    RULES = ("PTRACE-030",)

    def take_ptrace_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Hide it."""
        return None if child.group.stop_stopped else super().take_ptrace_stop(opts, child)


class ParentsSeeNoSignalStops(Overreach):
    """A parent is told of no signal-delivery-stop, also if it traces."""

    RULES = ("PTRACE-101",)

    def take_ptrace_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Hide it."""
        return super().take_ptrace_stop(opts, child) if self.is_reparented(child) else None


class EveryoneIsToldOfTheGroupStop(Overreach):
    """A tracer that is the parent is told of the stop of its child besides."""

    RULES = ("PTRACE-110",)

    def consider(self, opts: WaitOpts, child: Task) -> Report | None:
        """Look twice."""
        return super().consider(opts, child) or self.take_stop(opts._replace(traced=False), child)


class OneStopForEverybody(Overreach):
    """Tracer and parent share one stop, as they share one continue."""

    RULES = ("PTRACE-144",)

    def take_ptrace_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Take the process's too."""
        report = super().take_ptrace_stop(opts, child)
        if report is not None and child.group.stop_stopped:
            child.group.group_exit_code = 0
        return report


class ListenersAreAlwaysStopped(Overreach):
    """The parent of a child that listens is told that it is stopped."""

    RULES = ("PTRACE-145",)

    def take_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Make a stop up."""
        report = super().take_stop(opts, child)
        if report is None and not opts.traced and child.jobctl & Jobctl.LISTENING:
            return Report(child.tid, 0, 0x137F, CLD_STOPPED, 19)
        return report


class WaitidHasTheBareSignal(Overreach):
    """si_status of waitid is masked as that of SIGCHLD is."""

    RULES = ("PTRACE-146",)

    def siginfo_of(self, found: Found) -> Fields:
        """Mask it."""
        if isinstance(found, Report) and found.code == CLD_TRAPPED:
            found = found._replace(si_status=found.si_status & 0x7F)
        return super().siginfo_of(found)


class ThreadsAreWaitedFor(Overreach):
    """A thread can be waited for by its tid, traced or not."""

    RULES = ("PTRACE-131",)

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Add all threads."""
        found = super().candidates(task, opts)
        threads = [thread for child, _ in found for thread in self.live_threads(child.group)]
        return found + [(thread, False) for thread in threads if thread.tid != thread.group.tgid]


class ThreadsKeepTheLeader(Overreach):
    """The death of a leader is told when its tracer has waited for all threads that ever were."""

    RULES = ("PTRACE-137",)

    def is_dead_to(self, opts: WaitOpts, child: Task) -> bool:
        """Look whether there were others."""
        alone = child.group.curr_target == child.tid and child.group.exec_task == 0
        return super().is_dead_to(opts, child) and (not child.tracing.tracer or not alone)


class SiblingsAreOneself(Overreach):
    """__WNOTHREAD hides no tracee of the other threads."""

    RULES = ("PTRACE-289",)

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Look at all."""
        return super().candidates(task, opts._replace(flags=opts.flags & ~WNOTHREAD))


class EachThreadForItself(Overreach):
    """Every wait of a thread is for its own tracees alone."""

    RULES = ("PTRACE-290",)

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Look at one's own."""
        return super().candidates(task, opts._replace(flags=opts.flags | WNOTHREAD))


class NoParentIsWoken(Overreach):
    """The group stop of a traced child wakes no wait of its parent."""

    RULES = ("PTRACE-291",)

    def notify_of_stop(self, task: Task, notice: Notice) -> None:
        """Wake the tracer alone."""
        if notice.tracee or not task.tracing.tracer:
            super().notify_of_stop(task, notice)


class OnlyParentsWait(Overreach):
    """Who has no children has nobody to wait for."""

    RULES = ("PTRACE-292",)

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Look for children first."""
        return super().scan(task, opts) if task.children else Nothing("ECHILD")


class TraceesOfAllGroups(Overreach):
    """A wait for a group tells any tracee."""

    RULES = ("PTRACE-293",)

    def eligible_pid(self, opts: WaitOpts, child: Task) -> bool:
        """Forget the group of tracees."""
        return super().eligible_pid(opts, child) or bool(child.tracing.tracer)


class NoTraceeIsACloneChild(Overreach):
    """Nobody's wait looks at the exit signal of a tracee."""

    RULES = ("PTRACE-294",)

    def eligible_child(self, opts: WaitOpts, child: Task) -> bool:
        """Take everyone for the tracer."""
        return super().eligible_child(opts._replace(traced=bool(child.tracing.tracer) or opts.traced), child)


class StopsBeforeAllContinues(Overreach):
    """No continue is told while any tracee has a stop to tell."""

    RULES = ("PTRACE-295",)

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Look for stops first."""
        found = super().scan(task, opts._replace(flags=opts.flags & ~WCONTINUED))
        return found if isinstance(found, Report) else super().scan(task, opts)


class ZombiesBeforeAllStops(Overreach):
    """A zombie is told before the stop of anybody."""

    RULES = ("WAIT-121",)

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Put the dead in front."""
        found = super().candidates(task, opts)
        return sorted(found, key=lambda item: item[0].exit_state is not ExitState.ZOMBIE)


class ChildrenOfAllThreadsBeforeTracees(Overreach):
    """The children of all threads come before the tracees of any."""

    RULES = ("WAIT-121",)

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Put tracees behind."""
        return sorted(super().candidates(task, opts), key=lambda item: item[1])


class TraceesOfAllThreadsBeforeChildren(Overreach):
    """Tracees come before the children of other threads, and of the waiter."""

    RULES = ("PTRACE-298",)

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Put tracees in front."""
        return sorted(super().candidates(task, opts), key=lambda item: not item[1])


class TheNewestOfAllFirst(Overreach):
    """Of children too the newest comes first."""

    RULES = ("PTRACE-297",)

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Turn the children round."""
        found = super().candidates(task, opts)
        children = [item for item in found if not item[1]]
        return children[::-1] + [item for item in found if item[1]]


class TheOrderOfBirthForAll(Overreach):
    """Tracees come in the order of their birth, as children do."""

    RULES = ("PTRACE-296",)

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Sort them."""
        found = super().candidates(task, opts)
        tracees = sorted((item for item in found if item[1]), key=lambda item: item[0].tid)
        return [item for item in found if not item[1]] + tracees
