"""The reference kernel: the system calls of a case, on top of all the rules.

Progress is made of transitions. :meth:`Kernel.runnable` says which tasks have one to make,
:meth:`Kernel.advance` makes one: what Linux does under one lock. Which task goes first is not decided
here but by a scheduler (see ``scheduler``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from conformance.abi.processes import INT_MIN
from conformance.abi.signals import (
    IGNORED_BY_DEFAULT,
    SA_FLAGS,
    SI_CODES,
    SIG_DFL,
    SIG_IGN,
    SIGMASK_HOW,
    SIGRTMAX,
    UNBLOCKABLE,
    signal_name,
)
from conformance.abi.waiting import exited_status
from conformance.case.calls import HANDLERS
from conformance.case.model import INIT, Call
from conformance.reference.processes import Processes
from conformance.reference.signals import UNBLOCKABLE_MASK, bit, pending_set
from conformance.reference.task import (
    Action,
    ExitState,
    Phase,
    Restart,
    SigInfo,
    Task,
    ThreadGroup,
)
from conformance.reference.wait import failure
from conformance.trace import Environment, Fields, State

LATEST = "6.18"
"""The release of Linux whose answers these are."""

OK: Final[Fields] = (("ret", 0),)
HANDLER_NAMES: Final = {number: name for name, number in HANDLERS.items()}


def outcome(errno: str | None) -> Fields:
    """Return the result of a call that gives 0 or an error."""
    return OK if errno is None else failure(errno)


def set_text(mask: int) -> str:
    """Spell a signal set as a trace does."""
    names = [signal_name(signo) for signo in range(1, SIGRTMAX + 1) if mask & bit(signo)]
    return ",".join(names) or "-"


def flags_text(flags: int) -> str:
    """Spell SA_ flags as a trace does; SA_SIGINFO is the agent's own and not told."""
    names = [name for name, value in SA_FLAGS.items() if flags & value and name != "SA_SIGINFO"]
    return ",".join(names) or "-"


class Kernel(Processes):
    """Linux, as far as a case can see it."""

    def __init__(self, root: str, environment: Environment) -> None:
        """Make the world that a case starts in: init, and the root actor as its child.

        init leads the session; the root actor leads a process group of its own, so that its group has
        a parent in the same session and is not orphaned.
        """
        super().__init__(environment)
        first = ThreadGroup(1, 1, 1)
        first.session_leader = True
        first.unkillable = environment.pidns
        first.child_subreaper = not environment.pidns
        init = Task(1, first, 0)
        self.add_task(INIT, init)
        self.fork(init, root, 17).group.pgid = 2

    # -- transitions -----------------------------------------------------------------------------

    def start(self, actor: str, call: Call) -> None:
        """Tell an idle actor to make a call; it runs when it is scheduled."""
        task = self.tasks[self.pids[actor]]
        task.call, task.phase = call, Phase.STARTING

    def is_idle(self, actor: str) -> bool:
        """Say whether an actor can be told to make a call."""
        task = self.tasks.get(self.pids.get(actor, 0))
        if task is None or task.exit_state is not ExitState.ALIVE or task.stopped:
            return False
        return task.phase is Phase.IDLE

    def runnable(self) -> list[int]:
        """Return the tids of the tasks that have a transition to make, oldest first."""
        return [tid for tid, task in self.tasks.items() if self.can_run(task)]

    def can_run(self, task: Task) -> bool:
        """Say whether a task is on the run queue."""
        if task.exit_state is not ExitState.ALIVE or task.stopped:
            return False
        if task.phase in (Phase.STARTING, Phase.RETURNING) or task.frames:
            return True
        return task.woken or self.signal_pending(task)

    def advance(self, tid: int) -> None:
        """Make one transition of a runnable task."""
        task = self.tasks[tid]
        if task.phase is Phase.STARTING or task.phase is Phase.BLOCKED:
            self.attempt(task)
        else:
            self.deliver(task)

    def attempt(self, task: Task) -> None:
        """Make the call, or look again after a wake-up; sleep, return, or be interrupted.

        A wake-up that brings nothing is invisible (WAIT-123). A pending signal is looked at only by a
        call that would sleep.
        """
        assert task.call is not None
        task.woken = False
        result = SYSTEM_CALLS[task.call.name](self, task, *self.resolved(task.call))
        if result is not None:
            task.waiting = None
            task.result, task.phase = result, Phase.RETURNING
        elif task.call is None:  # it exited
            return
        elif self.signal_pending(task):
            self.interrupt(task, task.call)
        else:
            task.phase = Phase.BLOCKED

    def interrupt(self, task: Task, call: Call) -> None:
        """Break off a sleeping call for a signal; delivery decides whether it is restarted."""
        task.waiting = None
        task.phase = Phase.RETURNING
        task.restart = Restart.NOHAND if call.name == "pause" else Restart.SYS
        task.result = self.interrupted_result(task, call)

    def interrupted_result(self, task: Task, call: Call) -> Fields:
        """Return what the caller sees if the call is not restarted: EINTR."""
        args = self.resolved(call)
        if call.name == "wait4":
            return self.interrupted_wait4(*args)
        if call.name == "waitid":
            result, restartable = self.interrupt_waitid(args[2], args[4])
            if not restartable:
                task.restart = Restart.NONE
            return result
        return failure("EINTR")

    def resolved(self, call: Call) -> list[Any]:
        """Return the arguments with actors replaced by pids; a new child's name stays a name."""
        return [
            arg if isinstance(arg, int | str) else self.pids.get(arg.actor, 0) * arg.sign for arg in call.args
        ]

    # -- views -----------------------------------------------------------------------------------

    def states(self, actors: tuple[str, ...]) -> tuple[State, ...]:
        """Return how every actor born so far is left."""
        return tuple(self.state(actor) for actor in actors if actor in self.pids)

    def state(self, actor: str) -> State:
        """Return the state of one actor, as /proc/pid/stat would tell it."""
        task = self.tasks.get(self.pids[actor])
        if task is None:
            return State(actor, "gone", "", "", "", "")
        group = task.group
        if task.exit_state is ExitState.ZOMBIE:
            word = "zombie"
        elif task.stopped:
            word = "stopped"
        else:
            word = "idle" if task.phase is Phase.IDLE else "blocked"
        ids = (self.names.get(pid, "outside") for pid in (group.pgid, group.sid))
        call = task.call.name if task.call is not None else ""
        return State(actor, word, call, self.names.get(task.parent, ""), *ids)

    # -- system calls ----------------------------------------------------------------------------

    def sys_fork(self, task: Task, child: str, exit_signal: int) -> Fields:
        """clone(exit_signal): any byte will do as the exit signal (ZOMBIE-050)."""
        return (("ret", self.names[self.fork(task, child, exit_signal & 0xFF).tid]),)

    def sys_exec(self, task: Task) -> Fields:
        """execve(2) of the agent."""
        self.exec(task)
        return OK

    def sys_exit(self, task: Task, code: int) -> None:
        """_exit(2): the kernel keeps eight bits of the code (WAIT-040)."""
        self.exit(task, exited_status(code))

    def sys_kill(self, task: Task, pid: int, signo: int) -> Fields:
        """kill(2) (``kill_something_info``): the target is looked for before the signal is checked
        (KILL-007).
        """
        if pid == INT_MIN:
            return failure("ESRCH")  # KILL-004
        targets = self.kill_targets(task, pid)
        if not targets:
            return failure("ESRCH")  # KILL-009, KILL-073
        if not self.valid_signal(signo):
            return failure("EINVAL")
        if signo:
            info = SigInfo(signo, SI_CODES["SI_USER"], task.group.tgid, self.environment.uid)
            for group in targets:
                self.send_to_process(info, group)
        return OK

    def kill_targets(self, task: Task, pid: int) -> list[ThreadGroup]:
        """Return whom a pid argument of kill means; -1 spares init and the caller (KILL-074, KILL-075)."""
        if pid > 0:
            group = self.find_process(pid)
            return [] if group is None else [group]
        if pid == -1:
            return [group for group in self.groups.values() if group.tgid > 1 and group is not task.group]
        return self.process_group(-pid or task.group.pgid)

    def sys_tgkill(self, task: Task, tgid: int, tid: int, signo: int) -> Fields:
        """tgkill(2): ids must be positive and belong together (KILL-032, KILL-033)."""
        if tgid <= 0 or tid <= 0:
            return failure("EINVAL")
        target = self.tasks.get(tid)
        if target is None or target.group.tgid != tgid:
            return failure("ESRCH")
        if not self.valid_signal(signo):
            return failure("EINVAL")
        if signo:
            info = SigInfo(signo, SI_CODES["SI_TKILL"], task.group.tgid, self.environment.uid)
            self.send_to_thread(info, target)
        return OK

    def sys_sigaction(self, task: Task, signo: int, handler: int, flags: int, mask: int) -> Fields:
        """rt_sigaction(2); an action that ignores also discards what is pending (KILL-101, KILL-056)."""
        if not 1 <= signo <= SIGRTMAX or signo in UNBLOCKABLE:
            return failure("EINVAL")  # JOBCTL-013
        group = task.group
        old = group.action(signo)
        known = sum(SA_FLAGS.values())
        group.actions = group.actions | {signo: Action(handler, flags & known, mask & ~UNBLOCKABLE_MASK)}
        if handler == SIG_IGN or (handler == SIG_DFL and signo in IGNORED_BY_DEFAULT):
            self.discard(group, bit(signo))
        return (*OK, ("old_handler", HANDLER_NAMES[old.handler]), ("old_flags", flags_text(old.flags)))

    def sys_sigprocmask(self, task: Task, how: int, mask: int) -> Fields:
        """rt_sigprocmask(2); SIGKILL and SIGSTOP cannot be blocked (JOBCTL-014)."""
        old = task.blocked
        mask &= ~UNBLOCKABLE_MASK
        if how == SIGMASK_HOW["SIG_BLOCK"]:
            task.blocked = old | mask
        elif how == SIGMASK_HOW["SIG_UNBLOCK"]:
            task.blocked = old & ~mask
        elif how == SIGMASK_HOW["SIG_SETMASK"]:
            task.blocked = mask
        else:
            return failure("EINVAL")
        return (*OK, ("old_set", set_text(old)))

    def sys_sigpending(self, task: Task) -> Fields:
        """rt_sigpending(2): pending and blocked, of the thread and of the process."""
        queued = pending_set(task.pending) | pending_set(task.group.pending)
        return (*OK, ("pending", set_text(queued & task.blocked)))

    def sys_pause(self, _task: Task) -> None:
        """pause(2)."""

    def sys_setsid(self, task: Task) -> Fields:
        """setsid(2)."""
        error = self.setsid(task)
        return failure(error) if error else (("ret", self.name(task.group.sid)),)

    def sys_getppid(self, task: Task) -> Fields:
        """getppid(2): 0 for a namespace's init (KILL-084)."""
        if task.parent == 0:
            return (("ret", 0 if self.environment.pidns else "pid?"),)
        return (("ret", self.name(self.tasks[task.parent].group.tgid)),)

    def process_id(self, task: Task, pid: int, field: str) -> Fields:
        """getpgid(2) and getsid(2): a zombie still has both (ZOMBIE-006)."""
        group = self.find_process(pid) if pid else task.group
        return failure("ESRCH") if group is None else (("ret", self.name(getattr(group, field))),)


SYSTEM_CALLS: Final[Mapping[str, Callable[..., Fields | None]]] = {
    "fork": lambda k, t, child, signo: k.sys_fork(t, child, signo),
    "exec": lambda k, t: k.sys_exec(t),
    "exit": lambda k, t, code: k.sys_exit(t, code),
    "exit_group": lambda k, t, code: k.sys_exit(t, code),
    "wait4": lambda k, t, *args: k.sys_wait4(t, *args),
    "waitid": lambda k, t, *args: k.sys_waitid(t, *args),
    "kill": lambda k, t, *args: k.sys_kill(t, *args),
    "tgkill": lambda k, t, *args: k.sys_tgkill(t, *args),
    "sigaction": lambda k, t, *args: k.sys_sigaction(t, *args),
    "sigprocmask": lambda k, t, *args: k.sys_sigprocmask(t, *args),
    "pause": lambda k, t: k.sys_pause(t),
    "setpgid": lambda k, t, pid, pgid: outcome(k.setpgid(t, pid, pgid)),
    "setsid": lambda k, t: k.sys_setsid(t),
    "prctl": lambda k, t, option, arg: k.prctl(t, option, arg),
    "getppid": lambda k, t: k.sys_getppid(t),
    "getpgid": lambda k, t, pid: k.process_id(t, pid, "pgid"),
    "getsid": lambda k, t, pid: k.process_id(t, pid, "sid"),
    "sigpending": lambda k, t: k.sys_sigpending(t),
}
"""Every call of the table, by name; None means that it sleeps (or that the caller is no more)."""
