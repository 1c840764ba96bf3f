"""What a pidfd tells: PIDFD_GET_INFO, the requests for namespaces, and fdinfo.

After ``fs/pidfs.c`` (``pidfd_info``, ``pidfd_ioctl``, ``pidfd_show_fdinfo``).
"""

from __future__ import annotations

from typing import Final

from conformance.abi.descriptors import (
    INFO_BITS,
    INFO_CGROUPID,
    INFO_COREDUMP,
    INFO_CREDS,
    INFO_EXIT,
    INFO_PID,
    INFO_SIZE,
    UNKNOWN_REQUEST,
    names_of,
)
from conformance.abi.waiting import status_text
from conformance.case.calls import BUFFERS
from conformance.case.calls.pidfds import PIDFD_INFO
from conformance.case.observedfds import ANONYMOUS, UNTOLD
from conformance.reference.filecalls import FileCalls
from conformance.reference.files import File, FileKind, Name
from conformance.reference.results import OK, failure
from conformance.reference.task import Task
from conformance.trace import Fields, Value

NOT_TOLD: Final = dict.fromkeys(PIDFD_INFO, 0)


class PidfdInfo(FileCalls):
    """What can be asked of a pidfd."""

    def sys_pidfd_get_info(self, task: Task, pidfd: Name, mask: int, size: int, buffer: int) -> Fields:
        """PIDFD_GET_INFO (``pidfd_info``): the size is checked first, then the buffer, then whether the
        caller may know (PIDFD-122, PIDFD-350, PIDFD-127).
        """
        file = self.file_at(task, pidfd)
        if file is None:
            return failure("EBADF")
        if file.kind is not FileKind.PIDFD:
            return failure(self.foreign_ioctl_error(file))
        if size < INFO_SIZE:
            return failure(self.small_info_error())
        if buffer != BUFFERS["given"]:
            return failure("EFAULT" if buffer == BUFFERS["bad"] else "EINVAL")
        if not self.number(file.tid, self.space_of(task.tid)):
            return failure(self.invisible_error())
        told = self.info_of(file.tid, mask)
        return failure("ESRCH") if told is None else (*OK, *told)

    def invisible_error(self) -> str:
        """Return what becomes of PIDFD_GET_INFO of one whom the caller cannot see (PIDFD-127)."""
        return "EREMOTE"

    def tells_coredump(self, target: Task | None) -> bool:
        """Say whether PIDFD_INFO_COREDUMP is told: of those who are not reaped yet (PIDFD-351)."""
        return target is not None

    def foreign_ioctl_error(self, file: File) -> str:
        """Return what is answered to an ioctl of pidfds by something else: epoll instances have ioctls of
        their own (``ep_eventpoll_ioctl``; PIDFD-408, PIDFD-425).
        """
        return "EINVAL" if file.kind is FileKind.EPOLL else "ENOTTY"

    def unknown_ioctl_error(self, task: Task, tid: int, arg: int) -> str:
        """Return what an ioctl that does not exist is answered with (PIDFD-010)."""
        del task, tid, arg
        return "ENOTTY"

    def small_info_error(self) -> str:
        """Return what becomes of PIDFD_GET_INFO of a size that it never had (PIDFD-122)."""
        return "ENOTTY"

    def info_of(self, tid: int, mask: int) -> Fields | None:
        """Return what is told of a process or thread; None if there is nothing left to tell.

        How it ended is told when it is reaped, and not before (PIDFD-024, PIDFD-032); who it was, until then
        (PIDFD-033, PIDFD-120).
        """
        target = self.tasks.get(tid)
        epitaph = self.epitaphs.get(tid) if mask & INFO_EXIT else None
        if target is None and not mask & INFO_EXIT:
            return None
        told: dict[str, Value] = {**NOT_TOLD, "info_exit": UNTOLD}
        bits = mask & (self.info_answers() | (INFO_COREDUMP if self.tells_coredump(target) else 0))
        if epitaph is not None:
            bits |= INFO_EXIT | INFO_CGROUPID
            told["info_exit"] = status_text(epitaph)
        if target is not None:
            bits |= INFO_PID | INFO_CREDS | INFO_CGROUPID
            told.update(zip(("ruid", "euid", "suid"), target.ids[:3], strict=True))
            told["info_pid"], told["info_tgid"] = self.name(tid), self.name(target.group.tgid)
            told["info_ppid"] = self.parent_told(target)
        told["info"] = names_of(bits, INFO_BITS)
        return tuple((name, told[name]) for name in PIDFD_INFO)

    def info_answers(self) -> int:
        """Return the bits of a request that are answered, even about the reaped (PIDFD-123)."""
        return INFO_BITS["PIDFD_INFO_SUPPORTED_MASK"]

    def parent_told(self, target: Task) -> Value:
        """Return the parent of a task as the caller sees it (``task_ppid_vnr``)."""
        parent = self.tasks.get(target.parent)
        return 0 if parent is None else self.name(parent.group.tgid)

    def sys_pidfd_namespace(self, task: Task, pidfd: Name, request: int, arg: int) -> Fields:
        """PIDFD_GET_*_NAMESPACE (``pidfd_ioctl``): nothing of one who is reaped, or dead (PIDFD-124)."""
        file = self.file_at(task, pidfd)
        if file is None:
            return failure("EBADF")
        if file.kind is not FileKind.PIDFD:
            return failure(self.foreign_ioctl_error(file))
        if request == UNKNOWN_REQUEST:
            return failure(self.unknown_ioctl_error(task, file.tid, arg))
        error = self.namespace_error(task, file.tid, arg)
        return failure(error) if error else (("ret", ANONYMOUS),)

    def namespace_error(self, task: Task, tid: int, arg: int) -> str | None:
        """Say why a namespace is not to be had: the argument is none (PIDFD-421), it takes leave as for
        tracing (PIDFD-422), and a zombie has none (PIDFD-423), which is looked at last (PIDFD-426).
        """
        target = self.tasks.get(tid)
        if target is None:
            return "ESRCH"
        if arg:
            return "EINVAL"
        if target.group is not task.group and not self.may_look_into(task, target):
            return "EACCES"
        return "ESRCH" if not target.files else None

    def may_look_into(self, task: Task, target: Task) -> bool:
        """Say whether a task has leave as for tracing by its effective ids (PTRACE_MODE_READ_FSCREDS;
        PIDFD-427).
        """
        effective = task.ids._replace(ruid=task.ids.euid, rgid=task.ids.egid)
        return self.may_access(task, target, effective)

    def sys_fdinfo(self, task: Task, pidfd: Name) -> Fields:
        """``Pid:`` of a pidfd's fdinfo (``pidfd_show_fdinfo``): -1 of the reaped (PIDFD-022, PIDFD-030)."""
        file = self.file_at(task, pidfd)
        if file is None:
            return failure("EBADF" if isinstance(pidfd, int) and pidfd < 0 else "ENOENT")
        told: Value = 0
        if file.kind is FileKind.PIDFD:
            told = self.names[file.tid] if file.tid in self.tasks else self.pid_in_fdinfo(file.tid)
        return (*OK, ("fdinfo_pid", told))

    def pid_in_fdinfo(self, tid: int) -> Value:
        """Return the pid that fdinfo tells of one who is reaped: none (PIDFD-030)."""
        del tid
        return -1
