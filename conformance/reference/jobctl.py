"""Job control: group stop, orphaned process groups, setpgid and setsid.

After ``do_signal_stop``, ``will_become_orphaned_pgrp``, ``kill_orphaned_pgrp``, and
``setpgid``/``setsid`` of ``kernel/sys.c``.
"""

from __future__ import annotations

from conformance.abi.signals import SI_CODES, SIGCONT, SIGHUP
from conformance.abi.waiting import CLD_STOPPED
from conformance.reference.notify import Notify
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import ExitState, Jobctl, Notice, SigInfo


class JobControl(Notify):
    """Stops, groups and sessions."""

    def stop(self, task: Task, signo: int) -> None:
        """Begin a group stop, of all threads (``do_signal_stop``; JOBCTL-020).

        Every thread stops at its own next look at signals (JOBCTL-026). One that is to stop already does.
        """
        group = task.group
        if task.jobctl & Jobctl.STOP_PENDING:
            self.join_stop(task)
            return
        if not task.jobctl & Jobctl.STOP_DEQUEUED or group.group_exit or group.exec_task:
            return
        if not group.stop_stopped:
            group.group_exit_code = signo
        group.stop_count = 0
        for thread in [task, *(other for other in self.live_threads(group) if other is not task)]:
            if not thread.stopped and self.set_jobctl(
                thread, signo | Jobctl.STOP_PENDING | Jobctl.STOP_CONSUME
            ):
                group.stop_count += 1
                thread.notified = True
                if thread is not task and thread.tracing.seized:
                    self.notify_trap(thread)
        self.join_stop(task)

    def join_stop(self, task: Task) -> None:
        """Stop for the group stop that is under way; a tracee traps instead.

        The parent hears of it once, when the last thread has stopped (JOBCTL-007, JOBCTL-021).
        """
        if task.tracing.tracer:
            self.set_jobctl(task, Jobctl.TRAP_STOP)
            return
        if self.take_part_in_stop(task):
            task.telling += (Notice(CLD_STOPPED),)
        task.stopped, task.looping = True, False

    def take_part_in_stop(self, task: Task) -> bool:
        """Count a thread as stopped; say whether it was the last (``task_participate_group_stop``)."""
        counted = bool(task.jobctl & Jobctl.STOP_CONSUME)
        self.clear_jobctl(task, Jobctl.STOP_PENDING)
        if not counted:
            return False
        group = task.group
        group.stop_count = max(group.stop_count - 1, 0)
        if group.stop_count or group.stop_stopped:
            return False
        self.report_stop(task)
        return True

    def join_stop_at_birth(self, parent: Task, child: Task) -> None:
        """Let a new thread stop with its process (``task_join_group_stop``)."""
        group = child.group
        bits = parent.jobctl & Jobctl.SIGNAL | Jobctl.STOP_PENDING
        if group.stop_count:
            group.stop_count += 1
            self.set_jobctl(child, bits | Jobctl.STOP_CONSUME)
        elif group.stop_stopped:
            self.set_jobctl(child, bits)

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
        if self.leader(group).exit_state is not ExitState.ALIVE and len(group.threads) == 1:
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
        if pid != group.tgid:
            return "EINVAL"  # a thread (THREAD-030)
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
