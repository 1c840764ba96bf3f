"""The system calls about signals: kill and its kin, rt_sigaction, rt_sigprocmask, rt_sigpending, pause."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from conformance.abi.processes import INT_MIN
from conformance.abi.signals import (
    IGNORED_BY_DEFAULT,
    SA_FLAGS,
    SI_CODES,
    SIG_DFL,
    SIG_IGN,
    SIGMASK_HOW,
    SIGRTMAX,
    UNBLOCKABLE,
    signal_name,
)
from conformance.case.calls import HANDLERS
from conformance.reference.processes import Processes
from conformance.reference.results import OK, failure, outcome
from conformance.reference.sigsets import UNBLOCKABLE_MASK, bit, pending_set
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import Action, SigInfo
from conformance.trace import Fields

HANDLER_NAMES: Final = {number: name for name, number in HANDLERS.items()}


def set_text(mask: int) -> str:
    """Spell a signal set as a trace does."""
    names = [signal_name(signo) for signo in range(1, SIGRTMAX + 1) if mask & bit(signo)]
    return ",".join(names) or "-"


def flags_text(flags: int) -> str:
    """Spell SA_ flags as a trace does; SA_SIGINFO is the agent's own and not told."""
    names = [name for name, value in SA_FLAGS.items() if flags & value and name != "SA_SIGINFO"]
    return ",".join(names) or "-"


class SignalCalls(Processes):
    """Signals, as system calls."""

    def sys_kill(self, task: Task, pid: int, signo: int) -> Fields:
        """kill(2) (``kill_something_info``): the target is looked for before the signal is checked
        (KILL-007), and that before the permission (KILL-027).
        """
        if pid == INT_MIN:
            return failure("ESRCH")  # KILL-004
        targets = self.kill_targets(task, pid)
        if not targets:
            return failure("ESRCH")  # KILL-009, KILL-073
        if not self.valid_signal(signo):
            return failure("EINVAL")
        via = self.tasks.get(pid)  # a thread, where its id was given: KILL-030
        info = SigInfo(signo, SI_CODES["SI_USER"], task.group.tgid, self.uid_told(task))
        error = self.signal_members(task, targets, self.info_of_kill(info), via)
        return outcome(None if self.forgives(pid) else error)

    def signal_members(
        self, task: Task, targets: Iterable[ThreadGroup], info: SigInfo, via: Task | None = None
    ) -> str | None:
        """Send a signal to those of several whom the caller may signal.

        Return None if one of them took it, else why the last did not: it may not be signalled, or has no room
        (``__kill_pgrp_info``; KILL-025, KILL-026, PIDFD-328, PIDFD-507).
        """
        errors: list[str | None] = []
        for group in targets:
            if not self.may_signal(info.signo, task, via or self.leader(group)):
                errors.append("EPERM")
                continue
            errors.append(self.send_to_process(info, group, via=via) if info.signo else None)
            info = self.info_for_the_next(info, group)
        return None if None in errors else errors[-1]

    def info_of_kill(self, info: SigInfo) -> SigInfo:
        """Return the siginfo of a kill: it names the caller as each receiver knows him (KILL-388)."""
        return info._replace(by_receiver=True)

    def info_for_the_next(self, info: SigInfo, group: ThreadGroup) -> SigInfo:
        """Return the siginfo for the rest of several receivers, after one of them (KILL-389)."""
        del group
        return info

    def forgives(self, pid: int) -> bool:
        """Say whether kill succeeds though it may signal nobody: with -1 (KILL-076), not for a group or
        a process (KILL-026, KILL-020). One that may be signalled is enough for success (KILL-025).
        """
        return pid == -1

    def kill_targets(self, task: Task, pid: int) -> list[ThreadGroup]:
        """Return whom a pid argument of kill means; -1 spares init and the caller (KILL-074, KILL-075).

        All processes are gone through from the oldest, a group from its newest member.
        """
        if pid > 0:
            group = self.find_process(pid)
            return [] if group is None else [group]
        if pid == -1:
            space = self.space_of(task.tid)
            others = (group for group in self.groups.values() if group is not task.group)
            return [group for group in others if self.number(group.tgid, space) > 1]
        members = self.process_group(-pid or task.group.pgid)
        return sorted(members, key=lambda group: -group.joined)

    def sys_tgkill(self, task: Task, tgid: int, tid: int, signo: int) -> Fields:
        """tgkill(2): ids must be positive and belong together (KILL-032, KILL-033)."""
        if tgid <= 0 or tid <= 0:
            return failure("EINVAL")
        target = self.tasks.get(tid)
        if target is None or target.group.tgid != tgid:
            return failure("ESRCH")
        return self.signal_thread(task, target, signo)

    def sys_tkill(self, task: Task, tid: int, signo: int) -> Fields:
        """tkill(2): a thread by its id alone (KILL-034, KILL-330)."""
        if tid <= 0:
            return failure("EINVAL")
        target = self.tasks.get(tid)
        return failure("ESRCH") if target is None else self.signal_thread(task, target, signo)

    def signal_thread(self, task: Task, target: Task, signo: int) -> Fields:
        """Send a signal to one thread as tgkill and tkill do (``do_send_specific``)."""
        if not self.valid_signal(signo):
            return failure("EINVAL")
        if not self.may_signal(signo, task, target):
            return failure("EPERM")  # KILL-307
        info = SigInfo(signo, SI_CODES["SI_TKILL"], task.group.tgid, self.uid_told(task))
        return outcome(self.send_to_thread(info, target) if signo else None)

    def sys_sigqueue(self, task: Task, pid: int, signo: int, code: int, value: int) -> Fields:
        """rt_sigqueueinfo(2): only oneself can be told that the kernel, kill or tgkill sent a signal.

        That is checked before the process is looked for, and that before the signal (KILL-331, KILL-332).
        """
        if self.is_forged(code) and pid != task.tid:
            return failure("EPERM")
        group = self.find_process(pid)
        if group is None:
            return failure("ESRCH")
        if not self.valid_signal(signo):
            return failure("EINVAL")
        target = self.tasks[pid]
        if not self.may_signal(signo, task, target):
            return failure("EPERM")  # KILL-307
        info = SigInfo(signo, code, task.group.tgid, self.uid_told(task), value)
        return outcome(self.send_to_process(info, group, via=target) if signo else None)

    def is_forged(self, code: int) -> bool:
        """Say whether an ``si_code`` is one that others than the sender vouch for."""
        return code >= 0 or code == SI_CODES["SI_TKILL"]

    def sys_sigaction(self, task: Task, signo: int, handler: int, flags: int, mask: int) -> Fields:
        """rt_sigaction(2); an action that ignores also discards what is pending (KILL-101, KILL-056)."""
        if not 1 <= signo <= SIGRTMAX or signo in UNBLOCKABLE:
            return failure("EINVAL")  # JOBCTL-013
        group = task.group
        old = group.action(signo)
        known = sum(SA_FLAGS.values())
        self.set_action(group, signo, Action(handler, flags & known, mask & ~UNBLOCKABLE_MASK))
        if handler == SIG_IGN or (handler == SIG_DFL and signo in IGNORED_BY_DEFAULT):
            self.discard(group, bit(signo))
        return (*OK, ("old_handler", HANDLER_NAMES[old.handler]), ("old_flags", flags_text(old.flags)))

    def sys_sigprocmask(self, task: Task, how: int, mask: int) -> Fields:
        """rt_sigprocmask(2); SIGKILL and SIGSTOP cannot be blocked (JOBCTL-014)."""
        old = task.blocked
        mask &= ~UNBLOCKABLE_MASK
        if how == SIGMASK_HOW["SIG_BLOCK"]:
            self.set_mask(task, old | mask)
        elif how == SIGMASK_HOW["SIG_UNBLOCK"]:
            self.set_mask(task, old & ~mask)
        elif how == SIGMASK_HOW["SIG_SETMASK"]:
            self.set_mask(task, mask)
        else:
            return failure("EINVAL")
        return (*OK, ("old_set", set_text(old)))

    def sys_sigpending(self, task: Task) -> Fields:
        """rt_sigpending(2): pending and blocked, of the thread and of the process."""
        queued = pending_set(task.pending) | pending_set(task.group.pending)
        return (*OK, ("pending", set_text(queued & task.blocked)))

    def sys_setresuid(self, task: Task, *ids: int) -> Fields:
        """setresuid(2)."""
        return outcome(self.set_ids(task, ids, 0))

    def sys_setresgid(self, task: Task, *ids: int) -> Fields:
        """setresgid(2)."""
        return outcome(self.set_ids(task, ids, 3))

    def sys_pause(self, _task: Task) -> None:
        """pause(2)."""
