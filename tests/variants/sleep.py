"""Who wakes a sleeping wait, and what ends it."""

from __future__ import annotations

from conformance.abi.signals import SA_RESTART, SIG_DFL, SIGCHLD
from conformance.abi.waiting import P_ALL, P_PID, WNOWAIT
from conformance.reference.kernel import Kernel
from conformance.reference.task import Task
from conformance.reference.values import Action, ExitState, Restart, SigInfo, WaitOpts


class G14EintrWins(Kernel):
    """A sleeping wait whose child dies under a SIGCHLD handler fails with EINTR."""

    def attempt(self, task: Task) -> None:
        """Look at signals before children."""
        if task.waiting is not None and task.call is not None and self.signal_pending(task):
            task.woken = False
            self.interrupt(task, task.call)
        else:
            super().attempt(task)


class G18B19AdoptionWakesNobody(Kernel):
    """A sleeping waiter does not hear of a zombie that it adopts."""

    def reparent(self, father: Task, child: Task) -> None:
        """Keep still."""
        reaper = self.tasks[child.parent]
        woken = reaper.woken
        super().reparent(father, child)
        reaper.woken = woken


class G20EveryDeathWakes(Kernel):
    """A waiter is woken by any child, so that it notices when its group is empty."""

    def child_should_wake(self, waiter: Task, opts: WaitOpts, child: Task) -> bool:
        """Wake it."""
        return True


class G21WnowaitSleepsThroughContinues(Kernel):
    """A wait with WNOWAIT is not woken by a continue."""

    def child_should_wake(self, waiter: Task, opts: WaitOpts, child: Task) -> bool:
        """Let it sleep."""
        if opts.flags & WNOWAIT and child.group.stop_continued:
            return False
        return super().child_should_wake(waiter, opts, child)


class A6NoSigchldInterrupts(Kernel):
    """SIGCHLD is blocked while its process waits."""

    def push_frame(self, task: Task, info: SigInfo, action: Action) -> None:
        """Restart after SIGCHLD."""
        flags = action.flags | SA_RESTART if info.signo == SIGCHLD else action.flags
        super().push_frame(task, info, action._replace(flags=flags))


class A6SigchldIsBlockedMeanwhile(Kernel):
    """SIGCHLD is blocked while its process waits, and handled after."""

    def wants_signal(self, signo: int, task: Task) -> bool:
        """Want no SIGCHLD while asleep."""
        return not (signo == SIGCHLD and task.waiting is not None) and super().wants_signal(signo, task)

    def leave_call(self, task: Task) -> None:
        """Find it after."""
        super().leave_call(task)
        self.look_for_signals(task)


class B16WakesForSigchldOnly(Kernel):
    """A waiter is not woken by a child with another exit signal."""

    def wake_waiters(self, child: Task, parent: Task) -> None:
        """Wake for ordinary children alone."""
        if child.exit_signal == SIGCHLD:
            super().wake_waiters(child, parent)


class B24B62TheDeadWakeNobody(Kernel):
    """A wait for a child that ends meanwhile sleeps for ever."""

    def wake_waiters(self, child: Task, parent: Task) -> None:
        """Wake for the living alone."""
        if child.exit_state is ExitState.ALIVE and not child.group.group_exit:
            super().wake_waiters(child, parent)


class B50StopsWakeNobody(Kernel):
    """A sleeping waiter does not hear of stops and continues."""

    def wake_waiters(self, child: Task, parent: Task) -> None:
        """Wake for deaths alone."""
        if child.exit_state is ExitState.ZOMBIE:
            super().wake_waiters(child, parent)


class B55ZombiesMeanwhileHang(Kernel):
    """A sleeping wait for one child hangs once another has become a zombie."""

    def wake_waiters(self, child: Task, parent: Task) -> None:
        """Stumble over the zombie."""
        others = (self.tasks[tid] for tid in parent.children if tid != child.tid)
        if not any(other.exit_state is ExitState.ZOMBIE for other in others):
            super().wake_waiters(child, parent)


class B62WaitsGoBySigchld(Kernel):
    """A waiter is woken by the delivery of SIGCHLD, and sleeps on where that is blocked."""

    def wake_waiters(self, child: Task, parent: Task) -> None:
        """Look at the mask."""
        if not parent.blocked & (1 << (SIGCHLD - 1)):
            super().wake_waiters(child, parent)


class B66GroupsOutlastAutoreap(Kernel):
    """A wait for a group does not end when the group vanishes under SIG_IGN."""

    def child_should_wake(self, waiter: Task, opts: WaitOpts, child: Task) -> bool:
        """Wake those who wait for any child or for one."""
        ignored = waiter.group.action(SIGCHLD).handler != SIG_DFL
        return opts.kind in (P_ALL, P_PID) if ignored else super().child_should_wake(waiter, opts, child)


class S29B84AKilledWaiterGetsEintr(Kernel):
    """SIGKILL does not end a sleeping wait for good: the waiter lives until something wakes it."""

    def complete_signal(self, signo: int, task: Task, *, thread_only: bool) -> None:
        """Leave a sleeper alone."""
        if task.waiting is None:
            super().complete_signal(signo, task, thread_only=thread_only)
        else:
            task.notified = True

    def signal_pending(self, task: Task) -> bool:
        """See nothing while asleep."""
        return task.waiting is None and super().signal_pending(task)


class S31StopInterrupts(Kernel):
    """Stop and continue end a sleeping call with EINTR."""

    def join_stop(self, task: Task) -> None:
        """Forget that the call was to be restarted."""
        task.restart = Restart.NONE
        super().join_stop(task)
