"""Job control: group stop, orphaned process groups, setpgid and setsid.

After ``do_signal_stop``, ``will_become_orphaned_pgrp``, ``kill_orphaned_pgrp``, and
``setpgid``/``setsid`` of ``kernel/sys.c``.
"""

from __future__ import annotations

from conformance.abi.signals import SI_CODES, SIGCONT, SIGHUP
from conformance.reference.notify import Notify
from conformance.reference.task import ExitState, SigInfo, Task, ThreadGroup


class JobControl(Notify):
    """Stops, groups and sessions."""

    def stop(self, task: Task, signo: int) -> None:
        """Stop the process of ``task`` (``do_signal_stop``).

        The parent hears of it once, when the last thread has stopped (JOBCTL-007, JOBCTL-021).
        """
        task.stopped = True
        if all(thread.stopped for thread in self.live_threads(task.group)):
            self.report_stop(task, signo)

    def is_orphaned(self, pgid: int, ignored: Task | None = None) -> bool:
        """Say whether no member has a parent in another group of the same session.

        Such a group has nobody to continue it (POSIX 3.264; JOBCTL-030). Dead members do not count.
        """
        return not any(
            self.links_to_session(group)
            for group in self.process_group(pgid)
            if ignored is None or group is not ignored.group
        )

    def links_to_session(self, group: ThreadGroup) -> bool:
        """Say whether a live process has its parent in another group of its session."""
        if self.leader(group).exit_state is not ExitState.ALIVE:
            return False
        parent = self.tasks.get(self.leader(group).parent)
        return parent is not None and parent.group.pgid != group.pgid and parent.group.sid == group.sid

    def hang_up_if_orphaned(self, task: Task, parent: Task | None) -> None:
        """Wake the stopped members of a group that an exit has just orphaned (``kill_orphaned_pgrp``).

        With ``parent`` None, ``task`` itself is exiting; else ``parent`` is, and ``task`` is its child.
        Every member gets SIGHUP, then SIGCONT, if at least one is stopped (JOBCTL-033, JOBCTL-035).
        """
        ignored = task if parent is None else None
        link = self.tasks.get(task.parent) if parent is None else parent
        pgid = task.group.pgid
        if link is None or link.group.pgid == pgid or link.group.sid != task.group.sid:
            return
        members = self.process_group(pgid)
        if self.is_orphaned(pgid, ignored) and any(member.stop_stopped for member in members):
            for signo in (SIGHUP, SIGCONT):
                for member in members:
                    self.send_to_process(SigInfo(signo, SI_CODES["SI_KERNEL"]), member, force=True)

    def setpgid(self, caller: Task, pid: int, pgid: int) -> str | None:
        """Move a process to a group; return an errno's name or None (setpgid(2); JOBCTL-040 ff.)."""
        pid = pid or caller.group.tgid
        pgid = pgid or pid
        if pgid < 0:
            return "EINVAL"  # before the process is even looked for (JOBCTL-041)
        group = self.find_process(pid)
        if group is None:
            return "ESRCH"
        error = self.setpgid_target_error(caller.group, group)
        if error is None and pgid != pid and not self.group_in_session(pgid, caller.group.sid):
            error = "EPERM"  # JOBCTL-043
        if error is None and group.pgid != pgid:
            self.join(group, pgid)
        return error

    def setpgid_target_error(self, caller: ThreadGroup, group: ThreadGroup) -> str | None:
        """Say why ``caller`` may not move ``group``; a zombie may be moved (ZOMBIE-007)."""
        if self.same_group(self.leader(group).parent, caller.tgid):
            if group.sid != caller.sid:
                return "EPERM"  # JOBCTL-046
            if not group.noexec:
                return "EACCES"  # JOBCTL-045
        elif group is not caller:
            return "ESRCH"  # JOBCTL-042
        return "EPERM" if group.session_leader else None  # JOBCTL-047

    def group_in_session(self, pgid: int, sid: int) -> bool:
        """Say whether a process group exists, in this session."""
        members = self.process_group(pgid)
        return bool(members) and members[0].sid == sid

    def setsid(self, caller: Task) -> str | None:
        """Start a session; a group with the caller's id must not exist (setsid(2); JOBCTL-048)."""
        group = caller.group
        if group.session_leader or self.process_group(group.tgid):
            return "EPERM"
        group.session_leader = True
        group.sid = group.tgid
        self.join(group, group.tgid)
        return None
