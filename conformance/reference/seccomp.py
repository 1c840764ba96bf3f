"""Filters of system calls, as far as cases install them: of getppid. After ``kernel/seccomp.c``."""

from __future__ import annotations

from conformance.abi.errnos import errno_name
from conformance.abi.ptrace import PTRACE_EVENT_SECCOMP, PTRACE_O_SUSPEND_SECCOMP, SECCOMP_RETURNS
from conformance.abi.signals import SIGNALS
from conformance.reference.cgroups import Cgroups
from conformance.reference.results import OK, failure
from conformance.reference.task import Task
from conformance.reference.values import Phase, SigInfo
from conformance.trace import Fields

SIGSYS = SIGNALS["SIGSYS"]
RET_DATA = 0xFFFF
MAX_ERRNO = 4095
SYS_SECCOMP = 1


def gravity(answer: int) -> int:
    """Return what a filter's answer is ordered by, the gravest first (``seccomp_run_filters``)."""
    action = answer & ~RET_DATA
    return action - (1 << 32) if action >> 31 else action


class Seccomp(Cgroups):
    """seccomp(2)."""

    def sys_seccomp(self, task: Task, action: int, data: int) -> Fields:
        """Install one more filter: all are asked, and the gravest answer counts."""
        task.filters += (action | data & RET_DATA,)
        return OK

    def passes_filters(self, task: Task) -> bool:
        """Ask the filters about a call; say whether it is made, now (``__seccomp_filter``)."""
        assert task.call is not None
        suspended = task.tracing.options & PTRACE_O_SUSPEND_SECCOMP
        if not task.filters or task.call.name != "getppid" or suspended:
            return True
        answer = min(reversed(task.filters), key=gravity)  # of equals the newest (PTRACE-317)
        action, data = answer & ~RET_DATA, answer & RET_DATA
        if action == SECCOMP_RETURNS["SECCOMP_RET_TRACE"]:
            return self.ask_tracer(task, data)
        if action == SECCOMP_RETURNS["SECCOMP_RET_ERRNO"]:
            task.result = failure(errno_name(min(data, MAX_ERRNO))) if data else OK
            self.skip_call(task)
        else:
            self.end_for_call(task, whole=action == SECCOMP_RETURNS["SECCOMP_RET_KILL_PROCESS"])
        return False

    def ask_tracer(self, task: Task, data: int) -> bool:
        """Let a tracer that wants it decide (PTRACE-089); without one there is no such call (PTRACE-090)."""
        if not self.event_stop(task, PTRACE_EVENT_SECCOMP, data):
            task.result = failure("ENOSYS")
            self.skip_call(task)
        else:
            task.phase = Phase.ENTERED
        return False

    def skip_call(self, task: Task) -> None:
        """Go straight to the end of a call."""
        task.phase = Phase.LEAVING

    def end_for_call(self, task: Task, *, whole: bool) -> None:
        """End the caller's process, with a core, or only the thread if there are others (PTRACE-091).

        The process ends by a signal, once the call is over that was not made: in it is its own number.
        """
        if whole or len(self.live_threads(task.group)) == 1:
            task.result = (("ret", "pid?"),)
            self.force_signal(task, SigInfo(SIGSYS, SYS_SECCOMP), fatally=True)
            self.skip_call(task)
        else:
            self.begin_exit(task, SIGSYS)
