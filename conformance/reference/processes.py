"""Making processes and changing their programs: fork and exec, and the attributes that prctl sets."""

from __future__ import annotations

from conformance.abi.processes import (
    PR_GET_CHILD_SUBREAPER,
    PR_GET_PDEATHSIG,
    PR_SET_CHILD_SUBREAPER,
    PR_SET_PDEATHSIG,
)
from conformance.abi.signals import SIG_IGN, SIGCHLD, SIGNAL_NAMES
from conformance.reference.task import Action, Task, ThreadGroup
from conformance.reference.wait import Wait, failure
from conformance.trace import Fields, Value


class Processes(Wait):
    """fork, exec, prctl."""

    def fork(self, parent: Task, name: str, exit_signal: int) -> Task:
        """Make a child (``copy_process``; fork(2)).

        Inherited: group, session, mask, actions. Not inherited: pending signals, the parent-death
        signal (ZOMBIE-084), the subreaper attribute (ZOMBIE-061).
        """
        group = ThreadGroup(self.last_pid + 1, parent.group.pgid, parent.group.sid)
        group.actions = parent.group.actions
        group.exec_id = parent.group.exec_id
        child = Task(group.tgid, group, parent.tid)
        child.blocked = parent.blocked
        child.exit_signal = exit_signal
        child.parent_exec_id = parent.group.exec_id
        parent.children += (child.tid,)
        self.add_task(name, child)
        return child

    def exec(self, task: Task) -> None:
        """Replace the program (execve(2); ``begin_new_exec``).

        Handlers become SIG_DFL and all SA_ flags are cleared, SIG_IGN stays (ZOMBIE-032, ZOMBIE-033);
        mask, pending signals, death signal and subreaper attribute stay (KILL-054, ZOMBIE-072,
        ZOMBIE-085); the exit signal becomes SIGCHLD (ZOMBIE-052).
        """
        group = task.group
        group.actions = {
            signo: Action(SIG_IGN) for signo, action in group.actions.items() if action.handler == SIG_IGN
        }
        group.exec_id += 1
        group.noexec = False
        task.exit_signal = SIGCHLD

    def prctl(self, task: Task, option: int, arg: int) -> Fields:
        """prctl(2), the two attributes that concern a process's end."""
        if option == PR_SET_PDEATHSIG:
            if not self.valid_signal(arg):
                return failure("EINVAL")  # ZOMBIE-086
            task.pdeath_signal = arg
        elif option == PR_SET_CHILD_SUBREAPER:
            task.group.child_subreaper = bool(arg)
        else:
            value = self.prctl_value(task, option)
            return failure("EINVAL") if value is None else (("ret", 0), ("value", value))
        return (("ret", 0),)

    def prctl_value(self, task: Task, option: int) -> Value | None:
        """Return what a PR_GET_ option reads."""
        if option == PR_GET_PDEATHSIG:
            return SIGNAL_NAMES.get(task.pdeath_signal, 0)
        if option == PR_GET_CHILD_SUBREAPER:
            return int(task.group.child_subreaper)
        return None
