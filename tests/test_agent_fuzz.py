"""Random bytes for the agent, built with the address and undefined-behaviour sanitizers: it answers or passes
over whatever it is sent, and goes on.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

from conformance.case.suite import bundled, load_suite
from conformance.executor._bridge import lib
from conformance.executor.compile import compile_case
from conformance.executor.frames import Frame, FrameReader, pack_frame
from conformance.executor.layout import RESULT

SOURCES: Final = Path(__file__).resolve().parent.parent / "helpers_c"
SANITIZE: Final = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
ROUNDS: Final = 400
SEED: Final = 20_260_101


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Build the agent with sanitizers; they need a dynamic program."""
    compiler = os.environ.get("CC") or "cc"
    path = tmp_path_factory.mktemp("sanitized") / "waitconf-agent"
    if shutil.which(compiler) is None:
        pytest.skip("needs a C compiler")
    command = [
        compiler,
        "-O1",
        "-g",
        "-std=gnu11",
        *SANITIZE,
        *map(str, SOURCES.glob("*.c")),
        "-o",
        str(path),
    ]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode and "cannot find" in built.stderr:
        pytest.skip("needs the sanitizers' run-time libraries (Debian: libasan and libubsan of gcc)")
    assert built.returncode == 0, built.stderr
    return str(path)


@pytest.fixture(scope="module")
def programs() -> list[bytes]:
    """Return every hand-written case as a program, with a watchdog that a broken one trips soon."""
    cases = [case for case in load_suite([bundled()]) if "[" not in case.id]
    return [compile_case(case, number, 50).data for number, case in enumerate(cases, start=1)]


def talk(agent: str, stream: bytes) -> list[Frame]:
    """Send a stream, close it, and return all that the agent answers; it must end by itself, unhurt."""
    done = subprocess.run([agent], input=stream, capture_output=True, check=False, timeout=300)
    said = done.stderr.decode(errors="replace")
    assert "Sanitizer" not in said, said
    assert "runtime error" not in said, said
    assert done.returncode == 0, said
    return list(FrameReader().feed(done.stdout))


def ids(frames: Iterable[Frame], kind: int) -> list[int]:
    """Return the program ids of the result or error frames."""
    return [int(RESULT.unpack_from(frame.payload)[0]) for frame in frames if frame.kind == kind]


def batch(program: bytes) -> bytes:
    """Return a frame that holds one program."""
    return pack_frame(lib.WC_FRAME_BATCH, program)


def test_noise_is_passed_over(agent: str, programs: list[bytes]) -> None:
    """After any bytes that are no frame, a sound one is still found and answered."""
    chance = random.Random(SEED)
    for _ in range(40):
        noise = chance.randbytes(chance.randrange(2000))
        answers = talk(agent, noise + batch(programs[0]))
        assert ids(answers, lib.WC_FRAME_RESULT) == [1]


def test_framed_nonsense_is_answered(agent: str, programs: list[bytes]) -> None:
    """A frame of any type with random contents costs itself alone."""
    chance = random.Random(SEED + 1)
    stream = b"".join(
        pack_frame(chance.randrange(8), chance.randbytes(chance.randrange(600))) + batch(programs[0])
        for _ in range(ROUNDS)
    )
    answers = talk(agent, stream)
    assert ids(answers, lib.WC_FRAME_RESULT).count(1) >= ROUNDS


def test_truncated_frames_lose_themselves_only(agent: str, programs: list[bytes]) -> None:
    """A frame whose end is missing, or whose bytes were changed on the way."""
    chance = random.Random(SEED + 2)
    for _ in range(40):
        whole = batch(chance.choice(programs))
        cut = bytearray(whole[: chance.randrange(1, len(whole))])
        cut[chance.randrange(len(cut))] ^= 1 << chance.randrange(8)
        padding = bytes(lib.WC_MAX_FRAME if len(cut) > 12 else 0)[: len(whole)]
        answers = talk(agent, bytes(cut) + padding + batch(programs[0]) * 2)
        assert 1 in ids(answers, lib.WC_FRAME_RESULT)


def test_mutated_programs_are_run_or_refused(agent: str, programs: list[bytes]) -> None:
    """Well-framed programs with a few bytes changed: each gets an answer, whatever it makes the actors do."""
    chance = random.Random(SEED + 3)
    stream = b""
    for _ in range(ROUNDS):
        program = bytearray(chance.choice(programs))
        for _ in range(chance.randrange(1, 4)):
            program[chance.randrange(4, len(program))] = chance.choice((0, 1, 2, 255, chance.randrange(256)))
        stream += batch(bytes(program))
    answers = talk(agent, stream + batch(programs[0]))
    answered = [frame for frame in answers if frame.kind in (lib.WC_FRAME_RESULT, lib.WC_FRAME_ERROR)]
    assert len(answered) >= ROUNDS + 1
    outcomes = [RESULT.unpack_from(frame.payload)[1] for frame in answered]
    assert lib.WC_BROKEN not in outcomes
    assert {lib.WC_OK, lib.WC_INVALID} <= set(outcomes), "both sorts were met"
    assert outcomes[-1] == lib.WC_OK
