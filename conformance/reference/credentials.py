"""Whose a task is, and what follows from it: who may signal whom, and what a change of ids takes away.

After ``kernel/sys.c`` (``__sys_setresuid``), ``kernel/cred.c`` (``commit_creds``), ``kernel/signal.c``
(``check_kill_permission``, ``kill_ok_by_cred``) and ``security/commoncap.c``.
"""

from __future__ import annotations

from conformance.abi.signals import SIGCONT
from conformance.case.calls.credentials import USER_IDS
from conformance.reference.polling import Polling
from conformance.reference.task import Task
from conformance.reference.values import Credentials as Ids
from conformance.trace import Fields

UNCHANGED = -1


def replaced(old: tuple[int, ...], given: tuple[int, ...]) -> tuple[int, ...]:
    """Return three ids after a call that was given ``given``; -1 leaves one."""
    return tuple(was if new == UNCHANGED else new for was, new in zip(old, given, strict=True))


class Credentials(Polling):
    """Decisions by user and group ids."""

    def uid_told(self, task: Task) -> int:
        """Return the uid that a siginfo tells of a process: its real one (KILL-012, WAIT-051, ZOMBIE-300)."""
        return task.ids.ruid

    def is_capable(self, task: Task) -> bool:
        """Say whether a task has CAP_KILL, CAP_SETUID and CAP_SETGID: with effective uid 0.

        That is all there is to it for a task that was root and had every capability at first: they are
        effective as long as the effective uid is 0, and permitted as long as one of the ids is
        (``cap_emulate_setxuid``; KILL-300, KILL-301). Who never was root is alone with his own uid.
        """
        return task.ids.euid == 0

    # -- signals ---------------------------------------------------------------------------------

    def may_signal(self, signo: int, sender: Task, target: Task) -> bool:
        """Say whether a signal may be sent (``check_kill_permission``), to oneself always (KILL-302)."""
        if sender.group is target.group or self.ids_permit(sender.ids, target.ids) or self.is_capable(sender):
            return True
        return signo == SIGCONT and self.same_session(sender, target)

    def ids_permit(self, sender: Ids, target: Ids) -> bool:
        """Say whether the ids alone permit a signal (``kill_ok_by_cred``).

        Any of the sender's real and effective uid must be one of the target's real and saved uid
        (KILL-020); the target's effective and the sender's saved uid count for nothing
        (KILL-024, KILL-303).
        """
        return bool({sender.ruid, sender.euid} & {target.ruid, target.suid})

    def same_session(self, sender: Task, target: Task) -> bool:
        """Say whether SIGCONT passes for any uid, not so to another session (KILL-022)."""
        return sender.group.sid == target.group.sid

    # -- changes of ids --------------------------------------------------------------------------

    def set_ids(self, task: Task, given: tuple[int, ...], first: int) -> str | None:
        """Change the three ids from place ``first`` on, or return why not.

        Without the capability each must be one of the three that there were (setresuid(2), setresgid(2);
        KILL-304).
        """
        old = task.ids[first : first + 3]
        new = replaced(old, given)
        if not set(new) <= set(old) and not self.is_capable(task):
            return "EPERM"
        self.commit(task, Ids(*task.ids[:first], *new, *task.ids[first + 3 :]))
        return None

    def commit(self, task: Task, ids: Ids) -> None:
        """Take on new ids (``commit_creds``).

        A change of an effective id clears the parent-death signal (ZOMBIE-089, ZOMBIE-301); that of another
        id does not (ZOMBIE-302).
        """
        if (ids.euid, ids.egid) != (task.ids.euid, task.ids.egid):
            task.pdeath_signal = 0
            task.group.dumpable = False  # WAIT-360
        task.ids = ids

    def commit_exec(self, task: Task) -> None:
        """Do what execve does to ids: the saved ones become the effective ones (KILL-305).

        If these are not the real ones, the new program counts as privileged by its file, and has no
        parent-death signal (``begin_new_exec``, ``secureexec``; ZOMBIE-303).
        """
        ids = task.ids
        task.ids = ids._replace(suid=ids.euid, sgid=ids.egid)
        task.group.dumpable = (ids.ruid, ids.rgid) == (ids.euid, ids.egid)  # WAIT-361
        if not task.group.dumpable:
            task.pdeath_signal = 0

    def sys_getresuid(self, task: Task) -> Fields:
        """getresuid(2)."""
        return (("ret", 0), *zip(USER_IDS, task.ids[:3], strict=True))
