"""Sessions with agents that answer, die, fall silent and babble."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from conformance.executor.agent import AgentEnded, AgentError, AgentProcess
from conformance.executor.compile import Program, compile_case
from conformance.executor.session import BATCH, AgentSession, Patience
from conformance.executor.traffic import Answer
from tests.executor_world import case

FAKE = str(Path(__file__).with_name("fake_agent.py"))
EXAMPLE = case("- P: {fork: C}\n- P: {wait4: C}")


def fake(*orders: str) -> list[str]:
    """Return the command of a fake agent."""
    return [sys.executable, FAKE, *orders]


def program(number: int) -> Program:
    """Compile the example, with a watchdog that trips at once."""
    return compile_case(EXAMPLE, number, 0)


def run(session: AgentSession, numbers: range) -> list[Answer]:
    """Run so many programs."""
    for number in numbers:
        session.submit(program(number))
    return [session.collect() for _ in numbers]


def open_descriptors() -> list[str]:
    """Return the numbers of the descriptors of this process."""
    return sorted(path.name for path in Path("/proc/self/fd").iterdir())


def output(agent: AgentProcess) -> bytes:
    """Return all that a program writes."""
    seen = b""
    try:
        while True:
            seen += agent._pump(30.0)
    except AgentEnded:
        return seen


def failures(answers: list[Answer]) -> dict[int, str]:
    """Return the programs at which an agent failed, and how."""
    return {answer.number: answer.failure for answer in answers if answer.failure}


def test_hello_tells_where_the_agent_runs() -> None:
    with AgentSession(fake()) as session:
        hello = session.hello
    assert (hello.sysname, hello.release, hello.machine, hello.build, hello.cpu) == (
        "Fake",
        "9.9",
        "none",
        "#1",
        3,
    )
    assert hello.environment == (True, 1000, False)


@pytest.mark.parametrize("count", [1, BATCH, 5 * BATCH + 7])
def test_answers_come_in_order_one_for_each_program(count: int) -> None:
    with AgentSession(fake()) as session:
        answers = run(session, range(1, count + 1))
    assert [answer.number for answer in answers] == list(range(1, count + 1))
    assert not failures(answers)


def test_noise_between_frames_is_passed_over() -> None:
    with AgentSession(fake("noise")) as session:
        assert not failures(run(session, range(100)))


@pytest.mark.parametrize(
    ("order", "failure", "words"),
    [
        ("die=70", "crashed", "killed by signal 11"),
        ("wrong=70", "crashed", "an answer to program 71, which is not the next one"),
        ("hang=70", "hung", "nothing from the agent for 0.5 s"),
    ],
)
def test_the_running_program_is_blamed_and_the_others_go_on(order: str, failure: str, words: str) -> None:
    with AgentSession(fake(order), Patience(slack_s=0.5)) as session:
        answers = run(session, range(200))
    assert [answer.number for answer in answers] == list(range(200))
    assert failures(answers) == {70: failure}
    assert words in answers[70].text


@pytest.mark.parametrize("orders", [("idle",), ("idle", "console"), ("idle", "noise")])
def test_old_signs_of_life_do_not_make_a_program_lost(orders: tuple[str, ...]) -> None:
    """The agent had nothing to do for a while, and nobody read that before there was more to do."""
    with AgentSession(fake(*orders)) as session:
        answers = run(session, range(200))
    assert [answer.number for answer in answers] == list(range(200))
    assert not failures(answers)


def test_agents_that_die_again_and_again_are_replaced() -> None:
    with AgentSession(fake("die=3", "die=4", "die=199")) as session:
        assert failures(run(session, range(200))) == dict.fromkeys((3, 4, 199), "crashed")


def test_an_abandoned_run_leaves_nothing_behind() -> None:
    with AgentSession(fake("hang=10")) as session:
        for number in range(BATCH + 1):
            session.submit(program(number))
        session.abandon()
        assert not session.has_answer
        assert [answer.number for answer in run(session, range(500, 505))] == list(range(500, 505))


def test_collecting_more_than_was_submitted_is_an_error() -> None:
    with AgentSession(fake()) as session, pytest.raises(LookupError):
        session.collect()


def test_the_floor_is_measured_by_the_agent() -> None:
    with AgentSession(fake()) as session:
        assert session.floor(3, 100) == 300
        session.submit(program(1))
        with pytest.raises(AgentError, match="while cases run"):
            session.floor(1, 1)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["/nonexistent/agent"], "cannot start /nonexistent/agent: No such file or directory"),
        (fake("leave"), "exited with 3"),
        (fake("mute"), "nothing from the agent"),
    ],
)
def test_an_agent_that_does_not_start_is_told(command: list[str], words: str) -> None:
    patience = Patience(boot_s=5.0 if "leave" in command else 0.5)
    with pytest.raises(AgentError, match=words), AgentSession(command, patience):
        pass


def test_a_session_that_is_not_running_says_so() -> None:
    session = AgentSession(fake())
    session.close()
    with pytest.raises(AgentError, match="not running"):
        _ = session.hello


def test_close_reaps_the_agent_and_no_other_child() -> None:
    other = os.posix_spawn(sys.executable, [sys.executable, "-c", ""], os.environ)
    with AgentSession(fake()) as session:
        assert session._agent is not None
        pid = session._agent._child.pid
        run(session, range(3))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert os.waitpid(other, 0)[0] == other


def test_closing_leaves_no_descriptor_open() -> None:
    before = open_descriptors()
    with AgentSession(fake("die=5")) as session:
        run(session, range(10))
    assert open_descriptors() == before


def test_the_agent_has_a_session_and_fresh_signals_of_its_own() -> None:
    """Python ignores SIGPIPE; an agent that inherited that would test kernels with it ignored."""
    with AgentSession(fake()) as session:
        assert session._agent is not None
        pid = session._agent._child.pid
        assert os.getsid(pid) == pid
    agent = AgentProcess(["/bin/sh", "-c", "grep -E '^Sig(Blk|Ign)' /proc/self/status"])
    seen = output(agent)
    agent.close(1.0)
    assert [line.split()[1] for line in seen.splitlines()] == [b"0000000000000000"] * 2


def test_who_clears_up_after_an_agent_is_given_time_for_it(tmp_path: Path) -> None:
    """The first process of the group has ended; another one, which holds the output, is still at work."""
    clears_up = f"i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo done > {tmp_path}/done"
    agent = AgentProcess(["/bin/sh", "-c", f"({clears_up}) & kill -9 $$"])
    agent.close(0)
    assert (tmp_path / "done").read_text() == "done\n"


def test_an_agent_with_nothing_to_do_leaves_by_itself() -> None:
    agent = AgentProcess(["/bin/cat"])
    assert agent.close(10.0) == "exited with 0"
    assert agent.close(10.0) == "already closed"


def test_an_agent_that_stays_is_killed() -> None:
    agent = AgentProcess(["/bin/sh", "-c", "exec 0</dev/null; exec sleep 1000"])
    assert agent.close(0.05) == "killed by signal 15"
