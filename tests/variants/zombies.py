"""The dead, those whom they leave behind, and those who need not be waited for."""

from __future__ import annotations

from conformance.abi.signals import SIGCHLD, SIGCONT, SIGKILL
from conformance.abi.waiting import CLD_CONTINUED
from conformance.reference.kernel import Kernel
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import ExitState, Notice, SigInfo
from conformance.trace import Fields


class B01SigkillRewritesTheStatus(Kernel):
    """SIGKILL to a zombie turns its status into 9."""

    def prepare_signal(self, signo: int, task: Task, *, force: bool) -> bool:
        """Overwrite it."""
        if task.group.group_exit and signo != SIGCHLD:
            task.group.group_exit_code = signo
        return super().prepare_signal(signo, task, force=force)


class B08ZombieContinues(Kernel):
    """SIGCONT brings a zombie back to job control."""

    def prepare_signal(self, signo: int, task: Task, *, force: bool) -> bool:
        """Report a continue of the dead."""
        if signo == SIGCONT and task.exit_state is ExitState.ZOMBIE:
            self.notify_of_stop(task, Notice(CLD_CONTINUED))
            return False
        return super().prepare_signal(signo, task, force=force)


class G18B02B40NoSubreaper(Kernel):
    """Orphans always go to init."""

    def find_reaper(self, father: Task) -> Task:
        """Ignore the attribute."""
        return self.tasks[1]


class B25B28ZombiesAreNobody(Kernel):
    """Calls that name a zombie give ESRCH."""

    def find_process(self, pid: int) -> ThreadGroup | None:
        """Pass them over."""
        group = super().find_process(pid)
        dead = group is not None and self.leader(group).exit_state is ExitState.ZOMBIE
        return None if dead else group


class B28ReapedPidsAnswer(Kernel):
    """kill of a reaped process succeeds."""

    def sys_kill(self, task: Task, pid: int, signo: int) -> Fields:
        """Believe in ghosts."""
        fields = super().sys_kill(task, pid, signo)
        return (("ret", 0),) if pid > 0 and ("errno", "ESRCH") in fields else fields


class S28ChildrenDieWithTheParent(Kernel):
    """A parent's exit kills its children."""

    def send_parent_death_signal(self, father: Task, child: Task) -> None:
        """Kill each."""
        self.send_to_process(SigInfo(SIGKILL, 0x80), child.group, force=True)


class B73B82ExecResetsIgnored(Kernel):
    """execve resets SIG_IGN."""

    def exec(self, task: Task) -> None:
        """Reset every action."""
        super().exec(task)
        task.group.actions = {}


class B74NoAutoreap(Kernel):
    """SIGCHLD ignored still leaves zombies."""

    def reaps_automatically(self, parent: ThreadGroup) -> bool:
        """Never."""
        return False


class B77GivesThePidOfAZombieAgain(Kernel):
    """A dead process keeps no number, reaped or not."""

    def is_in_use(self, tid: int) -> bool:
        """Count the living only."""
        task = self.tasks.get(tid)
        return super().is_in_use(tid) and (task is None or task.exit_state is ExitState.ALIVE)


class GivesTheIdOfAGroupAgain(Kernel):
    """A number is free once no process has it, whatever group or session goes by it."""

    def is_in_use(self, tid: int) -> bool:
        """Count processes only."""
        return tid in self.tasks


class B47DeathSignalBeforeReparenting(Kernel):
    """Who takes his parent-death signal still sees the old parent for a moment."""

    def send_parent_death_signal(self, father: Task, child: Task) -> None:
        """Remember whom the child will be told of once more."""
        if child.pdeath_signal:
            child.group.exec_id = -father.tid
        super().send_parent_death_signal(father, child)

    def sys_getppid(self, task: Task) -> Fields:
        """Tell of the old parent, once."""
        old, task.group.exec_id = -task.group.exec_id, max(task.group.exec_id, 0)
        return (("ret", self.name(old)),) if old > 0 else super().sys_getppid(task)
