"""User-mode Linux: a kernel that is an ordinary program, its init the agent. ``uml:`` or ``uml:PATH``.

A line of its own, which the kernel takes for a serial one, is the program's standard input and output.

It traces the processes of its guest. Killed, it leaves them behind for a moment, and what they do then they
do to the host: so it runs in user and PID namespaces of its own, or not at all.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from conformance.executor.session import Patience
from conformance.targets.agent import AgentTarget, agent_path, launch_of
from conformance.targets.base import Address, Lack, TargetOptions
from conformance.targets.initramfs import in_memory, initramfs

_PROGRAMS: Final = ("linux.uml", "linux")
_PATIENCE: Final = Patience(boot_s=60.0, silence_s=60.0, slack_s=30.0)
_WATCHDOG_S: Final = 20.0
_WORDS: Final = (
    *("con=null", "ssl=null", "ssl0=fd:0,fd:1"),  # no window, no terminal: one line, which is ours
    *("quiet", "panic=-1", "waitconf_port=/dev/ttyS0", "waitconf_end=off"),
)


def missing(address: Address) -> list[Lack]:
    """Say what this machine lacks."""
    return [] if _program(address) else [Lack(address.argument or _PROGRAMS[0], "user-mode-linux")]


def _program(address: Address) -> str:
    """Return the kernel, empty if there is none. Its path is absolute: it runs in a folder of its own."""
    wanted = (address.argument,) if address.argument else _PROGRAMS
    found = next(filter(None, map(shutil.which, wanted)), "")
    return str(Path(found).absolute()) if found else ""


def start(address: Address, options: TargetOptions) -> AgentTarget:
    """Run the kernel.

    Raises:
        TargetFailed: it does not come up.
    """
    memory = address.settings.get("memory", "256")
    with ExitStack() as room:
        folder = room.enter_context(tempfile.TemporaryDirectory(prefix="waitconf-uml-"))
        archive = room.enter_context(in_memory(initramfs(agent_path(address))))
        words = [_program(address), f"mem={memory}M", f"initrd={archive}", f"uml_dir={folder}", *_WORDS]
        launch = launch_of(address, words, _PATIENCE, _WATCHDOG_S, keeper=("--keep-contained", folder))
        return AgentTarget(address, launch, options, room.pop_all())
