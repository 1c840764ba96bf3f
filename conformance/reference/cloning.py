"""Making processes and threads: fork, vfork, clone and clone3. After ``kernel/fork.c``."""

from __future__ import annotations

from typing import NamedTuple

from conformance.abi.descriptors import PIDFD_AUTOKILL, PIDFD_THREAD
from conformance.abi.processes import (
    CLONE_AUTOREAP,
    CLONE_CLEAR_SIGHAND,
    CLONE_DETACHED,
    CLONE_FILES,
    CLONE_NEWPID,
    CLONE_NNP,
    CLONE_PARENT,
    CLONE_PARENT_SETTID,
    CLONE_PIDFD,
    CLONE_PIDFD_AUTOKILL,
    CLONE_PTRACE,
    CLONE_SIGHAND,
    CLONE_THREAD,
    CLONE_UNTRACED,
    CLONE_VFORK,
    CLONE_VM,
    PID_MAX,
    THREAD_FLAGS,
)
from conformance.abi.ptrace import (
    PTRACE_EVENT_CLONE,
    PTRACE_EVENT_FORK,
    PTRACE_EVENT_VFORK,
    PTRACE_EVENT_VFORK_DONE,
)
from conformance.abi.signals import SIG_IGN, SIGCHLD
from conformance.case.calls import BUFFERS
from conformance.case.model import Fd
from conformance.reference.files import File, FileKind
from conformance.reference.results import OK, SLEEP, failure
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.usage import Accounting
from conformance.reference.values import Action, Phase
from conformance.trace import Fields

NO_EXIT_SIGNAL = -1
"""The exit signal of a thread: its end is told to nobody."""


def ignored_actions(group: ThreadGroup) -> dict[int, Action]:
    """Return the actions that an execve leaves: of SIG_IGN, without flags."""
    return {signo: Action(SIG_IGN) for signo, action in group.actions.items() if action.handler == SIG_IGN}


def clone_event(exit_signal: int, flags: int) -> int:
    """Return as which event a tracer hears of a new task (``kernel_clone``; PTRACE-067, PTRACE-072)."""
    if flags & CLONE_VFORK:
        return PTRACE_EVENT_VFORK
    return PTRACE_EVENT_FORK if exit_signal == SIGCHLD else PTRACE_EVENT_CLONE


class CloneArgs(NamedTuple):
    """``struct kernel_clone_args``, as far as it is modelled.

    ``number``: the pid to have in its namespace, 0 for any. ``pidfd``: what the pidfd is called, or an
    address that is none.
    """

    flags: int = 0
    exit_signal: int = SIGCHLD
    number: int = 0
    pidfd: Fd | int = BUFFERS["null"]


class Cloning(Accounting):
    """What a new task has of its creator's, and what its creator waits for."""

    def fork(self, parent: Task, name: str, exit_signal: int, flags: int = 0) -> Task:
        """Make a child, or a thread (``copy_process``; fork(2), clone(2)).

        A process inherits ids (KILL-306), group, session, mask, actions, cgroup (KILL-420); not pending
        signals, the parent-death signal (ZOMBIE-084), the subreaper attribute (ZOMBIE-061).
        """
        tid = self.last_pid + 1
        group = parent.group if flags & CLONE_THREAD else self.new_process(parent, tid, flags)
        child = Task(tid, group, parent.tid)
        child.ids = parent.ids
        self.share_files(parent, child, shared=bool(flags & CLONE_FILES))
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
            group.autoreap = bool(flags & CLONE_AUTOREAP)
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

    # -- system calls ----------------------------------------------------------------------------

    def sys_fork(self, task: Task, child: str, exit_signal: int) -> Fields | None:
        """clone(exit_signal): any byte will do as the exit signal (ZOMBIE-050)."""
        return self.sys_clone(task, child, exit_signal, 0)

    def sys_clone(
        self, task: Task, child: str, exit_signal: int, flags: int, pidfd: Fd | int = BUFFERS["null"]
    ) -> Fields | None:
        """clone(2): the exit signal is the low byte of the flags; a thread has none whatever is given.

        The pidfd goes where CLONE_PARENT_SETTID would put the pid: not both (PIDFD-082).
        """
        flags &= 0xFFFFFFFF
        both = CLONE_PIDFD | CLONE_PARENT_SETTID
        error = "EINVAL" if flags & both == both else self.exit_signal_error(exit_signal & 0xFF)
        error = error or self.clone_error(task, flags)
        if error:
            return failure(error)
        return self.clone_into(task, child, CloneArgs(flags, exit_signal & 0xFF, pidfd=pidfd))

    def exit_signal_error(self, exit_signal: int) -> str | None:
        """Say whether clone refuses an exit signal: one that is none (ZOMBIE-050)."""
        return None if self.valid_signal(exit_signal) else "EINVAL"

    def sys_clone3(
        self, task: Task, child: str, exit_signal: int, set_tid: int, flags: int, pidfd: Fd | int
    ) -> Fields | None:
        """clone3(2): an exit signal must be one (ZOMBIE-049), and is not given for threads and siblings
        (``clone3_args_valid``; ZOMBIE-142).
        """
        error = self.clone3_error(exit_signal, flags) or self.clone_error(task, flags, exit_signal)
        if error:
            return failure(error)
        return self.clone_into(task, child, CloneArgs(flags, exit_signal, set_tid, pidfd))

    def clone3_error(self, exit_signal: int, flags: int) -> str | None:
        """Say what is wrong with the arguments of clone3 (``clone3_args_valid``; ZOMBIE-049, ZOMBIE-142)."""
        both_hands = CLONE_SIGHAND | CLONE_CLEAR_SIGHAND
        unknown = flags & self.unknown_to_clone3()
        if not self.valid_signal(exit_signal) or flags & both_hands == both_hands or unknown:
            return "EINVAL"
        return "EINVAL" if flags & (CLONE_THREAD | CLONE_PARENT) and exit_signal else None

    def unknown_to_clone3(self) -> int:
        """Return the flags that clone3 does not know, of those that a case may use."""
        return CLONE_DETACHED

    def sys_thread(self, task: Task, child: str) -> Fields | None:
        """clone(2) as pthread_create calls it."""
        return self.sys_clone(task, child, 0, THREAD_FLAGS)

    def sys_vfork(self, task: Task, child: str) -> Fields | None:
        """vfork(2)."""
        return self.sys_clone(task, child, SIGCHLD, CLONE_VM | CLONE_VFORK)

    def clone_error(self, task: Task, flags: int, exit_signal: int = 0) -> str | None:
        """Say what is wrong with clone flags (``copy_process``; ZOMBIE-143, ZOMBIE-145)."""
        if flags & CLONE_THREAD and not flags & CLONE_SIGHAND:
            return "EINVAL"
        if flags & CLONE_SIGHAND and not flags & CLONE_VM:
            return "EINVAL"
        if flags & CLONE_PARENT and task.group.unkillable:
            return "EINVAL"
        if flags & CLONE_THREAD and (flags & CLONE_NEWPID or task.tid in self.unshared):
            return "EINVAL"
        if flags & CLONE_PIDFD and flags & self.excluded_by_pidfd():
            return "EINVAL"
        return self.autoreap_error(task, flags, exit_signal)

    def autoreap_error(self, task: Task, flags: int, exit_signal: int) -> str | None:
        """Say what does not go with a child that leaves no zombie, or that dies with its pidfd
        (``copy_process``; PIDFD-361, PIDFD-362): such a child is a process, has no exit signal and no
        siblings.
        """
        alone = CLONE_AUTOREAP | CLONE_NNP | CLONE_PIDFD_AUTOKILL
        if flags & alone and flags & CLONE_THREAD:
            return "EINVAL"
        if flags & CLONE_AUTOREAP and (flags & CLONE_PARENT or exit_signal):
            return "EINVAL"
        if flags & CLONE_PARENT and task.group.autoreap:
            return "EINVAL"
        if not flags & CLONE_PIDFD_AUTOKILL:
            return None
        if not flags & CLONE_PIDFD or not flags & CLONE_AUTOREAP:
            return "EINVAL"
        return None if flags & CLONE_NNP or self.is_capable(task) else "EPERM"

    def excluded_by_pidfd(self) -> int:
        """Return the flags that do not go with CLONE_PIDFD (PIDFD-084, PIDFD-087)."""
        return CLONE_DETACHED

    def clone_into(self, task: Task, name: str, args: CloneArgs) -> Fields | None:
        """Make a task that lives in a namespace, and tell the tracer (``kernel_clone``).

        Signals that came before are taken first, and the call then starts again (KILL-061).

        With CLONE_VFORK the caller then sleeps, and no signal but SIGKILL wakes it (ZOMBIE-130).
        """
        self.look_for_signals(task)
        if self.signal_pending(task):
            return SLEEP  # and again, when these are dealt with: KILL-062
        flags = args.flags
        space = self.make_space(task) if flags & CLONE_NEWPID else self.space_for_children(task)
        if space is None:
            return failure("EINVAL")
        free_choice = self.may_choose_pids(task)
        error = self.allocate(self.last_pid + 1, space, args.number, free_choice=free_choice)
        if error:
            return failure(error)
        pidfd = args.pidfd if flags & CLONE_PIDFD else None
        if isinstance(pidfd, int):
            self.free_numbers(self.last_pid + 1)
            return failure("EFAULT")  # PIDFD-085
        child = self.fork(task, name, args.exit_signal, flags)
        if pidfd is not None:
            kind = PIDFD_THREAD if flags & CLONE_THREAD else 0  # PIDFD-088
            kind |= PIDFD_AUTOKILL if flags & CLONE_PIDFD_AUTOKILL else 0
            self.install_unnamed(task, self.new_file(File(FileKind.PIDFD, child.tid, kind)), pidfd)
        event = clone_event(args.exit_signal, flags)
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

    def may_choose_pids(self, task: Task) -> bool:
        """Say whether a task has CAP_CHECKPOINT_RESTORE where its namespace was made
        (``checkpoint_restore_ns_capable``; ZOMBIE-347, ZOMBIE-368): who never was root made it himself.
        """
        return self.is_capable(task) or bool(self.environment.uid)

    def sys_ns_last_pid(self, task: Task, number: int) -> Fields:
        """Write the number before this one to ns_last_pid (``pid_ns_ctl_handler``): it is looked first
        who writes (ZOMBIE-368), then what (ZOMBIE-369).
        """
        if not self.may_choose_pids(task):
            return failure("EPERM")
        if not 0 <= number - 1 <= PID_MAX:
            return failure("EINVAL")
        self.count_from(task, number)
        return OK
