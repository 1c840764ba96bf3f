"""Becoming a tracee: PTRACE_TRACEME, PTRACE_ATTACH and PTRACE_SEIZE, and who may.

After ``ptrace_traceme``, ``ptrace_attach``, ``ptrace_set_stopped`` and ``__ptrace_may_access``.
"""

from __future__ import annotations

from conformance.abi.ptrace import (
    PTRACE_ATTACH,
    PTRACE_O_MASK,
    PTRACE_O_SUSPEND_SECCOMP,
    PTRACE_SEIZE,
    PTRACE_TRACEME,
)
from conformance.abi.signals import SI_CODES, SIGSTOP
from conformance.reference.results import OK, SLEEP, failure
from conformance.reference.seccomp import Seccomp
from conformance.reference.task import Task
from conformance.reference.values import Credentials, ExitState, Jobctl, SigInfo
from conformance.trace import Fields


class Attaching(Seccomp):
    """How the bond between tracer and tracee begins."""

    def traceme(self, task: Task) -> Fields:
        """PTRACE_TRACEME: the parent becomes the tracer, once (PTRACE-048)."""
        parent = self.tasks.get(task.parent)
        if task.tracing.tracer or parent is None or not self.may_be_traced_by(task, parent):
            return failure("EPERM")
        if not self.is_dying(parent):
            self.link(parent, task, seized=False)
        return OK

    def may_be_traced_by(self, task: Task, tracer: Task) -> bool:
        """Say whether a task may ask to be traced: by nobody who is less privileged
        (``cap_ptrace_traceme``).
        """
        return 0 not in task.ids[:3] or 0 in tracer.ids[:3]

    def attach(self, caller: Task, target: Task, addr: int, options: int, *, seize: bool) -> Fields | None:
        """PTRACE_ATTACH and PTRACE_SEIZE; arguments are checked first (PTRACE-044, PTRACE-045).

        Nobody traces a thread of his own process, a dead task, or one that is traced (PTRACE-042,
        PTRACE-049).
        """
        error = self.seize_error(caller, addr, options) if seize else None
        if error is None and target.group is caller.group:
            error = "EPERM"
        if error is None and target.group.exec_task:
            caller.attaching = target.tid
            return SLEEP  # until that is done: PTRACE-240
        error = error or self.target_error(caller, target)
        if error:
            return failure(error)
        self.link(caller, target, seized=seize, options=options if seize else 0)
        if not seize:
            self.send_to_thread(SigInfo(SIGSTOP, SI_CODES["SI_KERNEL"]), target)
        self.trap_stopped(target)
        return OK

    def seize_error(self, caller: Task, addr: int, options: int) -> str | None:
        """Say what is wrong with the arguments of PTRACE_SEIZE (PTRACE-044, PTRACE-045, PTRACE-249)."""
        if addr or options & ~PTRACE_O_MASK:
            return "EIO"
        return None if self.may_have_options(caller, options) else "EPERM"

    def may_have_options(self, caller: Task, options: int) -> bool:
        """Say whether options are allowed: PTRACE_O_SUSPEND_SECCOMP only to the privileged, and to nobody who
        has filters himself (``check_ptrace_options``; PTRACE-249, PTRACE-318).
        """
        filtered = bool(caller.filters) or bool(caller.tracing.options & PTRACE_O_SUSPEND_SECCOMP)
        return not options & PTRACE_O_SUSPEND_SECCOMP or (self.is_capable(caller) and not filtered)

    def target_error(self, caller: Task, target: Task) -> str | None:
        """Say why a task cannot be attached to (PTRACE-049, PTRACE-205, PTRACE-244)."""
        free = target.exit_state is ExitState.ALIVE and not target.tracing.tracer
        return None if free and self.may_attach(caller, target) else "EPERM"

    def may_attach(self, caller: Task, target: Task) -> bool:
        """Say whether a task may trace another: by its real ids (PTRACE_MODE_ATTACH_REALCREDS)."""
        return self.may_access(caller, target, caller.ids)

    def may_access(self, caller: Task, target: Task, own: Credentials) -> bool:
        """Say whether all ids of a target are those given as real ids, and its memory may be looked into; or
        the caller is capable (``__ptrace_may_access``).
        """
        ids = target.ids
        same = {ids.ruid, ids.euid, ids.suid} == {own.ruid}
        same = same and {ids.rgid, ids.egid, ids.sgid} == {own.rgid}
        return self.is_capable(caller) or (same and target.group.dumpable)

    def trap_stopped(self, task: Task) -> None:
        """Turn the group stop of a new tracee into a ptrace-stop, before its tracer goes on (PTRACE-036)."""
        if task.stopped and self.set_jobctl(task, Jobctl.TRAP_STOP):
            task.stopped = False
            self.group_stop(task)

    def closes_ring(self, caller: Task, request: int, pid: int, _data: int, _addr: int) -> bool:
        """Say whether a request would make a task the tracee of one that it traces, through others perhaps.

        With PTRACE_O_TRACEEXIT each of them would wait for another's end, whoever kills them (PTRACE-080): no
        case may do that.
        """
        if request == PTRACE_TRACEME:
            tracee, tracer = caller.tid, caller.parent
        else:
            tracee, tracer = pid, caller.tid
        while tracer in self.tasks and request in (PTRACE_TRACEME, PTRACE_ATTACH, PTRACE_SEIZE):
            tracer = self.tasks[tracer].tracing.tracer
            if tracer and tracer == tracee:
                return True
        return False
