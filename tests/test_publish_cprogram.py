"""Cases as stand-alone C programs: what the text is like, and what compiled ones say of this very kernel."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.publish.cprogram import NotExpressible, c_program, expected
from conformance.publish.cprogram.checks import WHOEVER
from conformance.publish.cprogram.text import part
from conformance.reference import kernel_of
from conformance.trace import Trace
from tests.cprograms import RULES, build, find, hand_written, open_folder, program, run, trace_of

SAMPLE = {
    "wait4": "wait4-orphan-goes-past-the-waiter",
    "waitid": "waitid-wnowait-leaves-a-zombie",
    "zombies": "an-orphan-goes-to-init",
    "jobctl": "setsid-starts-a-session-and-a-group",
    "kill": "a-signal-to-oneself-comes-before-kill-returns",
    "threads": "own-group-is-orphaned-with-the-last-thread",
    "pidfd": "fdinfo-of-the-reaped",
    "ptrace": "attach-stops-twice",
}


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as path:
        yield path


def falsified(trace: Trace, call: str, field: str, was: int | str, value: int | str) -> Trace:
    """Return a trace in which another value stands for one of a call's."""
    steps = []
    for step in trace.steps:
        events = tuple(
            event._replace(fields=tuple((f, value if (f, v) == (field, was) else v) for f, v in event.fields))
            if event.call == call
            else event
            for event in step.events
        )
        steps.append(step._replace(events=events))
    return Trace(tuple(steps))


def test_the_scenario_reads_as_the_case_does() -> None:
    text = program("waitid-wnowait-leaves-a-zombie")
    assert text.startswith("/* waitid-wnowait-leaves-a-zombie: WNOWAIT reports a zombie twice")
    assert " * WAIT-060 [posix] WEXITED with WNOWAIT reports a zombie as often as asked" in text
    assert (
        """\
/* step 3: P: waitid id=C options=WEXITED|WNOWAIT */
static void act_3(void)
{
    siginfo_t info;
    POISON(info);
    long ret = sys(SYS_waitid, P_PID, pid_of(C), &info, WEXITED | WNOWAIT, NULL);
    returned(P, 3, [RET] = ret, SIGINFO(info));
}

static void check_3(void)
{
    returns(P, "waitid", 0);
    told(SI_SIGNO, SIGCHLD);
    told(SI_ERRNO, 0);
    told(SI_CODE, CLD_EXITED);
    told_pid(SI_PID, C);
    told(SI_UID, getuid());
    told(SI_STATUS, 42);
    told(WRITTEN, BYTES(0, 11) | BYTES(16, 27));
}
"""
        in text
    )
    assert "static void check_2(void)\n{\n    is_zombie(C);\n}" in text
    assert '    {P, "waitid", act_3, check_3, SYS_waitid, 0, "WAIT-060, WAIT-061"},' in text


def test_the_same_case_gives_the_same_text() -> None:
    assert program(SAMPLE["threads"]) == program(SAMPLE["threads"])


def test_a_program_holds_only_what_its_case_needs() -> None:
    text = program(SAMPLE["wait4"])
    for word in ("pidfd", "SYS_ptrace", "execve", "on_signal", "stacks", "core_folder", "SIGINFO", "//:"):
        assert word not in text


def test_conditional_parts_nest() -> None:
    with_threads = "\n".join(part("main", {"exec", "threads"}))
    assert "box[who].heir = 0;" in with_threads
    assert "box[who].heir" not in "\n".join(part("main", {"exec"}))
    assert "resume" not in "\n".join(part("main", {"threads"}))


def test_what_no_program_can_do_is_said() -> None:
    case = next(case for case in hand_written().values() if case.races)
    with pytest.raises(NotExpressible, match="made together"):
        c_program(case, trace_of(case), RULES)


def test_an_actor_named_like_a_macro_is_refused() -> None:
    case = find(SAMPLE["wait4"])
    trace = trace_of(case)
    fine = replace(case, actors=(*case.actors, "C13", "Child"))
    assert "C13, Child, ACTORS};" in c_program(fine, trace, RULES)
    with pytest.raises(NotExpressible, match="LOG"):
        c_program(replace(case, actors=(*case.actors, "LOG")), trace, RULES)


def test_the_command_prints_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    case = find(SAMPLE["wait4"])
    text = c_program(case, expected(case, kernel_of("6.18")), RULES)
    assert main(["c-program", "--release", "6.18", case.id]) == 0
    same = capsys.readouterr().out == text  # not for pytest to compare line by line: that takes minutes
    assert same


def test_the_command_says_why_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["c-program", "ptrace-syscall-stops-with-sysgood"]) == 1
    out, err = capsys.readouterr()
    assert not out
    assert "ptrace-syscall-stops-with-sysgood cannot be a program of its own: PTRACE_SYSCALL" in err


def test_the_command_knows_what_was_probably_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["c-program", "an-orphan-gose-to-init"]) == 5
    assert "`an-orphan-goes-to-init`" in capsys.readouterr().err


@pytest.mark.parametrize("area", SAMPLE)
def test_this_kernel_conforms(area: str, folder: Path) -> None:
    assert find(SAMPLE[area]).area == area
    assert run(build(program(SAMPLE[area]), folder)) == (0, "conforms\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize("name", [SAMPLE["waitid"], "info-of-the-reaped", "a-siginfo-for-each"])
def test_an_ordinary_user_can_run_it(name: str, folder: Path) -> None:
    assert run(build(program(name), folder), user=65534) == (0, "conforms\n")


def test_the_uid_of_whoever_runs_it_is_not_the_one_that_nobody_has_any_more() -> None:
    texts = [program(name) for name in ("info-of-the-reaped", "info-after-wnowait")]
    assert ["told(RUID, 0);" in text for text in texts] == [True, False]
    assert ["told(RUID, getuid());" in text for text in texts] == [False, True]
    assert "told(SI_UID, getuid());" in program("a-siginfo-for-each")  # and si_pid 0, from outside
    assert not [text for text in texts if str(WHOEVER) in text]


def test_a_stack_may_end_with_the_first_frame(folder: Path) -> None:
    """RISC-V has its frame pointers there; x86-64 has them a little below."""
    text = program("thread-sender-is-told-as-process-and-thread")
    above = text.replace("__builtin_frame_address(0)", "__builtin_dwarf_cfa()")
    assert above != text
    assert run(build(above, folder)) == (0, "conforms\n")


# The leader of the second one is a zombie at the end, and has a thread that lives.
@pytest.mark.parametrize("name", ["an-orphan-goes-to-init", "attach-to-a-thread-of-a-dead-leader"])
def test_without_namespaces_a_subreaper_contains_it(name: str, folder: Path) -> None:
    text = program(name)
    without = text.replace("clone_init(CLONE_NEWPID)", "(0 ? clone_init(CLONE_NEWPID) : -1)")
    assert without != text
    binary = build(without, folder)
    assert run(binary) == (0, "conforms\n")
    assert not _running(binary)


def test_a_case_that_must_have_a_namespace_does_not_run_without(folder: Path) -> None:
    text = program("kill-all-when-alone").replace(
        "clone_init(CLONE_NEWPID)", "(0 ? clone_init(CLONE_NEWPID) : -1)"
    )
    with pytest.raises(pytest.skip.Exception, match="cannot run: this needs a PID namespace"):
        run(build(text, folder))


def test_a_wrong_value_is_said(folder: Path) -> None:
    trace = falsified(trace_of(find(SAMPLE["waitid"])), "waitid", "si_status", 42, 43)
    assert run(build(program(SAMPLE["waitid"], trace), folder)) == (
        1,
        """\
step 3: P: waitid: si_status: expected 43, got 42 (WAIT-060, WAIT-061)
step 4: P: waitid: si_status: expected 43, got 42 (WAIT-060, WAIT-061)
differs: 2
""",
    )


def test_a_wrong_result_and_a_wrong_pid_are_said(folder: Path) -> None:
    trace = falsified(trace_of(find(SAMPLE["waitid"])), "wait4", "ret", "C", "P")
    trace = falsified(trace, "waitid", "errno", "ECHILD", "EINVAL")
    status, out = run(build(program(SAMPLE["waitid"], trace), folder))
    assert status == 1
    assert "step 5: P: wait4: ret: expected P, got C (" in out
    assert "step 6: P: waitid: errno: expected EINVAL, got errno 10 (" in out


def test_a_wrong_state_and_an_event_too_many_are_said(folder: Path) -> None:
    name, number = SAMPLE["waitid"], 5
    steps = list(trace_of(find(name)).steps)
    steps[number - 1] = steps[number - 2]._replace(events=())
    status, out = run(build(program(name, Trace(tuple(steps))), folder))
    assert status == 1
    assert "step 5: P: expected nothing more, got that wait4 returns " in out
    assert "step 5: C: state: expected a zombie, got gone (" in out


def test_a_step_that_hangs_is_said_and_nobody_is_left(folder: Path) -> None:
    text = program(SAMPLE["waitid"])
    hanging = text.replace("long ret = sys(SYS_wait4,", "for (;;) ;\n    long ret = sys(SYS_wait4,")
    hanging = hanging.replace("alarm(10)", "alarm(1)")
    assert hanging != text
    binary = build(hanging, folder)
    assert run(binary) == (
        3,
        "step 5: P does not come to rest: it is running in wait4\nhung in step 5\n",
    )
    assert not _running(binary)


def _running(binary: Path) -> list[Path]:
    """Return the processes that run a program."""
    found = []
    for link in Path("/proc").glob("[0-9]*/exe"):
        try:
            found += [link] if link.readlink() == binary else []
        except OSError:
            continue
    return found
