"""Frames over a console: what is found among others' words, what is lost, and what is done about it."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Iterator

import pytest

from conformance.executor._bridge import lib
from conformance.executor.agent import bundled_agent
from conformance.executor.compile import Program, compile_case
from conformance.executor.console import CREDIT, ConsoleReader, Outbox, armour
from conformance.executor.frames import Frame, pack_frame
from conformance.executor.layout import RESULT
from conformance.executor.session import AgentSession, Patience
from conformance.executor.traffic import TRIES, Traffic
from tests.executor_world import case
from tests.test_executor_session import failures, fake, program, run

FRAMES = [pack_frame(lib.WC_FRAME_RESULT, bytes(range(size % 256)) * 2) for size in (0, 1, 27, 54, 200)]
LINES = [line for frame in FRAMES for line in armour(frame)]
REAL = case("- P: {fork: C}\n- C: {exit: 3}\n- P: {wait4: C}")


def read(data: bytes, piece: int = 1000) -> list[Frame]:
    reader = ConsoleReader()
    return [frame for at in range(0, len(data), piece) for frame in reader.feed(data[at : at + piece])]


@pytest.mark.parametrize("piece", [1, 7, 1000])
@pytest.mark.parametrize("noise", [b"", b"[  0.1] a driver says so\r\n", b"no end of line ", b"\0\xff\r\n\n"])
def test_frames_are_found_among_noise(noise: bytes, piece: int) -> None:
    data = b"".join(noise + line for line in LINES)
    assert [frame.payload for frame in read(data, piece)] == [frame[16:] for frame in FRAMES]


@pytest.mark.parametrize("lost", range(len(LINES)))
def test_a_lost_line_costs_its_frame_and_no_other(lost: int) -> None:
    payloads = [frame.payload for frame in read(b"".join(LINES[:lost] + LINES[lost + 1 :]))]
    assert len(payloads) == len(FRAMES) - 1
    assert all(payload in [frame[16:] for frame in FRAMES] for payload in payloads)


@pytest.mark.parametrize("hit", range(len(LINES)))
def test_words_amid_a_line_cost_its_frame(hit: int) -> None:
    broken = LINES[hit][:20] + b"[  1.5] watchdog!\r\n" + LINES[hit][20:]
    assert len(read(b"".join([*LINES[:hit], broken, *LINES[hit + 1 :]]))) == len(FRAMES) - 1


def test_no_more_is_sent_than_the_other_side_has_taken() -> None:
    outbox = Outbox()
    outbox.put(bytes(54 * 3 * CREDIT))
    assert outbox.take().count(b"\n") == CREDIT
    assert outbox.take() == b""
    outbox.taken(8)
    assert outbox.take().count(b"\n") == 8
    outbox.taken()
    assert outbox.take().count(b"\n") == CREDIT


def programs(count: int) -> Iterator[Program]:
    return (program(number) for number in range(count))


def test_what_was_passed_over_goes_out_again_and_answers_stay_in_order() -> None:
    traffic = Traffic()
    for one in programs(4):
        traffic.submit(one)
    assert [one.number for one in traffic.take_off(9)] == [0, 1, 2, 3]
    assert traffic.answer(2, b"two")
    assert not traffic.answer(2, b"again")
    assert not traffic.has_answer
    assert [one.number for one in traffic.take_off(9)] == [0, 1]
    for number in (3, 0, 1):
        traffic.answer(number, b"")
    assert [traffic.collect().number for _ in range(4)] == [0, 1, 2, 3]
    assert traffic.is_idle


def test_what_is_lost_again_and_again_is_told() -> None:
    traffic = Traffic()
    traffic.submit(program(5))
    for _ in range(TRIES):
        traffic.take_off(9)
        traffic.lost()
    answer = traffic.collect()
    assert (answer.number, answer.failure) == (5, "crashed")
    assert "lost on the line" in answer.text


def test_a_console_is_not_given_more_than_it_holds() -> None:
    traffic = Traffic()
    for one in programs(9):
        traffic.submit(one)
    size = len(program(0).data)
    assert len(traffic.take_off(9, room=3 * size)) == 3
    assert traffic.take_off(9, room=3 * size) == []
    traffic.answer(0, b"")
    assert len(traffic.take_off(9, room=3 * size)) == 1


@pytest.mark.parametrize("orders", [(), ("noise",), ("lose=7",), ("echo",), ("noise", "lose=3", "lose=50")])
def test_a_session_over_a_console_gets_every_answer(orders: tuple[str, ...]) -> None:
    with AgentSession(fake("console", *orders), Patience(silence_s=10)) as session:
        answers = run(session, range(60))
    assert [answer.number for answer in answers] == list(range(60))
    assert not failures(answers)


def test_an_agent_on_a_terminal_speaks_in_lines() -> None:
    """The real one, on a terminal with echo and line ends of its own until the agent takes it over."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([bundled_agent()], stdin=theirs, stdout=theirs, close_fds=True) as agent:
        os.close(theirs)
        reader = ConsoleReader()
        seen: list[Frame] = []
        try:
            while len(seen) < 2:
                for frame in reader.feed(os.read(ours, 1 << 16)):
                    seen.append(frame)
                    if frame.kind == lib.WC_FRAME_HELLO:
                        batch = pack_frame(lib.WC_FRAME_BATCH, compile_case(REAL, 9, 5000).data)
                        os.write(ours, b"rubbish\n" + b"".join(armour(batch)))
                if seen[-1:] and seen[-1].kind == lib.WC_FRAME_ALIVE:
                    seen.pop()
        finally:
            agent.kill()
            os.close(ours)
    assert seen[1].kind == lib.WC_FRAME_RESULT
    assert RESULT.unpack_from(seen[1].payload)[:3] == (9, lib.WC_OK, 3)
