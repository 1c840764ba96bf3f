"""What a tracer can ask for: ptrace(2), request by request.

After ``kernel/ptrace.c``: ``ptrace_check_attach``, ``ptrace_request``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from conformance.abi.ptrace import (
    MESSAGES,
    PTRACE_ATTACH,
    PTRACE_CONT,
    PTRACE_DETACH,
    PTRACE_EVENT_EXEC,
    PTRACE_EVENT_SECCOMP,
    PTRACE_EVENT_STOP,
    PTRACE_INTERRUPT,
    PTRACE_KILL,
    PTRACE_LISTEN,
    PTRACE_O_MASK,
    PTRACE_PEEKSIGINFO_SHARED,
    PTRACE_SEIZE,
    PTRACE_SETOPTIONS,
    PTRACE_SINGLESTEP,
    PTRACE_SYSCALL,
    PTRACE_TRACEME,
    SYSGOOD,
    stop_code,
)
from conformance.abi.signals import SI_CODES, SIGKILL, SIGTRAP, signal_name
from conformance.abi.waiting import status_text
from conformance.reference.pidfdcalls import PidfdCalls
from conformance.reference.ptracestop import SYSCALL_ENTRY
from conformance.reference.results import OK, failure
from conformance.reference.task import Task
from conformance.reference.values import Jobctl, Restart, SigInfo, Trap
from conformance.trace import Fields, Value

RESTART_CODES: Final = {
    Restart.SYS: "ERESTARTSYS",
    Restart.NOHAND: "ERESTARTNOHAND",
    Restart.AGAIN: "ERESTARTNOINTR",
}
"""The kernel's own errors, which only a tracer gets to see (``include/linux/errno.h``)."""

RESUMING: Final = frozenset({PTRACE_CONT, PTRACE_SYSCALL, PTRACE_SINGLESTEP})


class PtraceCalls(PidfdCalls):
    """ptrace(2), as its caller sees it."""

    # -- requests --------------------------------------------------------------------------------

    def sys_ptrace(self, caller: Task, request: int, pid: int, data: int, addr: int) -> Fields | None:
        """ptrace(2): who is meant is looked for first, then whether he can be meant."""
        if request == PTRACE_TRACEME:
            return self.traceme(caller)
        if caller.attaching:
            pid, caller.attaching = caller.attaching, 0
            if pid not in self.tasks:
                return failure("EPERM")  # the thread that was meant is dead
        target = self.tasks.get(pid)
        if target is None:
            return failure("ESRCH")
        if request in (PTRACE_ATTACH, PTRACE_SEIZE):
            return self.attach(caller, target, addr, data, seize=request == PTRACE_SEIZE)
        return self.request(caller, target, request, data)

    def request(self, caller: Task, target: Task, request: int, data: int) -> Fields:
        """Do what a tracer asks about its tracee, if that is at hand (``ptrace_request``)."""
        any_state = request in (PTRACE_KILL, PTRACE_INTERRUPT)
        if not self.is_at_hand(caller, target, any_state=any_state):
            return failure("ESRCH")
        if request in RESUMING:
            return self.go_on(target, request, data)
        if request not in REQUESTS:
            return failure("EIO")  # PTRACE-213
        body: Callable[[Task, Task, int], Fields] = getattr(self, REQUESTS[request])
        return body(caller, target, data)

    def is_at_hand(self, caller: Task, target: Task, *, any_state: bool) -> bool:
        """Say whether a task is the caller's tracee, and in a ptrace-stop that it does not just listen in
        (``ptrace_check_attach``; PTRACE-024, PTRACE-142).
        """
        if target.tracing.tracer != caller.tid:
            return False
        stopped = target.trap is not None and not target.jobctl & Jobctl.LISTENING
        return any_state or (stopped and not target.fatal and not self.is_unexpected(target))

    def is_unexpected(self, task: Task) -> bool:
        """Say whether a task has by its execve got an id that its tracer may take for another's: until the
        tracer has waited for that stop (``looks_like_a_spurious_pid``; PTRACE-322).
        """
        exec_stop = stop_code(SIGTRAP, PTRACE_EVENT_EXEC)
        return task.trap is not None and task.exit_code == exec_stop and task.trap.message != task.tid

    def go_on(self, task: Task, request: int, signo: int) -> Fields:
        """PTRACE_CONT, PTRACE_SYSCALL, PTRACE_SINGLESTEP: leave a stop, maybe with a signal (PTRACE-047)."""
        if not self.valid_signal(signo):
            return failure("EIO")
        syscalls, step = request == PTRACE_SYSCALL, request == PTRACE_SINGLESTEP
        task.tracing = task.tracing._replace(syscalls=syscalls, step=step)
        task.exit_code = signo
        self.leave_stop(task)
        return OK

    def request_detach(self, caller: Task, task: Task, signo: int) -> Fields:
        """PTRACE_DETACH, with the signal to go on with (PTRACE-050)."""
        if not self.valid_signal(signo):
            return failure("EIO")
        task.exit_code = signo
        task.tracing = task.tracing._replace(step=False)  # only so: who dies leaves it set (PTRACE-345)
        self.detach(caller, task)  # in a stop, so it is no zombie
        return OK

    def request_kill(self, caller: Task, task: Task, _data: int) -> Fields:
        """PTRACE_KILL: SIGKILL, to whatever the tracee does (PTRACE-152)."""
        self.send_to_thread(SigInfo(SIGKILL, SI_CODES["SI_USER"], caller.group.tgid), task)
        return OK

    def request_interrupt(self, _caller: Task, task: Task, _data: int) -> Fields:
        """PTRACE_INTERRUPT: trap, soon; only for seized tracees (PTRACE-022, PTRACE-052).

        To a dead one it means nothing, but it is no error (PTRACE-287).
        """
        if not task.tracing.seized:
            return failure("EIO")
        if self.set_jobctl(task, Jobctl.TRAP_STOP):
            task.notified = True
            if task.jobctl & Jobctl.LISTENING:
                self.leave_stop(task)
        return OK

    def request_listen(self, _caller: Task, task: Task, _data: int) -> Fields:
        """PTRACE_LISTEN: stay in a PTRACE_EVENT_STOP, but take no more requests (PTRACE-027, PTRACE-053).

        If the group stop has changed meanwhile, the tracee traps anew at once.
        """
        trap = task.trap
        if not task.tracing.seized or trap is None or trap.info is None:
            return failure("EIO")
        if trap.info.code >> 8 != PTRACE_EVENT_STOP:
            return failure("EIO")
        task.jobctl |= Jobctl.LISTENING
        if task.jobctl & Jobctl.TRAP_NOTIFY:
            self.leave_stop(task)
        return OK

    def request_setoptions(self, caller: Task, task: Task, options: int) -> Fields:
        """PTRACE_SETOPTIONS (PTRACE-046)."""
        if options & ~PTRACE_O_MASK:
            return failure("EINVAL")
        if not self.may_have_options(caller, options):
            return failure("EPERM")
        task.tracing = task.tracing._replace(options=options)
        return OK

    # -- looking ---------------------------------------------------------------------------------

    def trap_at_hand(self, caller: Task, pid: int) -> Trap | None:
        """Return the ptrace-stop of the caller's tracee; None for ESRCH."""
        target = self.tasks.get(pid)
        if target is None or not self.is_at_hand(caller, target, any_state=False):
            return None
        return target.trap

    def sys_ptrace_geteventmsg(self, caller: Task, pid: int, means: int) -> Fields:
        """PTRACE_GETEVENTMSG."""
        trap = self.trap_at_hand(caller, pid)
        if trap is None:
            return failure("ESRCH")
        if means == MESSAGES["pid"]:
            return (*OK, ("message", self.name(trap.message) if trap.message in self.identities else 0))
        return (*OK, ("message", status_text(trap.message) if means == MESSAGES["status"] else trap.message))

    def sys_ptrace_getsiginfo(self, caller: Task, pid: int) -> Fields:
        """PTRACE_GETSIGINFO: the group-stop of an attached tracee has none (PTRACE-004, PTRACE-037)."""
        trap = self.trap_at_hand(caller, pid)
        if trap is None:
            return failure("ESRCH")
        return failure("EINVAL") if trap.info is None else (*OK, *self.siginfo_fields(trap.info))

    def sys_ptrace_setsiginfo(self, caller: Task, pid: int, signo: int, code: int, value: int) -> Fields:
        """PTRACE_SETSIGINFO: what the handler will see, if the signal stays the same."""
        trap = self.trap_at_hand(caller, pid)
        if trap is None:
            return failure("ESRCH")
        if trap.info is None:
            return failure("EINVAL")
        number = self.number(caller.group.tgid, self.space_of(caller.tid))
        info = SigInfo(signo, code, number, self.uid_told(caller), value)
        self.tasks[pid].trap = trap._replace(info=info)
        return OK

    def sys_ptrace_peeksiginfo(self, caller: Task, pid: int, off: int, count: int, flags: int) -> Fields:
        """PTRACE_PEEKSIGINFO: the queue of the thread, or of its process, from a place on."""
        if self.trap_at_hand(caller, pid) is None:
            return failure("ESRCH")
        if flags & ~PTRACE_PEEKSIGINFO_SHARED or count < 0:
            return failure("EINVAL")
        task = self.tasks[pid]
        queue = task.group.pending if flags & PTRACE_PEEKSIGINFO_SHARED else task.pending
        seen = queue[off : off + count] if off >= 0 else ()
        names = ",".join(signal_name(info.signo) for info in seen)
        return (("ret", len(seen)), ("peeked", names or "-"))

    def sys_ptrace_get_syscall_info(self, caller: Task, pid: int) -> Fields:
        """PTRACE_GET_SYSCALL_INFO: knows syscall-stops by the bit of PTRACE_O_TRACESYSGOOD (PTRACE-092)."""
        trap = self.trap_at_hand(caller, pid)
        if trap is None:
            return failure("ESRCH")
        task = self.tasks[pid]
        returning = bool(task.frames) and task.frames[-1].returning  # rt_sigreturn is in no table of calls
        call = task.call.name if task.call is not None and not returning else -1
        if trap.code == stop_code(SIGTRAP, PTRACE_EVENT_SECCOMP):
            return (*OK, ("op", "seccomp"), ("nr", call))
        if trap.code != SIGTRAP | SYSGOOD:
            return (*OK, ("op", "none"))
        if trap.message == SYSCALL_ENTRY:
            return (*OK, ("op", "entry"), ("nr", call))
        return (*OK, ("op", "exit"), ("rval", self.value_at_exit(task)))

    def value_at_exit(self, task: Task) -> Value:
        """Return what a call gives at its exit: of one to be restarted, a code that no program sees."""
        if task.restart is not Restart.NONE:
            return RESTART_CODES[task.restart]
        result = dict(task.result)
        return result.get("errno", result.get("ret", 0))


REQUESTS: Final[Mapping[int, str]] = {
    PTRACE_DETACH: "request_detach",
    PTRACE_KILL: "request_kill",
    PTRACE_INTERRUPT: "request_interrupt",
    PTRACE_LISTEN: "request_listen",
    PTRACE_SETOPTIONS: "request_setoptions",
}
"""The methods for requests that act on a tracee at hand."""
