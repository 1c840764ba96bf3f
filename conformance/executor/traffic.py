"""Which programs are with the agent, which wait to be sent, and which answers wait for their turn.

The agent runs programs in the order in which they reach it. So the first of those under way that has no
answer is the one that was running when an agent dies; and where a line can lose what travels on it, a
program that was passed over by a later one's answer was lost, or its answer was: it is sent again, for a
case that nobody has seen the end of has not been judged.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from conformance.executor.compile import Program

TRIES: Final = 3
"""So often a program is sent over a line that loses it before it counts as run and lost."""


class Answer(NamedTuple):
    """What came of program ``number``: the payload of its result, or the agent's ``failure`` in ``text``."""

    number: int
    data: bytes
    failure: Literal["", "hung", "crashed"] = ""
    text: str = ""


class Traffic:
    """The programs of one session, from their submission until their answer was collected."""

    def __init__(self) -> None:
        """Begin with nothing under way."""
        self._order: deque[Program] = deque()  # submitted and not collected
        self._answers: dict[int, Answer] = {}
        self._unsent: deque[Program] = deque()
        self._flying: deque[Program] = deque()  # in the order in which they were sent
        self._sent: Counter[int] = Counter()  # how often, of those not collected

    @property
    def is_idle(self) -> bool:
        """Whether nothing was submitted that is not collected."""
        return not self._order

    @property
    def flying(self) -> Sequence[Program]:
        """The programs that the agent has, or should have."""
        return self._flying

    @property
    def unsent(self) -> int:
        """How many programs wait to be sent."""
        return len(self._unsent)

    @property
    def has_answer(self) -> bool:
        """Whether the first program has its answer."""
        return bool(self._order) and self._order[0].number in self._answers

    def submit(self, program: Program) -> None:
        """Take a program."""
        self._order.append(program)
        self._unsent.append(program)

    def collect(self) -> Answer:
        """Return the answer of the first program, which has one."""
        number = self._order.popleft().number
        del self._sent[number]
        return self._answers.pop(number)

    def take_off(self, most: int, room: int | None = None) -> list[Program]:
        """Return programs to send now, ``most`` at most; with ``room``, no more than fit into so many bytes
        together with those under way, but one in any case.
        """
        batch: list[Program] = []
        used = sum(len(program.data) for program in self._flying) if room is not None else 0
        while self._unsent and len(batch) < most:
            used += len(self._unsent[0].data)
            if room is not None and used > room and (batch or self._flying):
                break
            batch.append(self._unsent.popleft())
        self._flying += batch
        self._sent.update(program.number for program in batch)
        return batch

    def is_next(self, number: int) -> bool:
        """Say whether an answer to this program is the one that must come."""
        return bool(self._flying) and self._flying[0].number == number

    def answer(self, number: int, data: bytes) -> bool:
        """Take an answer; those passed over go out again. False if nobody waits for it: it came twice."""
        if not any(program.number == number for program in self._flying):
            return False
        while (program := self._flying.popleft()).number != number:
            self._again(program)
        self._answers[number] = Answer(number, data)
        return True

    def blame(self, failure: Literal["hung", "crashed"], words: str) -> None:
        """Answer for the running program; the others have to be sent to another agent."""
        if self._flying:
            number = self._flying.popleft().number
            self._answers[number] = Answer(number, b"", failure, words)
        self._unsent.extendleft(reversed(self._flying))
        self._sent.subtract(program.number for program in self._flying)
        self._flying.clear()

    def lost(self) -> None:
        """Take note that the agent has nothing to do: what is under way, or its answers, never arrived."""
        while self._flying:
            self._again(self._flying.popleft())

    def _again(self, program: Program) -> None:
        if self._sent[program.number] < TRIES:
            self._unsent.append(program)
            return
        words = f"lost on the line {TRIES} times, the program or its answer"
        self._answers[program.number] = Answer(program.number, b"", "crashed", words)

    def forget(self) -> None:
        """Drop everything."""
        self._order.clear()
        self._answers.clear()
        self._unsent.clear()
        self._flying.clear()
        self._sent.clear()
