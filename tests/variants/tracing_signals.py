"""Signal-delivery-stops: what is shown to a tracer, and what it makes of it."""

from __future__ import annotations

from conformance.reference.kernel import Kernel
from conformance.reference.task import Task
from conformance.reference.values import Jobctl, SigInfo, Trap
from conformance.trace import Fields


class IgnoredSignalsAreNotShown(Kernel):
    """A signal that a tracee ignores is dropped when it is sent."""

    def sig_ignored(self, signo: int, task: Task, *, force: bool) -> bool:
        """Forget the tracer."""
        tracing, task.tracing = task.tracing, task.tracing._replace(tracer=0)
        ignored = super().sig_ignored(signo, task, force=force)
        task.tracing = tracing
        return ignored


class DeadlySignalsAreNotShown(Kernel):
    """A signal that ends a process does so at once, traced or not."""

    def is_fatal(self, signo: int, task: Task) -> bool:
        """Forget the tracer."""
        tracing, task.tracing = task.tracing, task.tracing._replace(tracer=0)
        fatal = super().is_fatal(signo, task)
        task.tracing = tracing
        return fatal


class OnlyTheSameSignalCanBeInjected(Kernel):
    """What a tracee goes on with is the signal of its stop or none."""

    def inject(self, task: Task, trap: Trap, signo: int) -> None:
        """Replace the replacement."""
        super().inject(task, trap, trap.code)


class InjectedSignalsHaveTheOldSiginfo(Kernel):
    """A signal in another's place has the other's siginfo."""

    def inject(self, task: Task, trap: Trap, signo: int) -> None:
        """Change the number alone."""
        info = trap.info._replace(signo=signo) if trap.info is not None else None
        super().inject(task, trap._replace(info=info), signo)


class InjectedSignalsComeFromTheTracer(Kernel):
    """Every signal that is let pass was sent by the tracer."""

    def inject(self, task: Task, trap: Trap, signo: int) -> None:
        """Forget who sent it."""
        super().inject(task, trap._replace(info=None), signo)


class SetsiginfoSetsNothing(Kernel):
    """PTRACE_SETSIGINFO succeeds, and that is all."""

    def sys_ptrace_setsiginfo(self, caller: Task, pid: int, signo: int, code: int, value: int) -> Fields:
        """Restore what was there."""
        trap = self.trap_at_hand(caller, pid)
        result = super().sys_ptrace_setsiginfo(caller, pid, signo, code, value)
        if trap is not None:
            self.tasks[pid].trap = trap
        return result


class BlockedInjectedSignalsAreLost(Kernel):
    """A blocked signal with which a tracee goes on is dropped."""

    def requeue(self, task: Task, info: SigInfo, *, shared: bool) -> None:
        """Drop it."""


class BlockedInjectedSignalsAreOnlyQueued(Kernel):
    """A blocked SIGCONT with which a tracee goes on continues nobody."""

    def requeue(self, task: Task, info: SigInfo, *, shared: bool) -> None:
        """Put it into a queue."""
        if shared:
            task.group.pending += (info,)
        else:
            task.pending += (info,)


class SigcontDoesNotTakeAStopBack(Kernel):
    """A stop signal that waited in a signal-delivery-stop stops, though SIGCONT has come."""

    def inject(self, task: Task, trap: Trap, signo: int) -> None:
        """Forget the SIGCONT."""
        task.jobctl |= Jobctl.STOP_DEQUEUED
        super().inject(task, trap, signo)


class SharedSignalsFirst(Kernel):
    """What was sent to the process goes before what was sent to the thread."""

    def dequeue(self, task: Task, wanted: int) -> tuple[SigInfo, bool] | None:
        """Look at the shared queue, then at both."""
        mine, task.pending = task.pending, ()
        taken = super().dequeue(task, wanted)
        task.pending = mine
        return taken or super().dequeue(task, wanted)


class TracedInitsDie(Kernel):
    """The init of a namespace is not spared what its tracer lets pass."""

    def spared_as_init(self, task: Task, signo: int) -> bool:
        """Spare the untraced."""
        return not task.tracing.tracer and super().spared_as_init(task, signo)
