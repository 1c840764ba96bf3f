"""waitid with pidfds: whom they are of, when they block, and what becomes of their descriptors."""

from __future__ import annotations

from conformance.abi.descriptors import O_NONBLOCK, PIDFD_THREAD
from conformance.abi.waiting import P_PID, P_PIDFD, WNOHANG, WNOTHREAD
from conformance.case.model import Call
from conformance.reference.children import Found, Nothing
from conformance.reference.files import File, FileKind, Name
from conformance.reference.kernel import Kernel
from conformance.reference.results import failure
from conformance.reference.task import Task
from conformance.reference.values import Restart, WaitOpts
from conformance.reference.wait import GIVEN, untouched_siginfo
from conformance.trace import Fields


def is_by_pidfd(task: Task) -> bool:
    """Say whether a task is in a waitid with a pidfd."""
    return task.call is not None and task.call.name == "waitid" and task.call.args[0] == P_PIDFD


class S18NonblockIsIgnored(Kernel):
    """waitid with a nonblocking pidfd blocks."""

    def is_nonblocking(self, file: File) -> bool:
        """Never say so."""
        return False


class S18NonblockIsOfPidfdOpenAlone(Kernel):
    """O_NONBLOCK that fcntl sets is nothing to a pidfd."""

    def sys_fcntl(self, task: Task, fd: Name, cmd: int, flags: int) -> Fields:
        """Leave it out."""
        return super().sys_fcntl(task, fd, cmd, flags & ~O_NONBLOCK)


class S24G24ThreadPidfdsAreInvalid(Kernel):
    """waitid takes no thread pidfd, of whatever thread."""

    def sys_waitid(
        self, task: Task, idtype: int, pid: Name, infop: int, options: int, rusage: int
    ) -> Fields | None:
        """Refuse it."""
        file = self.file_at(task, pid) if idtype == P_PIDFD else None
        if file is not None and file.flags & PIDFD_THREAD:
            return self.waitid_result(Nothing("EINVAL"), infop, rusage)
        return super().sys_waitid(task, idtype, pid, infop, options, rusage)


class S24DirectoriesArePidfds(Kernel):
    """waitid takes a directory of /proc for a pidfd."""

    def waitid_selector(self, task: Task, idtype: int, pid: Name, options: int) -> WaitOpts | None:
        """Take it."""
        file = self.file_at(task, pid) if idtype == P_PIDFD else None
        if file is not None and file.kind is FileKind.PROC:
            return WaitOpts(P_PID, file.tid, options)
        return super().waitid_selector(task, idtype, pid, options)


class G23TheReapedAreNoProcess(Kernel):
    """waitid with a pidfd of one who is reaped fails with ESRCH."""

    def sys_waitid(
        self, task: Task, idtype: int, pid: Name, infop: int, options: int, rusage: int
    ) -> Fields | None:
        """Look for him first."""
        file = self.file_at(task, pid) if idtype == P_PIDFD else None
        if file is not None and file.kind is FileKind.PIDFD and file.tid not in self.tasks:
            return self.waitid_result(Nothing("ESRCH"), infop, rusage)
        return super().sys_waitid(task, idtype, pid, infop, options, rusage)


class EagainLeavesTheSiginfo(Kernel):
    """EAGAIN leaves the siginfo as it was."""

    def waitid_result(self, found: Found, infop: int, rusage: int) -> Fields:
        """Write nothing."""
        if found == Nothing("EAGAIN") and infop == GIVEN:
            return (*failure("EAGAIN"), *untouched_siginfo())
        return super().waitid_result(found, infop, rusage)


class EbadfLeavesTheSiginfo(Kernel):
    """EBADF leaves the siginfo as it was."""

    def waitid_result(self, found: Found, infop: int, rusage: int) -> Fields:
        """Write nothing."""
        if found == Nothing("EBADF"):
            return (*failure("EBADF"), *(untouched_siginfo() if infop == GIVEN else ()))
        return super().waitid_result(found, infop, rusage)


class EagainThoughNothingCanCome(Kernel):
    """A nonblocking pidfd gives EAGAIN where there is no child, too."""

    def do_wait(self, task: Task, opts: WaitOpts) -> Found | None:
        """Take it for not yet."""
        found = super().do_wait(task, opts)
        return Nothing("") if found == Nothing("ECHILD") and opts.flags & WNOHANG else found


class NonblockIsReadWhileItSleeps(Kernel):
    """O_NONBLOCK that comes while a wait sleeps ends it when it is woken."""

    def sys_fcntl(self, task: Task, fd: Name, cmd: int, flags: int) -> Fields:
        """Wake everybody who waits."""
        result = super().sys_fcntl(task, fd, cmd, flags)
        for other in self.tasks.values():
            if flags & O_NONBLOCK and other.waiting is not None and other is not task:
                other.waiting, other.woken = None, True
        return result


class PidfdsAreNumbers(Kernel):
    """A pidfd is of whoever has the number."""

    def waitid_selector(self, task: Task, idtype: int, pid: Name, options: int) -> WaitOpts | None:
        """Look the number up."""
        opts = super().waitid_selector(task, idtype, pid, options)
        if idtype != P_PIDFD or opts is None:
            return opts
        space = self.space_of(task.tid)
        return opts._replace(pid=self.meant(self.number(opts.pid, space), space))


class StrangersAreWaitedFor(Kernel):
    """A pidfd lets anybody wait for its process."""

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Add him whom a pidfd names."""
        found = super().candidates(task, opts)
        named = self.tasks.get(opts.pid) if is_by_pidfd(task) else None
        return [*found, (named, False)] if named is not None else found


class AnySiblingWillDo(Kernel):
    """A wait with a pidfd takes any child that has something to tell."""

    def waitid_selector(self, task: Task, idtype: int, pid: Name, options: int) -> WaitOpts | None:
        """Look at all."""
        opts = super().waitid_selector(task, idtype, pid, options)
        return WaitOpts(0, 0, opts.flags) if idtype == P_PIDFD and opts is not None else opts


class ClassesDoNotMatter(Kernel):
    """With a pidfd it makes no difference what kind of child it is, nor who of the threads made it."""

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Look at all threads' children."""
        return super().candidates(
            task, opts._replace(flags=opts.flags & ~WNOTHREAD) if is_by_pidfd(task) else opts
        )

    def eligible_child(self, opts: WaitOpts, child: Task) -> bool:
        """Look at the id alone."""
        return super().eligible_child(opts, child) or (
            is_by_pidfd(self.tasks[self.current]) and self.eligible_pid(opts, child)
        )


class SleepersFollowTheDescriptor(Kernel):
    """A wait that is woken looks at the descriptor anew."""

    def sys_waitid(
        self, task: Task, idtype: int, pid: Name, infop: int, options: int, rusage: int
    ) -> Fields | None:
        """Forget whom it was for."""
        if idtype == P_PIDFD:
            task.waiting = None
        return super().sys_waitid(task, idtype, pid, infop, options, rusage)


class RestartsKeepTheProcess(Kernel):
    """A wait that is begun anew is for the same process, whatever has become of the descriptor."""

    def interrupt(self, task: Task, call: Call) -> None:
        """Remember it."""
        opts = task.waiting
        super().interrupt(task, call)
        task.waiting = opts if is_by_pidfd(task) else None

    def return_to_user(self, task: Task) -> None:
        """Forget it when the call is over."""
        if task.restart is Restart.NONE:
            task.waiting = None
        super().return_to_user(task)


class SentinelsAreClosed(Kernel):
    """A number that stands for a pidfd of the caller is a descriptor that is not open."""

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Find that out later."""
        return super().waitid_error(idtype, max(pid, 0) if idtype == P_PIDFD else pid, options)


class FaultsComeFirst(Kernel):
    """With a bad siginfo the child is not reaped."""

    def do_wait(self, task: Task, opts: WaitOpts) -> Found | None:
        """Look at the buffer first."""
        call = task.call
        bad = call is not None and call.name == "waitid" and call.args[2] == 2
        return Nothing("EFAULT") if bad else super().do_wait(task, opts)
