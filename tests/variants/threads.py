"""Threads, vfork and execve with threads: how a process begins, and when it is over."""

from __future__ import annotations

from conformance.abi.processes import CLONE_SIGHAND, CLONE_THREAD, CLONE_VFORK
from conformance.abi.signals import SIGKILL
from conformance.abi.waiting import WNOWAIT
from conformance.reference.kernel import Kernel
from conformance.reference.notify import exit_cause
from conformance.reference.task import ExitState, Phase, SigInfo, Task, ThreadGroup, WaitOpts
from conformance.reference.wait import Report
from conformance.trace import Fields

# -- who is dead, and of what ------------------------------------------------------------------------


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


# -- birth -------------------------------------------------------------------------------------------


class B73VforkIsFork(Kernel):
    """The caller of vfork does not wait."""

    def clone_into(
        self, task: Task, name: str, exit_signal: int, flags: int, number: int = 0
    ) -> Fields | None:
        """Forget what was asked for."""
        return super().clone_into(task, name, exit_signal, flags & ~CLONE_VFORK, number)


class VforkEndsWithExecAlone(Kernel):
    """A vfork child that ends without an execve leaves its parent asleep."""

    def go_on_exiting(self, task: Task) -> None:
        """Wake nobody."""
        task.vfork_parent = 0
        super().go_on_exiting(task)


class VforkParentIsDeaf(Kernel):
    """Not even SIGKILL reaches the caller of vfork: Linux before 3.4."""

    def can_run(self, task: Task) -> bool:
        """Wait for the child."""
        deaf = task.phase is Phase.KILLABLE and task.vfork_child
        return task.woken if deaf else super().can_run(task)


class VforkParentHears(Kernel):
    """Any signal ends the sleep of vfork."""

    def can_run(self, task: Task) -> bool:
        """Wake up for it."""
        deaf = task.phase is Phase.KILLABLE and task.vfork_child
        return super().can_run(task) or bool(deaf and self.signal_pending(task))


class VforkChildDiesWithItsParent(Kernel):
    """A vfork child does not outlive the parent whose memory it uses."""

    def send_parent_death_signal(self, father: Task, child: Task) -> None:
        """Kill it."""
        if child.vfork_parent == father.tid:
            self.send_to_process(SigInfo(SIGKILL, 0x80), child.group, force=True)
        super().send_parent_death_signal(father, child)


class HandlersAreCopied(Kernel):
    """CLONE_SIGHAND copies the actions, unless it makes a thread."""

    def new_process(self, parent: Task, tid: int, flags: int) -> ThreadGroup:
        """Share nothing."""
        return super().new_process(parent, tid, flags & ~CLONE_SIGHAND)


class ExecChangesSharedHandlers(Kernel):
    """execve resets the actions of all who share them."""

    def exec(self, task: Task) -> None:
        """Do it before the sharing ends."""
        sighand = task.group.sighand
        super().exec(task)
        for group in self.groups.values():
            if group.sighand == sighand:
                group.actions = task.group.actions


class ClearSighandIsNoFlag(Kernel):
    """CLONE_CLEAR_SIGHAND is not known."""

    def new_process(self, parent: Task, tid: int, flags: int) -> ThreadGroup:
        """Keep the handlers."""
        return super().new_process(parent, tid, flags & 0xFFFFFFFF)


class SiblingHasTheSignalThatWasGiven(Kernel):
    """Linux before 5.11: a CLONE_PARENT child has the exit signal that clone was given."""

    def fork(self, parent: Task, name: str, exit_signal: int, flags: int = 0) -> Task:
        """Take it."""
        child = super().fork(parent, name, exit_signal, flags)
        if not flags & CLONE_THREAD:
            child.exit_signal = exit_signal
        return child


class ThreadsHaveTheirCreatorsSignals(Kernel):
    """A new thread has the pending signals of its creator."""

    def fork(self, parent: Task, name: str, exit_signal: int, flags: int = 0) -> Task:
        """Copy them."""
        child = super().fork(parent, name, exit_signal, flags)
        if flags & CLONE_THREAD:
            child.pending = parent.pending
        return child


class ThreadsAreBornIntoNoStop(Kernel):
    """A new thread does not know that its process is stopped."""

    def join_stop_at_birth(self, parent: Task, child: Task) -> None:
        """Let it run."""


# -- execve ------------------------------------------------------------------------------------------


class B25ExecSparesTheFirstThread(Kernel):
    """An execve of another thread does not end the first, and waits for it."""

    def is_spared(self, task: Task) -> bool:
        """Say whether it is the first thread, and another's execve is under way."""
        group = task.group
        return task.tid == group.tgid and group.exec_task not in (0, task.tid) and not group.group_exit

    def kill_thread(self, task: Task) -> None:
        """Pass it over."""
        if not self.is_spared(task):
            super().kill_thread(task)

    def signal_pending(self, task: Task) -> bool:
        """Let it go on."""
        return not self.is_spared(task) and super().signal_pending(task)


class B23SigkillIsLostToExec(Kernel):
    """While an execve is under way SIGKILL counts for nothing."""

    def prepare_signal(self, signo: int, task: Task, *, force: bool) -> bool:
        """Drop it."""
        lost = signo == SIGKILL and task.group.exec_task
        return not lost and super().prepare_signal(signo, task, force=force)


class SigkillForAnEndedThreadCounts(Kernel):
    """SIGKILL for a thread that an execve has ended ends the process."""

    def is_killed_alone(self, signo: int, task: Task) -> bool:
        """Count it as any other."""
        return False

    def choose_taker(self, signo: int, task: Task, *, thread_only: bool) -> Task | None:
        """Let anybody take it."""
        amid = signo == SIGKILL and task.group.exec_task
        return super().choose_taker(signo, task, thread_only=thread_only and not amid)


class ExecTakesTheFirstThreadsMask(Kernel):
    """Mask, signals and death signal after a thread's execve are those of the thread whose place it takes."""

    def take_over_leader(self, task: Task) -> None:
        """Become the first thread altogether."""
        leader = self.leader(task.group)
        task.blocked, task.pending, task.pdeath_signal = leader.blocked, leader.pending, leader.pdeath_signal
        super().take_over_leader(task)


class SecondExecTakesOver(Kernel):
    """A second thread that calls execve ends the first that did."""

    def sys_exec(self, task: Task) -> Fields | None:
        """Begin anew."""
        if task.group.exec_task not in (0, task.tid):
            task.group.exec_task = 0
        return super().sys_exec(task)


class ExecWaitsForNoTracer(Kernel):
    """A thread that its tracer has not reaped does not hold an execve up."""

    def is_last_for_exec(self, task: Task) -> bool:
        """Count the living."""
        return self.live_threads(task.group) == [task]


class WaitForATracedLeaderEndsAtExec(Kernel):
    """An execve tells whoever waits for the traced first thread that it is gone."""

    def take_over_leader(self, task: Task) -> None:
        """Tell it by the number that it had."""
        leader = self.leader(task.group)
        tracer = self.tasks.get(leader.tracing.tracer)
        if tracer is not None and leader is not task:
            self.wake_waiters(leader, tracer)
        super().take_over_leader(task)


# -- the children of threads -------------------------------------------------------------------------


class B18ChildrenOfThreadsGoToInit(Kernel):
    """The children of a thread that ends are orphans."""

    def find_reaper(self, father: Task) -> Task:
        """Send them to init."""
        return self.tasks[self.spaces[self.space_of(father.tid)].init]


class ChildrenComeOverToTheFront(Kernel):
    """The children of a thread that ends stand before those of the thread that they come to."""

    def orphan_children(self, father: Task) -> None:
        """Turn the order round."""
        reaper = self.find_alive_thread(father)
        old = reaper.children if reaper is not None else ()
        super().orphan_children(father)
        if reaper is not None:
            reaper.children = (*(tid for tid in reaper.children if tid not in old), *old)


class ThreadsEndIsToldOfTheirZombies(Kernel):
    """Who gets a zombie from a sibling thread is told as an adopter is."""

    def orphan_children(self, father: Task) -> None:
        """Tell of each."""
        children = [self.tasks[tid] for tid in father.children]
        super().orphan_children(father)
        for child in children:
            if child.exit_state is ExitState.ZOMBIE and self.find_alive_thread(father):
                self.notify_parent_of_exit(child, child.exit_signal)


class DeathSignalOfTheProcess(Kernel):
    """The parent-death signal comes when the parent's last thread ends."""

    def send_parent_death_signal(self, father: Task, child: Task) -> None:
        """Wait for that."""
        if self.find_alive_thread(father) is None:
            super().send_parent_death_signal(father, child)


class DeathSignalIsShared(Kernel):
    """The parent-death signal is an attribute of the process."""

    def sys_prctl(self, task: Task, option: int, arg: int) -> Fields:
        """Set it for all threads."""
        fields = super().sys_prctl(task, option, arg)
        for thread in self.live_threads(task.group):
            thread.pdeath_signal = task.pdeath_signal
        return fields


class TheThreadThatForkedAdopts(Kernel):
    """A subreaper adopts by the thread that made the process that dies."""

    def alive_thread_of(self, task: Task) -> Task | None:
        """Ask it first."""
        return super().alive_thread_of(task) if self.is_dying(task) else task


class NamespaceEndsWithTheFirstThread(Kernel):
    """A PID namespace ends when the first thread of its init does."""

    def hand_namespace_on(self, task: Task) -> bool:
        """Keep it."""
        return False


class GroupIsOrphanedByTheFirstThread(Kernel):
    """A process whose first thread has ended counts as dead for job control."""

    def links_to_session(self, group: ThreadGroup) -> bool:
        """Look at the first thread alone."""
        return self.leader(group).exit_state is ExitState.ALIVE and super().links_to_session(group)


class TerminalGoesWithTheFirstThread(Kernel):
    """A session leader gives its terminal up when its first thread ends."""

    def finish_exit(self, task: Task) -> None:
        """Do not wait for the others."""
        if task.tid == task.group.tgid and len(self.live_threads(task.group)) > 1:
            self.leave_terminal(task.group)
        super().finish_exit(task)
