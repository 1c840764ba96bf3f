"""Whom one may signal, as whom, and what a change of ids costs."""

from __future__ import annotations

from conformance.reference.kernel import Kernel
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import Credentials, ExitState


class B29ZombieHasNoUser(Kernel):
    """A zombie's ids are gone, so that nobody but root finds it."""

    def kill_targets(self, task: Task, pid: int) -> list[ThreadGroup]:
        """Leave out zombies, unless the caller needs no permission."""
        found = super().kill_targets(task, pid)
        if self.is_capable(task):
            return found
        return [group for group in found if self.leader(group).exit_state is ExitState.ALIVE]


class TargetsEffectiveUidCounts(Kernel):
    """The target's effective uid permits a signal as its saved one does."""

    def ids_permit(self, sender: Credentials, target: Credentials) -> bool:
        """Look at all of the target's ids."""
        return bool({sender.ruid, sender.euid} & set(target[:3]))


class TargetsSavedUidDoesNotCount(Kernel):
    """Only the target's real uid permits a signal."""

    def ids_permit(self, sender: Credentials, target: Credentials) -> bool:
        """Look at the real uid of the target alone."""
        return target.ruid in (sender.ruid, sender.euid)


class SendersSavedUidCounts(Kernel):
    """The sender's saved uid permits a signal."""

    def ids_permit(self, sender: Credentials, target: Credentials) -> bool:
        """Look at all of the sender's ids."""
        return bool(set(sender[:3]) & {target.ruid, target.suid})


class SavedRootIsCapable(Kernel):
    """An id of 0, whichever, is a privilege."""

    def is_capable(self, task: Task) -> bool:
        """Look at all three ids."""
        return 0 in task.ids[:3]


class SigcontNeedsPermission(Kernel):
    """SIGCONT is no exception."""

    def same_session(self, sender: Task, target: Task) -> bool:
        """Never."""
        return False


class SigcontPassesEverywhere(Kernel):
    """SIGCONT needs no permission, in whatever session."""

    def same_session(self, sender: Task, target: Task) -> bool:
        """Do not look."""
        return True


class KillAllNeedsSomebody(Kernel):
    """kill(-1) with nobody within reach gives EPERM, as POSIX has it."""

    def forgives(self, pid: int) -> bool:
        """Never."""
        return False


class SiUidIsEffective(Kernel):
    """siginfo carries effective uids."""

    def uid_told(self, task: Task) -> int:
        """Give the wrong one."""
        return task.ids.euid


class DeathSignalNeedsNoPermission(Kernel):
    """The parent-death signal is the kernel's own."""

    def send_parent_death_signal(self, father: Task, child: Task) -> None:
        """Send it as root."""
        ids, father.ids = father.ids, father.ids._replace(euid=0)
        super().send_parent_death_signal(father, child)
        father.ids = ids


class DeathSignalSurvivesNewIds(Kernel):
    """A change of ids leaves the parent-death signal."""

    def commit(self, task: Task, ids: Credentials) -> None:
        """Change the ids alone."""
        task.ids = ids


class DeathSignalIsClearedByAnyNewId(Kernel):
    """A change of any id clears the parent-death signal."""

    def commit(self, task: Task, ids: Credentials) -> None:
        """Clear it whenever something changes."""
        if ids != task.ids:
            task.pdeath_signal = 0
        super().commit(task, ids)


class ExecLeavesIdsAlone(Kernel):
    """execve keeps the saved uid, and the parent-death signal."""

    def commit_exec(self, task: Task) -> None:
        """Do nothing."""
