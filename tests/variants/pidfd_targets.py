"""Signals by pidfds: who may, and whom they reach."""

from __future__ import annotations

from conformance.abi.descriptors import (
    PIDFD_SIGNAL_THREAD,
    PIDFD_SIGNAL_THREAD_GROUP,
)
from conformance.abi.signals import SI_CODES, SIGCONT
from conformance.reference.files import File, FileKind, Name
from conformance.reference.kernel import Kernel
from conformance.reference.results import outcome
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import ExitState, SigInfo
from conformance.trace import Fields


class PidfdIsPermission(Kernel):
    """Who has a pidfd may signal."""

    def send_error(self, task: Task, target: Task | None, signo: int) -> str | None:
        """Trust him."""
        error = super().send_error(task, target, signo)
        return None if error == "EPERM" else error


class SigcontNeedsPermission(Kernel):
    """By a pidfd SIGCONT needs a common user within the session too."""

    def send_error(self, task: Task, target: Task | None, signo: int) -> str | None:
        """Make no exception."""
        if signo == SIGCONT and target is not None and not self.may_signal(0, task, target):
            return "EPERM"
        return super().send_error(task, target, signo)


class OneRefusalIsAll(Kernel):
    """One member of a group who may not be signalled spoils it for all."""

    def send_to_group(self, task: Task, pgid: int, info: SigInfo) -> str | None:
        """Ask of each before any is signalled."""
        members = self.process_group(pgid)
        refused = any(not self.may_signal(info.signo, task, self.leader(group)) for group in members)
        return "EPERM" if refused else super().send_to_group(task, pgid, info)


class GroupOfTheProcess(Kernel):
    """PIDFD_SIGNAL_PROCESS_GROUP means the group that the process is a member of."""

    def send_to_group(self, task: Task, pgid: int, info: SigInfo) -> str | None:
        """Look where it is."""
        target = self.tasks.get(pgid)
        return super().send_to_group(task, pgid if target is None else target.group.pgid, info)


class GroupHasRoom(Kernel):
    """A signal to a group succeeds though no member has room for it."""

    def send_to_group(self, task: Task, pgid: int, info: SigInfo) -> str | None:
        """Forget the error."""
        error = super().send_to_group(task, pgid, info)
        return None if error == "EAGAIN" else error


class OutsideIsInReach(Kernel):
    """A pidfd is good out of a namespace too."""

    def sys_pidfd_send_signal(
        self, task: Task, pidfd: Name, signo: int, info: int, code: int, flags: int
    ) -> Fields:
        """Send to whomever it is of."""
        file = self.signal_target(task, pidfd)
        if file is None or self.number(file.tid, self.space_of(task.tid)) or flags not in self.scopes():
            return super().sys_pidfd_send_signal(task, pidfd, signo, info, code, flags)
        told = SigInfo(signo, SI_CODES["SI_USER"], task.group.tgid)
        return outcome(self.send_by_pidfd(task, file.tid, told, PIDFD_SIGNAL_THREAD_GROUP))


class DirectoriesAreNone(Kernel):
    """A directory of /proc is no pidfd to pidfd_send_signal either."""

    def signal_target(self, task: Task, name: Name) -> File | None:
        """Ask for pidfds."""
        return self.pidfd_at(task, name)


class DirectoryOfAThreadIsNone(Kernel):
    """The directory of a thread that leads no process signals nobody."""

    def signal_target(self, task: Task, name: Name) -> File | None:
        """Look who it is."""
        file = super().signal_target(task, name)
        target = None if file is None else self.tasks.get(file.tid)
        hidden = file is not None and file.kind is FileKind.PROC
        return None if hidden and target is not None and target.tid != target.group.tgid else file


class DeadLeaderIsTheProcess(Kernel):
    """A process whose leader is dead is dead."""

    def send_to_process(
        self, info: SigInfo, group: ThreadGroup, *, force: bool = False, via: Task | None = None
    ) -> str | None:
        """Drop what is sent by its pidfd."""
        if via is not None and via.exit_state is not ExitState.ALIVE and via.tid == group.tgid:
            return None
        return super().send_to_process(info, group, force=force, via=via)


class DeadLeaderPassesSignalsOn(Kernel):
    """A signal for a dead leader alone is the process's."""

    def send_by_pidfd(self, task: Task, tid: int, info: SigInfo, scope: int) -> str | None:
        """Widen it."""
        target = self.tasks.get(tid)
        dead = target is not None and target.exit_state is not ExitState.ALIVE
        if scope == PIDFD_SIGNAL_THREAD and dead:
            scope = PIDFD_SIGNAL_THREAD_GROUP
        return super().send_by_pidfd(task, tid, info, scope)


class SigcontOfTheDeadCounts(Kernel):
    """A SIGCONT for a dead leader alone continues his process, as it did before Linux 7.3."""

    def can_queue(self, task: Task) -> bool:
        """Take it."""
        return True


class TimersComeFromOutside(Kernel):
    """Whoever is outside is so by every siginfo."""

    def is_forced(self, info: SigInfo, task: Task) -> bool:
        """Look at the sender alone."""
        return self.comes_from_outside(task.group.tgid)


class GroupSignalsNameTheSenderAsKillDoes(Kernel):
    """A member of the group outside the sender's namespace is told his own number for the sender."""

    def send_to_group(self, task: Task, pgid: int, info: SigInfo) -> str | None:
        """Make it out for each."""
        return super().send_to_group(task, pgid, self.info_of_kill(info))


class SleepersSleepOn(Kernel):
    """A signal by a pidfd wakes nobody."""

    def send_by_pidfd(self, task: Task, tid: int, info: SigInfo, scope: int) -> str | None:
        """Leave everybody's flag as it was."""
        before = {other.tid: other.notified for other in self.tasks.values()}
        error = super().send_by_pidfd(task, tid, info, scope)
        for other in self.tasks.values():
            other.notified = before[other.tid] or other.group.group_exit
        return error
