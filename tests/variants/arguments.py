"""What wait4 and waitid take, refuse and take for something else."""

from __future__ import annotations

from conformance.abi.signals import SIGCHLD
from conformance.abi.waiting import P_ALL, P_PGID, P_PID, P_PIDFD, WALL, WCLONE, WEXITED, WNOWAIT, WUNTRACED
from conformance.reference.children import Report
from conformance.reference.files import Name
from conformance.reference.kernel import Kernel
from conformance.reference.task import Task
from conformance.reference.values import WaitOpts
from conformance.reference.wait import COMMON_OPTIONS, WAITID_EVENTS
from conformance.trace import Fields


class S20A5B26CloneOptionsAreIgnored(Kernel):
    """__WCLONE and __WALL are taken, and forgotten."""

    def eligible_child(self, opts: WaitOpts, child: Task) -> bool:
        """Look at the selector alone."""
        return self.eligible_pid(opts, child)


class S20A5B26CloneChildrenNeverCount(Kernel):
    """No wait selects a clone child."""

    def eligible_child(self, opts: WaitOpts, child: Task) -> bool:
        """Want SIGCHLD."""
        return self.eligible_pid(opts, child) and child.exit_signal == SIGCHLD


class S25A3B27B57OptionsAreTruncated(Kernel):
    """wait4 drops the bits that it does not know, and takes waitid's."""

    def sys_wait4(self, task: Task, pid: int, status: int, options: int, rusage: int) -> Fields | None:
        """Forget them."""
        return super().sys_wait4(task, pid, status, options & COMMON_OPTIONS, rusage)


class G4S14IntMinIsNobody(Kernel):
    """wait4(INT_MIN) gives ECHILD."""

    def sys_wait4(self, task: Task, pid: int, status: int, options: int, rusage: int) -> Fields | None:
        """Treat it as just another group."""
        return super().sys_wait4(task, max(pid, -(2**31) + 1), status, options, rusage)


class G5A7PidZeroIsAnyChild(Kernel):
    """waitid(P_PID, 0) takes any child."""

    def sys_waitid(
        self, task: Task, idtype: int, pid: Name, infop: int, options: int, rusage: int
    ) -> Fields | None:
        """Call it P_ALL."""
        kind = P_ALL if idtype == P_PID and pid == 0 else idtype
        return super().sys_waitid(task, kind, pid, infop, options, rusage)


class A7G6NegativeIdsAreNobody(Kernel):
    """waitid does not refuse ids that cannot be."""

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Accept any id."""
        return super().waitid_error(idtype, max(pid, 1), options)


class G7GroupZeroIsAnyGroup(Kernel):
    """waitid(P_PGID, 0) selects every child."""

    def eligible_pid(self, opts: WaitOpts, child: Task) -> bool:
        """Ignore the group of a child of the root group's waiter."""
        parent = self.tasks[child.parent]
        asked = parent.call.args[1] if parent.call is not None and parent.call.name == "waitid" else 1
        return (opts.kind == P_PGID and asked == 0) or super().eligible_pid(opts, child)


class A7GroupZeroIsNobody(Kernel):
    """waitid(P_PGID, 0) takes 0 for the id of a group."""

    def sys_waitid(
        self, task: Task, idtype: int, pid: Name, infop: int, options: int, rusage: int
    ) -> Fields | None:
        """Name a group that nobody is in."""
        group = 2**31 - 1 if idtype == P_PGID and pid == 0 else pid
        return super().sys_waitid(task, idtype, group, infop, options, rusage)


class G19WallAndWcloneAreInvalid(Kernel):
    """__WALL with __WCLONE gives EINVAL."""

    def sys_wait4(self, task: Task, pid: int, status: int, options: int, rusage: int) -> Fields | None:
        """Refuse both."""
        both = options & (WALL | WCLONE) == WALL | WCLONE
        return super().sys_wait4(task, pid, status, -1 if both else options, rusage)

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Refuse both."""
        both = options & (WALL | WCLONE) == WALL | WCLONE
        return "EINVAL" if both else super().waitid_error(idtype, pid, options)


class B09GroupsAreInvalid(Kernel):
    """wait4(-pgid) gives EINVAL."""

    def sys_wait4(self, task: Task, pid: int, status: int, options: int, rusage: int) -> Fields | None:
        """Refuse it."""
        return super().sys_wait4(task, pid, status, -1 if pid < -1 else options, rusage)


class S17DescriptorBeforeOptions(Kernel):
    """waitid(P_PIDFD) looks at the descriptor first."""

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Resolve the descriptor whatever the options."""
        return super().waitid_error(idtype, pid, WEXITED if idtype == P_PIDFD else options)


class A8OtherFilesAreInvalid(Kernel):
    """waitid(P_PIDFD) of a file that is no pidfd gives EINVAL."""

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Know no EBADF."""
        return "EINVAL" if idtype == P_PIDFD else super().waitid_error(idtype, pid, options)


class B35OnlyExits(Kernel):
    """waitid knows WEXITED alone, and no groups."""

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Refuse the rest."""
        if options & WAITID_EVENTS != WEXITED or idtype not in (P_ALL, P_PID):
            return "EINVAL"
        return super().waitid_error(idtype, pid, options)


class B48OddOptionsAreTaken(Kernel):
    """waitid takes any option and any idtype."""

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Refuse nothing."""
        return ""


class B57WuntracedIsNotImplemented(Kernel):
    """WUNTRACED gives an error."""

    def sys_wait4(self, task: Task, pid: int, status: int, options: int, rusage: int) -> Fields | None:
        """Give it."""
        return super().sys_wait4(task, pid, status, -1 if options & WUNTRACED else options, rusage)


class B80B27WaitidNeedsMore(Kernel):
    """waitid(WEXITED) alone is invalid, and wait4 takes WEXITED."""

    def sys_wait4(self, task: Task, pid: int, status: int, options: int, rusage: int) -> Fields | None:
        """Take it."""
        return super().sys_wait4(task, pid, status, options & ~(WEXITED | WNOWAIT), rusage)


class A4WaitidReapsWithoutAsking(Kernel):
    """waitid without WEXITED reaps a zombie."""

    def take_zombie(self, opts: WaitOpts, child: Task) -> Report | None:
        """Assume WEXITED."""
        return super().take_zombie(opts._replace(flags=opts.flags | WEXITED), child)
