"""The kernel that runs waitconf, driven through an agent of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from conformance.case.model import REQUIREMENTS, Case
from conformance.executor.agent import AgentError, bundled_agent
from conformance.executor.compile import CompileError, compile_case
from conformance.executor.decode import decode
from conformance.executor.frames import ProtocolError
from conformance.executor.outcome import Outcome, without_trace
from conformance.executor.session import WINDOW, AgentSession, Answer
from conformance.targets.base import TargetFailed, TargetOptions, UnknownTarget
from conformance.trace import Environment

KIND: Final = "host"
_NUMBERS: Final = 1 << 32


class HostTarget:
    """Cases on the running kernel. One agent serves the target; it is pinned to one core.

    ``command`` replaces the bundled agent (tests do).
    """

    kind = KIND

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
        self.name = f"{KIND}:{argument}" if argument else KIND
        self._watchdog_ms = options.watchdog_ms
        self._number = 0
        try:
            self._session = AgentSession([*(command or [bundled_agent()]), *_arguments(argument, options)])
            self._hello = self._session.__enter__().hello
        except AgentError as error:
            raise TargetFailed(f"{self.name}: {error}") from error

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
            "kind": KIND,
            "sysname": hello.sysname,
            "release": hello.release,
            "machine": hello.machine,
            "version": hello.build,
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


def _arguments(argument: str, options: TargetOptions) -> list[str]:
    """Return the agent's command line."""
    arguments = ["--no-pidns"] if argument == "no-pidns" else []
    return arguments if options.cpu is None else [*arguments, "--cpu", str(options.cpu)]


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
