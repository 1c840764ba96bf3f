"""Programs streamed to an agent and its answers back, over the deaths of agents.

The agent runs programs in the order in which they were sent and answers each as it ends. So the first
unanswered program is the one that was running when an agent dies or falls silent: that case gets the
blame, a fresh agent gets the rest.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Literal, NamedTuple, Self

from conformance.executor._bridge import lib
from conformance.executor.agent import AgentEnded, AgentError, AgentProcess
from conformance.executor.compile import Program
from conformance.executor.decode import result_number
from conformance.executor.frames import Frame, ProtocolError, pack_frame
from conformance.executor.layout import FACILITIES, FLOOR, HELLO, RESULT, WireHello, text
from conformance.trace import Environment

BATCH: Final = 64
"""Programs to a frame: enough that a round trip costs nothing, few enough to stay small in memory."""
WINDOW: Final = 3 * BATCH
"""Programs to have under way: one batch is being collected while two keep the agent busy."""
_HELLO_S: Final = 10.0
_GRACE_S: Final = 2.0
_FLOOR_S: Final = 120.0

_HELLO: Final[int] = lib.WC_FRAME_HELLO
_BATCH: Final[int] = lib.WC_FRAME_BATCH
_RESULT: Final[int] = lib.WC_FRAME_RESULT
_ERROR: Final[int] = lib.WC_FRAME_ERROR
_FLOOR: Final[int] = lib.WC_FRAME_FLOOR


@dataclass(frozen=True, slots=True)
class Hello:
    """What an agent says of the place where it runs: which facilities it has (the names that cases
    require them by); ``why`` explains a missing PID namespace.
    """

    have: frozenset[str]
    userns: bool
    uid: int
    cpu: int
    sysname: str
    release: str
    machine: str
    build: str
    why: str

    @property
    def environment(self) -> Environment:
        """The facts on which the right answers depend."""
        return Environment("pidns" in self.have, self.uid, "core" in self.have)


class Answer(NamedTuple):
    """What came of program ``number``: the payload of its result, or the agent's ``failure`` in ``text``."""

    number: int
    data: bytes
    failure: Literal["", "hung", "crashed"] = ""
    text: str = ""


def _hello(payload: bytes) -> Hello:
    if len(payload) != HELLO.size:
        raise ProtocolError(f"a hello of {len(payload)} bytes")
    wire = WireHello._make(HELLO.unpack(payload))
    names = (text(wire.sysname), text(wire.release), text(wire.machine), text(wire.build), text(wire.why))
    have = frozenset(name for name, bit in FACILITIES.items() if wire.have & bit)
    return Hello(have, bool(wire.userns), wire.uid, wire.cpu, *names)


class AgentSession:
    """A context manager: an agent is running inside it, restarted as often as cases kill it.

    Answers come in the order of submission, one for each program.
    """

    def __init__(self, command: Sequence[str], slack_s: float = 5.0) -> None:
        """Prepare a session.

        Args:
            command: path and arguments of the agent.
            slack_s: seconds of silence granted beyond what the agent's own watchdog allows a case.
        """
        self._command = tuple(command)
        self._slack_s = slack_s
        self._batch: list[Program] = []
        self._sent: deque[Program] = deque()
        self._answers: deque[Answer] = deque()
        self._floors: list[int] = []
        self._agent: AgentProcess | None = None
        self._said: Hello | None = None

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
        self._batch.append(program)
        if len(self._batch) >= BATCH:
            self._flush()
            self._exchange(0)

    @property
    def has_answer(self) -> bool:
        """Whether :meth:`collect` would return at once."""
        return bool(self._answers)

    def collect(self) -> Answer:
        """Return the next answer, waiting for it as long as its program may take.

        Raises:
            LookupError: every program has been answered.
            AgentError: a fresh agent was needed and did not start.
        """
        while not self._answers:
            if not self._sent:
                if not self._batch:
                    raise LookupError("no program is under way")
                self._flush()
            head = self._sent[0]
            self._exchange(head.steps * head.watchdog_ms / 1000 + self._slack_s)
        return self._answers.popleft()

    def abandon(self) -> None:
        """Forget the programs under way; an agent that was running some is replaced.

        Raises:
            AgentError: a fresh agent was needed and did not start.
        """
        busy = bool(self._sent)
        self._forget()
        if busy and self._agent is not None:
            self._agent.close(0)
            self._start()

    def floor(self, processes: int, rounds: int) -> int:
        """Let the agent fork, exit and reap ``processes`` processes ``rounds`` times, bare. Returns ns.

        Raises:
            AgentError: programs are under way, or the agent failed.
        """
        if self._sent or self._batch:
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
        busy = bool(self._sent)
        self._forget()
        if agent is not None:
            agent.close(0 if busy else _GRACE_S)

    def _forget(self) -> None:
        self._batch.clear()
        self._sent.clear()
        self._answers.clear()

    def _running(self) -> AgentProcess:
        if self._agent is None:
            raise AgentError("the agent is not running")
        return self._agent

    def _start(self) -> None:
        """Start an agent and hear its hello, which says what no later agent may contradict."""
        agent = AgentProcess(self._command)
        self._agent = None
        try:
            said = _first_words(agent)
        except (TimeoutError, AgentEnded, ProtocolError) as error:
            ended = agent.close(0)
            raise AgentError(f"{self._command[0]} does not start: {str(error) or 'it ' + ended}") from error
        except BaseException:
            agent.close(0)
            raise
        self._agent, self._said = agent, said

    def _flush(self) -> None:
        """Send the batch that was being collected."""
        self._send(self._batch)
        self._sent += self._batch
        self._batch = []

    def _send(self, programs: Sequence[Program]) -> None:
        self._running().send(pack_frame(_BATCH, b"".join([program.data for program in programs])))

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
        if frame.kind == _FLOOR and len(frame.payload) == FLOOR.size:
            self._floors.append(FLOOR.unpack(frame.payload)[2])
            return
        if frame.kind not in (_RESULT, _ERROR):
            raise ProtocolError(f"an unexpected frame of type {frame.kind}")
        number = result_number(frame.payload)
        if not self._sent or self._sent[0].number != number:
            words = text(RESULT.unpack_from(frame.payload)[4])
            raise ProtocolError(f"an answer to program {number}, which is not the next one {words}".rstrip())
        self._sent.popleft()
        self._answers.append(Answer(number, frame.payload))

    def _blame(self, failure: Literal["hung", "crashed"], words: str) -> None:
        """Answer for the running program, then go on with the others on a fresh agent."""
        if self._sent:
            self._answers.append(Answer(self._sent.popleft().number, b"", failure, words))
        self._start()
        rest = list(self._sent)
        for start in range(0, len(rest), BATCH):
            self._send(rest[start : start + BATCH])


def _first_words(agent: AgentProcess) -> Hello:
    """Wait for the hello; a console's noise may come before it."""
    while True:
        for frame in agent.receive(_HELLO_S):
            if frame.kind != _HELLO:
                raise ProtocolError(f"a frame of type {frame.kind} instead of a hello")
            return _hello(frame.payload)
