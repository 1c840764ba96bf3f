"""PID namespaces: their inits, their ends, and what passes their borders."""

from __future__ import annotations

from conformance.reference.kernel import Kernel
from conformance.reference.namespaces import Path, Space
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import ExitState, SigInfo


class SparesInitFromEverybody(Kernel):
    """The init of a namespace is immune to signals from outside as well."""

    def comes_from_outside(self, receiver: int) -> bool:
        """Take every sender for one inside."""
        return False


class AdoptsAcrossNamespaces(Kernel):
    """An orphan goes to the nearest subreaper, in whatever namespace that is."""

    def find_reaper(self, father: Task) -> Task:
        """Ask all ancestors."""
        for ancestor in self.ancestors(father):
            if ancestor.group.child_subreaper and ancestor.exit_state is ExitState.ALIVE:
                return ancestor
        return super().find_reaper(father)


class TellsOfSendersOutside(Kernel):
    """si_pid is what the sender calls itself, seen or not."""

    def as_told(self, info: SigInfo, receiver: int) -> SigInfo:
        """Take every number for one that all understand."""
        return super().as_told(info, info.pid or receiver)


class ForksIntoADeadNamespace(Kernel):
    """A namespace whose init has died takes in new processes."""

    def allocate(self, tid: int, path: Path, wanted: int = 0, *, free_choice: bool = True) -> str | None:
        """Take it for open."""
        was_open = self.spaces[path].open
        self.spaces[path] = self.spaces[path]._replace(open=True)
        error = super().allocate(tid, path, wanted, free_choice=free_choice)
        self.spaces[path] = self.spaces[path]._replace(open=was_open)
        return error


class B46ZombieOfADyingInit(Kernel):
    """An init that ends while it has a zombie never comes to its end."""

    def can_go_on_dying(self, task: Task) -> bool:
        """Look for the zombie to go by itself."""
        return not self.zombies_of(task) and super().can_go_on_dying(task)


class InitDiesBeforeItsNamespace(Kernel):
    """An init is waitable while zombies of its namespace are left."""

    def is_alone(self, task: Task) -> bool:
        """Look at children only."""
        return not task.children


class KillAllLeavesTheNamespace(Kernel):
    """kill(-1) reaches the processes of all namespaces."""

    def kill_targets(self, task: Task, pid: int) -> list[ThreadGroup]:
        """Spare nobody but the case's init and the caller."""
        if pid == -1:
            return [group for group in self.groups.values() if group.tgid > 1 and group is not task.group]
        return super().kill_targets(task, pid)


class LastPidIsEverybodys(Kernel):
    """ns_last_pid is that of the outermost namespace."""

    def count_from(self, task: Task, number: int) -> None:
        """Write it there."""
        self.spaces[()] = self.spaces[()]._replace(last=number - 1)


class LastPidNeedsNoPrivilege(Kernel):
    """Everybody chooses numbers, for others too."""

    def may_choose_pids(self, task: Task) -> bool:
        """Let everybody."""
        return True


class LastPidIsNotLookedAt(Kernel):
    """ns_last_pid takes any number and keeps its own."""

    def count_from(self, task: Task, number: int) -> None:
        """Forget it."""


class SetTidMovesTheCount(Kernel):
    """fork goes on from the last number that was given, chosen or not."""

    def allocate(self, tid: int, path: Path, wanted: int = 0, *, free_choice: bool = True) -> str | None:
        """Count it."""
        error = super().allocate(tid, path, wanted, free_choice=free_choice)
        if wanted and error is None:
            self.spaces[path] = self.spaces[path]._replace(last=wanted)
        return error


class NumbersAreNotGivenAgain(Kernel):
    """A number that was given once is not given again before the largest has been reached."""

    def next_number(self, space: Space) -> int:
        """Begin above all that were ever given."""
        return max(super().next_number(space), *(number + 1 for number in space.holders), 1)
