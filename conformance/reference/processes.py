"""Making processes and changing their programs: fork and exec, and the attributes that prctl sets."""

from __future__ import annotations

from conformance.abi.processes import (
    CLONE_CLEAR_SIGHAND,
    CLONE_NEWPID,
    CLONE_PARENT,
    CLONE_PTRACE,
    CLONE_SIGHAND,
    CLONE_THREAD,
    CLONE_UNTRACED,
    CLONE_VFORK,
    CLONE_VM,
    PR_GET_PDEATHSIG,
    PR_SET_CHILD_SUBREAPER,
    PR_SET_PDEATHSIG,
    THREAD_FLAGS,
)
from conformance.abi.ptrace import (
    PTRACE_EVENT_CLONE,
    PTRACE_EVENT_FORK,
    PTRACE_EVENT_VFORK,
    PTRACE_EVENT_VFORK_DONE,
)
from conformance.abi.signals import SIG_IGN, SIGCHLD, SIGNAL_NAMES
from conformance.abi.waiting import exited_status
from conformance.reference.task import Action, ExitState, Phase, Task, ThreadGroup
from conformance.reference.usage import Accounting
from conformance.reference.wait import OK, SLEEP, failure, outcome
from conformance.trace import Fields, Value

NO_EXIT_SIGNAL = -1
"""The exit signal of a thread: its end is told to nobody."""


GONE = -1
"""The id of nobody."""


def ignored_actions(group: ThreadGroup) -> dict[int, Action]:
    """Return the actions that an execve leaves: of SIG_IGN, without flags."""
    return {signo: Action(SIG_IGN) for signo, action in group.actions.items() if action.handler == SIG_IGN}


def clone_event(exit_signal: int, flags: int) -> int:
    """Return as which event a tracer hears of a new task (``kernel_clone``; PTRACE-067, PTRACE-072)."""
    if flags & CLONE_VFORK:
        return PTRACE_EVENT_VFORK
    return PTRACE_EVENT_FORK if exit_signal == SIGCHLD else PTRACE_EVENT_CLONE


class Processes(Accounting):
    """fork, exec, prctl."""

    def fork(self, parent: Task, name: str, exit_signal: int, flags: int = 0) -> Task:
        """Make a child, or a thread (``copy_process``; fork(2), clone(2)).

        A process inherits ids (KILL-306), group, session, mask, actions, cgroup (KILL-420); not pending
        signals, the parent-death signal (ZOMBIE-084), the subreaper attribute (ZOMBIE-061).
        """
        tid = self.last_pid + 1
        group = parent.group if flags & CLONE_THREAD else self.new_process(parent, tid, flags)
        child = Task(tid, group, parent.tid)
        child.ids = parent.ids
        child.blocked = parent.blocked
        child.filters = parent.filters
        child.exit_signal = exit_signal
        child.parent_exec_id = parent.group.exec_id
        if flags & (CLONE_PARENT | CLONE_THREAD):
            self.make_sibling(parent, child, thread=bool(flags & CLONE_THREAD))
        if not flags & CLONE_THREAD and child.parent:
            self.tasks[child.parent].children += (tid,)
        self.add_task(name, child)
        if flags & CLONE_THREAD:
            child.notified = True  # looks first of all (``calculate_sigpending``)
            self.join_stop_at_birth(parent, child)
        else:
            group.unkillable = self.is_init(tid)
        return child

    def new_process(self, parent: Task, tid: int, flags: int) -> ThreadGroup:
        """Make a process like its creator's; with CLONE_SIGHAND they have their actions in common."""
        old = parent.group
        group = ThreadGroup(tid, old.pgid, old.sid)
        group.actions = ignored_actions(old) if flags & CLONE_CLEAR_SIGHAND else old.actions
        if flags & CLONE_SIGHAND:
            group.sighand = old.sighand
        group.exec_id = old.exec_id
        group.no_queue = old.no_queue
        group.no_core = old.no_core
        group.dumpable = old.dumpable
        group.cgroup = old.cgroup  # KILL-420
        self.inherit_terminal(old, group)
        return group

    def make_sibling(self, creator: Task, child: Task, *, thread: bool) -> None:
        """Give a new task its creator's parent (CLONE_PARENT, CLONE_THREAD; ZOMBIE-140).

        A new process also takes the exit signal of the creator's process (ZOMBIE-141); a thread has none.
        """
        child.parent = creator.parent
        child.parent_exec_id = creator.parent_exec_id
        child.exit_signal = NO_EXIT_SIGNAL if thread else self.leader(creator.group).exit_signal

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
        self.release_memory(task)
        self.commit_exec(task)
        group.exec_id += 1
        group.noexec = False
        task.exit_signal = SIGCHLD

    # -- threads and exec ------------------------------------------------------------------------

    def end_other_threads(self, task: Task) -> None:
        """Begin to end all other threads for an execve (``de_thread``, ``zap_other_threads``)."""
        task.group.exec_task = task.tid
        for thread in self.live_threads(task.group):
            if thread is not task:
                self.kill_thread(thread)
        task.group.stop_count = 0

    def end_exec(self, group: ThreadGroup) -> None:
        """Let those in who wanted to attach to a process amid its execve (``cred_guard_mutex``; PTRACE-240)."""
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

        The dead leader goes without a word. Its tracer's wait is woken to find it gone, but by the id that the
        leader has by now, the caller's former one: who waits for the leader alone sleeps on (THREAD-058).
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

    def sys_prctl(self, task: Task, option: int, arg: int) -> Fields:
        """prctl(2), the two attributes that concern a process's end."""
        if option == PR_SET_PDEATHSIG:
            if not self.valid_signal(arg):
                return failure("EINVAL")  # ZOMBIE-086
            task.pdeath_signal = arg
        elif option == PR_SET_CHILD_SUBREAPER:
            task.group.child_subreaper = bool(arg)
        else:
            return (("ret", 0), ("value", self.prctl_value(task, option)))
        return (("ret", 0),)

    def prctl_value(self, task: Task, option: int) -> Value:
        """Return what a PR_GET_ option reads."""
        if option == PR_GET_PDEATHSIG:
            return SIGNAL_NAMES.get(task.pdeath_signal, 0)
        return int(task.group.child_subreaper)

    # -- system calls ----------------------------------------------------------------------------

    def sys_fork(self, task: Task, child: str, exit_signal: int) -> Fields | None:
        """clone(exit_signal): any byte will do as the exit signal (ZOMBIE-050)."""
        return self.sys_clone(task, child, exit_signal, 0)

    def sys_clone(self, task: Task, child: str, exit_signal: int, flags: int) -> Fields | None:
        """clone(2): the exit signal is the low byte of the flags; a thread has none whatever is given."""
        flags &= 0xFFFFFFFF
        error = self.clone_error(task, flags)
        if error:
            return failure(error)
        return self.clone_into(task, child, exit_signal & 0xFF, flags)

    def sys_clone3(self, task: Task, child: str, exit_signal: int, set_tid: int, flags: int) -> Fields | None:
        """clone3(2): an exit signal must be one (ZOMBIE-049), and is not given for threads and siblings
        (``clone3_args_valid``; ZOMBIE-142).
        """
        both_hands = CLONE_SIGHAND | CLONE_CLEAR_SIGHAND
        if not self.valid_signal(exit_signal) or flags & both_hands == both_hands:
            return failure("EINVAL")
        if flags & (CLONE_THREAD | CLONE_PARENT) and exit_signal:
            return failure("EINVAL")
        error = self.clone_error(task, flags)
        if error:
            return failure(error)
        return self.clone_into(task, child, exit_signal, flags, set_tid)

    def sys_thread(self, task: Task, child: str) -> Fields | None:
        """clone(2) as pthread_create calls it."""
        return self.sys_clone(task, child, 0, THREAD_FLAGS)

    def sys_vfork(self, task: Task, child: str) -> Fields | None:
        """vfork(2)."""
        return self.sys_clone(task, child, SIGCHLD, CLONE_VM | CLONE_VFORK)

    def clone_error(self, task: Task, flags: int) -> str | None:
        """Say what is wrong with clone flags (``copy_process``; ZOMBIE-143, ZOMBIE-145)."""
        if flags & CLONE_THREAD and not flags & CLONE_SIGHAND:
            return "EINVAL"
        if flags & CLONE_SIGHAND and not flags & CLONE_VM:
            return "EINVAL"
        if flags & CLONE_PARENT and task.group.unkillable:
            return "EINVAL"
        if flags & CLONE_THREAD and (flags & CLONE_NEWPID or task.tid in self.unshared):
            return "EINVAL"
        return None

    def clone_into(
        self, task: Task, name: str, exit_signal: int, flags: int, number: int = 0
    ) -> Fields | None:
        """Make a task that lives in a namespace, with a number of choice there (0: any), and tell the tracer.

        Signals that came before are taken first, and the call then starts again (KILL-061).

        With CLONE_VFORK the caller then sleeps, and no signal but SIGKILL wakes it (ZOMBIE-130).
        """
        self.look_for_signals(task)
        if self.signal_pending(task):
            return SLEEP  # and again, when these are dealt with: KILL-062
        space = self.make_space(task) if flags & CLONE_NEWPID else self.space_for_children(task)
        if space is None:
            return failure("EINVAL")
        error = self.allocate(self.last_pid + 1, space, number)
        if error:
            return failure(error)
        child = self.fork(task, name, exit_signal, flags)
        event = clone_event(exit_signal, flags)
        wanted = not flags & CLONE_UNTRACED and bool(task.tracing.options >> event & 1)
        self.trace_newborn(task, child, wanted=wanted or bool(flags & CLONE_PTRACE))
        result: Fields = (("ret", self.name(child.tid)),)
        if flags & CLONE_VFORK:
            child.vfork_parent = task.tid
            task.vfork_child = child.tid
        if wanted:
            self.event_stop(task, event, child.tid)
        return self.after_fork(task, result, stopped=wanted)

    def after_fork(self, task: Task, result: Fields, *, stopped: bool) -> Fields | None:
        """Return to the caller, or have it wait first: in a stop, or for the child of a vfork."""
        task.result = result
        if task.vfork_child:
            task.phase = Phase.KILLABLE
            return SLEEP
        if stopped:
            task.phase = Phase.LEAVING
            return SLEEP
        return result

    def end_vfork_wait(self, task: Task) -> None:
        """Go on when the child of a vfork is done with the memory, and tell the tracer (PTRACE-073)."""
        child, task.vfork_child = task.vfork_child, 0
        task.phase, task.woken = Phase.LEAVING, False
        if not task.fatal:
            self.event_stop(task, PTRACE_EVENT_VFORK_DONE, child)

    def sys_unshare_pid(self, task: Task) -> Fields:
        """unshare(CLONE_NEWPID): a namespace for the children to come, not for the caller."""
        space = self.make_space(task)
        if space is None:
            return failure("EINVAL")
        self.unshared[task.tid] = space
        return OK

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

    def sys_exit(self, task: Task, code: int) -> None:
        """_exit(2): the end of one thread. The kernel keeps eight bits of the code (WAIT-040).

        Here the task is only marked: what it holds is given back before it becomes a zombie
        (``synchronize_group_exit``, then ``exit_notify``). If a signal has marked it already, that cause
        stays (KILL-060).
        """
        self.begin_exit(task, exited_status(code))

    def sys_exit_group(self, task: Task, code: int) -> None:
        """exit_group(2): the end of all threads (ZOMBIE-113)."""
        self.group_exit(task, exited_status(code))

    def sys_gettid(self, task: Task) -> Fields:
        """gettid(2)."""
        return (("ret", self.name(task.tid)),)

    def sys_getpid(self, task: Task) -> Fields:
        """getpid(2): the id of the leader, whichever thread asks."""
        return (("ret", self.name(task.group.tgid)),)

    def sys_setpgid(self, task: Task, pid: int, pgid: int) -> Fields:
        """setpgid(2)."""
        return outcome(self.setpgid(task, pid, pgid))

    def sys_getpgid(self, task: Task, pid: int) -> Fields:
        """getpgid(2): a zombie still has a group (ZOMBIE-006)."""
        group = self.find_process(pid) if pid else task.group
        return failure("ESRCH") if group is None else (("ret", self.name(group.pgid)),)

    def sys_getsid(self, task: Task, pid: int) -> Fields:
        """getsid(2): a zombie still has a session (ZOMBIE-006)."""
        group = self.find_process(pid) if pid else task.group
        return failure("ESRCH") if group is None else (("ret", self.name(group.sid)),)

    def sys_setsid(self, task: Task) -> Fields:
        """setsid(2)."""
        error = self.setsid(task)
        return failure(error) if error else (("ret", self.name(task.group.sid)),)

    def sys_getppid(self, task: Task) -> Fields:
        """getppid(2): 0 for a namespace's init (KILL-084)."""
        if task.parent == 0:
            return (("ret", 0 if self.environment.pidns else "pid?"),)
        return (("ret", self.name(self.tasks[task.parent].group.tgid)),)
