"""What a task has pending from job control and from its tracer, and how it is woken for that.

After ``task_set_jobctl_pending``, ``task_clear_jobctl_pending``, ``ptrace_trap_notify`` and
``ptrace_signal_wake_up``. What it does about it is in ``jobctl`` and ``ptracestop``.
"""

from __future__ import annotations

from conformance.reference.credentials import Credentials
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import ExitState, Jobctl, Phase


class Traps(Credentials):
    """``task_struct.jobctl``, and waking from stops."""

    def parent_of(self, task: Task) -> Task | None:
        """Return who is told of a task: its tracer if it has one, else its parent (``task_struct.parent``).

        None stands for the parent of the case's first process.
        """
        return self.tasks.get(task.tracing.tracer or task.parent)

    def is_reparented(self, task: Task) -> bool:
        """Say whether a task is traced by another process than its parent (``ptrace_reparented``)."""
        tracer = task.tracing.tracer
        return bool(tracer) and not self.same_group(tracer, task.parent)

    def set_jobctl(self, task: Task, bits: int) -> bool:
        """Give a task something to do about stops, unless it is dying."""
        if task.fatal or self.is_dying(task):
            return False
        if bits & Jobctl.SIGNAL:
            task.jobctl &= ~Jobctl.SIGNAL
        task.jobctl |= bits
        return True

    def clear_jobctl(self, task: Task, bits: int) -> None:
        """Take something back; who is not to stop is not counted either."""
        if bits & Jobctl.STOP_PENDING:
            bits |= Jobctl.STOP_CONSUME | Jobctl.STOP_DEQUEUED
        task.jobctl &= ~bits

    def is_dying(self, task: Task) -> bool:
        """Say whether a task is past the last point at which signals reach it (PF_EXITING).

        That comes after the stop of PTRACE_EVENT_EXIT.
        """
        if task.exit_state is not ExitState.ALIVE or task.phase is Phase.DYING:
            return True
        return task.phase is Phase.EXITING and task.trap is None and task.resuming is None

    def notify_trap(self, task: Task) -> None:
        """Tell the tracer of a seized tracee anew how its group stop stands (PTRACE-031, PTRACE-150)."""
        task.notified = self.set_jobctl(task, Jobctl.TRAP_NOTIFY) or task.notified
        if task.jobctl & Jobctl.LISTENING:
            self.leave_stop(task)

    def leave_stop(self, task: Task) -> None:
        """Let a task out of the ptrace-stop that it is in, if it is in one."""
        if task.trap is not None:
            task.resuming, task.trap = task.trap, None

    def is_stopped_or_traced(self, task: Task) -> bool:
        """Say whether a task is in a group-stop or ptrace-stop (``task_is_stopped_or_traced``)."""
        return task.stopped or task.trap is not None

    def all_threads(self, group: ThreadGroup) -> list[Task]:
        """Return the threads of a process, the dead that are not released yet included."""
        return [self.tasks[tid] for tid in group.threads]

    def threads_from(self, task: Task) -> list[Task]:
        """Return the threads of a task's process from it on, round to the one before (``next_thread``)."""
        threads = self.all_threads(task.group)
        start = threads.index(task)
        return threads[start:] + threads[:start]

    def next_thread(self, task: Task) -> Task:
        """Return the next thread of a task's process; after the last comes the first."""
        return [*self.threads_from(task), task][1]
