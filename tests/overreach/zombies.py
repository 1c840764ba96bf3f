"""Rules of zombies, notices and orphans, overdone."""

from __future__ import annotations

from conformance.abi.signals import SA_NOCLDSTOP, SIG_DFL, SIGCHLD
from conformance.abi.waiting import CLD_CONTINUED
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import ExitState, Notice
from tests.overreach.overreach import Overreach
from tests.variants.zombies import B73B82ExecResetsIgnored


class DefaultReaps(Overreach):
    """SIGCHLD that is ignored by default reaps too."""

    RULES = ("ZOMBIE-020", "ZOMBIE-026")

    def reaps_automatically(self, parent: ThreadGroup) -> bool:
        """Take the default action for SIG_IGN."""
        return parent.action(SIGCHLD).handler == SIG_DFL or super().reaps_automatically(parent)


class ExecResetsEverything(Overreach, B73B82ExecResetsIgnored):
    """execve resets ignored signals too."""

    RULES = ("ZOMBIE-033",)


class NocldstopSilencesDeath(Overreach):
    """SA_NOCLDSTOP suppresses every SIGCHLD."""

    RULES = ("ZOMBIE-044",)

    def ignores_sigchld_exit(self, signo: int, parent: ThreadGroup) -> bool:
        """Look at the flag."""
        silent = bool(parent.action(SIGCHLD).flags & SA_NOCLDSTOP)
        return signo == SIGCHLD and (silent or super().ignores_sigchld_exit(signo, parent))


class SigchldForEverything(Overreach):
    """Deaths too are announced by SIGCHLD, whatever the exit signal."""

    RULES = ("ZOMBIE-055", "ZOMBIE-144")

    def exit_signal_for(self, task: Task, signo: int, parent: Task) -> int:
        """Answer SIGCHLD."""
        return SIGCHLD


class AnySubreaperAdopts(Overreach):
    """A subreaper adopts though it is no ancestor."""

    RULES = ("ZOMBIE-062",)

    def find_reaper(self, father: Task) -> Task:
        """Take the first in the world."""
        for task in self.tasks.values():
            if task.group.child_subreaper and task.exit_state is ExitState.ALIVE and task is not father:
                return task
        return super().find_reaper(father)


class ForkKeepsThePdeathSignal(Overreach):
    """The parent-death signal is kept by fork as by exec."""

    RULES = ("ZOMBIE-085",)

    def fork(self, parent: Task, name: str, exit_signal: int, flags: int = 0) -> Task:
        """Hand it down."""
        child = super().fork(parent, name, exit_signal, flags)
        child.pdeath_signal = parent.pdeath_signal
        return child


class EveryExitSignalContinues(Overreach):
    """A death continues the stopped parent, whatever the exit signal."""

    RULES = ("ZOMBIE-211",)

    def notify_parent_of_exit(self, task: Task, signo: int) -> bool:
        """Resume it."""
        self.resume(self.tasks[task.parent].group)
        return super().notify_parent_of_exit(task, signo)


class AStoppedParentReapsAll(Overreach):
    """Children of a stopped parent vanish."""

    RULES = ("ZOMBIE-212",)

    def notify_parent_of_exit(self, task: Task, signo: int) -> bool:
        """Release them."""
        return super().notify_parent_of_exit(task, signo) or self.tasks[task.parent].stopped


class AdoptionIsAnEvent(Overreach):
    """The reaper is told of a continued child when it adopts it."""

    RULES = ("ZOMBIE-210",)

    def reparent(self, father: Task, child: Task) -> None:
        """Tell it."""
        super().reparent(father, child)
        if child.group.stop_continued:
            self.notify_of_stop(child, Notice(CLD_CONTINUED))
