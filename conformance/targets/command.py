"""An agent at the other end of any command: ssh, docker, adb, an emulator, a serial line."""

from __future__ import annotations

import shlex
import shutil

from conformance.executor.session import Patience
from conformance.targets.agent import AgentTarget, Launch, kept_command
from conformance.targets.base import Address, Target, TargetOptions, UnknownTarget


def start(address: Address, options: TargetOptions) -> Target:
    """Run the command, split as a shell would split it; no shell is involved.

    Raises:
        UnknownTarget: it is no command, or there is no such program.
        TargetFailed: no agent says hello at its other end.
    """
    words = _words(address)
    if shutil.which(words[0]) is None:
        raise UnknownTarget(f"{address.text}: there is no program {words[0]} on the PATH")
    patience = Patience(boot_s=_seconds(address, "boot", 60), silence_s=_seconds(address, "silence", 30))
    watchdog_ms = int(1000 * _seconds(address, "watchdog", 2))
    return AgentTarget(address, Launch(kept_command(address, words), patience, watchdog_ms), options)


def _words(address: Address) -> list[str]:
    try:
        words = shlex.split(address.argument)
    except ValueError as error:
        raise UnknownTarget(f"{address.text}: {str(error).lower()} in the command") from error
    if not words:
        raise UnknownTarget(f"{address.text}: say which command runs the agent: command:ssh board ./agent")
    return words


def _seconds(address: Address, key: str, usual: float) -> float:
    text = address.settings.get(key, str(usual))
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < 1e6:
        raise UnknownTarget(f"{address.text}: {key}={text} is no number of seconds")
    return seconds
