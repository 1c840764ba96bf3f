"""The reference kernel: the system calls of a case, on top of all the rules.

Progress is made of transitions. :meth:`Kernel.runnable` says which tasks have one to make,
:meth:`Kernel.advance` makes one: what Linux does under one lock. Which task goes first is not decided
here but by a scheduler (see ``scheduler``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from conformance.case.model import INIT, Call
from conformance.reference.task import ExitState, Phase, Restart, Task, ThreadGroup
from conformance.reference.terminalcalls import TerminalCalls
from conformance.reference.wait import failure, outcome
from conformance.trace import Environment, Fields, State

LATEST = "6.18"
"""The release of Linux whose answers these are."""


class Kernel(TerminalCalls):
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
        self.stop_reading(task)
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
    "openpty": lambda k, t, ctty: k.sys_openpty(t, ctty),
    "tty_close": lambda k, t, end: k.sys_tty_close(t, end),
    "tiocsctty": lambda k, t, force, end: k.sys_tiocsctty(t, force, end),
    "tiocnotty": lambda k, t, end: k.sys_tiocnotty(t, end),
    "tcsetpgrp": lambda k, t, pgid, end: k.sys_tcsetpgrp(t, pgid, end),
    "tcgetpgrp": lambda k, t, end: k.sys_tcgetpgrp(t, end),
    "tcgetsid": lambda k, t, end: k.sys_tcgetsid(t, end),
    "tty_read": lambda k, t: k.sys_tty_read(t),
    "tty_write": lambda k, t: k.sys_tty_write(t),
    "tty_type": lambda k, t, char: k.sys_tty_type(t, char),
    "tcsetattr": lambda k, t, modes, when: k.sys_tcsetattr(t, modes, when),
}
"""Every call of the table, by name; None means that it sleeps (or that the caller is no more)."""
