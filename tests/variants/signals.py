"""Pending signals, what they carry, and the calls that take or send them."""

from __future__ import annotations

from conformance.abi.signals import SIG_IGN, SIGCHLD
from conformance.abi.waiting import CLD_EXITED, CLD_KILLED
from conformance.reference.kernel import Kernel
from conformance.reference.results import failure
from conformance.reference.sigsets import bit
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import Restart, SigInfo
from conformance.trace import Fields


class B30ExitGroupIsADeathBySignal(Kernel):
    """SIGCHLD of exit_group tells CLD_KILLED and no code."""

    ended: frozenset[int] = frozenset()

    def sys_exit_group(self, task: Task, code: int) -> None:
        """Note whose end it is."""
        self.ended |= {task.group.tgid}
        super().sys_exit_group(task, code)

    def send_to_process(
        self, info: SigInfo, group: ThreadGroup, *, force: bool = False, via: Task | None = None
    ) -> str | None:
        """Spoil the siginfo."""
        if info.pid in self.ended and info.code == CLD_EXITED:
            info = info._replace(code=CLD_KILLED, status=0)
        return super().send_to_process(info, group, force=force, via=via)


class B52SignalsAreInherited(Kernel):
    """fork keeps pending signals."""

    def new_process(self, parent: Task, tid: int, flags: int) -> ThreadGroup:
        """Hand them down."""
        group = super().new_process(parent, tid, flags)
        group.pending = parent.group.pending
        return group


class B80B81EverySigchldQueues(Kernel):
    """There is one SIGCHLD for each death."""

    def already_queued(self, signo: int, queue: tuple[SigInfo, ...]) -> bool:
        """Queue all."""
        return False


class BlockedIgnoredIsDropped(Kernel):
    """A blocked SIGCHLD with default action is dropped at once."""

    def sig_ignored(self, signo: int, task: Task, *, force: bool) -> bool:
        """Ignore the mask."""
        mask, task.blocked = task.blocked, task.blocked & ~bit(signo)
        ignored = super().sig_ignored(signo, task, force=force)
        task.blocked = mask
        return ignored


class SigtimedwaitTellsUserForTkill(Kernel):
    """sigtimedwait gives the si_code of tgkill as that of kill, as glibc's does."""

    def taken(self, info: SigInfo) -> Fields:
        """Fold the code."""
        return super().taken(info._replace(code=max(info.code, 0) if info.code == -6 else info.code))


class SigtimedwaitIsRestarted(Kernel):
    """A stop and a continue leave sigtimedwait asleep."""

    def sys_sigtimedwait(self, task: Task, wanted: int, timeout: int) -> Fields | None:
        """Restart what no signal of the set ended."""
        result = super().sys_sigtimedwait(task, wanted, timeout)
        if result == failure("EINTR"):
            task.restart = Restart.SYS
        return result


class SigtimedwaitReaps(Kernel):
    """Taking SIGCHLD reaps the child that sent it."""

    def taken(self, info: SigInfo) -> Fields:
        """Release the zombie."""
        fields = super().taken(info)
        if info.signo == SIGCHLD and info.pid in self.tasks:
            self.release(self.tasks[info.pid])
        return fields


class SigtimedwaitDropsIgnored(Kernel):
    """A signal that is ignored does not reach one who waits for it, blocked or not."""

    def sys_sigtimedwait(self, task: Task, wanted: int, timeout: int) -> Fields | None:
        """Forget what was blocked before."""
        result = super().sys_sigtimedwait(task, wanted, timeout)
        task.real_blocked = 0 if result is None else task.real_blocked
        return result


class SigsuspendKeepsItsMask(Kernel):
    """The temporary mask stays in force after sigsuspend."""

    def sys_sigsuspend(self, task: Task, mask: int) -> None:
        """Save nothing."""
        super().sys_sigsuspend(task, mask)
        task.saved_mask = None


class IgnoredFaultGoesOn(Kernel):
    """A fault does not kill who ignores its signal."""

    def force_signal(self, task: Task, info: SigInfo, *, fatally: bool = False) -> None:
        """Take the process's word for it."""
        if task.group.action(info.signo).handler != SIG_IGN:
            super().force_signal(task, info, fatally=fatally)


class BlockedFaultRunsItsHandler(Kernel):
    """A fault runs its handler though the signal is blocked."""

    def force_signal(self, task: Task, info: SigInfo, *, fatally: bool = False) -> None:
        """Unblock alone."""
        task.blocked &= ~bit(info.signo)
        super().force_signal(task, info, fatally=fatally)


class AnyoneMayForge(Kernel):
    """sigqueue takes any si_code for anybody."""

    def is_forged(self, code: int) -> bool:
        """Trust everyone."""
        return False


class NobodyMayForge(Kernel):
    """sigqueue refuses the kernel's codes even for oneself."""

    def sys_sigqueue(self, task: Task, pid: int, signo: int, code: int, value: int) -> Fields:
        """Trust no one."""
        if self.is_forged(code):
            return failure("EPERM")
        return super().sys_sigqueue(task, pid, signo, code, value)


class QueueNeverFills(Kernel):
    """RLIMIT_SIGPENDING is not looked at."""

    def queue_is_full(self, info: SigInfo, group: ThreadGroup) -> bool:
        """Accept all."""
        return False


class SigpipeIsForTheProcess(Kernel):
    """SIGPIPE is pending for the process, not for the thread."""

    def sys_sigpipe(self, task: Task) -> Fields:
        """Send it as kill would."""
        info = SigInfo(13, 0, task.group.tgid, self.environment.uid)
        self.send_to_process(info, task.group)
        return failure("EPIPE")
