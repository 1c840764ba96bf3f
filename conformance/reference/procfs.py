"""What /proc shows of a process. After ``do_task_stat`` in ``fs/proc/array.c``."""

from __future__ import annotations

from conformance.abi.waiting import status_text
from conformance.reference.results import OK, failure
from conformance.reference.task import Task
from conformance.reference.terminalcalls import TerminalCalls
from conformance.reference.values import ExitState, Phase
from conformance.trace import Fields


class ProcFiles(TerminalCalls):
    """The files that outlive a process's memory, and those that do not."""

    def sys_proc(self, caller: Task, pid: int) -> Fields:
        """Look at the files of a task; one that was reaped has none (ZOMBIE-320)."""
        task = self.tasks.get(pid)
        if task is None:
            return failure("ENOENT")
        return (
            *OK,
            ("proc_state", self.state_letter(caller, task)),
            ("proc_exit_code", status_text(self.shown_exit_code(task))),
            *self.files_of_the_program(task),
            ("proc_tracer", self.name(task.tracing.tracer)),
        )

    def state_letter(self, caller: Task, task: Task) -> str:
        """Return what a process does, in one letter (ZOMBIE-322): asleep, unless it is the one who looks.

        Whom only SIGKILL wakes sleeps as deep as if nothing did (ZOMBIE-130). A ptrace-stop is told from a
        stop (PTRACE-002).
        """
        if task.exit_state is ExitState.ZOMBIE:
            return "Z"
        if task.trap is not None:
            return "t"
        if task.stopped:
            return "T"
        if task.phase is Phase.KILLABLE:
            return "D"
        return "R" if task is caller else "S"

    def shown_exit_code(self, task: Task) -> int:
        """Return field 52: how the process ended (ZOMBIE-003, ZOMBIE-017), the signal of a stop that is still
        to be reported (ZOMBIE-321), else the first thread's own: its exit code, or that of a ptrace-stop
        (PTRACE-252).
        """
        group = task.group
        return group.group_exit_code if group.group_exit or group.stop_stopped else task.exit_code

    def files_of_the_program(self, task: Task) -> Fields:
        """Return what needs the memory, which a zombie has given up (ZOMBIE-004, ZOMBIE-005)."""
        if task.exit_state is ExitState.ZOMBIE:
            return (("proc_cmdline", "empty"), ("proc_exe", "ENOENT"))
        return (("proc_cmdline", "filled"), ("proc_exe", "readable"))
