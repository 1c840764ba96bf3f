"""wait4 and waitid: what is checked, when the caller sleeps, what is written where.

After ``kernel/exit.c``: do_wait, kernel_wait4, kernel_waitid. Which event a wait takes is in ``children``.
"""

from __future__ import annotations

from conformance.abi.processes import INT_MIN
from conformance.abi.ptrace import stop_code_text
from conformance.abi.waiting import (
    CLD_CODE_NAMES,
    CLD_EXITED,
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
)
from conformance.case.calls import BUFFERS, SIGINFO_FIELDS
from conformance.reference.children import Children, Found, Nothing, Report
from conformance.reference.files import FileKind, Name
from conformance.reference.results import SLEEP, failure
from conformance.reference.task import Task
from conformance.reference.values import Usage, WaitOpts
from conformance.trace import Fields, Value

GIVEN, NULL, BAD = BUFFERS["given"], BUFFERS["null"], BUFFERS["bad"]

COMMON_OPTIONS = WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WALL | WCLONE
WAITID_EVENTS = WEXITED | WUNTRACED | WCONTINUED
SIGINFO_WRITTEN = "0-11,16-27"
"""The bytes of siginfo_t that waitid writes: all but padding and the unused rest (WAIT-052)."""


class Wait(Children):
    """The wait family."""

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
        self, task: Task, idtype: int, pid: Name, infop: int, options: int, rusage: int
    ) -> Fields | None:
        """waitid(2), the raw system call with five arguments."""
        error = self.waitid_error(idtype, pid if isinstance(pid, int) else 0, options)
        if error:
            return self.waitid_result(Nothing(error), infop, rusage)
        opts = task.waiting or self.waitid_selector(task, idtype, pid, options)
        if opts is None:
            return self.waitid_result(Nothing("EBADF"), infop, rusage)  # WAIT-023
        found = self.do_wait(task, opts)
        if found == Nothing("") and opts.flags != options:
            found = Nothing("EAGAIN")  # PIDFD-013
        return SLEEP if found is None else self.waitid_result(found, infop, rusage)

    def waitid_selector(self, task: Task, idtype: int, pid: Name, options: int) -> WaitOpts | None:
        """Translate the id; what a pidfd is of is fixed now, and one that does not block is as WNOHANG
        (PIDFD-013, PIDFD-453, PIDFD-470). None: the descriptor is no pidfd.
        """
        if idtype == P_PIDFD:
            file = self.file_at(task, pid)
            if file is None or file.kind is not FileKind.PIDFD:
                return None
            return WaitOpts(P_PID, file.tid, options | (WNOHANG if self.is_nonblocking(file) else 0))
        assert isinstance(pid, int)
        group = pid or task.group.pgid  # P_PGID 0 is the caller's group (WAIT-017)
        return WaitOpts(idtype, group if idtype == P_PGID else pid, options)

    def waitid_error(self, idtype: int, pid: int, options: int) -> str:
        """Check options before ids (``kernel_waitid_prepare``; WAIT-012 to WAIT-016)."""
        known = not options & ~(COMMON_OPTIONS | WEXITED | WNOWAIT)
        least = {P_ALL: pid, P_PID: 1, P_PGID: 0, P_PIDFD: 0}
        valid_id = idtype in least and pid >= least[idtype]
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
