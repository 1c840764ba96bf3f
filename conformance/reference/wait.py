"""wait4 and waitid: which child, which event, what is consumed, what is written where.

After ``kernel/exit.c``: do_wait, __do_wait, wait_consider_task, wait_task_zombie, wait_task_stopped,
wait_task_continued, kernel_wait4, kernel_waitid.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from conformance.abi.processes import INT_MIN
from conformance.abi.ptrace import stop_code_text
from conformance.abi.signals import SIGCHLD, SIGCONT
from conformance.abi.waiting import (
    CLD_CODE_NAMES,
    CLD_CONTINUED,
    CLD_EXITED,
    CLD_STOPPED,
    CLD_TRAPPED,
    CONTINUED_STATUS,
    P_ALL,
    P_PGID,
    P_PID,
    P_PIDFD,
    WALL,
    WCLONE,
    WCONTINUED,
    WEXITED,
    WNOHANG,
    WNOTHREAD,
    WNOWAIT,
    WUNTRACED,
    status_text,
    stopped_status,
)
from conformance.case.calls import BUFFERS, SIGINFO_FIELDS
from conformance.reference.delivery import Delivery
from conformance.reference.notify import exit_cause
from conformance.reference.task import ExitState, Jobctl, Task, Usage, WaitOpts
from conformance.trace import Fields, Value

GIVEN, NULL, BAD = BUFFERS["given"], BUFFERS["null"], BUFFERS["bad"]

COMMON_OPTIONS = WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WALL | WCLONE
WAITID_EVENTS = WEXITED | WUNTRACED | WCONTINUED
SIGINFO_WRITTEN = "0-11,16-27"
"""The bytes of siginfo_t that waitid writes: all but padding and the unused rest (WAIT-052)."""


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
SLEEP = None
"""What a call answers to say that it sleeps."""


OK: Final[Fields] = (("ret", 0),)


def failure(errno: str) -> Fields:
    """Return the result of a call that failed."""
    return (("ret", -1), ("errno", errno))


def outcome(errno: str | None) -> Fields:
    """Return the result of a call that gives 0 or an error."""
    return OK if errno is None else failure(errno)


class Wait(Delivery):
    """The wait family."""

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

    # -- sleeping --------------------------------------------------------------------------------

    def do_wait(self, task: Task, opts: WaitOpts) -> Found | None:
        """Scan; sleep if nothing is there yet and WNOHANG does not forbid it.

        The scan comes before the look at signals: an awaited death wins over EINTR (WAIT-106).
        """
        found = self.scan(task, opts)
        if isinstance(found, Report) or found.error or opts.flags & WNOHANG:
            return found
        task.waiting = opts
        return SLEEP

    # -- wait4 -----------------------------------------------------------------------------------

    def sys_wait4(self, task: Task, pid: int, status: int, options: int, rusage: int) -> Fields | None:
        """wait4(2): options are checked first, then INT_MIN, then children are looked for (WAIT-009)."""
        if options & ~COMMON_OPTIONS:
            return self.wait4_result(Nothing("EINVAL"), status, rusage)  # WAIT-011
        if pid == INT_MIN:
            return self.wait4_result(Nothing("ESRCH"), status, rusage)  # WAIT-008
        opts = task.waiting or self.wait4_selector(task, pid, options)
        found = self.do_wait(task, opts)
        return SLEEP if found is None else self.wait4_result(found, status, rusage)

    def wait4_selector(self, task: Task, pid: int, options: int) -> WaitOpts:
        """Translate the pid argument; the group meant by 0 is fixed now (WAIT-124)."""
        flags = options | WEXITED
        if pid == -1:
            return WaitOpts(P_ALL, 0, flags)
        if pid <= 0:
            return WaitOpts(P_PGID, -pid or task.group.pgid, flags)
        return WaitOpts(P_PID, pid, flags)

    def wait4_result(self, found: Found, status: int, rusage: int) -> Fields:
        """Write the status word, then the rusage. A fault comes after the child was reaped or its
        report consumed (WAIT-033, WAIT-039), and nothing is written without a report (WAIT-025, WAIT-032).
        """
        reported = isinstance(found, Report)
        faulted = reported and status == BAD
        if isinstance(found, Nothing):
            result = failure(found.error) if found.error else (("ret", 0),)
        elif faulted or rusage == BAD:
            result = failure("EFAULT")
        else:
            result = (("ret", self.name(found.pid)),)
        if status == GIVEN:
            word = status_text(found.status) if isinstance(found, Report) else "untouched"
            result += (("status", word),)
        return result + rusage_fields(rusage, found if reported and not faulted else None)

    # -- waitid ----------------------------------------------------------------------------------

    def sys_waitid(
        self, task: Task, idtype: int, pid: int, infop: int, options: int, rusage: int
    ) -> Fields | None:
        """waitid(2), the raw system call with five arguments."""
        error = self.waitid_error(idtype, pid, options)
        if error:
            return self.waitid_result(Nothing(error), infop, rusage)
        group = pid or task.group.pgid  # P_PGID 0 is the caller's group (WAIT-017)
        opts = task.waiting or WaitOpts(idtype, group if idtype == P_PGID else pid, options)
        found = self.do_wait(task, opts)
        return SLEEP if found is None else self.waitid_result(found, infop, rusage)

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Check options before ids (``kernel_waitid_prepare``; WAIT-012 to WAIT-016)."""
        known = not options & ~(COMMON_OPTIONS | WEXITED | WNOWAIT)
        valid_id = {P_ALL: True, P_PID: pid > 0, P_PGID: pid >= 0}.get(idtype, False)
        if known and options & WAITID_EVENTS and idtype == P_PIDFD and pid >= 0:
            return "EBADF"  # no descriptor of an actor is a pidfd (WAIT-023)
        return "" if known and options & WAITID_EVENTS and valid_id else "EINVAL"

    def waitid_result(self, found: Found, infop: int, rusage: int) -> Fields:
        """Write the rusage, then the siginfo: zeroes if there is no report, even on errors.

        A bad rusage faults before infop is touched (WAIT-036); a bad infop turns every outcome into
        EFAULT (WAIT-030, WAIT-031, WAIT-035); NULL is allowed (WAIT-037).
        """
        reported = isinstance(found, Report)
        rusage_faults = reported and rusage == BAD
        result: Fields
        if rusage_faults or infop == BAD:
            result = failure("EFAULT")
        elif isinstance(found, Nothing) and found.error:
            result = failure(found.error)
        else:
            result = (("ret", 0),)
        if infop == GIVEN:
            result += untouched_siginfo() if rusage_faults else self.siginfo_of(found)
        return result + rusage_fields(rusage, found)

    def siginfo_of(self, found: Found) -> Fields:
        """Return what waitid writes to infop (WAIT-026, WAIT-027, WAIT-053)."""
        values: tuple[Value, ...] = (0, 0, 0, 0, 0, 0)
        if isinstance(found, Report):
            status = found.si_status if found.code == CLD_EXITED else stop_code_text(found.si_status)
            code, pid = CLD_CODE_NAMES[found.code], self.name(found.pid)
            values = ("SIGCHLD", 0, code, pid, found.uid, status)
        return (*zip(SIGINFO_FIELDS, values, strict=True), ("written", SIGINFO_WRITTEN))

    # -- interruption ----------------------------------------------------------------------------

    def interrupted_wait4(self, _pid: int, status: int, _options: int, rusage: int) -> Fields:
        """Return what a signal makes of a sleeping wait4: nothing is written (WAIT-100)."""
        return self.wait4_result(Nothing("EINTR"), status, rusage)

    def interrupt_waitid(self, infop: int, rusage: int) -> tuple[Fields, bool]:
        """Return what a signal makes of a sleeping waitid, and whether it may be restarted.

        The siginfo is cleared even then; a bad infop gives EFAULT, which no restart follows.
        """
        return self.waitid_result(Nothing("EINTR"), infop, rusage), infop != BAD


def usage_fields(buffer: int, usage: Usage | None) -> Fields:
    """Return what can be seen in a buffer for an rusage; None was not written there."""
    if buffer != GIVEN:
        return ()
    if usage is None:
        return (("rusage", "untouched"),)
    switches: Value = "some" if usage.switched else 0
    return (
        ("rusage", "filled"),
        ("ru_minflt", usage.faults),
        ("ru_maxrss", usage.peak),
        ("ru_nvcsw", switches),
    )


def rusage_fields(buffer: int, found: Found | None) -> Fields:
    """Return the rusage of a wait: only with a report is it filled (WAIT-025)."""
    return usage_fields(buffer, found.usage if isinstance(found, Report) else None)


def untouched_siginfo() -> Fields:
    """Return an infop that the kernel never wrote."""
    return (*((name, "untouched") for name in SIGINFO_FIELDS), ("written", "-"))
