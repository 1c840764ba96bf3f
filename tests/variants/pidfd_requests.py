"""What a pidfd tells by its other requests, for namespaces, and by fdinfo."""

from __future__ import annotations

from conformance.reference.files import File, FileKind, Name
from conformance.reference.kernel import Kernel
from conformance.reference.past import pidfdinfo
from conformance.reference.results import OK, failure
from conformance.reference.task import Task
from conformance.reference.values import ExitState
from conformance.trace import Fields


class NamespacesOfZombies(Kernel):
    """A zombie has its namespaces until it is reaped."""

    def namespace_error(self, task: Task, tid: int, arg: int) -> str | None:
        """Give them."""
        error = super().namespace_error(task, tid, arg)
        return None if error == "ESRCH" and tid in self.tasks else error


class NamespacesTakeNoLeave(Kernel):
    """Anybody gets the namespaces of anybody."""

    def namespace_error(self, task: Task, tid: int, arg: int) -> str | None:
        """Ask nothing."""
        error = super().namespace_error(task, tid, arg)
        return None if error == "EACCES" else error


class NamespacesTakeAnArgument(Kernel):
    """The argument of a request for a namespace is not looked at."""

    def namespace_error(self, task: Task, tid: int, arg: int) -> str | None:
        """Leave it out."""
        return super().namespace_error(task, tid, 0)


class NamespacesOfTheReapedNeedNoArgument(pidfdinfo.ArgumentBeforeTask):
    """The argument is looked at before the process."""


class NamespacesOfZombiesTakeNoLeave(pidfdinfo.NoLeaveForZombies):
    """A zombie has no namespaces for anybody."""


class UnknownRequestsComeLast(pidfdinfo.RequestsAreReadLast):
    """That there is no such request is told last."""


class EpollHasNoIoctls(pidfdinfo.EpollHasNoIoctls):
    """An epoll instance knows no ioctl."""


class FdinfoKeepsThePid(pidfdinfo.FdinfoKeepsThePid):
    """fdinfo tells the pid of one who is reaped."""


class FdinfoOfZombiesIsNobody(Kernel):
    """fdinfo tells -1 as soon as a process has ended."""

    def sys_fdinfo(self, task: Task, pidfd: Name) -> Fields:
        """Look at the state."""
        file = self.pidfd_at(task, pidfd)
        target = self.tasks.get(file.tid) if file is not None else None
        dead = target is not None and target.exit_state is not ExitState.ALIVE
        return (*OK, ("fdinfo_pid", -1)) if dead else super().sys_fdinfo(task, pidfd)


class FdinfoOfAThreadIsTheProcess(Kernel):
    """fdinfo tells the process of a thread."""

    def file_at(self, task: Task, name: Name) -> File | None:
        """Look at the leader, in fdinfo alone."""
        file = super().file_at(task, name)
        asked = task.call is not None and task.call.name == "fdinfo"
        target = self.tasks.get(file.tid) if file is not None and asked else None
        if file is None or target is None or file.kind is not FileKind.PIDFD:
            return file
        return file._replace(tid=target.group.tgid)


class FdinfoOfTheClosedIsEbadf(Kernel):
    """fdinfo of what is not open is EBADF."""

    def sys_fdinfo(self, task: Task, pidfd: Name) -> Fields:
        """Tell that."""
        return failure("EBADF") if self.file_at(task, pidfd) is None else super().sys_fdinfo(task, pidfd)


class NamespacesByRealIds(Kernel):
    """A request for a namespace goes by the real ids, as pidfd_getfd does."""

    def may_look_into(self, task: Task, target: Task) -> bool:
        """Ask as for tracing."""
        return self.may_attach(task, target)
