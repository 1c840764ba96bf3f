"""The things a kernel keeps: tasks and thread groups.

A *task* is what Linux schedules (a thread); a *thread group* is what POSIX calls a process. Linux keeps
the signal actions, the process-wide pending set, and all of job control in the group
(``struct signal_struct`` and ``sighand_struct``), the mask and the blocked call in the task
(``struct task_struct``). This module keeps them in the same two places, under the same names.

Everything here is data that can be copied and compared: a state of the whole kernel is a value.
"""

from __future__ import annotations

from conformance.abi.signals import SIGCHLD
from conformance.case.model import Call, Fd
from conformance.reference.values import (
    DEFAULT_ACTION,
    NOBODY,
    OUTSIDE,
    UNTRACED,
    Action,
    ExitState,
    Frame,
    Notice,
    Phase,
    Restart,
    SigInfo,
    Trap,
    Usage,
    WaitOpts,
    Watching,
)
from conformance.trace import Fields


class ThreadGroup:
    """A process: what all its threads share."""

    __slots__ = (
        "actions",
        "autoreap",
        "cgroup",
        "child_subreaper",
        "children_usage",
        "cld_pending",
        "ctty",
        "curr_target",
        "dumpable",
        "exec_id",
        "exec_task",
        "group_exit",
        "group_exit_code",
        "joined",
        "master",
        "no_core",
        "no_queue",
        "noexec",
        "old_foreground",
        "pending",
        "pgid",
        "session_leader",
        "sid",
        "sighand",
        "slave",
        "stop_continued",
        "stop_count",
        "stop_stopped",
        "tgid",
        "threads",
        "unkillable",
        "usage",
    )

    def __init__(self, tgid: int, pgid: int, sid: int) -> None:
        """Make a process with default actions and nothing pending."""
        self.tgid = tgid
        self.pgid = pgid
        self.sid = sid
        self.joined = 0  # when it joined its process group, as World.joins counts
        self.session_leader = False
        self.threads: tuple[int, ...] = (tgid,)  # in the order in which they were made
        self.actions: dict[int, Action] = {}  # never changed in place: shared by copies
        self.sighand = tgid  # processes with the same number share their actions (CLONE_SIGHAND)
        self.curr_target = tgid  # the thread that took the last signal which its addressee did not want
        self.pending: tuple[SigInfo, ...] = ()  # signal->shared_pending
        self.group_exit = False  # SIGNAL_GROUP_EXIT
        self.group_exit_code = 0  # the wait status; while stopped, the stop signal (0 once reported)
        self.exec_task = 0  # group_exec_task: the thread that ends all others
        self.stop_count = 0  # group_stop_count: threads that have still to stop
        self.stop_stopped = False  # SIGNAL_STOP_STOPPED
        self.stop_continued = False  # SIGNAL_STOP_CONTINUED
        self.cld_pending = 0  # SIGNAL_CLD_MASK: the process owes its parent this notification
        self.autoreap = False  # signal->autoreap: leaves no zombie, whatever its parent wants
        self.child_subreaper = False
        self.unkillable = False  # SIGNAL_UNKILLABLE: init of a PID namespace
        self.exec_id = 0
        self.dumpable = True  # mm->flags: a core may be written
        self.no_core = False  # RLIMIT_CORE is less than a core has at least
        self.no_queue = False  # RLIMIT_SIGPENDING is 0: siginfo is kept only of what may not be lost
        self.usage = Usage(switched=True)  # every actor slept before it was told to do anything
        self.children_usage = Usage()  # signal->cmin_flt and its kin: what the children that it reaped used
        self.noexec = True  # PF_FORKNOEXEC: has not called execve since the fork
        self.ctty = 0  # signal->tty: the controlling terminal
        self.old_foreground = 0  # tty_old_pgrp: a session leader's, of a terminal that was hung up
        self.cgroup = OUTSIDE  # task_struct.cgroups, as far as it is the case's
        self.master = self.slave = 0  # the open files: which terminal's ends it has

    def copy(self) -> ThreadGroup:
        """Return an equal, independent process."""
        twin = ThreadGroup.__new__(ThreadGroup)
        for name in ThreadGroup.__slots__:
            setattr(twin, name, getattr(self, name))
        return twin

    def key(self) -> tuple[object, ...]:
        """Return a hashable value, equal for equal processes."""
        return (
            *(getattr(self, name) for name in ThreadGroup.__slots__ if name != "actions"),
            tuple(sorted(self.actions.items())),
        )

    def action(self, signo: int) -> Action:
        """Return the disposition of ``signo``."""
        return self.actions.get(signo, DEFAULT_ACTION)


class Task:
    """A thread."""

    __slots__ = (
        "attaching",
        "blocked",
        "call",
        "children",
        "exit_code",
        "exit_signal",
        "exit_state",
        "fatal",
        "faults",
        "files",
        "filters",
        "frames",
        "group",
        "ids",
        "jobctl",
        "last_out",
        "last_words",
        "looping",
        "notified",
        "parent",
        "parent_exec_id",
        "pdeath_signal",
        "pending",
        "phase",
        "ptraced",
        "queue",
        "real_blocked",
        "restart",
        "result",
        "resuming",
        "saved_mask",
        "stopped",
        "telling",
        "tid",
        "tracing",
        "trap",
        "unnamed",
        "unsignalled",
        "vfork_child",
        "vfork_parent",
        "waiting",
        "watching",
        "woken",
    )

    def __init__(self, tid: int, group: ThreadGroup, parent: int) -> None:
        """Make an idle task with an empty mask; ``parent`` is the tid of ``task_struct.real_parent``."""
        self.tid = tid
        self.group = group
        self.parent = parent
        self.ids = NOBODY  # task_struct.cred
        self.children: tuple[int, ...] = ()  # in the order in which they were attached
        self.exit_signal = SIGCHLD
        self.exit_state = ExitState.ALIVE
        self.pdeath_signal = 0
        self.faults = 0  # its own part of the process's usage
        self.parent_exec_id = 0
        self.blocked = 0  # the signal mask, signal n in bit n-1
        self.real_blocked = 0  # the mask, while it sleeps in sigtimedwait with a smaller one
        self.saved_mask: int | None = None  # the mask that sigsuspend has replaced
        self.pending: tuple[SigInfo, ...] = ()  # directed at this thread
        self.frames: tuple[Frame, ...] = ()
        self.stopped = False  # TASK_STOPPED
        self.jobctl = 0
        self.telling: tuple[Notice, ...] = ()  # what it is about to tell its parents of stops and continues
        self.looping = False  # has taken a signal, and looks on without beginning anew (get_signal's loop)
        self.notified = False  # knows of what is pending for the process (TIF_SIGPENDING)
        self.fatal = False  # SIGKILL in its own queue: the process is being ended (fatal_signal_pending)
        self.last_out = False  # was the last thread of its process to begin its end (group_dead)
        self.last_words = 0  # the status that it exits with
        self.exit_code = 0  # a wait status at its end; in a ptrace-stop the stop code, 0 once reported
        self.vfork_parent = 0  # who waits for it to give up the memory they share
        self.vfork_child = 0  # whom it waits for
        self.files = tid  # which table of descriptors it has; 0: none any more
        self.unnamed: Fd | None = None  # what the descriptor that its clone has made will be called
        self.filters: tuple[int, ...] = ()  # seccomp: what becomes of a getppid
        self.tracing = UNTRACED
        self.ptraced: tuple[int, ...] = ()  # its tracees, the newest first
        self.trap: Trap | None = None  # TASK_TRACED
        self.attaching = 0  # whom it will trace once an execve is done
        self.resuming: Trap | None = None  # the stop that it is about to leave
        self.call: Call | None = None
        self.queue: tuple[Call, ...] = ()  # made right after `call`, without anything in between
        self.unsignalled = False  # STARTING, and had no signal to take since: it may have entered the call
        self.phase = Phase.IDLE
        self.restart = Restart.NONE
        self.result: Fields = ()
        self.waiting: WaitOpts | None = None  # set while it sleeps in do_wait()
        self.watching: Watching | None = None  # set while it sleeps in poll or epoll_wait
        self.woken = False

    def copy(self, groups: dict[int, ThreadGroup]) -> Task:
        """Return an equal task of the copied process in ``groups``."""
        twin = Task.__new__(Task)
        for name in Task.__slots__:
            setattr(twin, name, getattr(self, name))
        twin.group = groups[self.group.tgid]
        return twin

    def key(self) -> tuple[object, ...]:
        """Return a hashable value, equal for equal tasks."""
        return tuple(getattr(self, name) for name in Task.__slots__ if name != "group")
