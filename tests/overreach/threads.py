"""Rules of the birth of threads, and of the flags of clone, overdone."""

from __future__ import annotations

from conformance.abi.processes import CLONE_PARENT, CLONE_SIGHAND, CLONE_THREAD, CLONE_VM
from conformance.abi.signals import SIGCHLD
from conformance.case.model import Fd
from conformance.reference.cloning import CloneArgs
from conformance.reference.task import Task
from conformance.trace import Fields
from tests.overreach.overreach import Overreach


class SharedMemoryMakesAThread(Overreach):
    """Whoever shares memory is a thread."""

    RULES = ("THREAD-001", "THREAD-002", "ZOMBIE-113", "THREAD-032", "ZOMBIE-130")

    def clone_into(self, task: Task, name: str, args: CloneArgs) -> Fields | None:
        """Make one of it."""
        thread = CLONE_THREAD | CLONE_SIGHAND if args.flags & CLONE_VM else 0
        return super().clone_into(task, name, args._replace(flags=args.flags | thread))


class NothingIsPendingForANewThread(Overreach):
    """A new thread does not see what is pending for its process either."""

    RULES = ("THREAD-003",)

    def sys_sigpending(self, task: Task) -> Fields:
        """Show its own signals, unless it leads."""
        own = task.group.pending
        if task.tid != task.group.tgid:
            task.group.pending = ()
        fields = super().sys_sigpending(task)
        task.group.pending = own
        return fields


class SharersAreSilent(Overreach):
    """Who shares handlers ends without a signal, as a thread does."""

    RULES = ("THREAD-004",)

    def fork(self, parent: Task, name: str, exit_signal: int, flags: int = 0) -> Task:
        """Take no exit signal."""
        return super().fork(parent, name, 0 if flags & CLONE_SIGHAND else exit_signal, flags)


class MemoryMakesChildren(Overreach):
    """A thread too is a child of its creator."""

    RULES = ("THREAD-009",)

    def sys_getppid(self, task: Task) -> Fields:
        """Name the first thread."""
        first = task.tid == task.group.tgid
        return super().sys_getppid(task) if first else (("ret", self.name(task.group.tgid)),)


class SharersShareTheirMasks(Overreach):
    """CLONE_SIGHAND shares the masks."""

    RULES = ("THREAD-010",)

    def sys_sigprocmask(self, task: Task, how: int, mask: int) -> Fields:
        """Change both."""
        fields = super().sys_sigprocmask(task, how, mask)
        for other in self.tasks.values():
            if other.group.sighand == task.group.sighand:
                other.blocked = task.blocked
        return fields


class ExecEndsAllSharing(Overreach):
    """An execve leaves each of those who shared handlers a table of its own."""

    RULES = ("THREAD-011",)

    def exec(self, task: Task) -> None:
        """Part them."""
        shared = task.group.sighand
        super().exec(task)
        for group in self.groups.values():
            group.sighand = group.tgid if group.sighand == shared else group.sighand


class ClearSighandClearsTheMask(Overreach):
    """CLONE_CLEAR_SIGHAND unblocks all signals."""

    RULES = ("THREAD-012",)

    def fork(self, parent: Task, name: str, exit_signal: int, flags: int = 0) -> Task:
        """Clear it."""
        child = super().fork(parent, name, exit_signal, flags)
        child.blocked = 0 if flags >> 32 else child.blocked
        return child


class ClearSighandWantsAMemory(Overreach):
    """CLONE_CLEAR_SIGHAND does not go with CLONE_VM."""

    RULES = ("THREAD-013",)

    def clone_error(self, task: Task, flags: int, exit_signal: int = 0) -> str | None:
        """Refuse it."""
        return "EINVAL" if flags >> 32 and flags & CLONE_VM else super().clone_error(task, flags, exit_signal)


class PtraceFlagsMeanNothing(Overreach):
    """CLONE_PTRACE means nothing, tracer or not."""

    RULES = ("THREAD-014",)

    def trace_newborn(self, parent: Task, child: Task, *, wanted: bool) -> None:
        """Trace nobody."""


class UnshareIsForAllThreads(Overreach):
    """unshare(CLONE_NEWPID) is about the children of all threads."""

    RULES = ("THREAD-015",)

    def sys_unshare_pid(self, task: Task) -> Fields:
        """Unshare for each."""
        fields = super().sys_unshare_pid(task)
        for thread in self.live_threads(task.group):
            self.unshared[thread.tid] = self.unshared[task.tid]
        return fields


class NoThreadMayCallSetpgid(Overreach):
    """setpgid is for first threads."""

    RULES = ("THREAD-030",)

    def sys_setpgid(self, task: Task, pid: int, pgid: int) -> Fields:
        """Refuse it to others."""
        if task.tid != task.group.tgid:
            return (("ret", -1), ("errno", "EINVAL"))
        return super().sys_setpgid(task, pid, pgid)


class ChildrenAreBornIntoStops(Overreach):
    """A child of a process that is stopped stops."""

    RULES = ("THREAD-059",)

    def fork(self, parent: Task, name: str, exit_signal: int, flags: int = 0) -> Task:
        """Stop it."""
        child = super().fork(parent, name, exit_signal, flags)
        child.stopped = child.stopped or parent.group.stop_stopped
        return child


class AllAreSiblings(Overreach):
    """Every child is its creator's sibling."""

    RULES = ("ZOMBIE-140",)

    def fork(self, parent: Task, name: str, exit_signal: int, flags: int = 0) -> Task:
        """Add the flag, but for the children of init."""
        return super().fork(parent, name, exit_signal, flags | (CLONE_PARENT if parent.parent else 0))


class Clone3AlwaysInherits(Overreach):
    """An exit signal 0 means that of the caller's process."""

    RULES = ("ZOMBIE-141",)

    def fork(self, parent: Task, name: str, exit_signal: int, flags: int = 0) -> Task:
        """Take it."""
        return super().fork(parent, name, exit_signal or SIGCHLD, flags)


class CloneRefusesExitSignals(Overreach):
    """clone refuses an exit signal for a sibling as clone3 does."""

    RULES = ("ZOMBIE-142",)

    def sys_clone(
        self, task: Task, child: str, exit_signal: int, flags: int, pidfd: Fd | int = 1
    ) -> Fields | None:
        """Refuse it."""
        if flags & CLONE_PARENT and exit_signal:
            return (("ret", -1), ("errno", "EINVAL"))
        return super().sys_clone(task, child, exit_signal, flags, pidfd)


class NoChildOfInitHasSiblings(Overreach):
    """CLONE_PARENT is refused to init's children too."""

    RULES = ("ZOMBIE-143",)

    def clone_error(self, task: Task, flags: int, exit_signal: int = 0) -> str | None:
        """Look at the parent."""
        parent = self.tasks.get(task.parent)
        if flags & CLONE_PARENT and parent is not None and parent.group.unkillable:
            return "EINVAL"
        return super().clone_error(task, flags, exit_signal)
