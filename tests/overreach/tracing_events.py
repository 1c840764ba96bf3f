"""Rules of a tracee's events, overdone: births, execve, ends."""

from __future__ import annotations

from conformance.abi.processes import CLONE_UNTRACED
from conformance.abi.ptrace import (
    PTRACE_EVENT_EXEC,
    PTRACE_EVENT_EXIT,
    PTRACE_EVENT_VFORK_DONE,
)
from conformance.abi.signals import SIG_DFL, SIGKILL, SIGTRAP
from conformance.reference.cloning import CloneArgs
from conformance.reference.results import failure
from conformance.reference.task import Task
from conformance.reference.values import ExitState, SigInfo, Trap
from conformance.trace import Fields
from tests.overreach.overreach import Overreach


class EveryOptionIsOn(Overreach):
    """Every tracer is told of everything."""

    RULES = ("PTRACE-067", "PTRACE-072", "PTRACE-073", "PTRACE-062", "PTRACE-074", "PTRACE-078", "PTRACE-079")

    def event_stop(self, task: Task, event: int, message: int) -> bool:
        """Ask for nothing."""
        options = task.tracing.options
        task.tracing = task.tracing._replace(options=options | 1 << event)
        stopped = super().event_stop(task, event, message)
        task.tracing = task.tracing._replace(options=options)
        return stopped


class AllNewbornsAreTraced(Overreach):
    """Whatever a tracee makes is traced."""

    RULES = ("PTRACE-069", "PTRACE-304")

    def trace_newborn(self, parent: Task, child: Task, *, wanted: bool) -> None:
        """Want it."""
        super().trace_newborn(parent, child, wanted=True)


class AllNewbornsBeginSeized(Overreach):
    """Every newborn begins with PTRACE_EVENT_STOP."""

    RULES = ("PTRACE-082",)

    def trace_newborn(self, parent: Task, child: Task, *, wanted: bool) -> None:
        """Take its creator for seized."""
        tracing, parent.tracing = parent.tracing, parent.tracing._replace(seized=True)
        super().trace_newborn(parent, child, wanted=wanted)
        parent.tracing = tracing


class AllNewbornsBeginWithSigstop(Overreach):
    """Every newborn begins with a SIGSTOP."""

    RULES = ("PTRACE-068", "PTRACE-307")

    def trace_newborn(self, parent: Task, child: Task, *, wanted: bool) -> None:
        """Take its creator for attached."""
        tracing, parent.tracing = parent.tracing, parent.tracing._replace(seized=False)
        super().trace_newborn(parent, child, wanted=wanted)
        parent.tracing = tracing


class UntracedMeansNobody(Overreach):
    """CLONE_UNTRACED overrides CLONE_PTRACE."""

    RULES = ("PTRACE-303",)

    def clone_into(self, task: Task, name: str, args: CloneArgs) -> Fields | None:
        """Take that flag out."""
        flags = args.flags & ~0x2000 if args.flags & CLONE_UNTRACED else args.flags
        return super().clone_into(task, name, args._replace(flags=flags))


class ThreadsAreForkEvents(Overreach):
    """Every thread is PTRACE_EVENT_FORK."""

    RULES = ("PTRACE-302",)

    def sys_thread(self, task: Task, child: str) -> Fields | None:
        """Make it with SIGCHLD."""
        return self.sys_clone(task, child, 17, 0x10F00)


class VforkDoneForEverybody(Overreach):
    """PTRACE_EVENT_VFORK_DONE goes with PTRACE_EVENT_VFORK."""

    RULES = ("PTRACE-310", "PTRACE-311")

    def end_vfork_wait(self, task: Task) -> None:
        """Take either option for both."""
        options = task.tracing.options
        if options & 1 << 2:
            task.tracing = task.tracing._replace(options=options | 1 << PTRACE_EVENT_VFORK_DONE)
        super().end_vfork_wait(task)
        task.tracing = task.tracing._replace(options=options)


class NoVforkDone(Overreach):
    """No vfork tells of the end of its wait."""

    RULES = ("PTRACE-312",)

    def event_stop(self, task: Task, event: int, message: int) -> bool:
        """Leave it out."""
        return event != PTRACE_EVENT_VFORK_DONE and super().event_stop(task, event, message)


class ExecAlwaysTraps(Overreach):
    """Every execve under a tracer sends SIGTRAP, unless it is an event."""

    RULES = ("PTRACE-060",)

    def exec_stop(self, task: Task, former_tid: int) -> None:
        """Take the tracee for attached."""
        tracing, task.tracing = task.tracing, task.tracing._replace(seized=False)
        super().exec_stop(task, former_tid)
        task.tracing = tracing


class SigtrapOfAnExecIsForced(Overreach):
    """The SIGTRAP of an execve cannot be blocked, like that of a step."""

    RULES = ("PTRACE-060", "PTRACE-344")

    def exec_stop(self, task: Task, former_tid: int) -> None:
        """Unblock it."""
        if not task.tracing.options >> PTRACE_EVENT_EXEC & 1:
            task.blocked &= ~(1 << SIGTRAP - 1)
        super().exec_stop(task, former_tid)


class SigtrapAfterTheEvent(Overreach):
    """The SIGTRAP of an execve comes even after its event."""

    RULES = ("PTRACE-061",)

    def exec_stop(self, task: Task, former_tid: int) -> None:
        """Send both."""
        super().exec_stop(task, former_tid)
        if task.tracing.tracer and not task.tracing.seized and task.trap is not None:
            self.send_to_thread(SigInfo(SIGTRAP, 0, task.tid), task)


class NoSigtrapAtAll(Overreach):
    """No execve sends a SIGTRAP."""

    RULES = ("PTRACE-065", "PTRACE-066")

    def exec_stop(self, task: Task, former_tid: int) -> None:
        """Stop for the event only; a seized tracee not even for that."""
        if not task.tracing.seized:
            self.event_stop(task, PTRACE_EVENT_EXEC, former_tid)


class NoExecIsTrusted(Overreach):
    """No tracee takes requests before its PTRACE_EVENT_EXEC was waited for."""

    RULES = ("PTRACE-322",)

    def is_unexpected(self, task: Task) -> bool:
        """Do not look at the id."""
        return task.trap is not None and task.exit_code == SIGTRAP | PTRACE_EVENT_EXEC << 8


class ExecWaitsForEveryThread(Overreach):
    """An execve waits for another to reap the threads that nobody traces."""

    RULES = ("PTRACE-300",)

    def nobody_waits_for(self, task: Task) -> bool:
        """Leave a zombie."""
        return super().nobody_waits_for(task) and not task.group.exec_task


class ExecLeavesItsTracees(Overreach):
    """An execve takes all tracees from the process."""

    RULES = ("PTRACE-326",)

    def exec(self, task: Task) -> None:
        """Let them go."""
        for tid in task.ptraced:
            self.unlink(self.tasks[tid])
        super().exec(task)


class ExecKeepsAllTracees(Overreach):
    """An execve by the leader ends his own tracing too."""

    RULES = ("PTRACE-349",)

    def end_other_threads(self, task: Task) -> None:
        """Let go of everybody's."""
        super().end_other_threads(task)
        for tid in task.ptraced:
            self.unlink(self.tasks[tid])


class EndsByOthersHaveNoStatus(Overreach):
    """Every thread that another ends is told of as exited with 0."""

    RULES = ("PTRACE-321",)

    def group_exit(self, task: Task, status: int) -> None:
        """Forget the cause."""
        if task.group.group_exit:
            task.fatal = False
            self.begin_exit(task, 0)
        else:
            super().group_exit(task, status)


class SigkillNeverEndsTheStopAtTheEnd(Overreach):
    """SIGKILL ends no PTRACE_EVENT_EXIT, whoever is at his end."""

    RULES = ("PTRACE-080", "PTRACE-084")

    def kill_thread(self, task: Task) -> None:
        """Leave it there."""
        trap = task.trap
        super().kill_thread(task)
        if trap is not None and trap.code >> 8 == PTRACE_EVENT_EXIT:
            task.trap, task.resuming = trap, None


class ExitIsTheEndOfAll(Overreach):
    """PTRACE_EVENT_EXIT of a leader takes his process with him."""

    RULES = ("PTRACE-331",)

    def sys_exit(self, task: Task, code: int) -> None:
        """End it."""
        self.sys_exit_group(task, code)


class MessagesAreZero(Overreach):
    """A stop that a tracee has for the sake of another has no message."""

    RULES = ("PTRACE-327",)

    def event_stop(self, task: Task, event: int, message: int) -> bool:
        """Clear it at every end that was not of one's own making."""
        forced = event == PTRACE_EVENT_EXIT and (task.call is None or not task.call.name.startswith("exit"))
        return super().event_stop(task, event, 0 if forced else message)


class NobodyTakesSignalsAtHisEnd(Overreach):
    """A signal given along means nothing where the tracee is about to die of it."""

    RULES = ("PTRACE-330",)

    def inject(self, task: Task, trap: Trap, signo: int) -> None:
        """Ignore what would kill."""
        if task.group.action(signo).handler != SIG_DFL or signo == SIGKILL:
            super().inject(task, trap, signo)


class StopsAtTheEndAreDeaths(Overreach):
    """At PTRACE_EVENT_EXIT the children have a new parent already."""

    RULES = ("PTRACE-075",)

    def begin_exit(self, task: Task, status: int) -> None:
        """Hand them on, and let go those who are detached."""
        self.orphan_children(task)
        super().begin_exit(task, status)


class DeadTraceesOfNobody(Overreach):
    """A tracee that goes on from its end leaves no zombie."""

    RULES = ("PTRACE-076",)

    def nobody_waits_for(self, task: Task) -> bool:
        """Release the killed."""
        return super().nobody_waits_for(task) or (bool(task.tracing.tracer) and task.tid != task.group.tgid)


class TheMessageIsTheEvent(Overreach):
    """PTRACE_GETEVENTMSG fails where there was no event."""

    RULES = ("PTRACE-305", "PTRACE-329")

    def sys_ptrace_geteventmsg(self, caller: Task, pid: int, means: int) -> Fields:
        """Give EINVAL for 0."""
        fields = super().sys_ptrace_geteventmsg(caller, pid, means)
        return failure("EINVAL") if ("message", 0) in fields else fields


class AllDeadAreReportedToTheTracer(Overreach):
    """A tracee that is not there any more is told of as dead."""

    RULES = ("PTRACE-320",)

    def is_at_hand(self, caller: Task, target: Task, *, any_state: bool) -> bool:
        """Let requests through to who was traced."""
        gone = target.tracing.tracer == 0 and target.exit_state is ExitState.ALIVE
        return (gone and any_state) or super().is_at_hand(caller, target, any_state=any_state)
