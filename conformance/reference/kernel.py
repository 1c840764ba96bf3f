"""The reference kernel: the system calls of a case, on top of all the rules.

Progress is made of transitions. :meth:`Kernel.runnable` says which tasks have one to make,
:meth:`Kernel.advance` makes one: what Linux does under one lock. Which task goes first is not decided
here but by a scheduler (see ``scheduler``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from conformance.case.calls import CALLS, Kind
from conformance.case.model import INIT, Call, Fd, Pid
from conformance.reference.namespaces import NOBODY, Path
from conformance.reference.ptracecalls import PtraceCalls
from conformance.reference.ptracestop import SYSCALL_ENTRY
from conformance.reference.results import failure
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import Credentials, ExitState, Phase, Restart
from conformance.trace import Environment, Fields, State


class Kernel(PtraceCalls):
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
        init.ids = Credentials(environment.uid, environment.uid, environment.uid)
        self.add_task(INIT, init)
        self.allocate(2, ())
        self.fork(init, root, 17).group.pgid = 2

    # -- transitions -----------------------------------------------------------------------------

    def start(self, actor: str, call: Call, *more: Call) -> None:
        """Tell an idle actor to make a call, or several one right after the other, when it is scheduled."""
        task = self.tasks[self.pids[actor]]
        task.queue = (call, *more)
        self.enter_next(task)

    def is_idle(self, actor: str) -> bool:
        """Say whether an actor can be told to make a call."""
        task = self.tasks.get(self.pids.get(actor, 0))
        if task is None or task.exit_state is not ExitState.ALIVE or self.is_stopped_or_traced(task):
            return False
        return task.phase is Phase.IDLE

    def runnable(self) -> list[int]:
        """Return the tids of the tasks that have a transition to make, oldest first."""
        return [tid for tid, task in self.tasks.items() if self.can_run(task)]

    def next_runnable(self, first: int) -> int:
        """Return ``first`` if it has a transition to make, else the oldest task that has one; 0 for none.

        So a parent returns before its child's news reaches it.
        """
        task = self.tasks.get(first)
        if task is not None and self.can_run(task):
            return first
        for tid, other in self.tasks.items():
            if self.can_run(other):
                return tid
        return 0

    def can_run(self, task: Task) -> bool:
        """Say whether a task is on the run queue."""
        if task.telling or task.exit_state is ExitState.DEAD:
            return True
        if task.exit_state is not ExitState.ALIVE or task.stopped or task.trap is not None:
            return False
        if task.phase >= Phase.STARTING or task.resuming is not None or task.frames:
            return True
        if task.phase <= Phase.BLOCKED:
            stepping = task.tracing.step and self.is_in_a_step(task)
            return task.woken or stepping or self.signal_pending(task)
        if task.phase is Phase.DYING:
            return self.can_go_on_dying(task)
        return task.fatal or self.has_come(task)

    def has_come(self, task: Task) -> bool:
        """Say whether what a task in a killable sleep waits for has come: the end of its vfork, or of the
        other threads at its execve.
        """
        return task.woken if task.vfork_child else self.is_last_for_exec(task)

    def advance(self, tid: int) -> None:
        """Make one transition of a runnable task: the usual one, if it has a choice."""
        task = self.tasks[tid]
        self.current = tid
        if task.exit_state is ExitState.DEAD:
            self.release(task)
            return
        if task.telling:
            notice, *rest = task.telling
            task.telling = tuple(rest)
            self.notify_of_stop(task, notice)
        elif task.resuming is not None:
            self.leave_trap(task)
        elif task.phase is Phase.DYING:
            self.go_on_dying(task)
        elif task.phase is Phase.EXITING:
            self.go_on_exiting(task)
        elif task.phase is Phase.LEAVING:
            self.leave_call(task)
        elif task.phase is Phase.KILLABLE:
            self.go_on_after_sleep(task)
        elif self.is_at_its_call(task):
            self.attempt(task)
            return
        else:
            self.deliver(task)
        if task.looping and task.trap is None and task.resuming is None:
            task.looping = self.signal_pending(task)
        starting = task.phase is Phase.STARTING and not task.stopped
        task.unsignalled = starting and not self.has_signals(task)

    def is_at_its_call(self, task: Task) -> bool:
        """Say whether it is the call that a task goes on with, and nothing it must take before."""
        if task.phase is Phase.STARTING:
            return not self.has_signals(task)
        return task.phase in (Phase.BLOCKED, Phase.ENTERING, Phase.ENTERED)

    def has_signals(self, task: Task) -> bool:
        """Say whether a task must deal with signals before it is back in user mode."""
        return bool(task.frames or task.telling) or self.signal_pending(task)

    def may_be_ahead(self, tid: int) -> bool:
        """Say whether a runnable task may make its call before it takes the signals that are pending.

        They came when it was about to enter the call: it may have been past the last look at them, which is
        on the way to user mode (``exit_to_user_mode_loop``). fork and its kin alone look once more, and start
        again after them (``copy_process``; KILL-061, KILL-062).
        """
        task = self.tasks[tid]
        if task.call is not None and task.call.name in MAKES_TASKS:
            return False
        return task.unsignalled and task.phase is Phase.STARTING and self.has_signals(task)

    def attempt(self, task: Task) -> None:
        """Make the call, or look again after a wake-up; sleep, return, or be interrupted.

        A wake-up that brings nothing is invisible (WAIT-123). A pending signal is looked at only by a
        call that would sleep.
        """
        assert task.call is not None
        self.current = task.tid
        if task.phase is not Phase.BLOCKED and not self.enter_call(task):
            return
        task.woken = task.unsignalled = False
        before = task.phase
        result = self.system_call(task, task.call)
        if result is not None:
            task.waiting, task.woken = None, False
            self.stop_watching(task)
            task.result, task.phase = result, Phase.LEAVING
            self.leave_call(task)
        elif task.phase is not before:
            return  # it sleeps otherwise, stops for its tracer, or is at its end
        elif self.signal_pending(task):
            self.interrupt(task, task.call)
        else:
            task.phase = Phase.BLOCKED

    def enter_call(self, task: Task) -> bool:
        """Pass the points before the body of a call: the stop at its entry, then seccomp's filters
        (``syscall_trace_enter``; PTRACE-085, PTRACE-089). Say whether the body comes next.
        """
        if task.phase is Phase.STARTING and task.tracing.syscalls:
            task.phase = Phase.ENTERING
            self.syscall_stop(task, SYSCALL_ENTRY)
            return False
        if task.fatal and task.phase is not Phase.STARTING:
            task.result, task.phase = failure("ENOSYS"), Phase.LEAVING
            return False
        passed = task.phase is Phase.ENTERED or self.passes_filters(task)
        if passed and task.phase is not Phase.BLOCKED:
            task.phase = Phase.STARTING
        return passed

    def leave_call(self, task: Task) -> None:
        """Go back towards user mode, by way of the stop at the exit of the call (PTRACE-085)."""
        task.phase = Phase.RETURNING
        self.report_exit(task)

    def go_on_after_sleep(self, task: Task) -> None:
        """Go on after a killable sleep: towards the end of the call, or of the task."""
        if task.vfork_child:
            self.end_vfork_wait(task)
        elif task.fatal:
            self.end_exec(task.group)
            task.result, task.phase = failure("EAGAIN"), Phase.RETURNING
        else:
            task.phase = Phase.ENTERED
            self.attempt(task)

    def system_call(self, task: Task, call: Call) -> Fields | None:
        """Make a call by its method, ``sys_`` and the name of its row; None means that it sleeps, or that the
        caller is no more.
        """
        body: Callable[..., Fields | None] = getattr(self, f"sys_{call.name}")
        return body(task, *self.resolved(task, call))

    def interrupt(self, task: Task, call: Call) -> None:
        """Break off a sleeping call for a signal; delivery decides whether it is restarted."""
        task.waiting = None
        self.stop_watching(task)
        self.stop_reading(task)
        task.restart = RESTARTS.get(call.name, Restart.SYS)
        task.result = self.interrupted_result(task, call)
        self.leave_call(task)

    def interrupted_result(self, task: Task, call: Call) -> Fields:
        """Return what the caller sees if the call is not restarted: EINTR."""
        args = self.resolved(task, call)
        if call.name == "wait4":
            return self.interrupted_wait4(*args)
        if call.name == "waitid":
            result, restartable = self.interrupt_waitid(args[2], args[4])
            if not restartable:
                task.restart = Restart.NONE
            return result
        return failure("EINTR")

    def resolved(self, task: Task, call: Call) -> list[Any]:
        """Return the arguments as tids where they are pids; a new child's name stays a name."""
        args: list[Any] = list(call.args)
        space = self.space_of(task.tid)
        for place in PIDS_OF[call.name]:
            if isinstance(args[place], Fd):
                args[place] = args[place].name
                continue
            number = self.number_given(args[place], space)
            args[place] = number if call.name in TAKES_NUMBERS else self.meant(number, space)
        for place in DESCRIPTORS_OF[call.name]:
            if isinstance(args[place], Fd):
                args[place] = args[place].name
        return [self.pids[arg.actor] if isinstance(arg, Pid) else arg for arg in args]

    def number_given(self, arg: int | Pid, space: Path) -> int:
        """Return the number that a pid argument is for its caller: that of nobody for whom it cannot see."""
        if isinstance(arg, int):
            return arg
        return (self.number(self.pids[arg.actor], space) or NOBODY) * arg.sign

    # -- views -----------------------------------------------------------------------------------

    def states(self, actors: tuple[str, ...]) -> tuple[State, ...]:
        """Return how every actor born so far is left."""
        return tuple([self.state(actor) for actor in actors if actor in self.pids])

    def state(self, actor: str) -> State:
        """Return the state of one actor, as /proc/pid/stat would tell it."""
        task = self.tasks.get(self.pids[actor])
        if task is None:
            return State(actor, "gone", "", "", "", "")
        group = task.group
        if task.exit_state is ExitState.ZOMBIE:
            word = "zombie"
        elif task.trap is not None:
            word = "ptrace-stop"
        elif task.stopped:
            word = "stopped"
        else:
            word = "idle" if task.phase is Phase.IDLE else "blocked"
        names, parent = self.names, self.tasks.get(task.parent)
        return State(
            actor,
            word,
            task.call.name if task.call is not None else "",
            names[parent.group.tgid] if parent else "",
            names.get(group.pgid, "outside"),
            names.get(group.sid, "outside"),
        )


MAKES_TASKS: Final = frozenset({"fork", "vfork", "clone", "clone3", "thread"})
"""The calls that look for signals themselves, before they make anybody."""

RESTARTS: Final[Mapping[str, Restart]] = {
    "pause": Restart.NOHAND,
    "sigsuspend": Restart.NOHAND,
    "poll": Restart.NOHAND,
    "epoll_wait": Restart.NONE,
    "fault": Restart.AGAIN,
    **dict.fromkeys(("fork", "clone", "clone3", "thread", "vfork", "ptrace"), Restart.AGAIN),
}
"""How an interrupted call goes on, where it is not as after -ERESTARTSYS."""

PIDS_OF: Final[Mapping[str, tuple[int, ...]]] = {
    spec.name: tuple(place for place, param in enumerate(spec.params) if param.kind is Kind.PID)
    for spec in CALLS.values()
}
"""The places of the pids among the arguments of each call."""

DESCRIPTORS_OF: Final[Mapping[str, tuple[int, ...]]] = {
    spec.name: tuple(place for place, param in enumerate(spec.params) if param.kind is Kind.FD)
    for spec in CALLS.values()
}
"""The places of the descriptors among the arguments of each call, other than the names of new ones."""

TAKES_NUMBERS: Final = frozenset({"clone3", "ns_last_pid"})
"""Calls for which a pid is a number to be had, not somebody who has it."""
