"""Terminals: whose they are, who is in the foreground, what is typed, and their end.

After ``drivers/tty``: ``tty_jobctrl.c``, ``n_tty.c`` (the line discipline, always canonical here),
``pty.c``, and ``__tty_hangup`` of ``tty_io.c``. All terminals are pseudo-terminals.
"""

from __future__ import annotations

import enum
from typing import NamedTuple, Self

from conformance.abi.signals import SI_CODES, SIG_IGN, SIGCONT, SIGHUP, SIGNALS, SIGTSTP, SIGTTIN
from conformance.abi.terminals import EOF, INTR, ISIG, NL, NOFLSH, QUIT, SUSP
from conformance.reference.sigsets import bit
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.tracees import Tracees
from conformance.reference.values import SigInfo
from conformance.trace import Environment

SIGNAL_CHARACTERS = {INTR: SIGNALS["SIGINT"], QUIT: SIGNALS["SIGQUIT"], SUSP: SIGTSTP}


class Terminal(NamedTuple):
    """A pseudo-terminal, ``struct tty_struct`` of its slave; number 0 is none."""

    session: int = 0  # ctrl.session: whose controlling terminal it is, 0 for nobody's
    foreground: int = 0  # ctrl.pgrp
    modes: int = ISIG
    lines: tuple[int, ...] = ()  # the lengths of the lines that wait to be read; 0 is an end of file
    partial: int = 0  # characters of the line that is being typed
    readers: tuple[int, ...] = ()  # tasks inside a read, oldest first: the first holds atomic_read_lock
    hung_up: bool = False


class Access(enum.Enum):
    """What job control says to a process that uses its terminal."""

    GRANTED = 0
    REFUSED = 1
    SIGNALLED = 2  # the call sleeps until the signal that is now pending has been taken


class Terminals(Tracees):
    """Terminals, as they belong to sessions."""

    def __init__(self, environment: Environment) -> None:
        """Make a world without terminals."""
        super().__init__(environment)
        self.terminals: dict[int, Terminal] = {}

    def copy(self) -> Self:
        """Return an equal, independent world."""
        twin = super().copy()
        twin.terminals = dict(self.terminals)
        return twin

    def key(self) -> tuple[object, ...]:
        """Return a hashable value, equal for equal worlds."""
        return (*super().key(), tuple(self.terminals.values()))

    # -- the files -------------------------------------------------------------------------------

    def open_terminal(self, group: ThreadGroup, *, ctty: bool) -> None:
        """Open both ends of a new terminal in place of those that the process had.

        Without O_NOCTTY a session leader that has no controlling terminal gets it (JOBCTL-340).
        """
        number = len(self.terminals) + 1
        self.terminals[number] = Terminal()
        if ctty and group.session_leader and not group.ctty:
            self.take_terminal(group, number)
        self.close_master(group)
        group.master = group.slave = number

    def close_master(self, group: ThreadGroup) -> None:
        """Close a process's master; with the last of all, the terminal is hung up (JOBCTL-330)."""
        number, group.master = group.master, 0
        if number and not any(other.master == number for other in self.groups.values()):
            self.hang_up(number)

    def inherit_terminal(self, parent: ThreadGroup, child: ThreadGroup) -> None:
        """Give a new process its parent's open files and controlling terminal (JOBCTL-341)."""
        child.master, child.slave, child.ctty = parent.master, parent.slave, parent.ctty

    def leave_terminal(self, group: ThreadGroup) -> None:
        """Let go of terminals at the end of a process (``disassociate_ctty``, then ``exit_task_work``).

        A session leader takes the terminal from its session, but a pseudo-terminal is not hung up: the
        foreground group gets SIGHUP alone (JOBCTL-320, JOBCTL-321). If it was hung up before, the group
        that was in the foreground then gets SIGHUP and SIGCONT (JOBCTL-333, JOBCTL-334).
        """
        if group.session_leader:
            if group.ctty:
                self.signal_group(self.terminals[group.ctty].foreground, SIGHUP)
                self.free_terminal(group.ctty)
            elif group.old_foreground:
                self.signal_group(group.old_foreground, SIGHUP)
                self.signal_group(group.old_foreground, SIGCONT)
        group.slave = 0
        self.close_master(group)

    def hang_up(self, number: int) -> None:
        """Hang a terminal up (``__tty_hangup``): only the session leader hears of it (JOBCTL-330).

        The session loses the terminal; its readers get an end (JOBCTL-331).
        """
        terminal = self.terminals[number]
        self.terminals[number] = terminal._replace(hung_up=True, session=0, foreground=0)
        for group in self.session(terminal.session):
            self.lose_terminal(group, number)
            if group.session_leader:
                self.send_to_process(kernel_signal(SIGHUP), group, force=True)
                self.send_to_process(kernel_signal(SIGCONT), group, force=True)
                group.old_foreground = terminal.foreground
        for tid in terminal.readers:
            self.tasks[tid].woken = True

    # -- the session -----------------------------------------------------------------------------

    def session(self, sid: int) -> list[ThreadGroup]:
        """Return the members of a session."""
        return [group for group in self.groups.values() if group.sid == sid]

    def take_terminal(self, group: ThreadGroup, number: int) -> None:
        """Make a terminal the session's; the leader's group is in the foreground (JOBCTL-342)."""
        self.terminals[number] = self.terminals[number]._replace(session=group.sid, foreground=group.pgid)
        group.ctty = number
        group.old_foreground = 0

    def lose_terminal(self, group: ThreadGroup, number: int) -> None:
        """Take a terminal from one process, if it is its controlling terminal."""
        if group.ctty == number:
            group.ctty = 0

    def free_terminal(self, number: int) -> None:
        """Take a terminal from its session: no member has it any more."""
        terminal = self.terminals[number]
        self.terminals[number] = terminal._replace(session=0, foreground=0)
        for group in self.session(terminal.session):
            self.lose_terminal(group, number)

    def setsid(self, caller: Task) -> str | None:
        """Start a session, which has no controlling terminal (setsid(2); JOBCTL-343)."""
        error = super().setsid(caller)
        if error is None:
            caller.group.ctty = 0
        return error

    def set_controlling(self, group: ThreadGroup, number: int, *, force: bool) -> str | None:
        """Make a terminal the caller's own (``tiocsctty``); only a session leader without one may, and
        only if it is no other session's (JOBCTL-344, JOBCTL-345, JOBCTL-346), unless by force, which
        needs a privilege (JOBCTL-349).
        """
        session = self.terminals[number].session
        if group.session_leader and session == group.sid:
            return None  # JOBCTL-347
        if not group.session_leader or group.ctty or (session and not force):
            return "EPERM"
        self.free_terminal(number)
        self.take_terminal(group, number)
        return None

    def give_up_controlling(self, group: ThreadGroup) -> None:
        """Give up the controlling terminal (``no_tty``): a session leader does so for all its session.

        The foreground group then gets SIGHUP and SIGCONT, from the leader (JOBCTL-322); another
        process just loses the terminal for itself (JOBCTL-323).
        """
        if not group.session_leader:
            group.ctty = 0
            return
        foreground = self.terminals[group.ctty].foreground
        for signo in (SIGHUP, SIGCONT):
            info = SigInfo(signo, SI_CODES["SI_USER"], group.tgid, self.environment.uid)
            for member in self.process_group(foreground):
                self.send_to_process(info, member)
        self.free_terminal(group.ctty)

    # -- job control -----------------------------------------------------------------------------

    def access(self, task: Task, number: int, signo: int) -> Access:
        """Ask whether a process may use a terminal now (``__tty_check_change``).

        Only a background process of the terminal's own session is held up (JOBCTL-071, JOBCTL-305), with a
        signal to its whole group (JOBCTL-304). If it ignores or blocks the signal it may not read, but may do
        anything else (JOBCTL-301, JOBCTL-302); in an orphaned group it may do nothing (JOBCTL-303).
        """
        group = task.group
        if group.ctty != number or group.pgid == self.terminals[number].foreground:
            return Access.GRANTED
        if self.is_refused_signal(task, signo):
            return Access.REFUSED if signo == SIGTTIN else Access.GRANTED
        if self.is_orphaned(group.pgid):
            return Access.REFUSED
        self.signal_group(group.pgid, signo)
        return Access.SIGNALLED

    def is_refused_signal(self, task: Task, signo: int) -> bool:
        """Say whether a process blocks or ignores a signal (``is_ignored``)."""
        return bool(task.blocked & bit(signo)) or task.group.action(signo).handler == SIG_IGN

    def signal_group(self, pgid: int, signo: int) -> None:
        """Send a signal of the kernel's own to a process group (``kill_pgrp``)."""
        for member in self.process_group(pgid):
            self.send_to_process(kernel_signal(signo), member, force=True)

    def foreground_error(self, group: ThreadGroup, number: int, pgid: int) -> str | None:
        """Say why a process group cannot be put into the foreground (``tiocspgrp``; JOBCTL-310 ff.).

        A process that leads no group will do as well (``session_of_pgrp``; JOBCTL-315).
        """
        if pgid < 0:
            return "EINVAL"
        if group.ctty != number:
            return "ENOTTY"
        members = self.process_group(pgid)
        target = members[0] if members else self.find_process(pgid)
        if target is None:
            return "EPERM" if self.session(pgid) else "ESRCH"
        return None if target.sid == group.sid else "EPERM"

    # -- the line --------------------------------------------------------------------------------

    def receive(self, number: int, char: int) -> None:
        """Take a typed character (``n_tty_receive_buf``; JOBCTL-076, JOBCTL-077, JOBCTL-306, JOBCTL-307)."""
        terminal = self.terminals[number]
        if char in SIGNAL_CHARACTERS and terminal.modes & ISIG:
            self.signal_group(terminal.foreground, SIGNAL_CHARACTERS[char])
            if not terminal.modes & NOFLSH:
                self.discard_input(number)
        elif char in (NL, EOF):
            line = terminal.partial + (char == NL)
            self.terminals[number] = terminal._replace(lines=(*terminal.lines, line), partial=0)
            self.wake_reader(number)
        else:
            self.terminals[number] = terminal._replace(partial=terminal.partial + 1)

    def discard_input(self, number: int) -> None:
        """Forget what was typed and not read (``reset_buffer_flags``; JOBCTL-309)."""
        self.terminals[number] = self.terminals[number]._replace(lines=(), partial=0)

    def wake_reader(self, number: int) -> None:
        """Wake the reader whose turn it is, if there is one."""
        for tid in self.terminals[number].readers[:1]:
            self.tasks[tid].woken = True

    def take_line(self, task: Task, number: int) -> int | None:
        """Read a line, in one's turn; None if there is none yet (``n_tty_read``)."""
        terminal = self.terminals[number]
        if task.tid not in terminal.readers:
            terminal = terminal._replace(readers=(*terminal.readers, task.tid))
            self.terminals[number] = terminal
        if terminal.readers[0] != task.tid or not terminal.lines:
            return None
        self.terminals[number] = terminal._replace(lines=terminal.lines[1:])
        self.stop_reading(task)
        return terminal.lines[0]

    def stop_reading(self, task: Task) -> None:
        """Leave a read, finished or interrupted: the next reader may have his turn."""
        number = task.group.slave
        if number and task.tid in self.terminals[number].readers:
            readers = tuple(tid for tid in self.terminals[number].readers if tid != task.tid)
            self.terminals[number] = self.terminals[number]._replace(readers=readers)
            self.wake_reader(number)


def kernel_signal(signo: int) -> SigInfo:
    """Return a signal that the kernel sends for itself (``SEND_SIG_PRIV``)."""
    return SigInfo(signo, SI_CODES["SI_KERNEL"])
