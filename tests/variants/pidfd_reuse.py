"""Pids that come again: what a pidfd, a number and a zombie keep."""

from __future__ import annotations

from conformance.abi.waiting import P_PIDFD
from conformance.case.model import Fd
from conformance.reference.files import File, FileKind, Name
from conformance.reference.kernel import Kernel
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import ExitState, WaitOpts
from conformance.trace import Fields


class S19S30S32B76B83PidfdIsANumber(Kernel):
    """A pidfd is of whoever has the number that its process had."""

    def holder(self, tid: int) -> int:
        """Return who has a task's number now."""
        space, numbers = self.identities[tid]
        return self.spaces[space].holders.get(numbers[-1], tid)

    def file_at(self, task: Task, name: Name) -> File | None:
        """Look him up each time."""
        file = super().file_at(task, name)
        if file is not None and file.kind in (FileKind.PIDFD, FileKind.PROC):
            return file._replace(tid=self.holder(file.tid))
        return file


class S32B83GroupIsANumber(Kernel):
    """PIDFD_SIGNAL_PROCESS_GROUP is kill of the number, whoever has it."""

    def process_group(self, pgid: int) -> list[ThreadGroup]:
        """Look up the number."""
        found = super().process_group(pgid)
        if found or pgid not in self.identities:
            return found
        space, numbers = self.identities[pgid]
        return super().process_group(self.spaces[space].holders.get(numbers[-1], pgid))


class B76B83ZombiesHaveNoNumber(Kernel):
    """The number of a zombie can be given again before it is reaped."""

    def is_in_use(self, tid: int) -> bool:
        """Look for the living."""
        task = self.tasks.get(tid)
        return super().is_in_use(tid) and (task is None or task.exit_state is ExitState.ALIVE)


class S30BlockedSignalsAreLostAtABirth(Kernel):
    """What a parent has blocked is forgotten when it makes a child."""

    def sys_clone3(
        self, task: Task, child: str, exit_signal: int, set_tid: int, flags: int, pidfd: Fd | int
    ) -> Fields | None:
        """Forget it."""
        task.group.pending = ()
        return super().sys_clone3(task, child, exit_signal, set_tid, flags, pidfd)


class NumberOfALivingGroupIsFree(Kernel):
    """Only processes and threads keep numbers, groups and sessions do not."""

    def is_in_use(self, tid: int) -> bool:
        """Look at tasks alone."""
        return tid in self.tasks


class PidfdKeepsTheNumber(Kernel):
    """As long as there is a pidfd its number is not given again."""

    def is_in_use(self, tid: int) -> bool:
        """Look for pidfds too."""
        return super().is_in_use(tid) or self.has_pidfd(tid)


class EpitaphIsTheNewHolders(Kernel):
    """How one ended is told of who has the number."""

    def info_of(self, tid: int, mask: int) -> Fields | None:
        """Look for him."""
        space, numbers = self.identities[tid]
        return super().info_of(self.spaces[space].holders.get(numbers[-1], tid), mask)


class WaitByPidfdIsByNumber(Kernel):
    """waitid with P_PIDFD waits for whoever has the number."""

    def waitid_selector(self, task: Task, idtype: int, pid: Name, options: int) -> WaitOpts | None:
        """Look him up."""
        opts = super().waitid_selector(task, idtype, pid, options)
        if opts is None or idtype != P_PIDFD:
            return opts
        space, numbers = self.identities[opts.pid]
        return opts._replace(pid=self.spaces[space].holders.get(numbers[-1], opts.pid))
