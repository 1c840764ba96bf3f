"""Programs streamed to an agent and its answers back, over the deaths of agents and the losses of lines.

A case that takes the agent down gets the blame, a fresh agent gets the rest (``traffic``). An agent gives a
sign of life every second: one that is silent for longer than its place explains is dead, whatever it was
doing; one that says that it has nothing to do has not got what was sent.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Literal, Self

from conformance.executor._bridge import lib
from conformance.executor.agent import AgentEnded, AgentError, AgentProcess
from conformance.executor.compile import Program
from conformance.executor.decode import result_number
from conformance.executor.frames import Frame, ProtocolError, pack_frame
from conformance.executor.hello import Hello, read_hello
from conformance.executor.layout import ALIVE, FLOOR, RESULT, text
from conformance.executor.traffic import Answer, Traffic

BATCH: Final = 64
"""Programs to a frame: enough that a round trip costs nothing, few enough to stay small in memory."""
WINDOW: Final = 3 * BATCH
"""Programs to have under way: one batch is being collected while two keep the agent busy."""
_CONSOLE_BYTES: Final = 4096
"""To have under way on a console: more would be lost while the agent is busy and nobody reads."""
_IDLE: Final = 3
"""Signs of life of an idle agent in a row that say that nothing is on its way any more."""
_APART_S: Final = 0.5
"""So far apart they are read, if they are as many as they seem: one is sent each second."""
_DEATHS: Final = 100
"""Agents in a row that died without an answer: the place is broken, not a case."""
_GRACE_S: Final = 2.0
_FLOOR_S: Final = 120.0

_HELLO: Final[int] = lib.WC_FRAME_HELLO
_BATCH: Final[int] = lib.WC_FRAME_BATCH
_RESULT: Final[int] = lib.WC_FRAME_RESULT
_ERROR: Final[int] = lib.WC_FRAME_ERROR
_FLOOR: Final[int] = lib.WC_FRAME_FLOOR
_ALIVE: Final[int] = lib.WC_FRAME_ALIVE


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an agent may take, in seconds: ``boot_s`` until it says hello, ``silence_s`` without a sign of
    life, ``slack_s`` for a case beyond what the agent's own watchdog allows.
    """

    boot_s: float = 10.0
    silence_s: float = 20.0
    slack_s: float = 5.0


class AgentSession:
    """A context manager: an agent is running inside it, restarted as often as cases kill it.

    Answers come in the order of submission, one for each program.
    """

    def __init__(self, command: Sequence[str], patience: Patience = Patience()) -> None:
        """Prepare a session.

        Args:
            command: path and arguments of the agent, or of what runs it somewhere.
            patience: how long it may take.
        """
        self._command = tuple(command)
        self._patience = patience
        self._traffic = Traffic()
        self._floors: list[int] = []
        self._agent: AgentProcess | None = None
        self._said: Hello | None = None
        self._idle = 0  # signs of life in a row of an agent without work
        self._idle_since = 0.0  # when the last of these was heard
        self._deaths = 0  # in a row
        self._since = 0.0  # when the first program under way became the first

    def __enter__(self) -> Self:
        """Start the agent and hear its hello.

        Raises:
            AgentError: it cannot be started or does not say hello.
        """
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the agent: gently if it has nothing to do."""
        self.close()

    @property
    def hello(self) -> Hello:
        """What the agent said when it started.

        Raises:
            AgentError: it is not running.
        """
        if self._said is None:
            raise AgentError("the agent is not running")
        return self._said

    def submit(self, program: Program) -> None:
        """Take a program; full batches are sent, and answers that are there are taken in."""
        self._traffic.submit(program)
        if self._traffic.unsent >= BATCH or self._running().is_console:
            self._send()
            self._exchange(0)

    @property
    def has_answer(self) -> bool:
        """Whether :meth:`collect` would return at once."""
        return self._traffic.has_answer

    def collect(self) -> Answer:
        """Return the next answer, waiting for it as long as its program may take.

        Raises:
            LookupError: every program has been answered.
            AgentError: a fresh agent was needed and did not start, or they die one after the other.
        """
        while not self._traffic.has_answer:
            if self._traffic.is_idle:
                raise LookupError("no program is under way")
            self._send()
            self._exchange(self._time_left())
        return self._traffic.collect()

    def abandon(self) -> None:
        """Forget the programs under way; an agent that was running some is replaced.

        Raises:
            AgentError: a fresh agent was needed and did not start.
        """
        busy = bool(self._traffic.flying)
        self._traffic.forget()
        if busy and self._agent is not None:
            self._agent.close(0)
            self._start()

    def floor(self, processes: int, rounds: int) -> int:
        """Let the agent fork, exit and reap ``processes`` processes ``rounds`` times, bare. Returns ns.

        Raises:
            AgentError: programs are under way, or the agent failed.
        """
        if not self._traffic.is_idle:
            raise AgentError("the floor cannot be measured while cases run")
        self._floors.clear()
        agent = self._running()
        agent.send(pack_frame(_FLOOR, FLOOR.pack(processes, rounds, 0)))
        try:
            while not self._floors:
                for frame in agent.receive(_FLOOR_S):
                    self._take(frame)
        except (TimeoutError, AgentEnded, ProtocolError) as error:
            raise AgentError(f"the floor was not measured: {error}") from error
        return self._floors[0]

    def close(self) -> None:
        """End the agent and forget what it was doing. Closing twice is harmless."""
        agent, self._agent, self._said = self._agent, None, None
        busy = bool(self._traffic.flying)
        self._traffic.forget()
        if agent is not None:
            agent.close(0 if busy else _GRACE_S)

    def _running(self) -> AgentProcess:
        if self._agent is None:
            raise AgentError("the agent is not running")
        return self._agent

    def _start(self) -> None:
        """Start an agent and hear its hello, which says what no later agent may contradict."""
        agent = AgentProcess(self._command)
        self._agent, self._idle = None, 0
        try:
            said = _first_words(agent, self._patience.boot_s)
        except (TimeoutError, AgentEnded, ProtocolError) as error:
            ended = agent.close(_GRACE_S if isinstance(error, AgentEnded) else 0)
            raise AgentError(f"the agent does not start: {str(error) or 'it ' + ended}") from error
        except BaseException:
            agent.close(0)
            raise
        self._agent, self._said = agent, said

    # -- sending -----------------------------------------------------------------------------------

    def _send(self) -> None:
        """Send what waits; over a console one program at a time, and not more than it can hold."""
        agent = self._running()
        most, room = (1, _CONSOLE_BYTES) if agent.is_console else (BATCH, None)
        while batch := self._traffic.take_off(most, room):
            if len(self._traffic.flying) == len(batch):
                self._since = time.monotonic()
            agent.send(pack_frame(_BATCH, b"".join([program.data for program in batch])))

    def _time_left(self) -> float:
        """Return how long the first program under way may still be without an answer, or the agent silent."""
        if not self._traffic.flying:
            return self._patience.silence_s
        first = self._traffic.flying[0]
        allowed = first.steps * first.watchdog_ms / 1000 + self._patience.slack_s
        return max(0.001, min(self._patience.silence_s, self._since + allowed - time.monotonic()))

    # -- hearing -----------------------------------------------------------------------------------

    def _exchange(self, timeout_s: float) -> None:
        """Move frames; blame the running program if the agent fails."""
        agent = self._running()
        try:
            for frame in agent.receive(timeout_s):
                self._take(frame)
        except TimeoutError as error:
            agent.close(0)
            self._blame("hung", str(error))
        except AgentEnded:
            self._blame("crashed", f"the agent {agent.close(_GRACE_S)}")
        except ProtocolError as error:
            agent.close(0)
            self._blame("crashed", str(error))

    def _take(self, frame: Frame) -> None:
        """Match a frame with the program that it answers."""
        if frame.kind in (_RESULT, _ERROR):
            self._take_answer(frame)
        elif frame.kind == _FLOOR and len(frame.payload) == FLOOR.size:
            self._floors.append(FLOOR.unpack(frame.payload)[2])
        elif frame.kind == _ALIVE and len(frame.payload) == ALIVE.size:
            self._take_alive(*ALIVE.unpack(frame.payload))
        elif not self._is_lossy:
            raise ProtocolError(f"an unexpected frame of type {frame.kind}")

    def _take_answer(self, frame: Frame) -> None:
        number = result_number(frame.payload)
        if not self._is_lossy and not self._traffic.is_next(number):
            words = text(RESULT.unpack_from(frame.payload)[4])
            raise ProtocolError(f"an answer to program {number}, which is not the next one {words}".rstrip())
        if self._traffic.answer(number, frame.payload):
            self._since = time.monotonic()
            self._deaths = self._idle = 0

    def _take_alive(self, _number: int, running: int) -> None:
        """Hear a sign of life. An agent without work has lost what was sent, where anything can be lost; but
        many signs may be old ones, from before it was sent, that nobody had read: those come all at once.
        """
        now = time.monotonic()
        if running or not self._traffic.flying or not self._is_lossy:
            self._idle = 0
        elif now - self._idle_since >= _APART_S:
            self._idle, self._idle_since = self._idle + 1, now
        if self._idle >= _IDLE:
            self._idle = 0
            self._running().has_read_all()
            self._traffic.lost()

    @property
    def _is_lossy(self) -> bool:
        """Whether what comes may be noise, or the echo of what was sent, and frames may have been lost."""
        agent = self._running()
        return agent.is_console or agent.noise > 0

    def _blame(self, failure: Literal["hung", "crashed"], words: str) -> None:
        """Answer for the running program, then go on with the others on a fresh agent."""
        self._deaths += 1
        self._traffic.blame(failure, words)
        if self._deaths >= _DEATHS:
            raise AgentError(f"{_DEATHS} agents in a row died without an answer; the last: {words}")
        self._start()


def _first_words(agent: AgentProcess, boot_s: float) -> Hello:
    """Wait for the hello; a console's noise may come before it, and words of an agent that was there."""
    deadline = time.monotonic() + boot_s
    while True:
        for frame in agent.receive(max(0.001, deadline - time.monotonic())):
            if frame.kind == _HELLO:
                return read_hello(frame.payload)
            if not agent.is_console:
                raise ProtocolError(f"a frame of type {frame.kind} instead of a hello")
