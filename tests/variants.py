"""Kernels with one known bug each: what the suite must be able to tell from Linux.

Every variant overrides one decision of the reference kernel. The ids are those of the catalogue of real
bugs that cases name in ``catches``.
"""

from __future__ import annotations

from conformance.abi.signals import SIGCHLD, SIGCONT
from conformance.abi.waiting import CLD_CONTINUED, P_PGID, WEXITED, WNOWAIT, WUNTRACED
from conformance.reference.kernel import Kernel
from conformance.reference.signals import bit
from conformance.reference.task import ExitState, SigInfo, Task, ThreadGroup, WaitOpts
from conformance.reference.wait import BAD, Found, Nothing, Report, failure, untouched_siginfo
from conformance.trace import Fields
from tests.variants_terminal import TERMINAL_VARIANTS


class S1KeepsZombieOnFault(Kernel):
    """wait4 with a bad status pointer leaves the zombie for another try."""

    def take_zombie(self, opts: WaitOpts, child: Task) -> Report | None:
        """Keep the zombie of a caller whose status pointer is bad."""
        parent = self.tasks[child.parent]
        bad = parent.call is not None and parent.call.name == "wait4" and parent.call.args[1] == BAD
        return super().take_zombie(opts._replace(flags=opts.flags | WNOWAIT) if bad else opts, child)


class S2KeepsStopOnFault(Kernel):
    """wait4 with a bad status pointer leaves the stop report for another try."""

    def take_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Keep the report of a caller whose status pointer is bad."""
        parent = self.tasks[child.parent]
        bad = parent.call is not None and parent.call.name == "wait4" and parent.call.args[1] == BAD
        return super().take_stop(opts._replace(flags=opts.flags | WNOWAIT) if bad else opts, child)


class S4WaitidKeepsZombieOnFault(Kernel):
    """waitid with a bad infop leaves the zombie for another try."""

    def take_zombie(self, opts: WaitOpts, child: Task) -> Report | None:
        """Keep the zombie of a caller whose infop is bad."""
        parent = self.tasks[child.parent]
        bad = parent.call is not None and parent.call.name == "waitid" and parent.call.args[2] == BAD
        return super().take_zombie(opts._replace(flags=opts.flags | WNOWAIT) if bad else opts, child)


class S5WaitidIgnoresStops(Kernel):
    """waitid never looks at job status."""

    def take_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Report a stop to wait4 only."""
        parent = self.tasks[child.parent]
        if parent.call is not None and parent.call.name == "waitid":
            return None
        return super().take_stop(opts, child)


class S9ZombieIsHopeful(Kernel):
    """A wait for stops only blocks on a zombie."""

    def may_report_later(self, child: Task) -> bool:
        """Take a zombie for a child that may still stop."""
        return True


class S10ChildrenOfTheFirstLook(Kernel):
    """A sleeping wait knows only the children that it began with."""

    def do_wait(self, task: Task, opts: WaitOpts) -> Found | None:
        """Remember the children of the first look."""
        if task.waiting is None:
            self.first_look = task.children
        return super().do_wait(task, opts)

    def waitable_children(self, task: Task, opts: WaitOpts) -> list[Task]:
        """Leave out those who came later."""
        return [child for child in super().waitable_children(task, opts) if child.tid in self.first_look]


class S12EventMajorOrder(Kernel):
    """All zombies are reported before all stops."""

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Look for exits alone first."""
        found = super().scan(task, opts._replace(flags=opts.flags & ~WUNTRACED))
        return found if isinstance(found, Report) else super().scan(task, opts)


class S13NoRusage(Kernel):
    """wait4 has three parameters."""

    def wait4_result(self, found: Found, status: int, rusage: int) -> Fields:
        """Leave rusage alone."""
        fields = super().wait4_result(found, status, rusage)
        return tuple(("rusage", "untouched") if name == "rusage" else (name, v) for name, v in fields)


class S14IntMinIsAGroup(Kernel):
    """wait4(INT_MIN) finds no group instead of giving ESRCH."""

    def sys_wait4(self, task: Task, pid: int, status: int, options: int, rusage: int) -> Fields | None:
        """Treat INT_MIN as just another negative id."""
        return super().sys_wait4(task, max(pid, -(2**31) + 1), status, options, rusage)


class S15SiginfoLeftOnError(Kernel):
    """waitid writes nothing when it fails."""

    def waitid_result(self, found: Found, infop: int, rusage: int) -> Fields:
        """Leave infop as it was on errors."""
        fields = super().waitid_result(found, infop, rusage)
        if not isinstance(found, Nothing) or not found.error:
            return fields
        kept = tuple(field for field in fields if field[0] in ("ret", "errno"))
        return kept if infop == BAD else kept + untouched_siginfo()


class S16ErrorBeforeFault(Kernel):
    """ECHILD and EINVAL win over a bad infop."""

    def waitid_result(self, found: Found, infop: int, rusage: int) -> Fields:
        """Answer the error first."""
        if isinstance(found, Nothing) and found.error and infop == BAD:
            return failure(found.error)
        return super().waitid_result(found, infop, rusage)


class G6NegativeIdsAreNobody(Kernel):
    """waitid(P_PID, -1) gives ECHILD."""

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Accept any id."""
        return super().waitid_error(idtype, max(pid, 1), options)


class G7GroupZeroIsAnyGroup(Kernel):
    """waitid(P_PGID, 0) selects every child."""

    def eligible_pid(self, opts: WaitOpts, child: Task) -> bool:
        """Ignore the group of a child of the root group's waiter."""
        parent = self.tasks[child.parent]
        asked = parent.call.args[1] if parent.call is not None and parent.call.name == "waitid" else 1
        return (opts.kind == P_PGID and asked == 0) or super().eligible_pid(opts, child)


class G13ContinueHasNoStatus(Kernel):
    """SIGCHLD for a continue carries the stop signal, not SIGCONT."""

    def send_to_process(self, info: SigInfo, group: ThreadGroup, *, force: bool = False) -> None:
        """Spoil the siginfo."""
        if info.signo == SIGCHLD and info.code == CLD_CONTINUED:
            info = info._replace(status=19)
        super().send_to_process(info, group, force=force)


class G17OrphansStop(Kernel):
    """SIGTSTP stops a process of an orphaned group."""

    def stop_is_discarded(self, task: Task, signo: int) -> bool:
        """Never discard."""
        return False


class A4WaitidReapsWithoutAsking(Kernel):
    """waitid without WEXITED reaps a zombie."""

    def take_zombie(self, opts: WaitOpts, child: Task) -> Report | None:
        """Assume WEXITED."""
        return super().take_zombie(opts._replace(flags=opts.flags | WEXITED), child)


class B08ZombieContinues(Kernel):
    """SIGCONT brings a zombie back to job control."""

    def prepare_signal(self, signo: int, group: ThreadGroup, *, force: bool) -> bool:
        """Report a continue of the dead."""
        if signo == SIGCONT and self.leader(group).exit_state is ExitState.ZOMBIE:
            self.notify_parent_of_stop(group, CLD_CONTINUED)
            return False
        return super().prepare_signal(signo, group, force=force)


class B16WakesForSigchldOnly(Kernel):
    """A waiter is not woken by a child with another exit signal."""

    def wake_up_parent(self, child: Task) -> None:
        """Wake for ordinary children alone."""
        if child.exit_signal == SIGCHLD:
            super().wake_up_parent(child)


class B40NoSubreaper(Kernel):
    """Orphans always go to init."""

    def find_reaper(self, father: Task) -> Task:
        """Ignore the attribute."""
        return self.tasks[1]


class B74NoAutoreap(Kernel):
    """SIGCHLD ignored still leaves zombies."""

    def reaps_automatically(self, parent: ThreadGroup) -> bool:
        """Never."""
        return False


class B82IgnoreResetByExec(Kernel):
    """execve resets SIG_IGN."""

    def exec(self, task: Task) -> None:
        """Reset every action."""
        super().exec(task)
        task.group.actions = {}


class SecondSigchldReplacesFirst(Kernel):
    """A coalesced SIGCHLD carries the last child, not the first."""

    def already_queued(self, signo: int, queue: tuple[SigInfo, ...]) -> bool:
        """Queue every one."""
        return False


class BlockedIgnoredIsDropped(Kernel):
    """A blocked SIGCHLD with default action is dropped at once."""

    def sig_ignored(self, signo: int, group: ThreadGroup, *, force: bool) -> bool:
        """Ignore the mask."""
        leader = self.leader(group)
        mask, leader.blocked = leader.blocked, leader.blocked & ~bit(signo)
        ignored = super().sig_ignored(signo, group, force=force)
        leader.blocked = mask
        return ignored


VARIANTS: tuple[type[Kernel], ...] = tuple(
    value
    for value in list(globals().values())
    if isinstance(value, type) and issubclass(value, Kernel) and value is not Kernel
)
VARIANTS += TERMINAL_VARIANTS
