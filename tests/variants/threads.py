"""When a process of several threads is over, and what is told of it."""

from __future__ import annotations

from conformance.abi.signals import SIGKILL
from conformance.abi.waiting import WNOWAIT
from conformance.reference.children import Report
from conformance.reference.kernel import Kernel
from conformance.reference.notify import exit_cause
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import ExitState, Phase, SigInfo, WaitOpts


class G15DeadFirstThreadIsNoChild(Kernel):
    """A process whose first thread has ended has nothing left to wait for."""

    def outlived_by_threads(self, child: Task) -> bool:
        """Look at the first thread alone, unless it is alive."""
        return False

    def consider(self, opts: WaitOpts, child: Task) -> Report | None:
        """Do not report it either."""
        early = child.exit_state is ExitState.ZOMBIE and super().outlived_by_threads(child)
        return None if early else super().consider(opts, child)


class B20B69DeadFirstThreadIsReaped(Kernel):
    """A process is waited for when its first thread has ended, though others live."""

    def outlived_by_threads(self, child: Task) -> bool:
        """Look at the first thread alone."""
        return False

    def reap(self, child: Task) -> None:
        """Keep what the others need."""
        if child.group.threads == (child.tid,):
            super().reap(child)


class G16B05WnowaitTellsTheFirstThreadsCode(Kernel):
    """WNOWAIT reports what the first thread said at its end."""

    def take_zombie(self, opts: WaitOpts, child: Task) -> Report | None:
        """Look at the task, not at the process."""
        report = super().take_zombie(opts, child)
        if report is None or not opts.flags & WNOWAIT:
            return report
        code, status = exit_cause(child.last_words)
        return report._replace(status=child.last_words, code=code, si_status=status)


class B65TheFirstThreadsCodeCounts(Kernel):
    """The status of a process is what its first thread said at its end, also after an exit_group."""

    def take_zombie(self, opts: WaitOpts, child: Task) -> Report | None:
        """Look at the task, not at the process."""
        child.group.group_exit_code = child.last_words
        return super().take_zombie(opts, child)


class TheFirstThreadsCodeCountsAtExit(Kernel):
    """Linux before 6.0: where all threads end by exit, the first thread's code is the status."""

    def begin_exit(self, task: Task, status: int) -> None:
        """Let the last one leave it at that."""
        leader = self.leader(task.group)
        if not task.group.group_exit and leader.exit_state is ExitState.ZOMBIE:
            self.mark_group_exit(task.group, leader.exit_code)
        super().begin_exit(task, status)


class SigchldTellsTheFirstThreadsCode(Kernel):
    """Linux before 6.15: SIGCHLD tells the code of the first thread, the wait that of the process."""

    def notice_lone_leader(self, group: ThreadGroup) -> None:
        """Keep what the first thread has left."""
        recorded, group.group_exit_code = group.group_exit_code, self.leader(group).exit_code
        super().notice_lone_leader(group)
        group.group_exit_code = recorded


class B22SigchldNamesTheLastThread(Kernel):
    """SIGCHLD comes from the last thread, and has its number."""

    def release(self, task: Task) -> None:
        """Remember who went last."""
        leader = self.leader(task.group)
        if task is not leader and leader.exit_state is ExitState.ZOMBIE:
            leader.vfork_child = task.tid
        super().release(task)

    def as_told(self, info: SigInfo, receiver: int) -> SigInfo:
        """Name that one."""
        teller = self.tasks.get(info.pid)
        if teller is not None and teller.exit_state is ExitState.ZOMBIE and teller.vfork_child:
            info = info._replace(pid=teller.vfork_child)
        return super().as_told(info, receiver)


class B51ThreadsDieOfSigkill(Kernel):
    """When one of several threads dies of a signal the others are killed, and the process was too."""

    def begin_group_exit(self, group: ThreadGroup, status: int) -> None:
        """Forget the signal."""
        killed = status & 0x7F and len(group.threads) > 1
        super().begin_group_exit(group, SIGKILL if killed else status)


class B49ExitGroupLeavesSleepersAlone(Kernel):
    """exit_group does not wake threads that sleep."""

    def can_run(self, task: Task) -> bool:
        """Let them sleep on."""
        group = task.group
        exits = group.group_exit and not group.group_exit_code & 0x7F
        return super().can_run(task) and not (exits and task.phase is Phase.BLOCKED and not task.woken)


class ExitEndsTheProcess(Kernel):
    """The exit of any thread is an exit_group."""

    def sys_exit(self, task: Task, code: int) -> None:
        """End them all."""
        self.sys_exit_group(task, code)


class FatalForOneThread(Kernel):
    """A deadly signal for one thread ends this thread alone."""

    def is_fatal(self, signo: int, task: Task) -> bool:
        """Leave it to the thread."""
        return signo == SIGKILL and super().is_fatal(signo, task)

    def group_exit(self, task: Task, status: int) -> None:
        """End one of several."""
        if status & 0x7F and not task.group.group_exit and len(self.live_threads(task.group)) > 1:
            self.begin_exit(task, status)
        else:
            super().group_exit(task, status)


class B69StopNamesAThread(Kernel):
    """A stop is reported as that of the youngest thread."""

    def take_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Give its number."""
        report = super().take_stop(opts, child)
        return report and report._replace(pid=child.group.threads[-1])


class StopWaitsForTheDead(Kernel):
    """A thread that ends keeps the process from having stopped."""

    def leave_signals(self, task: Task) -> None:
        """Take no part."""


class ZombieLeaderTakesNoSignals(Kernel):
    """A signal to a process whose first thread has ended is lost."""

    def choose_taker(self, signo: int, task: Task, *, thread_only: bool) -> Task | None:
        """Ask the first alone."""
        dead = task.exit_state is ExitState.ZOMBIE
        return None if dead else super().choose_taker(signo, task, thread_only=thread_only)
