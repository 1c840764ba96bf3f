"""Rules of kill and of handlers, overdone."""

from __future__ import annotations

from conformance.abi.signals import SA_NODEFER, SI_CODES, SIG_DFL, SIGCHLD
from conformance.reference.sigsets import bit
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import Action, SigInfo
from conformance.trace import Fields
from tests.overreach.overreach import Overreach


class KillOfALeaderKillsItsGroup(Overreach):
    """kill(pid) reaches the group that the process leads."""

    RULES = ("KILL-003",)

    def sys_kill(self, task: Task, pid: int, signo: int) -> Fields:
        """Widen it."""
        return super().sys_kill(task, -pid if pid > 1 and self.process_group(pid) else pid, signo)


class KillOfAGroupReachesItsLeader(Overreach):
    """kill(-pgid) signals one process, as kill(pid) does."""

    RULES = ("KILL-220",)

    def kill_targets(self, task: Task, pid: int) -> list[ThreadGroup]:
        """Narrow it."""
        return super().kill_targets(task, -pid if pid < -1 else pid)


class EverySignalHasASender(Overreach):
    """Signals from the kernel look as if somebody had sent them."""

    RULES = ("KILL-012",)

    def send_to_process(
        self, info: SigInfo, group: ThreadGroup, *, force: bool = False, via: Task | None = None
    ) -> str | None:
        """Forge it."""
        code = SI_CODES["SI_USER"] if info.code == SI_CODES["SI_KERNEL"] else info.code
        return super().send_to_process(info._replace(code=code), group, force=force, via=via)


class GroupSignalsSpareTheCaller(Overreach):
    """kill(0) leaves the caller out, as kill(-1) does."""

    RULES = ("KILL-074",)

    def kill_targets(self, task: Task, pid: int) -> list[ThreadGroup]:
        """Leave it out."""
        found = super().kill_targets(task, pid)
        return found if pid > 0 else [group for group in found if group is not task.group]


class InitIsImmune(Overreach):
    """Init gets no signal at all."""

    RULES = ("KILL-080", "KILL-075", "JOBCTL-060")

    def spares_init(self, signo: int, group: ThreadGroup) -> bool:
        """Forget its handlers."""
        return group.unkillable


class EverySigchldIsKept(Overreach):
    """SIGCHLD with its default action becomes pending though it is not blocked."""

    RULES = ("KILL-102",)

    def sig_ignored(self, signo: int, task: Task, *, force: bool) -> bool:
        """Keep it until somebody asks."""
        if signo == SIGCHLD and task.group.action(SIGCHLD).handler == SIG_DFL:
            task.blocked |= bit(SIGCHLD)
        return super().sig_ignored(signo, task, force=force)


class EverySignalIsPendingOnce(Overreach):
    """Real-time signals do not queue."""

    RULES = ("KILL-207",)

    def already_queued(self, signo: int, queue: tuple[SigInfo, ...]) -> bool:
        """Merge all."""
        return any(info.signo == signo for info in queue)


class NodeferBlocksNothing(Overreach):
    """SA_NODEFER makes the mask of the action void."""

    RULES = ("KILL-221",)

    def push_frame(self, task: Task, info: SigInfo, action: Action) -> None:
        """Drop the mask."""
        super().push_frame(task, info, action._replace(mask=0) if action.flags & SA_NODEFER else action)


class FlagsAreForEver(Overreach):
    """sigaction adds to the flags that the action had."""

    RULES = ("KILL-222",)

    def sys_sigaction(self, task: Task, signo: int, handler: int, flags: int, mask: int) -> Fields:
        """Keep the old ones."""
        return super().sys_sigaction(task, signo, handler, flags | task.group.action(signo).flags, mask)
