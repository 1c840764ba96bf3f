"""What a wait finds: which child, which event, what is consumed.

After ``kernel/exit.c``: __do_wait, eligible_child, wait_consider_task, wait_task_zombie, wait_task_stopped,
wait_task_continued. What the caller is told of it is in ``wait``.
"""

from __future__ import annotations

from typing import NamedTuple

from conformance.abi.signals import SIGCHLD, SIGCONT
from conformance.abi.waiting import (
    CLD_CONTINUED,
    CLD_STOPPED,
    CLD_TRAPPED,
    CONTINUED_STATUS,
    WALL,
    WCLONE,
    WCONTINUED,
    WEXITED,
    WNOTHREAD,
    WNOWAIT,
    WUNTRACED,
    stopped_status,
)
from conformance.reference.delivery import Delivery
from conformance.reference.notify import exit_cause
from conformance.reference.task import Task
from conformance.reference.values import ExitState, Jobctl, Usage, WaitOpts


class Report(NamedTuple):
    """A child's event, as a wait gives it to its caller."""

    pid: int
    uid: int
    status: int
    code: int
    si_status: int
    usage: Usage = Usage()


class Nothing(NamedTuple):
    """No event: ``error`` is ECHILD if none can come, else empty."""

    error: str


Found = Report | Nothing


class Children(Delivery):
    """Looking through children and tracees, and taking an event of one."""

    # -- selecting -------------------------------------------------------------------------------

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Look through the caller's children once, oldest first (``__do_wait``).

        Child by child, not event class by event class (WAIT-070, WAIT-071). ECHILD means that no
        eligible child can ever have such an event.
        """
        hopeless = True
        for child, traced in self.candidates(task, opts):
            view = opts._replace(traced=True) if traced else opts
            if not self.eligible_child(view, child):
                continue
            if child.tracing.tracer and not self.is_reparented(child):
                view = opts._replace(traced=True)  # as a tracer, a parent sees a stop once; PTRACE-113
            report = self.consider(view, child)
            if report is not None:
                return report
            hopeless = hopeless and not self.may_report_later(view, child)
        return Nothing("ECHILD" if hopeless else "")

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """List whom a wait looks at: the caller's children, then its tracees (those with True; WAIT-121).

        Then come those of its sibling threads, the next one's first, unless __WNOTHREAD (WAIT-086, WAIT-089).
        Threads of the caller's own process are nobody's children (WAIT-087).
        """
        threads = [task] if opts.flags & WNOTHREAD else self.threads_from(task)
        found = []
        for thread in threads:
            found += [(self.tasks[tid], False) for tid in thread.children]
            found += [(self.tasks[tid], True) for tid in thread.ptraced]
        return found

    def eligible_child(self, opts: WaitOpts, child: Task) -> bool:
        """Say whether selector and clone options admit a child (``eligible_child``).

        A child with another exit signal than SIGCHLD is a "clone" child: only __WCLONE or __WALL
        selects it, and __WCLONE selects nothing else (WAIT-080 to WAIT-084). Of a tracee it does not
        matter (PTRACE-131).
        """
        if not self.eligible_pid(opts, child):
            return False
        if opts.traced or opts.flags & WALL:
            return True
        return (child.exit_signal != SIGCHLD) == bool(opts.flags & WCLONE)

    def may_report_later(self, opts: WaitOpts, child: Task) -> bool:
        """Say whether there is something left to wait for: a zombie has only its exit (WAIT-068).

        A zombie leader of living threads may yet stop, continue and end (ZOMBIE-100); one that another
        process traces is still to come (PTRACE-103).
        """
        if child.exit_state is ExitState.ALIVE:
            return True
        if self.outlived_by_threads(child):
            return not opts.traced or bool(opts.flags & (WCONTINUED | WEXITED))
        return self.is_hidden_by_tracer(opts, child)

    def outlived_by_threads(self, child: Task) -> bool:
        """Say whether a task is a leader with other threads (``delay_group_leader``)."""
        group = child.group
        return child.tid == group.tgid and len(group.threads) > 1

    def is_hidden_by_tracer(self, opts: WaitOpts, child: Task) -> bool:
        """Say whether a death is not the waiter's to see yet: it is the tracer's first (PTRACE-103)."""
        return bool(child.tracing.tracer) and not opts.traced

    def is_dead_to(self, opts: WaitOpts, child: Task) -> bool:
        """Say whether a child's death is there for the waiter to see."""
        hidden = self.outlived_by_threads(child) or self.is_hidden_by_tracer(opts, child)
        return child.exit_state is ExitState.ZOMBIE and not hidden

    def consider(self, opts: WaitOpts, child: Task) -> Report | None:
        """Take one event of one child: its death, else its stop, else its continue."""
        if self.is_dead_to(opts, child):
            return self.take_zombie(opts, child)
        return self.take_stop(opts, child) or self.take_continue(opts, child)

    # -- taking ----------------------------------------------------------------------------------

    def take_zombie(self, opts: WaitOpts, child: Task) -> Report | None:
        """Report a death and reap, or leave it for WNOWAIT (``wait_task_zombie``; WAIT-060).

        A process that another than its parent traced is not gone: it is the parent's now (PTRACE-105).
        """
        if not opts.flags & WEXITED:
            return None
        group = child.group
        status = group.group_exit_code if group.group_exit else child.exit_code
        report = Report(child.tid, self.uid_told(child), status, *exit_cause(status))
        if not opts.flags & WNOWAIT:
            self.reap(child)
        return report

    def reap(self, child: Task) -> None:
        """Take a zombie away, or hand it from its tracer to its parent (EXIT_TRACE; PTRACE-106)."""
        if self.is_reparented(child) and child.tid == child.group.tgid:
            self.unlink(child)
            if not self.notify_parent_of_exit(child, child.exit_signal):
                return
        self.release(child)

    def take_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Report a stop once (``wait_task_stopped``; WAIT-062, WAIT-067, WAIT-094)."""
        if opts.traced:
            return self.take_ptrace_stop(opts, child)
        group = child.group
        if not opts.flags & WUNTRACED or not group.stop_stopped or not group.group_exit_code:
            return None
        signo = group.group_exit_code
        if not opts.flags & WNOWAIT:
            group.group_exit_code = 0
        return Report(child.tid, self.uid_told(child), stopped_status(signo), CLD_STOPPED, signo)

    def take_ptrace_stop(self, opts: WaitOpts, child: Task) -> Report | None:
        """Report a ptrace-stop once, whatever the options (PTRACE-001, PTRACE-003, PTRACE-013).

        Without WNOWAIT its code is forgotten, and with it the signal that it was about (PTRACE-156,
        PTRACE-157). One in which the tracee listens is none (PTRACE-030).
        """
        code = child.exit_code
        if child.trap is None or child.jobctl & Jobctl.LISTENING or not code:
            return None
        if not opts.flags & WNOWAIT:
            child.exit_code = 0
        return Report(child.tid, self.uid_told(child), stopped_status(code), CLD_TRAPPED, code)

    def take_continue(self, opts: WaitOpts, child: Task) -> Report | None:
        """Report a continue once (``wait_task_continued``; WAIT-045, WAIT-063, WAIT-095).

        Parent and tracer share it: whoever takes it first has it (PTRACE-144).
        """
        group = child.group
        if not opts.flags & WCONTINUED or not group.stop_continued:
            return None
        if not opts.flags & WNOWAIT:
            group.stop_continued = False
        return Report(child.tid, self.uid_told(child), CONTINUED_STATUS, CLD_CONTINUED, SIGCONT)
