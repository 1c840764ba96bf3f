"""pidfds of children that are made with them, and pidfd_getfd."""

from __future__ import annotations

from conformance.abi.descriptors import PIDFD_AUTOKILL
from conformance.abi.processes import (
    CLONE_AUTOREAP,
    CLONE_NNP,
    CLONE_PIDFD,
    CLONE_PIDFD_AUTOKILL,
    CLONE_THREAD,
)
from conformance.abi.signals import SI_CODES, SIGKILL
from conformance.case.calls import BUFFERS
from conformance.case.model import Fd
from conformance.reference.cloning import CloneArgs
from conformance.reference.files import EMPTY, Descriptor, File, Name, Table
from conformance.reference.kernel import Kernel
from conformance.reference.results import failure
from conformance.reference.task import Task
from conformance.reference.values import SigInfo
from conformance.trace import Fields


class B06StartingTasksAreDeaf(Kernel):
    """A signal by a pidfd to a process that has made no call yet is lost."""

    def send_by_pidfd(self, task: Task, tid: int, info: SigInfo, scope: int) -> str | None:
        """Drop it."""
        target = self.tasks.get(tid)
        error = self.send_error(task, target, info.signo)
        deaf = target is not None and not target.result and target.call is None and not error
        return None if deaf else super().send_by_pidfd(task, tid, info, scope)


class CopiesKeepTheFlag(Kernel):
    """pidfd_getfd gives a descriptor that execve closes if it would close the target's."""

    def sys_pidfd_getfd(self, task: Task, pidfd: Name, targetfd: Name, flags: int, fd: Fd | int) -> Fields:
        """Take the flag along."""
        file = self.pidfd_at(task, pidfd)
        target = self.tasks.get(file.tid) if file is not None else None
        there = self.table(target).get(targetfd) if target is not None else None
        result = super().sys_pidfd_getfd(task, pidfd, targetfd, flags, fd)
        if isinstance(fd, Fd) and there is not None and result[0][1] == fd.name:
            entry = self.table(task)[fd.name]._replace(cloexec=there.cloexec)
            self.tables[task.files] = {**self.table(task), fd.name: entry}
        return result


class CopiesAreOtherFiles(Kernel):
    """pidfd_getfd opens the same thing anew."""

    def sys_pidfd_getfd(self, task: Task, pidfd: Name, targetfd: Name, flags: int, fd: Fd | int) -> Fields:
        """Replace the file."""
        result = super().sys_pidfd_getfd(task, pidfd, targetfd, flags, fd)
        if isinstance(fd, Fd) and result[0][1] == fd.name:
            entry = self.table(task)[fd.name]
            number = self.new_file(self.files[entry.file])
            self.tables[task.files] = {**self.table(task), fd.name: Descriptor(number, entry.cloexec)}
        return result


class GetfdTakesFlags(Kernel):
    """pidfd_getfd takes no notice of flags."""

    def sys_pidfd_getfd(self, task: Task, pidfd: Name, targetfd: Name, flags: int, fd: Fd | int) -> Fields:
        """Leave them out."""
        return super().sys_pidfd_getfd(task, pidfd, targetfd, 0, fd)


class GetfdTakesNoLeave(Kernel):
    """pidfd_getfd asks nobody."""

    def getfd_error(self, task: Task, target: Task) -> str | None:
        """Look only whether there is anything."""
        return None if target.files else "ESRCH"


class GetfdAsksTheLivingAlone(Kernel):
    """pidfd_getfd says of one at his end that there is nothing, whoever asks."""

    def getfd_error(self, task: Task, target: Task) -> str | None:
        """Keep that order."""
        return super().getfd_error(task, target) if target.files else "ESRCH"


class GetfdFindsZombiesEmpty(Kernel):
    """pidfd_getfd from a zombie is EBADF."""

    def getfd_error(self, task: Task, target: Task) -> str | None:
        """Find nothing open."""
        error = super().getfd_error(task, target)
        return "EBADF" if error == "ESRCH" else error


class GetfdIsOfTheProcess(Kernel):
    """pidfd_getfd looks into the table of any thread that has one."""

    def table(self, task: Task) -> Table:
        """Find it."""
        others = (self.tables.get(self.tasks[tid].files) for tid in task.group.threads)
        return super().table(task) or next(filter(None, others), EMPTY)

    def getfd_error(self, task: Task, target: Task) -> str | None:
        """Look at the process."""
        error = super().getfd_error(task, target)
        return None if error == "ESRCH" and self.table(target) else error


class GetfdTakesDirectories(Kernel):
    """A directory of /proc is a pidfd to everything."""

    def pidfd_at(self, task: Task, name: Name) -> File | None:
        """Take it."""
        return self.signal_target(task, name)


class FaultIsNoMatter(Kernel):
    """A clone that cannot write the pidfd makes the child all the same."""

    def clone_into(self, task: Task, name: str, args: CloneArgs) -> Fields | None:
        """Make it without."""
        if isinstance(args.pidfd, int):
            args = args._replace(flags=args.flags & ~CLONE_PIDFD)
        return super().clone_into(task, name, args)


class NullIsNoPlaceAtAll(Kernel):
    """clone takes a null pointer for no wish for a pidfd."""

    def clone_into(self, task: Task, name: str, args: CloneArgs) -> Fields | None:
        """Make it without."""
        if args.pidfd == BUFFERS["null"]:
            args = args._replace(flags=args.flags & ~CLONE_PIDFD)
        return super().clone_into(task, name, args)


class FaultBeforeTheNumber(Kernel):
    """clone looks at where the pidfd goes before it looks for a number."""

    def clone_into(self, task: Task, name: str, args: CloneArgs) -> Fields | None:
        """Keep that order."""
        if args.flags & CLONE_PIDFD and isinstance(args.pidfd, int):
            return failure("EFAULT")
        return super().clone_into(task, name, args)


class PidfdOfAThreadIsOfTheProcess(Kernel):
    """CLONE_PIDFD of a thread gives a pidfd without PIDFD_THREAD."""

    def clone_into(self, task: Task, name: str, args: CloneArgs) -> Fields | None:
        """Take the flag off."""
        before = self.last_file
        result = super().clone_into(task, name, args)
        if args.flags & CLONE_THREAD and self.last_file != before:
            self.files[self.last_file] = self.files[self.last_file]._replace(flags=0)
        return result


class ThreadsHaveNoPidfds(Kernel):
    """CLONE_PIDFD does not go with CLONE_THREAD."""

    def excluded_by_pidfd(self) -> int:
        """Refuse it."""
        return super().excluded_by_pidfd() | CLONE_THREAD


class DetachedIsNoFlag(Kernel):
    """CLONE_PIDFD goes with CLONE_DETACHED."""

    def excluded_by_pidfd(self) -> int:
        """Refuse nothing."""
        return 0


class BothGoToOnePlace(Kernel):
    """clone lets the pidfd win over the pid."""

    def sys_clone(
        self, task: Task, child: str, exit_signal: int, flags: int, pidfd: Fd | int = BUFFERS["null"]
    ) -> Fields | None:
        """Forget CLONE_PARENT_SETTID."""
        settid = 0x100000 if flags & CLONE_PIDFD else 0
        return super().sys_clone(task, child, exit_signal, flags & ~settid, pidfd)


class AutoreapIsInherited(Kernel):
    """What a child of CLONE_AUTOREAP forks leaves no zombie either."""

    def fork(self, parent: Task, name: str, exit_signal: int, flags: int = 0) -> Task:
        """Pass it on."""
        child = super().fork(parent, name, exit_signal, flags)
        child.group.autoreap |= parent.group.autoreap
        return child


class AutoreapEndsWithTheParent(Kernel):
    """Who adopts a child of CLONE_AUTOREAP gets its zombie."""

    def reparent(self, father: Task, child: Task) -> None:
        """Forget it."""
        child.group.autoreap = False
        super().reparent(father, child)


class AutoreapTellsTheParent(Kernel):
    """A child of CLONE_AUTOREAP takes an exit signal."""

    def autoreap_error(self, task: Task, flags: int, exit_signal: int) -> str | None:
        """Do not look at it."""
        return super().autoreap_error(task, flags, 0)


class AutoreapMakesSiblings(Kernel):
    """A process of CLONE_AUTOREAP may make siblings."""

    def autoreap_error(self, task: Task, flags: int, exit_signal: int) -> str | None:
        """Let it."""
        alone = CLONE_AUTOREAP | CLONE_NNP | CLONE_PIDFD_AUTOKILL
        return super().autoreap_error(task, flags, exit_signal) if flags & alone else None


class ThreadsMayHaveNoNewPrivileges(Kernel):
    """CLONE_NNP goes with CLONE_THREAD."""

    def autoreap_error(self, task: Task, flags: int, exit_signal: int) -> str | None:
        """Leave it out."""
        return super().autoreap_error(task, flags & ~CLONE_NNP, exit_signal)


class AutokillTakesNoLeave(Kernel):
    """Everybody may use CLONE_PIDFD_AUTOKILL."""

    def autoreap_error(self, task: Task, flags: int, exit_signal: int) -> str | None:
        """Ask nothing."""
        error = super().autoreap_error(task, flags, exit_signal)
        return None if error == "EPERM" else error


class AutokillByAnyPidfd(Kernel):
    """The last pidfd of any kind kills the child when it is closed."""

    def release_file(self, file: File) -> None:
        """Look for others."""
        if not self.has_pidfd(file.tid):
            super().release_file(file._replace(flags=file.flags | PIDFD_AUTOKILL))


class AutokillByNumber(Kernel):
    """Who has the number of a child that has ended is killed in its place."""

    def release_file(self, file: File) -> None:
        """Look the number up."""
        if file.flags & PIDFD_AUTOKILL and file.tid not in self.tasks:
            holder = self.tasks.get(self.spaces[()].holders.get(self.number(file.tid, ()), 0))
            if holder is not None:
                self.send_to_process(SigInfo(SIGKILL, SI_CODES["SI_KERNEL"]), holder.group, force=True)
        super().release_file(file)
