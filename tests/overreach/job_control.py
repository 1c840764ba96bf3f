"""Rules of stops, continues and process groups, overdone."""

from __future__ import annotations

from conformance.abi.signals import SA_RESTART, SIG_IGN, SIGCONT, SIGSTOP, SIGTSTP, STOP_SIGNALS
from conformance.reference.children import Found
from conformance.reference.sigsets import STOP_MASK, bit
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import Action, SigInfo
from conformance.trace import Fields
from tests.overreach.overreach import Overreach


class EveryStopSignalIsDiscarded(Overreach):
    """Every group counts as orphaned."""

    RULES = ("JOBCTL-030",)

    def stop_is_discarded(self, task: Task, signo: int) -> bool:
        """Stop for SIGSTOP alone."""
        return signo != SIGSTOP


class NoStopSignalIsDiscarded(Overreach):
    """All stop signals stop, as SIGSTOP does, wherever it is."""

    RULES = ("JOBCTL-001", "JOBCTL-032")

    def stop_is_discarded(self, task: Task, signo: int) -> bool:
        """Stop for each."""
        return False


class EverySignalContinues(Overreach):
    """A stopped process is continued by whatever is sent to it."""

    RULES = ("JOBCTL-002", "JOBCTL-003")

    def prepare_signal(self, signo: int, task: Task, *, force: bool) -> bool:
        """Resume first."""
        if signo not in STOP_SIGNALS:
            self.resume(task.group)
        return super().prepare_signal(signo, task, force=force)


class SigcontDiscardsEverything(Overreach):
    """SIGCONT empties the queues."""

    RULES = ("JOBCTL-005", "JOBCTL-008")

    def discard(self, group: ThreadGroup, mask: int) -> None:
        """Take all for some."""
        super().discard(group, ~0 if mask == STOP_MASK else mask)


class StopDiscardsEverything(Overreach):
    """A stop signal empties the queues."""

    RULES = ("JOBCTL-006",)

    def discard(self, group: ThreadGroup, mask: int) -> None:
        """Take all for SIGCONT."""
        super().discard(group, ~0 if mask == bit(SIGCONT) else mask)


class EveryFatalSignalEndsAStop(Overreach):
    """Not only SIGKILL acts on a stopped process."""

    RULES = ("JOBCTL-011", "KILL-040", "KILL-043")

    def wants_signal(self, signo: int, task: Task) -> bool:
        """Forget that it is stopped."""
        return super().wants_signal(signo, task) or (task.stopped and not task.blocked & bit(signo))


class NoStopSignalCanBeBlocked(Overreach):
    """SIGTSTP is as unblockable as SIGSTOP."""

    RULES = ("JOBCTL-014",)

    def sys_sigprocmask(self, task: Task, how: int, mask: int) -> Fields:
        """Leave SIGTSTP out."""
        return super().sys_sigprocmask(task, how, mask & ~bit(SIGTSTP))


class AContinueMustBeUncaughtAndUnblocked(Overreach):
    """A SIGCONT that is blocked or ignored continues, but is not reported."""

    RULES = ("JOBCTL-017",)

    def resume(self, group: ThreadGroup) -> None:
        """Drop the report."""
        super().resume(group)
        blocked = self.leader(group).blocked & bit(SIGCONT)
        if blocked or group.action(SIGCONT).handler == SIG_IGN:
            group.stop_continued = False


class SigcontNeverInterrupts(Overreach):
    """A stopped and continued sleep goes on even where a SIGCONT handler ran."""

    RULES = ("JOBCTL-202", "WAIT-103")

    def push_frame(self, task: Task, info: SigInfo, action: Action) -> None:
        """Restart after SIGCONT."""
        flags = action.flags | SA_RESTART if info.signo == SIGCONT else action.flags
        super().push_frame(task, info, action._replace(flags=flags))


class ExecOfTheParentCounts(Overreach):
    """A parent that has exec'd cannot move its children either."""

    RULES = ("JOBCTL-045",)

    def setpgid_target_error(self, caller: ThreadGroup, group: ThreadGroup) -> str | None:
        """Look at both."""
        if group is not caller and not caller.noexec:
            return "EACCES"
        return super().setpgid_target_error(caller, group)


class GroupLeadersCannotMove(Overreach):
    """setpgid on a group leader is refused as on a session leader."""

    RULES = ("JOBCTL-047",)

    def setpgid_target_error(self, caller: ThreadGroup, group: ThreadGroup) -> str | None:
        """Look at the group."""
        return super().setpgid_target_error(caller, group) or ("EPERM" if group.pgid == group.tgid else None)


class UidWithoutAChild(Overreach):
    """waitid fills si_uid though it found nobody."""

    RULES = ("JOBCTL-019",)

    def siginfo_of(self, found: Found) -> Fields:
        """Fill it."""
        fields = super().siginfo_of(found)
        return tuple((name, self.environment.uid if name == "si_uid" else value) for name, value in fields)


class OrphansHearNoStopSignal(Overreach):
    """In an orphaned group stop signals are discarded even if they are caught."""

    RULES = ("JOBCTL-210", "JOBCTL-030")

    def act_on(self, task: Task, info: SigInfo) -> None:
        """Drop them."""
        if info.signo in STOP_SIGNALS and info.signo != SIGSTOP and self.is_orphaned(task.group.pgid):
            return
        super().act_on(task, info)


class ExecBeforeEverything(Overreach):
    """setpgid on a child that exec'd gives EACCES before it looks at its arguments."""

    RULES = ("JOBCTL-211",)

    def setpgid(self, caller: Task, pid: int, pgid: int) -> str | None:
        """Look at the child first."""
        group = self.find_process(pid or caller.group.tgid)
        if group is not None and group is not caller.group and not group.noexec:
            return "EACCES"
        return super().setpgid(caller, pid, pgid)


class EveryHungUpMemberIsContinued(Overreach):
    """The SIGCONT of a hang-up is a continue for every member of the job, stopped before or not."""

    RULES = ("JOBCTL-212",)

    def resume(self, group: ThreadGroup) -> None:
        """Report it in any case."""
        super().resume(group)
        group.stop_continued = True
