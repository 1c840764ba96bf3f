"""Terminals across the layers: what a case may say, what the agent refuses, what a target may lack."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from conformance.abi.terminals import ENDS, ISIG, TOSTOP
from conformance.case.errors import CaseErrors
from conformance.case.loader import load_text
from conformance.case.model import Call
from conformance.executor._bridge import lib
from conformance.executor.agent import bundled_agent
from conformance.reference import Kernel
from conformance.reference.scheduler import settle
from conformance.trace import Environment
from tests.agent_wire import answers, batch, literal, program, step
from tests.test_hostile import needs_namespaces

ROOT: Final = Path(__file__).resolve().parent.parent
HEAD: Final = "id: example\ntitle: an example\nrules: [JOBCTL-071]\nrequires: [pty]\nsteps:\n"


def call(text: str) -> Call:
    """Compile one call of P."""
    return load_text(f"{HEAD}  - P: {text}\n")[0].steps[0].call


def test_names_of_termios_stand_for_characters_and_modes() -> None:
    assert call("{tty_type: QUIT}") == Call("tty_type", (28,))
    assert call("{tty_type: 0x78}") == Call("tty_type", (0x78,))
    assert call("{tcsetattr: [ISIG, TOSTOP]}") == Call("tcsetattr", (ISIG | TOSTOP, 0))
    assert call("{tcsetattr: []}") == Call("tcsetattr", (0, 0))
    assert call("tcgetpgrp") == Call("tcgetpgrp", (ENDS["slave"],))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{tcsetattr: [TOSTOPP]}", "`TOSTOPP` is not a mode of a terminal; did you mean `TOSTOP`?"),
        ("{tty_type: CTRL_C}", "`CTRL_C` is not a value of `char`"),
        ("{tty_close: both}", "`both` is not a value of `end`"),
        ("{fork: SUSP}", "`SUSP` is reserved"),
    ],
)
def test_a_wrong_name_is_told(text: str, message: str) -> None:
    with pytest.raises(CaseErrors) as caught:
        call(text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        (step(1, "tty_close", literal(0)), "a terminal has no end 0"),
        (step(1, "tcgetpgrp", literal(60)), "a terminal has no end 60"),
        (step(1, "tcgetsid", literal(-1)), "a terminal has no end -1"),
        (step(1, "tiocsctty", literal(0), literal(1)), "a terminal has no end 1"),
        (step(1, "tty_type", literal(256)), "no such character: 256"),
        (step(1, "tcsetattr", literal(0), literal(3)), "no such time to set a mode: 3"),
    ],
    ids=["tty_close", "tcgetpgrp", "tcgetsid", "tiocsctty", "tty_type", "tcsetattr"],
)
def test_the_agent_refuses_what_is_no_part_of_a_terminal(bad: bytes, text: str) -> None:
    """Above all to close a descriptor that is the agent's own."""
    (seen,) = answers([bundled_agent()], batch(program(bad)))
    assert (seen.outcome, seen.text) == (lib.WC_INVALID, f"step 0: {text}")


@needs_namespaces
def test_without_pseudo_terminals_a_case_is_unsupported() -> None:
    """Where /dev/ptmx is something else, the agent says so and the report why."""
    done = subprocess.run(
        [
            *("unshare", "--user", "--map-root-user", "--mount", "sh", "-c"),
            'mount --bind /dev/null /dev/ptmx && exec "$@"',
            *("sh", sys.executable, "-m", "conformance.cli", "run", "--verbose", "--target", "host"),
            *("--case", "a-background-read-stops-the-reader"),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    line = "unsupported  a-background-read-stops-the-reader[host]  needs pseudo-terminals (/dev/ptmx)"
    assert line in done.stdout + done.stderr


def test_a_terminal_is_part_of_the_state() -> None:
    """What is typed in a copy of a world is not typed in the original, and makes the two differ."""
    world = Kernel("P", Environment())
    world.start("P", call("openpty"))
    settle(world, world.pids["P"])
    twin = world.copy()
    assert twin.key() == world.key()
    twin.receive(1, 0x78)
    assert twin.key() != world.key()
    assert world.terminals[1].partial == 0
