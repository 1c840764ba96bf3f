"""Changing the program: execve, which leaves a process one thread. After ``fs/exec.c``: ``begin_new_exec``,
``de_thread``.
"""

from __future__ import annotations

from conformance.abi.signals import SIGCHLD
from conformance.reference.cloning import Cloning, ignored_actions
from conformance.reference.polling import EVERYBODY
from conformance.reference.results import OK, SLEEP, failure
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import ExitState, Phase
from conformance.trace import Fields

GONE = -1
"""The id of nobody."""


class Execve(Cloning):
    """What is left of a process after an execve, and of its threads."""

    def sys_exec(self, task: Task) -> Fields | None:
        """execve(2) of the agent; with several threads it first waits for the others to end.

        A thread that another's execve is about to end gets no further (``de_thread``; THREAD-044).
        """
        group = task.group
        if group.exec_task not in (0, task.tid):
            return failure("EAGAIN")
        if not group.exec_task and group.threads != (task.tid,):
            self.end_other_threads(task)
        if not self.is_last_for_exec(task):
            task.phase = Phase.KILLABLE
            return SLEEP
        former = task.tid
        self.take_over_leader(task)
        self.exec(task)
        task.result, task.phase = OK, Phase.LEAVING
        self.exec_stop(task, former)
        return SLEEP

    def exec(self, task: Task) -> None:
        """Replace the program (execve(2); ``begin_new_exec``).

        Handlers become SIG_DFL and all SA_ flags are cleared, SIG_IGN stays (ZOMBIE-032, ZOMBIE-033);
        mask, pending signals, death signal and subreaper attribute stay (KILL-054, ZOMBIE-072,
        ZOMBIE-085); the exit signal becomes SIGCHLD (ZOMBIE-052).
        """
        group = task.group
        self.end_exec(group)
        group.sighand = group.tgid
        group.actions = ignored_actions(group)
        self.exec_files(task)
        self.release_memory(task)
        self.commit_exec(task)
        group.exec_id += 1
        group.noexec = False
        task.exit_signal = SIGCHLD

    # -- the other threads ------------------------------------------------------------------------

    def end_other_threads(self, task: Task) -> None:
        """Begin to end all other threads for an execve (``de_thread``, ``zap_other_threads``)."""
        task.group.exec_task = task.tid
        for thread in self.live_threads(task.group):
            if thread is not task:
                self.kill_thread(thread)
        task.group.stop_count = 0

    def end_exec(self, group: ThreadGroup) -> None:
        """Let those in who would attach to a process amid its execve (``cred_guard_mutex``; PTRACE-240)."""
        group.exec_task = 0
        for task in self.tasks.values():
            if task.phase is Phase.BLOCKED and task.call is not None and task.call.name == "ptrace":
                task.woken = True

    def is_last_for_exec(self, task: Task) -> bool:
        """Say whether an execve can go on: the other threads are released, and the leader is dead.

        A thread that a tracer has not reaped holds it up (PTRACE-300).
        """
        others = [self.tasks[tid] for tid in task.group.threads if tid != task.tid]
        return all(other.tid == other.group.tgid and other.exit_state is ExitState.ZOMBIE for other in others)

    def take_over_leader(self, task: Task) -> None:
        """Give the thread that calls execve the id and the place of its leader (ZOMBIE-120, ZOMBIE-122).

        The dead leader goes without a word. Its tracer's wait is woken to find it gone, but by the id that
        the leader has by now, the caller's former one: who waits for the leader alone sleeps on (THREAD-058).
        """
        group = task.group
        leader, former = self.leader(group), task.tid
        if leader is task:
            return
        tracer = self.tasks.get(leader.tracing.tracer)
        self.exchange_tids(leader, task)
        if tracer is not None:
            self.wake_waiters(leader, tracer)
            self.unlink(leader)
        del self.tasks[former]
        self.tasks[task.tid] = task
        self.bury(former, leader.exit_code)
        self.notify_pidfd(former, EVERYBODY)
        group.threads = (task.tid,)
        group.exec_task = group.curr_target = task.tid
        task.queue = ()
        self.rename_in_families(former, task)

    def exchange_tids(self, leader: Task, task: Task) -> None:
        """Exchange the ids of two threads, by which their tracers know them."""
        exchanged = {leader.tid: task.tid, task.tid: leader.tid}
        for tracer in {leader.tracing.tracer, task.tracing.tracer} & self.tasks.keys():
            tracees = self.tasks[tracer].ptraced
            self.tasks[tracer].ptraced = tuple(exchanged.get(tid, tid) for tid in tracees)
        task.tid, leader.tid = leader.tid, task.tid

    def rename_in_families(self, former: int, task: Task) -> None:
        """Let children, tracees and tracer of a task know it by its new id."""
        for child in self.tasks.values():
            if child.parent == former:
                child.parent = task.tid
            if child.tracing.tracer == former:
                child.tracing = child.tracing._replace(tracer=task.tid)
            if child.attaching == task.tid:
                child.attaching = GONE
            elif child.attaching == former:
                child.attaching = task.tid
        path = self.space_of(task.tid)
        if self.spaces[path].init == former:
            self.spaces[path] = self.spaces[path]._replace(init=task.tid)
