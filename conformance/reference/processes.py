"""The calls by which a process ends, and by which it asks and sets what it is: ids, prctl."""

from __future__ import annotations

from conformance.abi.processes import PR_GET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG
from conformance.abi.signals import SIGNAL_NAMES
from conformance.abi.waiting import exited_status
from conformance.reference.execve import Execve
from conformance.reference.results import failure, outcome
from conformance.reference.task import Task
from conformance.trace import Fields, Value


class Processes(Execve):
    """exit, getpid and its kin, process groups and sessions, prctl."""

    def sys_exit(self, task: Task, code: int) -> None:
        """_exit(2): the end of one thread. The kernel keeps eight bits of the code (WAIT-040).

        Here the task is only marked: what it holds is given back before it becomes a zombie
        (``synchronize_group_exit``, then ``exit_notify``). If a signal has marked it already, that cause
        stays (KILL-060).
        """
        self.begin_exit(task, exited_status(code))

    def sys_exit_group(self, task: Task, code: int) -> None:
        """exit_group(2): the end of all threads (ZOMBIE-113)."""
        self.group_exit(task, exited_status(code))

    def sys_gettid(self, task: Task) -> Fields:
        """gettid(2)."""
        return (("ret", self.name(task.tid)),)

    def sys_getpid(self, task: Task) -> Fields:
        """getpid(2): the id of the leader, whichever thread asks."""
        return (("ret", self.name(task.group.tgid)),)

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
