"""The system calls on terminals: what they check before the rules of ``terminal`` apply."""

from __future__ import annotations

from conformance.abi.signals import SIGTTIN, SIGTTOU
from conformance.abi.terminals import MASTER, SLAVE, TCSAFLUSH, TOSTOP
from conformance.reference.raising import Raising
from conformance.reference.results import OK, SLEEP, failure, outcome
from conformance.reference.task import Task
from conformance.reference.terminal import Access
from conformance.reference.values import Phase
from conformance.trace import Fields


class TerminalCalls(Raising):
    """Terminals, as system calls. A terminal that was hung up answers none of them (``hung_up_tty_fops``)."""

    def sys_openpty(self, task: Task, ctty: int) -> Fields:
        """open(2) of both ends."""
        self.open_terminal(task.group, ctty=bool(ctty))
        return OK

    def sys_tty_close(self, task: Task, end: int) -> Fields:
        """close(2) of one end."""
        if not self.terminal_at(task, end):
            return failure("EBADF")
        if end == MASTER:
            self.close_master(task.group)
        else:
            task.group.slave = 0
        return OK

    def terminal_at(self, task: Task, end: int) -> int:
        """Return the terminal of which a process has an end open, or 0."""
        return task.group.master if end == MASTER else task.group.slave

    def end_error(self, task: Task, end: int = SLAVE, hung_up: str = "EIO") -> str | None:
        """Say why a call fails before anything else: that end is closed (JOBCTL-358), or the terminal is
        hung up (JOBCTL-332, JOBCTL-336), which only its slave can tell.
        """
        number = self.terminal_at(task, end)
        if not number:
            return "EBADF"
        return hung_up if self.terminals[number].hung_up else None

    def sys_tiocsctty(self, task: Task, force: int, end: int) -> Fields:
        """ioctl_tty(2), TIOCSCTTY; the master will do (JOBCTL-361). A case that forces requires the
        privilege.
        """
        error = self.end_error(task, end)
        if error is None:
            error = self.set_controlling(task.group, self.terminal_at(task, end), force=force == 1)
        return outcome(error)

    def sys_tiocnotty(self, task: Task, end: int) -> Fields:
        """ioctl_tty(2), TIOCNOTTY: it must be the caller's controlling terminal (JOBCTL-324), which a
        master never is (JOBCTL-362).
        """
        error = self.end_error(task, end)
        if error is None and (end == MASTER or task.group.ctty != task.group.slave):
            error = "ENOTTY"
        if error is None:
            self.give_up_controlling(task.group)
        return outcome(error)

    def sys_tcsetpgrp(self, task: Task, pgid: int, end: int) -> Fields | None:
        """tcsetpgrp(3): job control comes first, and its EIO is ENOTTY here (JOBCTL-073, JOBCTL-319).
        The master will do (JOBCTL-363).
        """
        number = self.terminal_at(task, end)
        error = self.end_error(task, end, "ENOTTY")
        if error is None:
            access = self.access(task, number, SIGTTOU)
            if access is Access.SIGNALLED:
                return SLEEP
            error = "ENOTTY" if access is Access.REFUSED else self.foreground_error(task.group, number, pgid)
        if error is None:
            self.terminals[number] = self.terminals[number]._replace(foreground=pgid)
        return outcome(error)

    def asked_error(self, task: Task, end: int) -> str | None:
        """Say who may not ask for a terminal's group and session: on the slave, one whose controlling
        terminal it is not (JOBCTL-316, JOBCTL-317).
        """
        error = self.end_error(task, end)
        if error is None and end != MASTER and task.group.ctty != task.group.slave:
            error = "ENOTTY"
        return error

    def sys_tcgetpgrp(self, task: Task, end: int) -> Fields:
        """tcgetpgrp(3): 0 if there is no foreground group."""
        error = self.asked_error(task, end)
        if error:
            return failure(error)
        return (("ret", self.name(self.terminals[self.terminal_at(task, end)].foreground)),)

    def sys_tcgetsid(self, task: Task, end: int) -> Fields:
        """tcgetsid(3)."""
        error = self.asked_error(task, end)
        if error:
            return failure(error)
        session = self.terminals[self.terminal_at(task, end)].session
        return (("ret", self.name(session)),) if session else failure("ENOTTY")

    def sys_tty_read(self, task: Task) -> Fields | None:
        """read(2): job control is asked at the start, not after a sleep (``n_tty_read``; JOBCTL-308)."""
        number = task.group.slave
        error = self.end_error(task)
        if error == "EBADF":
            return failure(error)
        if error:
            return self.read_hung_up(task)
        if task.phase is Phase.STARTING:
            access = self.access(task, number, SIGTTIN)
            if access is not Access.GRANTED:
                return SLEEP if access is Access.SIGNALLED else failure("EIO")
        length = self.take_line(task, number)
        return SLEEP if length is None else (("ret", length),)

    def read_hung_up(self, task: Task) -> Fields:
        """Read from a terminal that was hung up: an end of file, but an error if it happened during
        the read (``TTY_OTHER_CLOSED``; JOBCTL-331).
        """
        if task.phase is Phase.STARTING:
            return (("ret", 0),)
        self.stop_reading(task)
        return failure("EIO")

    def sys_tty_write(self, task: Task) -> Fields | None:
        """write(2): only TOSTOP makes job control care (JOBCTL-075, JOBCTL-300)."""
        error = self.end_error(task)
        if error is None and self.terminals[task.group.slave].modes & TOSTOP:
            access = self.access(task, task.group.slave, SIGTTOU)
            if access is Access.SIGNALLED:
                return SLEEP
            error = "EIO" if access is Access.REFUSED else None
        return failure(error) if error else (("ret", 1),)

    def sys_tty_type(self, task: Task, char: int) -> Fields:
        """write(2) to the master, also when nobody has the slave open (JOBCTL-359)."""
        if not task.group.master:
            return failure("EBADF")
        self.receive(task.group.master, char)
        return (("ret", 1),)

    def sys_tcsetattr(self, task: Task, modes: int, when: int) -> Fields | None:
        """tcsetattr(3): like a write with TOSTOP (``tty_check_change``; JOBCTL-318)."""
        number = task.group.slave
        error = self.end_error(task)
        if error is None:
            access = self.access(task, number, SIGTTOU)
            if access is Access.SIGNALLED:
                return SLEEP
            error = "EIO" if access is Access.REFUSED else None
        if error is None:
            if when == TCSAFLUSH:
                self.discard_input(number)
            self.terminals[number] = self.terminals[number]._replace(modes=modes)
        return outcome(error)
