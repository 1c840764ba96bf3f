"""Who traces whom: the bond between tracer and tracee, and its end.

After ``ptrace_link``, ``__ptrace_unlink``, ``__ptrace_detach`` and ``exit_ptrace``. The bond is between two
threads: a tracee has one tracer, whatever process that belongs to (PTRACE-130, PTRACE-142).
"""

from __future__ import annotations

from conformance.abi.ptrace import PTRACE_O_EXITKILL
from conformance.abi.signals import SI_CODES, SIGKILL, SIGSTOP
from conformance.reference.ptracestop import PtraceStops
from conformance.reference.task import Task
from conformance.reference.values import UNTRACED, ExitState, Jobctl, SigInfo, Tracing


class Tracees(PtraceStops):
    """Attaching and detaching."""

    def link(self, tracer: Task, task: Task, *, seized: bool, options: int = 0) -> None:
        """Make a task a tracee."""
        task.tracing = Tracing(tracer.tid, seized, options, step=task.tracing.step)
        tracer.ptraced = (task.tid, *tracer.ptraced)

    def unlink(self, task: Task) -> None:
        """Set a tracee free (``__ptrace_unlink``).

        From a ptrace-stop it goes on, into TASK_STOPPED if its process is in a group stop (PTRACE-111,
        PTRACE-158).
        """
        tracer = self.tasks[task.tracing.tracer]
        tracer.ptraced = tuple(tid for tid in tracer.ptraced if tid != task.tid)
        task.tracing = UNTRACED._replace(step=task.tracing.step)
        self.clear_jobctl(task, Jobctl.TRAPS)
        group = task.group
        if not self.is_dying(task) and (group.stop_stopped or group.stop_count):
            task.jobctl |= Jobctl.STOP_PENDING
            task.notified = True
        self.leave_stop(task)

    def detach(self, tracer: Task, task: Task) -> bool:
        """Set a tracee free; say whether it is a zombie that nobody will wait for (``__ptrace_detach``).

        A process that died while it was traced by another than its parent is the parent's now, who
        is told (PTRACE-108). A thread's death concerns nobody else.
        """
        self.unlink(task)
        if task.exit_state is not ExitState.ZOMBIE:
            return False
        if task.tid != task.group.tgid:
            return True
        if len(task.group.threads) > 1:
            return False
        if not self.same_group(task.parent, tracer.tid):
            return self.notify_parent_of_exit(task, task.exit_signal)
        if self.reaps_automatically(tracer.group) or task.group.autoreap:
            self.wake_waiters(task, tracer)
            return True
        return False

    def forget_tracees(self, tracer: Task) -> list[Task]:
        """Let go of all tracees at the end of their tracer, and return the dead among them that nobody
        wants (``exit_ptrace``). With PTRACE_O_EXITKILL they are killed (PTRACE-114, PTRACE-115).
        """
        unwanted = []
        for tid in tracer.ptraced:
            task = self.tasks[tid]
            if task.tracing.options & PTRACE_O_EXITKILL:
                self.send_to_thread(SigInfo(SIGKILL, SI_CODES["SI_KERNEL"]), task)
            if self.detach(tracer, task):
                unwanted.append(task)
        return unwanted

    def trace_newborn(self, parent: Task, child: Task, *, wanted: bool) -> None:
        """Make a new task a tracee of its creator's tracer, if that wants it (``ptrace_init_task``).

        It begins with a SIGSTOP, or seized with PTRACE_EVENT_STOP (PTRACE-068, PTRACE-082), and inherits
        the options (PTRACE-069).
        """
        if not wanted or not parent.tracing.tracer:
            return
        seized, options = parent.tracing.seized, parent.tracing.options
        self.link(self.tasks[parent.tracing.tracer], child, seized=seized, options=options)
        if seized:
            self.set_jobctl(child, Jobctl.TRAP_STOP)
        else:
            child.pending += (SigInfo(SIGSTOP, SI_CODES["SI_USER"]),)
