"""Moments at which a process is neither one thing nor the other."""

from __future__ import annotations

from conformance.abi.signals import SIGKILL
from conformance.reference.children import Found, Report
from conformance.reference.kernel import Kernel
from conformance.reference.task import Task
from conformance.reference.values import ExitState, Phase, WaitOpts


class B15DyingIsNoChild(Kernel):
    """Between its last breath and its zombie a child is not seen."""

    def may_report_later(self, opts: WaitOpts, child: Task) -> bool:
        """Look for neither the living nor the dead."""
        return super().may_report_later(opts, child) and not child.group.group_exit


class B24SleepsWithoutAnotherLook(Kernel):
    """A wait looks at the children, and only then, unlocked, gets on the queue of those to be woken."""

    def is_between(self, task: Task) -> bool:
        """Say whether a waiter has looked and is not on the queue yet."""
        waits = task.call is not None and task.call.name in ("wait4", "waitid")
        return waits and task.phase is Phase.BLOCKED and task.waiting is None

    def can_run(self, task: Task) -> bool:
        """Let it get there."""
        return self.is_between(task) or super().can_run(task)

    def do_wait(self, task: Task, opts: WaitOpts) -> Found | None:
        """Look, or get on the queue."""
        if self.is_between(task):
            task.waiting = opts
            return None
        found = super().do_wait(task, opts)
        task.waiting = None
        return found


class B56SigchldBeforeZombie(Kernel):
    """SIGCHLD is sent before there is a zombie."""

    def begin_exit(self, task: Task, status: int) -> None:
        """Tell the parent too early."""
        task.exit_code = status
        self.notify_parent_of_exit(task, task.exit_signal)
        super().begin_exit(task, status)


class S27KillMixesUpExitCode(Kernel):
    """SIGKILL of a process that is exiting makes a signal of its exit code."""

    def prepare_signal(self, signo: int, task: Task, *, force: bool) -> bool:
        """Shift the code of one that is on its way out."""
        group = task.group
        if signo == SIGKILL and group.group_exit and task.exit_state is ExitState.ALIVE:
            group.group_exit_code = group.group_exit_code >> 8 & 0x7F or group.group_exit_code
            task.last_words = group.group_exit_code
        return super().prepare_signal(signo, task, force=force)


class ContinueShowsOnceTheChildRan(Kernel):
    """A continue is reported by the child itself, when it runs."""

    def take_continue(self, opts: WaitOpts, child: Task) -> Report | None:
        """Find nothing before it has run."""
        return None if child.group.cld_pending else super().take_continue(opts, child)
