"""Rules of signals by pidfds, overdone: who is meant, and who may."""

from __future__ import annotations

from conformance.abi.signals import SI_CODES, SIGCONT
from conformance.case.calls.pidfds import INFOS
from conformance.reference.files import File, FileKind, Name
from conformance.reference.results import failure
from conformance.reference.task import Task
from conformance.reference.values import SigInfo
from conformance.trace import Fields
from tests.overreach.overreach import Overreach
from tests.variants import pidfd_reuse, pidfd_signal, pidfd_targets


class ReapedAreAsZombies(Overreach, pidfd_signal.GoneIsNoError):
    """Who is reaped takes every signal too."""

    RULES = ("PIDFD-023",)


class ZombiesAreAsReaped(Overreach, pidfd_signal.ZombieIsNobody):
    """A zombie is refused already."""

    RULES = ("PIDFD-029", "PIDFD-325")


class OnlyPidfdsArePidfds(Overreach, pidfd_targets.DirectoriesAreNone):
    """A directory of /proc is no pidfd to anybody."""

    RULES = ("PIDFD-045",)


class SentinelsAreClosed(Overreach, pidfd_signal.G28NobodyIsOneself):
    """No negative number is a pidfd."""

    RULES = ("PIDFD-045", "PIDFD-506")


class BadNumbersComeFirst(Overreach, pidfd_signal.NumberComesBeforeThePerson):
    """A bad signal number is EINVAL whoever is meant."""

    RULES = ("PIDFD-046",)


class EveryCombinationIsTaken(Overreach, pidfd_signal.TwoFlagsAreTaken):
    """Flags that are known may be combined."""

    RULES = ("PIDFD-047",)


class OneFlagIsTooMany(Overreach):
    """No flag is taken."""

    RULES = ("PIDFD-048",)

    def scopes(self) -> tuple[int, ...]:
        """Refuse them."""
        return (0,)


class EverySiginfoIsBad(Overreach):
    """A siginfo of the caller's making is never for the signal."""

    RULES = ("PIDFD-049", "PIDFD-051", "PIDFD-323")

    def siginfo_error(self, task: Task, tid: int, info: int, code: int, scope: int) -> str | None:
        """Refuse it."""
        error = super().siginfo_error(task, tid, info, code, scope)
        return error or ("EINVAL" if info == INFOS["given"] else None)


class NegativeCodesAreForged(Overreach):
    """Every code that is given to another is forged."""

    RULES = ("PIDFD-050",)

    def siginfo_error(self, task: Task, tid: int, info: int, code: int, scope: int) -> str | None:
        """Take it for the kernel's."""
        return super().siginfo_error(task, tid, info, SI_CODES["SI_USER"], scope)


class OneselfIsTheProcess(Overreach, pidfd_signal.ProcessIsOneself):
    """To one's own process any code is allowed, by every thread."""

    RULES = ("PIDFD-052",)


class OneselfIsTheGroup(Overreach, pidfd_signal.OwnGroupIsOneself):
    """To one's own group any code is allowed."""

    RULES = ("PIDFD-052",)


class OneselfIsNobody(Overreach, pidfd_signal.NobodyMayForgeByPidfd):
    """The calling thread is not oneself either."""

    RULES = ("PIDFD-050", "PIDFD-322")


class EverySignalIsQueued(Overreach):
    """A signal without siginfo looks as if one had been given."""

    RULES = ("PIDFD-053",)

    def default_code(self, scope: int) -> int:
        """Take the code of sigqueue."""
        return SI_CODES["SI_QUEUE"]


class EverySignalLooksLikeKill(Overreach, pidfd_signal.G27EverySignalIsOfKill):
    """A signal for a thread looks like one of kill."""

    RULES = ("PIDFD-054",)


class EveryCodeIsFree(Overreach, pidfd_signal.EverybodyMayForgeByPidfd):
    """Codes from 0 on may be sent to anybody too."""

    RULES = ("PIDFD-055",)


class SigcontIsNoException(Overreach, pidfd_targets.SigcontNeedsPermission):
    """SIGCONT within the session needs permission."""

    RULES = ("PIDFD-056",)


class SigcontIsFree(Overreach):
    """SIGCONT needs no permission, in whatever session."""

    RULES = ("PIDFD-500",)

    def same_session(self, sender: Task, target: Task) -> bool:
        """Take every session for one's own."""
        return True


class DeadLeaderSpeaksForTheLiving(Overreach, pidfd_targets.DeadLeaderPassesSignalsOn):
    """What is for the dead leader alone reaches the others."""

    RULES = ("PIDFD-072",)


class DeadLeaderSwallowsAll(Overreach, pidfd_targets.DeadLeaderIsTheProcess):
    """What is for the process of a dead leader is taken by nobody."""

    RULES = ("PIDFD-326",)


class NothingOfAThreadContinues(Overreach):
    """A SIGCONT for one thread continues nobody."""

    RULES = ("PIDFD-327",)

    def send_to_thread(self, info: SigInfo, task: Task) -> str | None:
        """Drop it."""
        return None if info.signo == SIGCONT else super().send_to_thread(info, task)


class SendersAreLeftOut(Overreach):
    """Who signals a group is none of its members."""

    RULES = ("PIDFD-328",)

    def send_to_group(self, task: Task, pgid: int, info: SigInfo) -> str | None:
        """Leave him out."""
        members = [group for group in self.process_group(pgid) if group is not task.group]
        return self.signal_members(task, members, info) if members else "ESRCH"


class NobodyButRoot(Overreach):
    """An ordinary user signals nobody by a pidfd that another opened."""

    RULES = ("PIDFD-329",)

    def send_error(self, task: Task, target: Task | None, signo: int) -> str | None:
        """Refuse him."""
        return super().send_error(task, target, signo) or (None if self.is_capable(task) else "EPERM")


class GroupsNeedAllTheirMembers(Overreach):
    """A group in which one member has no room is EAGAIN."""

    RULES = ("PIDFD-507",)

    def send_to_group(self, task: Task, pgid: int, info: SigInfo) -> str | None:
        """Look at each."""
        full = any(self.queue_is_full(info, group) for group in self.process_group(pgid))
        return super().send_to_group(task, pgid, info) or ("EAGAIN" if full else None)


class EveryFlagIsCheckedWithTheDescriptor(Overreach):
    """Any flag with a bad descriptor is EINVAL."""

    RULES = ("PIDFD-320",)

    def sys_pidfd_send_signal(
        self, task: Task, pidfd: Name, signo: int, info: int, code: int, flags: int
    ) -> Fields:
        """Refuse it."""
        result = super().sys_pidfd_send_signal(task, pidfd, signo, info, code, flags)
        return failure("EINVAL") if flags and result == failure("EBADF") else result


class DirectoriesArePidfds(Overreach):
    """A directory of /proc is a pidfd to pidfd_getfd and waitid too."""

    RULES = ("PIDFD-321",)

    def pidfd_at(self, task: Task, name: Name) -> File | None:
        """Take it for one."""
        return super().pidfd_at(task, name) or self.signal_target(task, name)


class AnythingIsADirectory(Overreach):
    """Whatever is open names its holder."""

    RULES = ("PIDFD-321",)

    def signal_target(self, task: Task, name: Name) -> File | None:
        """Take it for the caller's own."""
        own = File(FileKind.PIDFD, task.tid)
        return super().signal_target(task, name) or (own if self.file_at(task, name) else None)


class OthersAreOutOfReach(Overreach):
    """Whoever is in another namespace is EINVAL, below too."""

    RULES = ("PIDFD-126",)

    def sys_pidfd_send_signal(
        self, task: Task, pidfd: Name, signo: int, info: int, code: int, flags: int
    ) -> Fields:
        """Compare the two."""
        file = self.signal_target(task, pidfd)
        if file is not None and self.space_of(file.tid) != self.space_of(task.tid):
            return failure("EINVAL")
        return super().sys_pidfd_send_signal(task, pidfd, signo, info, code, flags)


class ExecEndsPidfds(Overreach):
    """Who has called execve is another process."""

    RULES = ("PIDFD-505", "PIDFD-529")

    def send_error(self, task: Task, target: Task | None, signo: int) -> str | None:
        """Look whether he has."""
        return super().send_error(task, target if target is None or target.group.noexec else None, signo)


class GroupsAreNumbers(Overreach, pidfd_reuse.S32B83GroupIsANumber):
    """A group is found by the number that its leader had."""

    RULES = ("PIDFD-324",)
