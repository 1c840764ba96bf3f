"""An agent at the other end of any command: ssh, docker, adb, an emulator, a serial line."""

from __future__ import annotations

import shlex
import shutil
from typing import Final

from conformance.executor.session import Patience
from conformance.targets.agent import AgentTarget, launch_of
from conformance.targets.base import Address, Target, TargetOptions, UnknownTarget

_PATIENCE: Final = Patience(boot_s=60.0, silence_s=30.0)


def start(address: Address, options: TargetOptions) -> Target:
    """Run the command, split as a shell would split it; no shell is involved.

    Raises:
        UnknownTarget: it is no command, or there is no such program.
        TargetFailed: no agent says hello at its other end.
    """
    words = _words(address)
    if shutil.which(words[0]) is None:
        raise UnknownTarget(f"{address.text}: there is no program {words[0]} on the PATH")
    return AgentTarget(address, launch_of(address, words, _PATIENCE, 2.0), options)


def _words(address: Address) -> list[str]:
    try:
        words = shlex.split(address.argument)
    except ValueError as error:
        raise UnknownTarget(f"{address.text}: {str(error).lower()} in the command") from error
    if not words:
        raise UnknownTarget(f"{address.text}: say which command runs the agent: command:ssh board ./agent")
    return words
