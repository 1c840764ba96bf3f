"""Rules of wait4 and waitid, overdone."""

from __future__ import annotations

from conformance.abi.signals import SA_RESTART
from conformance.abi.waiting import WALL, WCLONE, WEXITED, WNOWAIT, WUNTRACED
from conformance.reference.children import Found, Nothing, Report
from conformance.reference.task import Task
from conformance.reference.values import Action, ExitState, SigInfo, WaitOpts
from conformance.reference.wait import BAD, NULL
from conformance.trace import Fields
from tests.overreach.overreach import Overreach
from tests.variants.arguments import S25A3B27B57OptionsAreTruncated
from tests.variants.selection import A11OrderOfPids
from tests.variants.sleep import A6NoSigchldInterrupts


class AnyLivingChildIsHope(Overreach):
    """A wait sleeps while there is any living child, selected or not."""

    RULES = ("WAIT-003",)

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Look at all children for hope."""
        found = super().scan(task, opts)
        alive = any(self.tasks[tid].exit_state is ExitState.ALIVE for tid in task.children)
        return Nothing("") if isinstance(found, Nothing) and alive else found


class AnyOptionIsTaken(Overreach, S25A3B27B57OptionsAreTruncated):
    """wait4 takes whatever bits there are."""

    RULES = ("WAIT-010",)


class WexitedIsNeeded(Overreach):
    """waitid wants WEXITED, not just one of the three."""

    RULES = ("WAIT-012",)

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Ask for it."""
        return super().waitid_error(idtype, pid, options) if options & WEXITED else "EINVAL"


class NullFaults(Overreach):
    """A null status pointer is a bad one."""

    RULES = ("WAIT-033",)

    def wait4_result(self, found: Found, status: int, rusage: int) -> Fields:
        """Fault."""
        return super().wait4_result(found, BAD if status == NULL else status, rusage)


class FaultReapsUnderWnowait(Overreach):
    """EFAULT of waitid costs the child even under WNOWAIT."""

    RULES = ("WAIT-035",)

    def take_zombie(self, opts: WaitOpts, child: Task) -> Report | None:
        """Reap for a bad infop."""
        call = self.tasks[child.parent].call
        bad = call is not None and call.name == "waitid" and call.args[2] == BAD
        return super().take_zombie(opts._replace(flags=opts.flags & ~WNOWAIT) if bad else opts, child)


class SiginfoIsAlwaysWritten(Overreach):
    """waitid writes its siginfo even after a fault of the rusage."""

    RULES = ("WAIT-052", "WAIT-027", "WAIT-028", "WAIT-034")

    def waitid_result(self, found: Found, infop: int, rusage: int) -> Fields:
        """Write it."""
        fields = super().waitid_result(found, infop, rusage)
        if not (rusage == BAD and isinstance(found, Report) and infop not in (BAD, NULL)):
            return fields
        kept = tuple(field for field in fields if field[0] in ("ret", "errno"))
        return kept + self.siginfo_of(found)


class OneZombieIsHopeless(Overreach):
    """A wait for stops fails as soon as one selected child is a zombie."""

    RULES = ("WAIT-068", "WAIT-069", "WAIT-127")

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Give up early."""
        found = super().scan(task, opts)
        views = [(opts._replace(traced=traced), child) for child, traced in self.candidates(task, opts)]
        dead = any(self.eligible_child(*view) and not self.may_report_later(*view) for view in views)
        return Nothing("ECHILD") if isinstance(found, Nothing) and dead else found


class OrderOfPids(Overreach, A11OrderOfPids):
    """Children are reported by their pids, adopted ones among them."""

    RULES = ("WAIT-070",)


class TheOldestChildDecides(Overreach):
    """Of several children only the oldest is looked at."""

    RULES = ("WAIT-071",)

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Look at one."""
        for child, traced in self.candidates(task, opts):
            view = opts._replace(traced=traced)
            if self.eligible_child(view, child):
                hope = "" if self.may_report_later(view, child) else "ECHILD"
                return self.consider(view, child) or Nothing(hope)
        return Nothing("ECHILD")


class WcloneBeatsWall(Overreach):
    """__WCLONE keeps ordinary children out even beside __WALL."""

    RULES = ("WAIT-082",)

    def eligible_child(self, opts: WaitOpts, child: Task) -> bool:
        """Forget __WALL."""
        flags = opts.flags & ~WALL if opts.flags & WCLONE else opts.flags
        return super().eligible_child(opts._replace(flags=flags), child)


class EveryHandlerRestarts(Overreach):
    """A handler without SA_RESTART restarts too."""

    RULES = ("WAIT-101", "WAIT-102")

    def push_frame(self, task: Task, info: SigInfo, action: Action) -> None:
        """Add the flag."""
        super().push_frame(task, info, action._replace(flags=action.flags | SA_RESTART))


class NoSigchldInterrupts(Overreach, A6NoSigchldInterrupts):
    """No SIGCHLD ends a wait with EINTR, not even that of another child."""

    RULES = ("WAIT-106", "WAIT-123")


class EveryWaitSeesStops(Overreach):
    """A stop ends any wait."""

    RULES = ("WAIT-108",)

    def take_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Assume WUNTRACED."""
        return super().take_stop(opts._replace(flags=opts.flags | WUNTRACED), child)


class OneRestartingHandlerIsEnough(Overreach):
    """Once a handler with SA_RESTART has run, the wait goes on whatever comes later."""

    RULES = ("WAIT-213",)

    def push_frame(self, task: Task, info: SigInfo, action: Action) -> None:
        """Remember it."""
        restarted: set[int] = getattr(self, "restarted", set())
        flags = action.flags | SA_RESTART if task.tid in restarted else action.flags
        if flags & SA_RESTART:
            self.restarted = {*restarted, task.tid}
        super().push_frame(task, info, action._replace(flags=flags))


class StopsMakeHandlersInterrupt(Overreach):
    """A handler that runs when a stopped waiter is continued interrupts, with SA_RESTART too."""

    RULES = ("WAIT-212", "WAIT-100", "KILL-223")

    def stop(self, task: Task, signo: int) -> None:
        """Remember that there was a stop."""
        super().stop(task, signo)
        self.was_stopped = {*getattr(self, "was_stopped", ()), task.tid}

    def push_frame(self, task: Task, info: SigInfo, action: Action) -> None:
        """Take the flag away."""
        stopped = task.tid in getattr(self, "was_stopped", ())
        flags = action.flags & ~SA_RESTART if stopped else action.flags
        super().push_frame(task, info, action._replace(flags=flags))


class EveryRestartLooksTheGroupUp(Overreach):
    """A wait that begins anew takes its caller's group for any group that it was given."""

    RULES = ("WAIT-214", "WAIT-109")

    def wait4_selector(self, task: Task, pid: int, options: int) -> WaitOpts:
        """Forget the number once."""
        again = task.tid in getattr(self, "waited", ())
        self.waited = {*getattr(self, "waited", ()), task.tid}
        return super().wait4_selector(task, 0 if again and pid < -1 else pid, options)


class ExecMakesStrangers(Overreach):
    """A child that executes a program during the wait is no longer selected, of whatever kind it is."""

    RULES = ("WAIT-210",)

    def eligible_child(self, opts: WaitOpts, child: Task) -> bool:
        """Drop it."""
        return child.group.noexec and super().eligible_child(opts, child)


class AdoptedStopsAreLost(Overreach):
    """The stop of an adopted child is not only silent, but gone."""

    RULES = ("WAIT-211",)

    def reparent(self, father: Task, child: Task) -> None:
        """Drop its report."""
        super().reparent(father, child)
        if child.stopped:
            child.group.group_exit_code = 0
