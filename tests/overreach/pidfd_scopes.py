"""Rules of whom a signal by a pidfd is for, and what it tells, overdone."""

from __future__ import annotations

from conformance.abi.descriptors import (
    PIDFD_SIGNAL_PROCESS_GROUP,
    PIDFD_SIGNAL_THREAD,
    PIDFD_SIGNAL_THREAD_GROUP,
    PIDFD_THREAD,
)
from conformance.abi.signals import SI_CODES
from conformance.case.calls.pidfds import INFOS
from conformance.reference.files import File, FileKind, Name
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import SigInfo
from conformance.trace import Fields
from tests.overreach.overreach import Overreach
from tests.variants import pidfd_signal, pidfd_targets


class NoFlagCounts(Overreach, pidfd_signal.FlagsMeanNothing):
    """The scope is the pidfd's, whatever the flags."""

    RULES = ("PIDFD-090", "PIDFD-091", "PIDFD-510")


class EveryPidfdIsTheProcess(Overreach, pidfd_signal.ThreadPidfdsMeanTheProcess):
    """With flags 0 the process is meant by thread pidfds too."""

    RULES = ("PIDFD-091", "PIDFD-509")


class ProcessPidfdsMeanTheLeader(Overreach):
    """A process pidfd is for the leader alone without the flag too."""

    RULES = ("PIDFD-092",)

    def signal_target(self, task: Task, name: Name) -> File | None:
        """Take it for a thread pidfd."""
        file = super().signal_target(task, name)
        return None if file is None else file._replace(flags=file.flags | PIDFD_THREAD)


class EveryFlagWidens(Overreach):
    """A flag makes a thread pidfd mean the process, whichever it is."""

    RULES = ("PIDFD-093", "PIDFD-101")

    def sys_pidfd_send_signal(
        self, task: Task, pidfd: Name, signo: int, info: int, code: int, flags: int
    ) -> Fields:
        """Widen it."""
        wide = PIDFD_SIGNAL_THREAD_GROUP if flags == PIDFD_SIGNAL_THREAD else flags
        return super().sys_pidfd_send_signal(task, pidfd, signo, info, code, wide)


class EveryNegativeIsOneself(Overreach):
    """All numbers about -10000 stand for the caller."""

    RULES = ("PIDFD-094", "PIDFD-096")

    def own_pidfd(self, task: Task, name: Name) -> File | None:
        """Take each."""
        near = isinstance(name, int) and name < -9000
        return super().own_pidfd(task, name) or (File(FileKind.PIDFD, task.tid) if near else None)


class SentinelsAreThreads(Overreach):
    """Both sentinels are the calling thread."""

    RULES = ("PIDFD-094", "PIDFD-095")

    def own_pidfd(self, task: Task, name: Name) -> File | None:
        """Take the thread."""
        own = super().own_pidfd(task, name)
        return None if own is None else File(FileKind.PIDFD, task.tid, PIDFD_THREAD)


class MembersNameTheirGroup(Overreach, pidfd_targets.GroupOfTheProcess):
    """A member is as good as the leader."""

    RULES = ("PIDFD-098",)


class ThreadPidfdsNameNoGroup(Overreach):
    """A thread pidfd, of a leader too, names no group."""

    RULES = ("PIDFD-100",)

    def sys_pidfd_send_signal(
        self, task: Task, pidfd: Name, signo: int, info: int, code: int, flags: int
    ) -> Fields:
        """Look for a group of nobody's."""
        file = self.signal_target(task, pidfd)
        if flags == PIDFD_SIGNAL_PROCESS_GROUP and file is not None and file.flags & PIDFD_THREAD:
            return self.failed_group()
        return super().sys_pidfd_send_signal(task, pidfd, signo, info, code, flags)

    def failed_group(self) -> Fields:
        """Return what becomes of a group that is not there."""
        return (("ret", -1), ("errno", "ESRCH"))


class DirectoriesKnowNoFlags(Overreach):
    """A directory is of the whole process, whatever the flags."""

    RULES = ("PIDFD-508",)

    def sys_pidfd_send_signal(
        self, task: Task, pidfd: Name, signo: int, info: int, code: int, flags: int
    ) -> Fields:
        """Drop them."""
        file = self.signal_target(task, pidfd)
        known = 0 if file is not None and file.kind is FileKind.PROC else flags
        return super().sys_pidfd_send_signal(task, pidfd, signo, info, code, known)


class GivenSiginfoIsForTheGroup(Overreach):
    """A siginfo of the sender's making goes to the whole group."""

    RULES = ("PIDFD-511",)

    def sys_pidfd_send_signal(
        self, task: Task, pidfd: Name, signo: int, info: int, code: int, flags: int
    ) -> Fields:
        """Widen it."""
        wide = PIDFD_SIGNAL_PROCESS_GROUP if info == INFOS["given"] else flags
        return super().sys_pidfd_send_signal(task, pidfd, signo, info, code, wide)


class EveryThreadIsTold(Overreach):
    """A signal for one thread is for each of its process."""

    RULES = ("PIDFD-512",)

    def send_to_thread(self, info: SigInfo, task: Task) -> str | None:
        """Send it to all."""
        for other in self.live_threads(task.group):
            super().send_to_thread(info, other)
        return None


class NothingWakes(Overreach, pidfd_targets.SleepersSleepOn):
    """A signal waits for sleepers as for the stopped."""

    RULES = ("PIDFD-503",)


class SendersAreNobody(Overreach):
    """A signal inside a namespace has no sender either."""

    RULES = ("PIDFD-501",)

    def as_told(self, info: SigInfo, receiver: int) -> SigInfo:
        """Leave him out."""
        told = super().as_told(info, receiver)
        inside = self.space_of(receiver) and info.code in (SI_CODES["SI_USER"], SI_CODES["SI_QUEUE"])
        return told._replace(pid=0) if inside else told


class InitsTakeNothing(Overreach):
    """An init is spared what it has a handler for too."""

    RULES = ("PIDFD-502",)

    def spares_init(self, signo: int, group: ThreadGroup) -> bool:
        """Spare it all."""
        return group.unkillable


class NoCodeForces(Overreach):
    """No siginfo of one's own making does anything to an init."""

    RULES = ("PIDFD-513",)

    def is_forced(self, info: SigInfo, task: Task) -> bool:
        """Look at the sender alone."""
        return info.pid == 0 and super().is_forced(info, task)


class InitsMayEndThemselves(Overreach):
    """An init ends itself by whatever SIGKILL."""

    RULES = ("PIDFD-514",)

    def is_forced(self, info: SigInfo, task: Task) -> bool:
        """Look who sends it."""
        return super().is_forced(info, task) or info.pid == task.group.tgid


class EverybodyIsToldTheNumber(Overreach):
    """A receiver inside is told the number that the sender has for itself too."""

    RULES = ("PIDFD-515",)

    def as_told(self, info: SigInfo, receiver: int) -> SigInfo:
        """Tell it."""
        if info.pid and info.code == SI_CODES["SI_USER"]:
            return info._replace(pid=self.number(info.pid, self.space_of(info.pid)))
        return super().as_told(info, receiver)
