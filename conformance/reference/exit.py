"""The end of a process: zombie, reparenting, release. After ``kernel/exit.c``: do_exit, exit_notify,
forget_original_parent, reparent_leader, find_new_reaper, release_task.
"""

from __future__ import annotations

from conformance.abi.ptrace import PTRACE_EVENT_EXIT
from conformance.abi.signals import SI_CODES, SIG_IGN, SIGCHLD, SIGKILL
from conformance.abi.waiting import CLD_STOPPED, CORE_FLAG
from conformance.reference.polling import EVERYBODY
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.terminal import Terminals
from conformance.reference.values import ExitState, Jobctl, Notice, Phase, SigInfo


class Exit(Terminals):
    """Exit and what it sets going, most of it under the one lock that Linux holds (tasklist_lock)."""

    def begin_exit(self, task: Task, status: int) -> None:
        """Begin the end of one thread (``do_exit``); its process ends with the last one.

        A tracer may want to see it (PTRACE-074).
        """
        task.phase, task.frames, task.queue = Phase.EXITING, (), ()
        task.waiting = None
        self.stop_watching(task)
        self.synchronize_group_exit(task, status)
        task.last_words = status
        self.event_stop(task, PTRACE_EVENT_EXIT, status)

    def synchronize_group_exit(self, task: Task, status: int) -> None:
        """Make the status of the last thread that of its process, unless something else has ended that
        (ZOMBIE-105, ZOMBIE-107).
        """
        last = not any(self.is_going_on(thread) for thread in self.live_threads(task.group))
        if last and not task.group.group_exit:
            self.mark_group_exit(task.group, status)

    def is_going_on(self, task: Task) -> bool:
        """Say whether a thread has not come to its own end yet (``signal->quick_threads``)."""
        return task.phase not in (Phase.EXITING, Phase.DYING)

    def group_exit(self, task: Task, status: int) -> None:
        """End the process by one of its threads (``do_group_exit``): the first cause counts (ZOMBIE-116).

        That there is a core is found out when the other threads have taken note of their end (PTRACE-337).
        """
        group = task.group
        if group.group_exit:
            status = group.group_exit_code & ~CORE_FLAG
        elif group.exec_task:
            status = 0  # another thread's execve ends this one alone
        else:
            self.mark_for_group_exit(task, status)
        task.fatal = False
        self.begin_exit(task, status)

    def mark_for_group_exit(self, task: Task, status: int) -> None:
        """Mark the process of a thread that ends it, and wake the others for their end."""
        self.begin_group_exit(task.group, status)

    def go_on_exiting(self, task: Task) -> None:
        """Leave signals and files behind (``exit_signals``, ``exit_files``), after the memory if a parent
        waits for that. Others may run before the rest of the end (``exit_notify``).
        """
        if task.vfork_parent:
            self.release_memory(task)
            return
        self.leave_signals(task)
        self.exit_files(task)
        task.phase = Phase.DYING
        task.last_out = not any(self.is_living(thread) for thread in self.live_threads(task.group))
        if task.last_out:
            self.leave_terminal(task.group)

    def is_living(self, task: Task) -> bool:
        """Say whether a thread counts in ``signal->live``: until its own end has really begun."""
        return task.phase is not Phase.DYING

    def release_memory(self, task: Task) -> None:
        """Wake the parent whose memory a vfork child has used (``mm_release``; ZOMBIE-130)."""
        parent = self.tasks.get(task.vfork_parent)
        task.vfork_parent = 0
        if parent is not None and parent.vfork_child == task.tid:
            parent.woken = True

    def hand_namespace_on(self, task: Task) -> bool:
        """Make another thread the init of a namespace, if there is one (``find_child_reaper``)."""
        heir = self.find_alive_thread(task)
        if heir is None:
            return False
        path = self.space_of(task.tid)
        self.spaces[path] = self.spaces[path]._replace(init=heir.tid)
        return True

    def find_alive_thread(self, task: Task) -> Task | None:
        """Return another thread of a task's process that is not dying, the eldest."""
        threads = self.live_threads(task.group)
        return next((thread for thread in threads if thread is not task and not self.is_dying(thread)), None)

    def end_namespace(self, task: Task) -> None:
        """Kill all who are in the namespace of an init that dies (``zap_pid_ns_processes``; KILL-078).

        Nobody is born there any more (KILL-083), and whoever dies now leaves no zombie to the init.
        """
        path = self.space_of(task.tid)
        self.spaces[path] = self.spaces[path]._replace(open=False)
        task.call = None
        self.set_action(task.group, SIGCHLD, task.group.action(SIGCHLD)._replace(handler=SIG_IGN))
        for member in tuple(self.groups.values()):
            if member is not task.group and self.number(member.tgid, path):
                self.send_to_process(SigInfo(SIGKILL, SI_CODES["SI_KERNEL"]), member, force=True)

    def can_go_on_dying(self, task: Task) -> bool:
        """Say whether a dying task can: an init, whose namespace it has ended, waits until it has zombies to
        bury or is the last one there.
        """
        if not self.is_init(task.tid) or self.spaces[self.space_of(task.tid)].open:
            return True
        return bool(self.zombies_of(task)) or self.is_alone(task)

    def go_on_dying(self, task: Task) -> None:
        """Become a zombie; the last thread of an init first ends its namespace, and buries those who die
        there (KILL-078, KILL-385).
        """
        if not self.is_init(task.tid) or self.hand_namespace_on(task):
            self.finish_exit(task)
        elif self.spaces[self.space_of(task.tid)].open:
            self.end_namespace(task)
        else:
            for child in self.zombies_of(task):
                self.release(child)
            if self.is_alone(task):
                self.finish_exit(task)

    def zombies_of(self, task: Task) -> list[Task]:
        """List the dead children of a task that a wait of its would reap."""
        children = (self.tasks[tid] for tid in task.children)
        return [
            child
            for child in children
            if child.exit_state is ExitState.ZOMBIE and child.group.threads == (child.tid,)
        ]

    def finish_exit(self, task: Task) -> None:
        """Hand the children over, become a zombie, tell the parent (``exit_notify``).

        Who was the last to begin is not always the last here: then the group is looked at too early
        (JOBCTL-033).
        """
        unwanted = self.forget_tracees(task)
        self.orphan_children(task)
        if task.last_out:
            self.hang_up_if_orphaned(self.leader(task.group), None)
        task.exit_code, task.call, task.pending = task.last_words, None, ()
        task.phase, task.exit_state = Phase.IDLE, ExitState.ZOMBIE
        if self.nobody_waits_for(task):
            unwanted.append(task)
        for dead in unwanted:
            self.bury_unwanted(dead)

    def bury_unwanted(self, task: Task) -> None:
        """Release a dead task that nobody waits for.

        Who has a pidfd of it may look at it a moment before, when it is dead and not gone yet (EXIT_DEAD in
        ``exit_notify``, then ``release_task``; PIDFD-334). Nobody else could tell.
        """
        if self.has_pidfd(task.tid):
            task.exit_state = ExitState.DEAD
        else:
            self.release(task)

    def leave_signals(self, task: Task) -> None:
        """Take no more part in what concerns all threads (``exit_signals``).

        Signals that this thread would have taken go to another; a group stop may be complete without it
        (THREAD-023, THREAD-060).
        """
        if task.group.group_exit or not self.signal_pending(task):
            return
        self.pass_on(task, ~task.blocked)
        if task.jobctl & Jobctl.STOP_PENDING and self.take_part_in_stop(task):
            self.notify_of_stop(task, Notice(CLD_STOPPED))

    def nobody_waits_for(self, task: Task) -> bool:
        """Tell whoever is to know of a death; say whether nobody is, or wants to (``exit_notify``).

        Of a thread only its tracer hears; of a process its parent, and not before its last thread is gone
        (ZOMBIE-101). A tracer that is not the parent gets SIGCHLD, whatever the exit signal (PTRACE-104).
        """
        leads = task.tid == task.group.tgid
        alone = leads and task.group.threads == (task.tid,)
        if task.tracing.tracer:
            own = alone and not self.is_reparented(task)
            return self.notify_parent_of_exit(task, task.exit_signal if own else SIGCHLD)
        if leads:
            return alone and self.notify_parent_of_exit(task, task.exit_signal)
        self.notify_pidfd(task.tid)
        return True

    def orphan_children(self, father: Task) -> None:
        """Give the children of a dying task to its reaper (``forget_original_parent``)."""
        children = father.children
        father.children = ()
        if not children:
            return
        reaper = self.find_reaper(father)
        reaper.children += children
        for tid in children:
            child = self.tasks[tid]
            for thread in self.all_threads(child.group):
                thread.parent = reaper.tid
                self.send_parent_death_signal(father, thread)
            if reaper.group is not father.group:
                self.reparent(father, child)

    def find_reaper(self, father: Task) -> Task:
        """Return who adopts: another thread of the process (ZOMBIE-082), else the nearest living ancestor
        that is a subreaper, else the namespace's init.

        prctl(2) PR_SET_CHILD_SUBREAPER; ZOMBIE-062, ZOMBIE-069, ZOMBIE-070, ZOMBIE-071. No subreaper
        outside the namespace is asked (ZOMBIE-073).
        """
        sibling = self.find_alive_thread(father)
        if sibling is not None:
            return sibling
        space = self.space_of(father.tid)
        for ancestor in self.ancestors(father):
            if self.space_of(ancestor.tid) != space:
                break
            thread = self.alive_thread_of(ancestor) if ancestor.group.child_subreaper else None
            if thread is not None:
                return thread
        return self.tasks[self.spaces[space].init]

    def alive_thread_of(self, task: Task) -> Task | None:
        """Return the eldest thread of a task's process that is not dying, whichever thread the task is
        (THREAD-048).
        """
        return next((thread for thread in self.live_threads(task.group) if not self.is_dying(thread)), None)

    def send_parent_death_signal(self, father: Task, child: Task) -> None:
        """Send PDEATHSIG, at each reparenting anew (prctl(2); ZOMBIE-080, ZOMBIE-088).

        It comes from the dying parent, who needs leave for it as for a signal of kill (ZOMBIE-304).
        """
        if child.pdeath_signal and self.may_signal(child.pdeath_signal, father, child):
            info = SigInfo(child.pdeath_signal, 0, father.group.tgid, self.uid_told(father))
            self.send_to_process(info, child.group, via=child)

    def reparent(self, father: Task, child: Task) -> None:
        """Make an orphan an ordinary child of its reaper, and tell the reaper of a zombie.

        The exit signal becomes SIGCHLD (ZOMBIE-067); a zombie whose reaper ignores SIGCHLD goes away
        (ZOMBIE-064, ZOMBIE-066).
        """
        child.exit_signal = SIGCHLD
        dead = child.exit_state is ExitState.ZOMBIE and child.group.threads == (child.tid,)
        released = dead and not child.tracing.tracer and self.notify_parent_of_exit(child, SIGCHLD)
        self.hang_up_if_orphaned(child, father)
        if released:
            self.release(child)

    def release(self, task: Task) -> None:
        """Take a dead task out of all tables; its id is free from now on (``release_task``; ZOMBIE-010).

        With its last thread a process whose leader died before is there to be waited for (ZOMBIE-104,
        ZOMBIE-115).
        """
        if task.tracing.tracer:
            self.unlink(task)
        group = task.group
        if group.curr_target == task.tid:
            group.curr_target = self.next_thread(task).tid  # THREAD-021
        group.threads = tuple(tid for tid in group.threads if tid != task.tid)
        del self.tasks[task.tid]
        self.bury(task.tid, task.exit_code)
        self.notify_pidfd(task.tid, EVERYBODY)
        if group.threads:
            self.notice_lone_leader(group)
            return
        parent = self.tasks.get(task.parent)
        if parent is not None:
            parent.children = tuple(tid for tid in parent.children if tid != task.tid)
        del self.groups[group.tgid]

    def notice_lone_leader(self, group: ThreadGroup) -> None:
        """Tell the parent of a zombie leader whose last other thread is gone.

        What is told is the status of the process (ZOMBIE-106, ZOMBIE-109).
        """
        leader = self.leader(group)
        if group.threads != (group.tgid,) or leader.exit_state is not ExitState.ZOMBIE:
            return
        self.settle_leader_code(leader)
        if self.notify_parent_of_exit(leader, leader.exit_signal):
            self.bury_unwanted(leader)

    def settle_leader_code(self, leader: Task) -> None:
        """Let a leader that outlived nobody tell the end of its process (``release_task``; ZOMBIE-106)."""
        leader.exit_code = leader.group.group_exit_code
