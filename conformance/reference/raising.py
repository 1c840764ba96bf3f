"""Signals that nobody sends: faults, SIGPIPE, timers; and the limit of pending ones."""

from __future__ import annotations

from typing import Final

from conformance.abi.processes import RLIMIT_CORE
from conformance.abi.siginfo import FAULT_CODES, SIGBUS, SIGSEGV
from conformance.abi.signals import SA_RESETHAND, SI_CODES, SIGNALS
from conformance.reference.results import OK, failure
from conformance.reference.signalwait import SignalWait
from conformance.reference.sigsets import bit
from conformance.reference.task import Task
from conformance.reference.values import LOG_HANDLER, SigInfo
from conformance.trace import Fields

SIGPIPE: Final = SIGNALS["SIGPIPE"]
SIGALRM: Final = SIGNALS["SIGALRM"]
CODE_OF_FAULT: Final = {SIGSEGV: FAULT_CODES["SEGV_MAPERR"], SIGBUS: FAULT_CODES["BUS_ADRERR"]}


class Raising(SignalWait):
    """What the kernel raises by itself."""

    def sys_fault(self, task: Task, signo: int) -> None:
        """Fault: the instruction is tried again when its signal has been handled (KILL-340)."""
        self.force_signal(task, SigInfo(signo, CODE_OF_FAULT[signo]))

    def faults_for_ever(self, task: Task, signo: int) -> bool:
        """Say whether a handler would return to the same fault over and over: no case may do that."""
        action = task.group.action(signo)
        lasting = action.handler == LOG_HANDLER and not action.flags & SA_RESETHAND
        return lasting and not task.blocked & bit(signo)

    def sys_sigpipe(self, task: Task) -> Fields:
        """Write to a pipe without readers: SIGPIPE from the writer to itself, and EPIPE.

        KILL-108, KILL-342.
        """
        info = SigInfo(SIGPIPE, SI_CODES["SI_USER"], task.group.tgid, self.uid_told(task))
        self.send_to_thread(info, task)
        return failure("EPIPE")

    def sys_setitimer_real(self, task: Task) -> Fields:
        """Let a real-time timer expire: SIGALRM to the process, from the kernel (KILL-109, KILL-343)."""
        self.send_to_process(SigInfo(SIGALRM, SI_CODES["SI_KERNEL"]), task.group)
        return OK

    def sys_setrlimit(self, task: Task, resource: int, _soft: int) -> Fields:
        """setrlimit(2): from now on no core is written (WAIT-310), or nothing queued, for this process."""
        if resource == RLIMIT_CORE:
            task.group.no_core = True
        else:
            task.group.no_queue = True
        return OK
