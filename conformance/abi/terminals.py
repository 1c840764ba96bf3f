"""Terminals: local modes, special characters and when attributes change (termios(3), tcsetattr(3))."""

from __future__ import annotations

MODES: dict[str, int] = {"ISIG": 0x1, "NOFLSH": 0x80, "TOSTOP": 0x100}
"""The bits of ``c_lflag`` that cases drive (asm-generic/termbits.h)."""
ISIG, NOFLSH, TOSTOP = MODES["ISIG"], MODES["NOFLSH"], MODES["TOSTOP"]

CHARACTERS: dict[str, int] = {"INTR": 3, "EOF": 4, "NL": 10, "SUSP": 26, "QUIT": 28}
"""The special characters of a new terminal; QUIT is control-backslash, SUSP control-Z."""
INTR, EOF, NL, SUSP, QUIT = (CHARACTERS[name] for name in ("INTR", "EOF", "NL", "SUSP", "QUIT"))

WHEN: dict[str, int] = {"TCSANOW": 0, "TCSADRAIN": 1, "TCSAFLUSH": 2}
TCSAFLUSH = WHEN["TCSAFLUSH"]

ENDS: dict[str, int] = {"master": 50, "slave": 51}
"""The two ends of an actor's pseudo-terminal: the descriptors at which the agent keeps them."""
MASTER, SLAVE = ENDS["master"], ENDS["slave"]
