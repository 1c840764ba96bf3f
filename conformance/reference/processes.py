"""Making processes and changing their programs: fork and exec, and the attributes that prctl sets."""

from __future__ import annotations

from conformance.abi.processes import (
    CLONE_NEWPID,
    PR_GET_PDEATHSIG,
    PR_SET_CHILD_SUBREAPER,
    PR_SET_PDEATHSIG,
)
from conformance.abi.signals import SIG_IGN, SIGCHLD, SIGNAL_NAMES
from conformance.abi.waiting import exited_status
from conformance.reference.namespaces import Path
from conformance.reference.task import Action, Task, ThreadGroup
from conformance.reference.usage import Accounting
from conformance.reference.wait import OK, failure, outcome
from conformance.trace import Fields, Value


class Processes(Accounting):
    """fork, exec, prctl."""

    def fork(self, parent: Task, name: str, exit_signal: int) -> Task:
        """Make a child (``copy_process``; fork(2)).

        Inherited: ids (KILL-306), group, session, mask, actions, cgroup (KILL-420). Not inherited:
        pending signals, the parent-death signal (ZOMBIE-084), the subreaper attribute (ZOMBIE-061).
        """
        group = ThreadGroup(self.last_pid + 1, parent.group.pgid, parent.group.sid)
        group.actions = parent.group.actions
        group.exec_id = parent.group.exec_id
        group.no_queue = parent.group.no_queue
        group.no_core = parent.group.no_core
        group.dumpable = parent.group.dumpable
        group.cgroup = parent.group.cgroup  # KILL-420
        self.inherit_terminal(parent.group, group)
        child = Task(group.tgid, group, parent.tid)
        child.ids = parent.ids
        child.blocked = parent.blocked
        child.exit_signal = exit_signal
        child.parent_exec_id = parent.group.exec_id
        parent.children += (child.tid,)
        self.add_task(name, child)
        group.unkillable = self.is_init(child.tid)
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
        self.commit_exec(task)
        group.exec_id += 1
        group.noexec = False
        task.exit_signal = SIGCHLD

    def sys_prctl(self, task: Task, option: int, arg: int) -> Fields:
        """prctl(2), the two attributes that concern a process's end."""
        if option == PR_SET_PDEATHSIG:
            if not self.valid_signal(arg):
                return failure("EINVAL")  # ZOMBIE-086
            task.pdeath_signal = arg
        elif option == PR_SET_CHILD_SUBREAPER:
            task.group.child_subreaper = bool(arg)
        else:
            return (("ret", 0), ("value", self.prctl_value(task, option)))
        return (("ret", 0),)

    def prctl_value(self, task: Task, option: int) -> Value:
        """Return what a PR_GET_ option reads."""
        if option == PR_GET_PDEATHSIG:
            return SIGNAL_NAMES.get(task.pdeath_signal, 0)
        return int(task.group.child_subreaper)

    # -- system calls ----------------------------------------------------------------------------

    def sys_fork(self, task: Task, child: str, exit_signal: int) -> Fields:
        """clone(exit_signal): any byte will do as the exit signal (ZOMBIE-050)."""
        return self.fork_into(task, child, exit_signal & 0xFF, self.space_for_children(task))

    def sys_clone3(self, task: Task, child: str, exit_signal: int, set_tid: int, flags: int) -> Fields:
        """clone3(2): an exit signal must be one (ZOMBIE-049)."""
        if not self.valid_signal(exit_signal):
            return failure("EINVAL")
        space = self.make_space(task) if flags & CLONE_NEWPID else self.space_for_children(task)
        if space is None:
            return failure("EINVAL")
        return self.fork_into(task, child, exit_signal, space, set_tid)

    def fork_into(self, task: Task, child: str, exit_signal: int, space: Path, number: int = 0) -> Fields:
        """Make a child that lives in a namespace, with a number of choice there (0: any)."""
        error = self.allocate(self.last_pid + 1, space, number)
        if error:
            return failure(error)
        return (("ret", self.name(self.fork(task, child, exit_signal).tid)),)

    def sys_unshare_pid(self, task: Task) -> Fields:
        """unshare(CLONE_NEWPID): a namespace for the children to come, not for the caller."""
        space = self.make_space(task)
        if space is None:
            return failure("EINVAL")
        self.unshared[task.tid] = space
        return OK

    def sys_exec(self, task: Task) -> Fields:
        """execve(2) of the agent."""
        self.exec(task)
        return OK

    def sys_exit(self, task: Task, code: int) -> None:
        """_exit(2): the kernel keeps eight bits of the code (WAIT-040).

        Here the process is only marked: what it holds is given back before it becomes a zombie
        (``synchronize_group_exit``, then ``exit_notify``). If a signal has marked it already, that cause
        stays (KILL-060).
        """
        if not task.group.group_exit:
            self.begin_group_exit(task.group, exited_status(code))

    def sys_exit_group(self, task: Task, code: int) -> None:
        """exit_group(2)."""
        self.sys_exit(task, code)

    def sys_setpgid(self, task: Task, pid: int, pgid: int) -> Fields:
        """setpgid(2)."""
        return outcome(self.setpgid(task, pid, pgid))

    def sys_getpgid(self, task: Task, pid: int) -> Fields:
        """getpgid(2): a zombie still has a group (ZOMBIE-006)."""
        group = self.find_process(pid) if pid else task.group
        return failure("ESRCH") if group is None else (("ret", self.name(group.pgid)),)

    def sys_getsid(self, task: Task, pid: int) -> Fields:
        """getsid(2): a zombie still has a session (ZOMBIE-006)."""
        group = self.find_process(pid) if pid else task.group
        return failure("ESRCH") if group is None else (("ret", self.name(group.sid)),)

    def sys_setsid(self, task: Task) -> Fields:
        """setsid(2)."""
        error = self.setsid(task)
        return failure(error) if error else (("ret", self.name(task.group.sid)),)

    def sys_getppid(self, task: Task) -> Fields:
        """getppid(2): 0 for a namespace's init (KILL-084)."""
        if task.parent == 0:
            return (("ret", 0 if self.environment.pidns else "pid?"),)
        return (("ret", self.name(self.tasks[task.parent].group.tgid)),)
