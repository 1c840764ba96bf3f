"""Pseudo-terminals and job control on them."""

from __future__ import annotations

from typing import Final

from conformance.abi.terminals import CHARACTERS, ENDS, ISIG, MODES, SLAVE, WHEN
from conformance.case.calls.spec import CallSpec, Kind, Param

_OF_THE_SLAVE: Final = Param("end", Kind.CHOICE, "master or slave", SLAVE, ENDS)

TABLE: Final = (
    CallSpec(
        "openpty",
        20,
        (
            Param(
                "ctty", Kind.INTEGER, "1 opens the slave without O_NOCTTY: it may become the caller's own", 0
            ),
        ),
        "Open a pseudo-terminal, ECHO off, in place of the one that the actor had; forks and exec keep it.",
        "pty(7)",
    ),
    CallSpec(
        "tty_close",
        21,
        (Param("end", Kind.CHOICE, "master or slave", names=ENDS),),
        "Close an end of the pseudo-terminal, in this actor only.",
        "close(2)",
        shorthand="end",
    ),
    CallSpec(
        "tiocsctty",
        22,
        (Param("force", Kind.INTEGER, "1 steals the terminal of another session", 0), _OF_THE_SLAVE),
        "Make the slave the controlling terminal.",
        "ioctl_tty(2)",
        shorthand="force",
    ),
    CallSpec(
        "tiocnotty",
        23,
        (_OF_THE_SLAVE,),
        "Give up the controlling terminal.",
        "ioctl_tty(2)",
        shorthand="end",
    ),
    CallSpec(
        "tcsetpgrp",
        24,
        (Param("pgid", Kind.PID, "the group"), _OF_THE_SLAVE),
        "Put a process group into the foreground of the slave.",
        "tcsetpgrp(3)",
        shorthand="pgid",
    ),
    CallSpec(
        "tcgetpgrp",
        25,
        (_OF_THE_SLAVE,),
        "The foreground process group.",
        "tcgetpgrp(3)",
        shorthand="end",
        returns_pid=True,
    ),
    CallSpec(
        "tcgetsid",
        26,
        (_OF_THE_SLAVE,),
        "The session whose controlling terminal it is.",
        "tcgetsid(3)",
        shorthand="end",
        returns_pid=True,
    ),
    CallSpec("tty_read", 27, (), "Read a line, at most 64 bytes, from the slave.", "read(2)"),
    CallSpec("tty_write", 28, (), "Write one byte to the slave.", "write(2)"),
    CallSpec(
        "tty_type",
        29,
        (
            Param(
                "char",
                Kind.CHOICE,
                "a special character, or the number of any other (`0x78`)",
                names=CHARACTERS,
            ),
        ),
        "Type one character on the master, and let the terminal take it. "
        "No signal while a whole line waits unread: the agent could not tell when it was sent.",
        "termios(3)",
        shorthand="char",
    ),
    CallSpec(
        "tcsetattr",
        30,
        (
            Param("modes", Kind.FLAGS, "those that are on from now; the others are off", ISIG, MODES),
            Param("when", Kind.CHOICE, "TCSANOW, TCSADRAIN or TCSAFLUSH", 0, WHEN),
        ),
        "Set the local modes of the slave that concern job control.",
        "tcsetattr(3)",
        shorthand="modes",
    ),
)
