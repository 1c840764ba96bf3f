"""The cgroups of a case: who is in which, and cgroup.kill. After ``kernel/cgroup/cgroup.c``."""

from __future__ import annotations

from conformance.abi.signals import SI_CODES, SIGKILL
from conformance.reference.procfs import ProcFiles
from conformance.reference.results import OK, failure
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import ExitState, SigInfo
from conformance.trace import Fields


class Cgroups(ProcFiles):
    """The case's own cgroup and the one below it; every process is in one of them, or outside."""

    def members(self, place: int) -> list[ThreadGroup]:
        """Return the processes in a cgroup and, of the case's own, in the one below it (KILL-421)."""
        return [group for group in self.groups.values() if group.cgroup >= place]

    def kill_cgroup(self, place: int) -> None:
        """Send SIGKILL to every member (``cgroup_kill``; KILL-090).

        It comes from the writer, so the init of a namespace dies if the writer is outside (KILL-423).
        """
        for group in self.members(place):
            self.send_to_process(SigInfo(SIGKILL, SI_CODES["SI_USER"], self.current), group)

    def may_write(self, caller: Task) -> bool:
        """Say whether a task may open the files to write: they are the agent's own (KILL-426)."""
        return caller.ids.euid in (0, self.environment.uid)

    # -- system calls ------------------------------------------------------------------------------

    def sys_cgroup_join(self, caller: Task, pid: int, place: int) -> Fields:
        """Write to cgroup.procs: nobody has a negative number or one of no process (KILL-427).

        The dead are found and stay where they were (``cgroup_migrate_add_task``; KILL-424).
        """
        if not self.may_write(caller):
            return failure("EACCES")
        if pid < 0:
            return failure("EINVAL")
        group = self.find_process(pid) if pid else caller.group
        if group is None:
            return failure("ESRCH")
        if self.leader(group).exit_state is ExitState.ALIVE:
            group.cgroup = place
        return OK

    def sys_cgroup_kill(self, caller: Task, value: int, place: int) -> Fields:
        """Write to cgroup.kill (``cgroup_kill_write``): nothing but 1 (KILL-091).

        A writer who is a member dies of it (KILL-422).
        """
        if not self.may_write(caller):
            return failure("EACCES")
        if value != 1:
            return failure("ERANGE")
        self.kill_cgroup(place)
        return OK

    def sys_cgroup_read(self, caller: Task) -> Fields:
        """Read cgroup.kill: there is nothing to be read (KILL-093).

        Its mode lets nobody but root open it so.
        """
        return failure("EINVAL" if self.is_capable(caller) else "EACCES")
