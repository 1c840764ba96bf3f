"""Job control on a terminal, and who has one."""

from __future__ import annotations

from conformance.abi.signals import SIGHUP, SIGTTIN
from conformance.reference.kernel import Kernel
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.terminal import Access, Terminal, kernel_signal
from conformance.reference.values import Phase
from conformance.trace import Fields


class BackgroundIsRefused(Kernel):
    """A background process gets EIO at once instead of a signal."""

    def access(self, task: Task, number: int, signo: int) -> Access:
        """Ask whether the caller is in the foreground, and no more."""
        foreground = self.terminals[number].foreground == task.group.pgid
        return Access.GRANTED if foreground or task.group.ctty != number else Access.REFUSED


class BackgroundSignalIsPersonal(Kernel):
    """SIGTTIN and SIGTTOU go to the caller, not to its group."""

    def signal_group(self, pgid: int, signo: int) -> None:
        """Spare those who do not use the terminal now."""
        for member in self.process_group(pgid):
            if signo < SIGTTIN or self.leader(member).call is not None:
                self.send_to_process(kernel_signal(signo), member, force=True)


class OrphansAreStopped(Kernel):
    """An orphaned background group is signalled like any other, and so goes on trying."""

    def access(self, task: Task, number: int, signo: int) -> Access:
        """Grant what Linux refuses to orphans."""
        found = super().access(task, number, signo)
        return Access.GRANTED if found is Access.REFUSED and self.is_orphaned(task.group.pgid) else found


class RefusedSignalsMakeNoDifference(Kernel):
    """Ignoring or blocking SIGTTIN lets a background process read."""

    def access(self, task: Task, number: int, signo: int) -> Access:
        """Treat reading like writing."""
        return Access.GRANTED if self.is_refused_signal(task, signo) else super().access(task, number, signo)


class StrangersAreHeldUp(Kernel):
    """Whoever is not in the foreground group is held up, of whatever session he is."""

    def access(self, task: Task, number: int, signo: int) -> Access:
        """Refuse strangers."""
        stranger = task.group.ctty != number and self.terminals[number].session
        return Access.REFUSED if stranger else super().access(task, number, signo)


class ReadAsksAfterSleep(Kernel):
    """A sleeping read asks job control again when it is woken."""

    def sys_tty_read(self, task: Task) -> Fields | None:
        """Begin anew."""
        phase, task.phase = task.phase, Phase.STARTING
        result = super().sys_tty_read(task)
        task.phase = phase
        return result


class TostopIsAlwaysOn(Kernel):
    """A background write stops the writer without TOSTOP too."""

    def sys_tty_write(self, task: Task) -> Fields | None:
        """Set TOSTOP first."""
        if task.group.slave:
            terminal = self.terminals[task.group.slave]
            self.terminals[task.group.slave] = terminal._replace(modes=terminal.modes | 0x100)
        return super().sys_tty_write(task)


class TypedSignalsReachTheSession(Kernel):
    """A typed character signals every group of the session."""

    def receive(self, number: int, char: int) -> None:
        """Signal the background as well."""
        terminal = self.terminals[number]
        for pgid in {group.pgid for group in self.session(terminal.session)} | {terminal.foreground}:
            self.terminals[number] = terminal._replace(foreground=pgid)
            super().receive(number, char)
            terminal = self.terminals[number]._replace(foreground=terminal.foreground)
        self.terminals[number] = terminal


class InputSurvivesSignals(Kernel):
    """A typed signal leaves unread input alone, NOFLSH or not."""

    def discard_input(self, number: int) -> None:
        """Discard nothing."""


class HangUpReachesTheForeground(Kernel):
    """Closing the master sends SIGHUP to the foreground group at once."""

    def hang_up(self, number: int) -> None:
        """Signal it first."""
        self.signal_group(self.terminals[number].foreground, SIGHUP)
        super().hang_up(number)


class HangUpIsForgotten(Kernel):
    """A session leader that dies after a hang-up does not pass it on."""

    def hang_up(self, number: int) -> None:
        """Forget who was in the foreground."""
        super().hang_up(number)
        for group in self.groups.values():
            group.old_foreground = 0


class LeaderHangsUpPseudoTerminals(Kernel):
    """The session leader's exit hangs the terminal up, as it does with a real one."""

    def free_terminal(self, number: int) -> None:
        """Let nobody read or write any more."""
        super().free_terminal(number)
        self.terminals[number] = self.terminals[number]._replace(hung_up=True)


class SetsidKeepsTheTerminal(Kernel):
    """setsid leaves the controlling terminal as it is."""

    def setsid(self, caller: Task) -> str | None:
        """Give it back."""
        ctty = caller.group.ctty
        error = super().setsid(caller)
        caller.group.ctty = ctty
        return error


class ForkForgetsTheTerminal(Kernel):
    """A child has the files but no controlling terminal."""

    def inherit_terminal(self, parent: ThreadGroup, child: ThreadGroup) -> None:
        """Copy the files only."""
        super().inherit_terminal(parent, child)
        child.ctty = 0


class AnyGroupWillDo(Kernel):
    """tcsetpgrp takes groups of other sessions."""

    def foreground_error(self, group: ThreadGroup, number: int, pgid: int) -> str | None:
        """Do not look at the session."""
        error = super().foreground_error(group, number, pgid)
        return None if error == "EPERM" else error


class OnlyGroupsWillDo(Kernel):
    """tcsetpgrp does what POSIX says: EPERM for what is no group of the session."""

    def foreground_error(self, group: ThreadGroup, number: int, pgid: int) -> str | None:
        """Look for a group."""
        error = super().foreground_error(group, number, pgid)
        return "EPERM" if error in (None, "ESRCH") and not self.process_group(pgid) else error


class MembersTakeTerminals(Kernel):
    """Any process may make a terminal its controlling terminal."""

    def set_controlling(self, group: ThreadGroup, number: int, *, force: bool) -> str | None:
        """Do not ask for a session leader."""
        if not self.terminals[number].session:
            self.take_terminal(group, number)
            return None
        return super().set_controlling(group, number, force=force)


class TerminalsAreShared(Kernel):
    """A session leader takes the terminal of another session without force."""

    def set_controlling(self, group: ThreadGroup, number: int, *, force: bool) -> str | None:
        """Forget whose it was."""
        if group.session_leader and not group.ctty:
            self.terminals[number] = Terminal()
        return super().set_controlling(group, number, force=force)
