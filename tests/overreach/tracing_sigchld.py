"""Rules of SIGCHLD of ptrace-stops, overdone."""

from __future__ import annotations

from conformance.abi.signals import SA_NOCLDSTOP, SIGCHLD
from conformance.abi.waiting import CLD_STOPPED, CLD_TRAPPED
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import Action, Notice, SigInfo
from tests.overreach.overreach import Overreach


class SigchldHasTheWholeCode(Overreach):
    """si_status of SIGCHLD is the whole stop code, as that of waitid is."""

    RULES = ("PTRACE-288",)

    def status_told(self, task: Task, why: int) -> int:
        """Do not mask it."""
        return task.exit_code if why == CLD_TRAPPED else super().status_told(task, why)


class EveryStopOfATraceeIsTrapped(Overreach):
    """SIGCHLD of every stop of a tracee is CLD_TRAPPED, and tells the signal of the thread."""

    RULES = ("PTRACE-120", "PTRACE-120b")

    def notify_of_stop(self, task: Task, notice: Notice) -> None:
        """Change what the tracer is told."""
        super().notify_of_stop(task, notice._replace(why=CLD_TRAPPED) if notice.tracee else notice)


class EveryStopOfATraceeIsAStop(Overreach):
    """SIGCHLD of a signal-delivery-stop is CLD_STOPPED as that of a group-stop is."""

    RULES = ("PTRACE-120a",)

    def notify_of_stop(self, task: Task, notice: Notice) -> None:
        """Change what the tracer is told."""
        super().notify_of_stop(task, notice._replace(why=CLD_STOPPED) if notice.tracee else notice)


class NocldstopIsForAll(Overreach):
    """SA_NOCLDSTOP keeps every SIGCHLD away."""

    RULES = ("PTRACE-120d",)

    def send_to_process(
        self, info: SigInfo, group: ThreadGroup, *, force: bool = False, via: Task | None = None
    ) -> str | None:
        """Drop it."""
        if info.signo == SIGCHLD and group.action(SIGCHLD).flags & SA_NOCLDSTOP:
            return None
        return super().send_to_process(info, group, force=force, via=via)


class ThreadsTellForTheLeader(Overreach):
    """The tracer of a leader is told by the id of the thread that stops last."""

    RULES = ("PTRACE-120e",)

    def send_to_process(
        self, info: SigInfo, group: ThreadGroup, *, force: bool = False, via: Task | None = None
    ) -> str | None:
        """Name the youngest."""
        if info.signo == SIGCHLD and info.code == CLD_STOPPED:
            info = info._replace(pid=self.tasks[info.pid].group.threads[-1])
        return super().send_to_process(info, group, force=force, via=via)


class TheLeaderTakesSigchld(Overreach):
    """SIGCHLD of a stop is offered to the leader first."""

    RULES = ("PTRACE-120f",)

    def send_to_process(
        self, info: SigInfo, group: ThreadGroup, *, force: bool = False, via: Task | None = None
    ) -> str | None:
        """Forget who traces."""
        return super().send_to_process(info, group, force=force, via=None if info.signo == SIGCHLD else via)


class NewsAfterAllSignals(Overreach):
    """A continue is not told before the last pending signal, whatever lies between."""

    RULES = ("PTRACE-120g",)

    def push_frame(self, task: Task, info: SigInfo, action: Action) -> None:
        """Go on as after a dropped signal."""
        super().push_frame(task, info, action)
        task.looping = True


class BlockedSigcontIsNeverTold(Overreach):
    """Of a continue by a blocked SIGCONT nobody is told."""

    RULES = ("PTRACE-120h",)

    def looks_at_news(self, task: Task) -> bool:
        """Look at the mask."""
        return super().looks_at_news(task) and not task.blocked & 1 << 17
