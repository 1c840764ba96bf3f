"""Threads: who takes a signal."""

from __future__ import annotations

from conformance.reference.cloning import CloneArgs
from conformance.reference.kernel import Kernel
from conformance.reference.results import failure
from conformance.reference.sigsets import pending_set
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import SigInfo
from conformance.trace import Fields


class OnlyTheNamedThreadTakes(Kernel):
    """A signal for the process waits for the thread that was named."""

    def choose_taker(self, signo: int, task: Task, *, thread_only: bool) -> Task | None:
        """Ask nobody else."""
        return super().choose_taker(signo, task, thread_only=True)


class LeadersTakeAll(Kernel):
    """A signal for the process goes to the leader first, whatever id was given."""

    def send_to_process(
        self, info: SigInfo, group: ThreadGroup, *, force: bool = False, via: Task | None = None
    ) -> str | None:
        """Forget the thread."""
        return super().send_to_process(info, group, force=force)


class ThreadIdsAreNoProcesses(Kernel):
    """kill of a thread's id gives ESRCH."""

    def find_process(self, pid: int) -> ThreadGroup | None:
        """Look for leaders only."""
        return self.groups.get(pid)


class RoundsBeginAtTheLeader(Kernel):
    """Nobody remembers which thread took the last signal."""

    def choose_taker(self, signo: int, task: Task, *, thread_only: bool) -> Task | None:
        """Begin anew."""
        task.group.curr_target = task.group.tgid
        return super().choose_taker(signo, task, thread_only=thread_only)


class RoundsBeginAtTheLeaderAfterAnEnd(Kernel):
    """When the thread that took the last signal ends, the round begins anew."""

    def release(self, task: Task) -> None:
        """Set it back."""
        if task.group.curr_target == task.tid:
            task.group.curr_target = task.group.tgid
        super().release(task)


class EverybodyIsTold(Kernel):
    """All threads look for a signal that one is to take."""

    def complete_signal(self, signo: int, task: Task, *, thread_only: bool) -> None:
        """Tell them."""
        super().complete_signal(signo, task, thread_only=thread_only)
        for thread in self.live_threads(task.group):
            thread.notified = thread.notified or not thread_only


class MasksAreNoReasonToLook(Kernel):
    """A thread that changes its mask does not find what is pending for the process."""

    def set_mask(self, task: Task, mask: int) -> None:
        """Look no more than before."""
        told = task.notified
        super().set_mask(task, mask)
        task.notified = told


class NewTasksAreNoReasonToLook(Kernel):
    """A thread that makes a task does not find what is pending for the process."""

    def clone_into(self, task: Task, name: str, args: CloneArgs) -> Fields | None:
        """Hide it."""
        pending, task.group.pending = task.group.pending, ()
        result = super().clone_into(task, name, args)
        task.group.pending = pending
        return result


class NothingIsPassedOn(Kernel):
    """A signal that a thread was to take is lost to the others when it ends or blocks it."""

    def pass_on(self, task: Task, mask: int) -> None:
        """Keep it."""


class VforkIsLeftOut(Kernel):
    """A thread that sleeps in vfork is not chosen for a signal."""

    def wants_signal(self, signo: int, task: Task) -> bool:
        """Pass it over."""
        return not task.vfork_child and super().wants_signal(signo, task)


class DeadLeadersTake(Kernel):
    """A signal for the process goes to its leader, dead or not."""

    def wants_signal(self, signo: int, task: Task) -> bool:
        """Take the dead for the living."""
        return task.tid == task.group.tgid or super().wants_signal(signo, task)


class DeadLeadersAreNobody(Kernel):
    """tgkill of a leader that has ended gives ESRCH."""

    def sys_tgkill(self, task: Task, tgid: int, tid: int, signo: int) -> Fields:
        """Pass it over."""
        target = self.tasks.get(tid)
        if target is not None and self.is_dying(target):
            return failure("ESRCH")
        return super().sys_tgkill(task, tgid, tid, signo)


class DirectedSignalsAreShared(Kernel):
    """What tgkill sends is pending for the process."""

    def send_to_thread(self, info: SigInfo, task: Task) -> str | None:
        """Send it as kill does."""
        return self.send_to_process(info, task.group, via=task)


class DirectedSignalsOutliveTheirThread(Kernel):
    """What is pending for a thread is the process's when it ends."""

    def leave_signals(self, task: Task) -> None:
        """Hand it over."""
        task.group.pending += task.pending
        super().leave_signals(task)
        for thread in self.live_threads(task.group):
            thread.notified = True


class SharedSignalsFirst(Kernel):
    """A thread takes what is pending for the process before its own."""

    def dequeue(self, task: Task, wanted: int) -> tuple[SigInfo, bool] | None:
        """Put its own aside."""
        if pending_set(task.group.pending) & wanted:
            own, task.pending = task.pending, ()
            taken = super().dequeue(task, wanted)
            task.pending = own
            return taken
        return super().dequeue(task, wanted)


class NewThreadsInheritSignals(Kernel):
    """A new thread begins with what was pending for its maker."""

    def fork(self, parent: Task, name: str, exit_signal: int, flags: int = 0) -> Task:
        """Copy the queue."""
        child = super().fork(parent, name, exit_signal, flags)
        if child.group is parent.group:
            child.pending = parent.pending
        return child


class IdsAreOfTheProcess(Kernel):
    """setresuid changes the ids of all threads."""

    def sys_setresuid(self, task: Task, *ids: int) -> Fields:
        """Change them all."""
        result = super().sys_setresuid(task, *ids)
        for thread in self.live_threads(task.group):
            thread.ids = task.ids
        return result


class PermissionByTheLeader(Kernel):
    """Whether a signal may be sent is asked of the leader's ids."""

    def may_signal(self, signo: int, sender: Task, target: Task) -> bool:
        """Ask the leader."""
        return super().may_signal(signo, sender, self.leader(target.group))


class PermissionWithinAProcess(Kernel):
    """A thread needs leave to signal another of its process."""

    def may_signal(self, signo: int, sender: Task, target: Task) -> bool:
        """Ask as of a stranger."""
        own = sender is target or sender.group is not target.group
        return super().may_signal(signo, sender, target) if own else self.ids_permit(sender.ids, target.ids)


class LeadersUidIsTold(Kernel):
    """si_uid is that of the sender's leader."""

    def uid_told(self, task: Task) -> int:
        """Ask the leader."""
        return self.leader(task.group).ids.ruid


class ThreadsAreTold(Kernel):
    """si_pid is the id of the thread that sent."""

    def as_told(self, info: SigInfo, receiver: int) -> SigInfo:
        """Put it in."""
        caller = self.tasks.get(self.current)
        if caller is not None and info.pid == caller.group.tgid:
            info = info._replace(pid=caller.tid)
        return super().as_told(info, receiver)


class SetsidIsForLeaders(Kernel):
    """setsid of a thread fails."""

    def setsid(self, caller: Task) -> str | None:
        """Refuse."""
        return super().setsid(caller) if caller.tid == caller.group.tgid else "EPERM"
