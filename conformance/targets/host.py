"""The kernel that runs waitconf, driven through an agent of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from conformance.targets.agent import AgentTarget, Launch, agent_path
from conformance.targets.base import Address, TargetOptions, UnknownTarget

KIND: Final = "host"


class HostTarget(AgentTarget):
    """Cases on the running kernel. One agent serves the target; it is pinned to one core.

    ``command`` replaces the bundled agent (tests do).
    """

    def __init__(
        self,
        argument: str = "",
        options: TargetOptions = TargetOptions(),
        command: Sequence[str] | None = None,
    ) -> None:
        """Start an agent.

        Args:
            argument: empty, or ``no-pidns``: contain cases by a subreaper only, as where namespaces
                are not to be had.
            options: which core, and the watchdog.
            command: path and arguments of the agent.

        Raises:
            UnknownTarget: the argument is no such thing.
            TargetFailed: the agent does not start.
        """
        if argument not in ("", "no-pidns"):
            raise UnknownTarget(f"{KIND}:{argument}: {KIND} takes no argument but no-pidns")
        name = f"{KIND}:{argument}" if argument else KIND
        address = Address(name, KIND, argument)
        words = [*(command or [str(agent_path(address))]), *_arguments(argument, options)]
        super().__init__(address, Launch(words), options)


def start(address: Address, options: TargetOptions) -> HostTarget:
    """Start an agent on this machine; see :class:`HostTarget`."""
    return HostTarget(address.argument, options)


def _arguments(argument: str, options: TargetOptions) -> list[str]:
    """Return the agent's command line."""
    arguments = ["--no-pidns"] if argument == "no-pidns" else []
    return arguments if options.cpu is None else [*arguments, "--cpu", str(options.cpu)]
