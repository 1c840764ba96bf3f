"""Signals by pidfds: whom they mean, with what siginfo, and who may."""

from __future__ import annotations

from conformance.abi.descriptors import (
    PIDFD_SIGNAL_PROCESS_GROUP,
    PIDFD_SIGNAL_THREAD_GROUP,
)
from conformance.abi.signals import SI_CODES
from conformance.case.calls.pidfds import INFOS
from conformance.reference.files import File, Name
from conformance.reference.kernel import Kernel
from conformance.reference.results import failure
from conformance.reference.task import Task
from conformance.reference.values import ExitState, SigInfo
from conformance.trace import Fields


class G25MemberIsInvalid(Kernel):
    """PIDFD_SIGNAL_PROCESS_GROUP by one who leads no group is EINVAL."""

    def send_to_group(self, task: Task, pgid: int, info: SigInfo) -> str | None:
        """Call it an argument that is bad."""
        return super().send_to_group(task, pgid, info) if self.process_group(pgid) else "EINVAL"


class G26ReapedLeaderHasNoGroup(Kernel):
    """A group is not found by the pidfd of a leader who is reaped."""

    def send_to_group(self, task: Task, pgid: int, info: SigInfo) -> str | None:
        """Look for the leader first."""
        return super().send_to_group(task, pgid, info) if pgid in self.tasks else "ESRCH"


class G27EverySignalIsOfKill(Kernel):
    """A signal for one thread carries SI_USER too."""

    def default_code(self, scope: int) -> int:
        """Know no other."""
        return SI_CODES["SI_USER"]


class G28NobodyIsOneself(Kernel):
    """The sentinels are descriptors that are not open."""

    def own_pidfd(self, task: Task, name: Name) -> File | None:
        """Know none."""
        return None


class B34NobodySends(Kernel):
    """A signal without siginfo has neither a pid nor a uid."""

    def send_by_pidfd(self, task: Task, tid: int, info: SigInfo, scope: int) -> str | None:
        """Leave them out."""
        made = info.code in (SI_CODES["SI_USER"], SI_CODES["SI_TKILL"])
        return super().send_by_pidfd(task, tid, info._replace(pid=0, uid=0) if made else info, scope)


class B44NoSiginfoIsForged(Kernel):
    """A signal without siginfo is taken for one with a forged code."""

    def siginfo_error(self, task: Task, tid: int, info: int, code: int, scope: int) -> str | None:
        """Check what the kernel made itself."""
        if info == INFOS["null"]:
            info, code = INFOS["given"], self.default_code(scope)
        return super().siginfo_error(task, tid, info, code, scope)


class ZombieIsNobody(Kernel):
    """A zombie is not signalled any more."""

    def send_error(self, task: Task, target: Task | None, signo: int) -> str | None:
        """Look for the living."""
        dead = target is not None and target.exit_state is not ExitState.ALIVE
        return "ESRCH" if dead else super().send_error(task, target, signo)


class FlagsComeLast(Kernel):
    """The descriptor is looked at before the flags."""

    def sys_pidfd_send_signal(
        self, task: Task, pidfd: Name, signo: int, info: int, code: int, flags: int
    ) -> Fields:
        """Look there first."""
        if self.own_pidfd(task, pidfd) is None and self.signal_target(task, pidfd) is None:
            return failure("EBADF")
        return super().sys_pidfd_send_signal(task, pidfd, signo, info, code, flags)


class TwoFlagsAreTaken(Kernel):
    """The first of two flags counts."""

    def sys_pidfd_send_signal(
        self, task: Task, pidfd: Name, signo: int, info: int, code: int, flags: int
    ) -> Fields:
        """Drop the others."""
        first = next((flag for flag in (1, 2, 4) if 0 < flags < 8 and flags & flag), flags)
        return super().sys_pidfd_send_signal(task, pidfd, signo, info, code, first)


class FlagsMeanNothing(Kernel):
    """The scope is always that of the pidfd."""

    def sys_pidfd_send_signal(
        self, task: Task, pidfd: Name, signo: int, info: int, code: int, flags: int
    ) -> Fields:
        """Check them, and forget them."""
        if flags not in self.scopes():
            return failure("EINVAL")
        return super().sys_pidfd_send_signal(task, pidfd, signo, info, code, 0)


class ThreadPidfdsMeanTheProcess(Kernel):
    """A thread pidfd sends to the process as any other."""

    def signal_target(self, task: Task, name: Name) -> File | None:
        """Forget what it is."""
        file = super().signal_target(task, name)
        return None if file is None else file._replace(flags=0)


class ThreadScopeIsTheNamedThread(Kernel):
    """PIDFD_SIGNAL_THREAD_GROUP by a thread pidfd is for the leader first."""

    def send_by_pidfd(self, task: Task, tid: int, info: SigInfo, scope: int) -> str | None:
        """Begin with him."""
        target = self.tasks.get(tid)
        if scope == PIDFD_SIGNAL_THREAD_GROUP and target is not None:
            tid = target.group.tgid
        return super().send_by_pidfd(task, tid, info, scope)


class GoneIsNoError(Kernel):
    """Who is reaped is signalled as a zombie is."""

    def send_error(self, task: Task, target: Task | None, signo: int) -> str | None:
        """Let it pass."""
        return None if target is None else super().send_error(task, target, signo)


class SiginfoComesAfterThePerson(Kernel):
    """A process that is gone is ESRCH before the siginfo is looked at."""

    def siginfo_error(self, task: Task, tid: int, info: int, code: int, scope: int) -> str | None:
        """Look for it first."""
        if tid not in self.tasks and scope != PIDFD_SIGNAL_PROCESS_GROUP:
            return "ESRCH"
        return super().siginfo_error(task, tid, info, code, scope)


class PermissionComesBeforeTheNumber(Kernel):
    """Who may not signal is told so before a bad number is."""

    def send_error(self, task: Task, target: Task | None, signo: int) -> str | None:
        """Turn the two round."""
        if target is not None and not self.may_signal(signo, task, target):
            return "EPERM"
        return super().send_error(task, target, signo)


class NumberComesBeforeThePerson(Kernel):
    """A bad number is told even of one who is reaped."""

    def send_error(self, task: Task, target: Task | None, signo: int) -> str | None:
        """Check it first."""
        return super().send_error(task, target, signo) if self.valid_signal(signo) else "EINVAL"


class SignalNumberOfTheSiginfoIsFree(Kernel):
    """si_signo may be any."""

    def siginfo_error(self, task: Task, tid: int, info: int, code: int, scope: int) -> str | None:
        """Take it."""
        return super().siginfo_error(
            task, tid, INFOS["given"] if info == INFOS["other"] else info, code, scope
        )


class BadSiginfoIsNone(Kernel):
    """A siginfo that cannot be read is taken for none."""

    def sys_pidfd_send_signal(
        self, task: Task, pidfd: Name, signo: int, info: int, code: int, flags: int
    ) -> Fields:
        """Make one up."""
        known = INFOS["null"] if info == INFOS["bad"] else info
        return super().sys_pidfd_send_signal(task, pidfd, signo, known, code, flags)


class EverybodyMayForgeByPidfd(Kernel):
    """A pidfd is licence enough for any code."""

    def siginfo_error(self, task: Task, tid: int, info: int, code: int, scope: int) -> str | None:
        """Ask for nothing."""
        return super().siginfo_error(task, tid, info, SI_CODES["SI_QUEUE"], scope)


class NobodyMayForgeByPidfd(Kernel):
    """Codes of the kernel's are refused even to oneself."""

    def siginfo_error(self, task: Task, tid: int, info: int, code: int, scope: int) -> str | None:
        """Make no exception."""
        return super().siginfo_error(task, 0, info, code, scope)


class ProcessIsOneself(Kernel):
    """Any thread may forge to its own process."""

    def siginfo_error(self, task: Task, tid: int, info: int, code: int, scope: int) -> str | None:
        """Look at the process."""
        target = self.tasks.get(tid)
        same = target is not None and target.group is task.group
        return super().siginfo_error(task, task.tid if same else tid, info, code, scope)


class OwnGroupIsOneself(Kernel):
    """The leader of a group may forge to all of it."""

    def siginfo_error(self, task: Task, tid: int, info: int, code: int, scope: int) -> str | None:
        """Look at the pidfd alone."""
        return super().siginfo_error(task, tid, info, code, PIDFD_SIGNAL_THREAD_GROUP)


class GivenCodeIsRewritten(Kernel):
    """A siginfo of the sender's making is told as one of kill."""

    def send_by_pidfd(self, task: Task, tid: int, info: SigInfo, scope: int) -> str | None:
        """Make another."""
        return super().send_by_pidfd(task, tid, info._replace(code=self.default_code(scope)), scope)
