"""Cases on an agent that runs somewhere: at the other end of any command's standard input and output."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from conformance.case.model import REQUIREMENTS, Case
from conformance.executor.agent import AgentError, bundled_agent
from conformance.executor.compile import CompileError, compile_case
from conformance.executor.decode import decode
from conformance.executor.frames import ProtocolError
from conformance.executor.outcome import Outcome, without_trace
from conformance.executor.session import WINDOW, AgentSession, Patience
from conformance.executor.traffic import Answer
from conformance.targets.base import Address, TargetFailed, TargetOptions, UnknownTarget
from conformance.trace import Environment

_NUMBERS: Final = 1 << 32
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Launch:
    """How an agent is started, and what is known of the place where it runs.

    ``command``: the agent and its arguments, or what :func:`launch_of` makes of another program; its
    standard input and output become the agent's. ``patience``: how long it may be silent. ``watchdog_ms``: at
    least this much for a step to settle, where the place is slow. ``facts``: what a result file's header
    says of it beside what the agent says.
    """

    command: Sequence[str]
    patience: Patience = Patience()
    watchdog_ms: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)


def agent_path(address: Address) -> Path:
    """Return the agent that was built with this installation.

    Raises:
        TargetFailed: there is none.
    """
    try:
        return Path(bundled_agent())
    except AgentError as error:
        raise TargetFailed(f"{address.text}: {error}") from error


def launch_of(
    address: Address,
    words: Sequence[str],
    usual: Patience,
    watchdog_s: float,
    facts: Mapping[str, str] = _NONE,
    keeper: Sequence[str] = ("--keep",),
) -> Launch:
    """Return how another program is run at whose other end an agent is. It and all that it leaves behind end
    when it is over, or when waitconf is (``helpers_c/keep.c``).

    Args:
        address: its settings ``boot``, ``silence`` and ``watchdog``, in seconds, go before what is usual.
        words: the program, found on the PATH, and its arguments.
        usual: how long it may take.
        watchdog_s: at least so long for a step to settle.
        facts: see :class:`Launch`.
        keeper: how it is kept: ``--keep-at`` a folder, if it leaves files behind, or ``--keep-contained`` in
            one, with user and PID namespaces, if what it leaves must not get at this machine.

    Raises:
        UnknownTarget: a setting is no number of seconds.
        TargetFailed: see :func:`agent_path`.
    """
    boot_s = _seconds(address, "boot", usual.boot_s)
    silence_s = _seconds(address, "silence", usual.silence_s)
    watchdog_ms = int(1000 * _seconds(address, "watchdog", watchdog_s))
    patience = Patience(boot_s, silence_s, usual.slack_s)
    return Launch([str(agent_path(address)), *keeper, *words], patience, watchdog_ms, facts)


def _seconds(address: Address, key: str, usual: float) -> float:
    text = address.settings.get(key, str(usual))
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < 1e6:
        raise UnknownTarget(f"{address.text}: {key}={text} is no number of seconds")
    return seconds


class AgentTarget:
    """A target of which nothing is known but how to start an agent there. One agent serves it, started anew
    when a case takes it down.
    """

    def __init__(
        self, address: Address, launch: Launch, options: TargetOptions, room: ExitStack | None = None
    ) -> None:
        """Start an agent.

        Args:
            address: as what the target was asked for.
            launch: how.
            options: the watchdog; what else there is concerns the command.
            room: what the command needs (a folder for its files); closed with the target, and at once if
                it does not start.

        Raises:
            TargetFailed: the agent does not start.
        """
        self.name = address.text
        self.kind = address.kind
        self._facts = launch.facts
        self._watchdog_ms = max(options.watchdog_ms, launch.watchdog_ms)
        self._number = 0
        self._room = room or ExitStack()
        self._session = AgentSession(launch.command, launch.patience)
        try:
            self._hello = self._session.__enter__().hello
        except AgentError as error:
            self._room.close()
            raise TargetFailed(f"{self.name}: {error}") from error
        except BaseException:
            self._room.close()
            raise

    @property
    def environment(self) -> Environment:
        """What the agent found, on which the right answers depend."""
        return self._hello.environment

    @property
    def session(self) -> AgentSession:
        """The running agent, for the benchmarks."""
        return self._session

    def describe(self) -> Mapping[str, str]:
        """Return what a result file's header says of this target."""
        hello = self._hello
        return {
            "name": self.name,
            "kind": self.kind,
            "sysname": hello.sysname,
            "release": hello.release,
            "machine": hello.machine,
            "version": hello.build,
            **self._facts,
        }

    def run(self, cases: Iterable[Case]) -> Iterator[Outcome]:
        """Run cases, keeping the agent supplied; leaving early discards the ones under way."""
        pending: deque[tuple[Case, Outcome | None]] = deque()
        try:
            for case in cases:
                pending.append((case, self._submit(case)))
                while pending and (pending[0][1] or self._session.has_answer or len(pending) >= WINDOW):
                    yield self._next(pending)
            while pending:
                yield self._next(pending)
        except AgentError as error:
            raise TargetFailed(f"{self.name}: {error}") from error
        finally:
            if pending:
                self._abandon()

    def _submit(self, case: Case) -> Outcome | None:
        """Hand a case to the agent, or say at once what becomes of it."""
        missing = [name for name in case.requires if name not in self._hello.have]
        if missing:
            return without_trace("unsupported", self._why(missing))
        self._number = (self._number + 1) % _NUMBERS
        try:
            program = compile_case(case, self._number, self._watchdog_ms)
        except CompileError as error:
            return without_trace("invalid", str(error))
        self._session.submit(program)
        return None

    def _why(self, missing: Sequence[str]) -> str:
        """Say what a case needs that is not here."""
        reason = f" ({self._hello.why})" if "pidns" in missing and self._hello.why else ""
        return "needs " + "; ".join(REQUIREMENTS[name] for name in missing) + reason

    def _next(self, pending: deque[tuple[Case, Outcome | None]]) -> Outcome:
        """Return the outcome of the first pending case, waiting for it if need be."""
        case, outcome = pending[0]
        if outcome is None:
            outcome = _judge(case, self._session.collect())
        pending.popleft()
        return outcome

    def _abandon(self) -> None:
        """Make the agent forget an abandoned run; a failure to start again shows in the next one."""
        try:
            self._session.abandon()
        except AgentError:
            self._session.close()

    def close(self) -> None:
        """End the agent."""
        self._session.close()
        self._room.close()


def _judge(case: Case, answer: Answer) -> Outcome:
    """Decode an answer; what the agent refuses to do, this target does not support."""
    if answer.failure:
        return without_trace(answer.failure, answer.text)
    try:
        outcome = decode(case, answer.data)
    except ProtocolError as error:
        return without_trace("broken", f"the agent's answer makes no sense: {error}")
    if outcome.status == "refused":
        return Outcome("unsupported", outcome.trace, outcome.text, outcome.duration_ns)
    return outcome
