"""Words, lanes, tables and progress."""

from __future__ import annotations

import io

import pytest

from conformance.case.model import Rule
from conformance.publish.lanes import lanes
from conformance.publish.summary import Tally, summary_lines
from conformance.publish.terminal import Paint, Progress, wants_colour
from conformance.publish.words import one_line, result_lines, step_text
from conformance.reference import run_case
from conformance.trace import Trace
from conformance.verdict.model import CaseResult, Divergence
from tests.fakes import REAPED, case

RULES = {"WAIT-001": Rule("WAIT-001", "wait4 reaps.", "posix", "wait(2)", "2.6")}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("{fork: D}", "fork child=D"),
        ("{fork: {child: D, exit_signal: SIGUSR1}}", "fork child=D exit_signal=SIGUSR1"),
        ("{fork: {child: D, exit_signal: 0}}", "fork child=D exit_signal=0"),
        ("pause", "pause"),
        ("{exit: 0}", "exit"),
        ("{exit: 3}", "exit code=3"),
        ("{wait4: -1}", "wait4"),
        ("{wait4: {pid: C, options: [WUNTRACED, WNOHANG]}}", "wait4 pid=C options=WNOHANG|WUNTRACED"),
        ("{wait4: {pid: -C, status: 'null', rusage: given}}", "wait4 pid=-C status=null rusage=given"),
        ("{wait4: {pid: INT_MIN, options: 0x41}}", "wait4 pid=-2147483648 options=WNOHANG|0x40"),
        ("{wait4: {options: [__WALL, __WCLONE]}}", "wait4 options=__WALL|__WCLONE"),
        ("{waitid: {id: C, options: [WSTOPPED, WEXITED]}}", "waitid id=C options=WSTOPPED|WEXITED"),
        ("{waitid: {infop: bad, options: WEXITED}}", "waitid idtype=P_ALL infop=bad options=WEXITED"),
        ("{kill: {pid: -1, sig: SIGRT40}}", "kill pid=-1 sig=SIGRT40"),
        ("{kill: {pid: C, sig: 0}}", "kill pid=C sig=0"),
        (
            "{sigaction: {sig: SIGCHLD, handler: log, flags: [SA_RESTART, SA_NOCLDSTOP], mask: SIGHUP}}",
            "sigaction sig=SIGCHLD handler=log flags=SA_NOCLDSTOP|SA_RESTART mask=SIGHUP",
        ),
        ("{sigprocmask: {how: SIG_SETMASK, set: []}}", "sigprocmask how=SIG_SETMASK set=-"),
        ("{sigprocmask: {how: SIG_BLOCK, set: all}}", "sigprocmask how=SIG_BLOCK set=all"),
        ("{prctl: {option: PR_SET_CHILD_SUBREAPER, arg: 1}}", "prctl option=PR_SET_CHILD_SUBREAPER arg=1"),
        ("{prctl: {option: PR_SET_PDEATHSIG, arg: SIGHUP}}", "prctl option=PR_SET_PDEATHSIG arg=SIGHUP"),
        (
            "{ptrace: {request: PTRACE_CONT, pid: P, data: SIGTTIN}}",
            "ptrace request=PTRACE_CONT pid=P data=SIGTTIN",
        ),
        (
            "{ptrace: {request: PTRACE_SEIZE, pid: P, data: [PTRACE_O_TRACESYSGOOD, PTRACE_O_TRACEEXEC]}}",
            "ptrace request=PTRACE_SEIZE pid=P data=PTRACE_O_TRACESYSGOOD|PTRACE_O_TRACEEXEC",
        ),
    ],
)
def test_a_call_in_words(call: str, words: str) -> None:
    text = f"id: a\ntitle: a\nrules: [WAIT-001]\nsteps:\n  - P: {{fork: C}}\n  - P: {call}\n"
    assert step_text(case(text).steps[-1]) == f"P: {words}"


def test_a_divergence_is_explained_with_its_rule_and_how_to_see_it_again() -> None:
    divergence = Divergence(3, "P", "status", "exited(3)", "exited(0)", "WAIT-001")
    result = CaseResult(case(REAPED), "diverges", "posix", 0, (divergence, divergence._replace(field="ret")))
    text = "\n".join(result_lines(result, "host", RULES, "waitconf run --case x"))
    assert (
        text
        == """\
child-is-reaped[host]: diverges (posix)
  wait4 reaps
  <text>:1:5
  step 3  P: wait4 pid=C
    P status
      expected  exited(3)
      observed  exited(0)
    P ret
      expected  exited(3)
      observed  exited(0)
    WAIT-001 [posix] wait4 reaps.
      source: wait(2); since Linux 2.6
  again: waitconf run --case x"""
    )


def test_a_conflict_blames_no_target() -> None:
    divergence = Divergence(3, "P", "status", "exited(4)", "exited(3)", "WAIT-001")
    result = CaseResult(case(REAPED), "conflict", "posix", 0, (divergence,))
    text = "\n".join(result_lines(result, "host", RULES, "again"))
    assert "author expects    exited(4)" in text
    assert "reference kernel  exited(3)" in text
    assert "observed" not in text


def test_one_line_says_why_a_case_is_unsupported() -> None:
    result = CaseResult(case(REAPED), "unsupported", "posix", 0, (), "needs a PID namespace")
    assert one_line(result, "host", Paint(False)) == (
        "unsupported  child-is-reaped[host]  needs a PID namespace"
    )


STORY = """\
id: story
title: stop, continue, kill, reap
rules: [WAIT-001]
steps:
  - P: {sigaction: {sig: SIGCHLD, handler: log, flags: SA_RESTART}}
  - P: {fork: C}
  - C: pause
  - P: {waitid: {id: C, options: WEXITED}}
  - init: {kill: {pid: C, sig: SIGSTOP}}
  - init: {kill: {pid: C, sig: SIGKILL}}
  - P: {fork: D}
  - D: {exit: 0}
"""


DRAWN = """\
      init                      P                                C                   D
      │                         │
  1   │                         ├ sigaction sig=SIGCHLD
      │                         │  handler=log flags=SA_RESTART
      │                         │◁ ret=0 old_handler=SIG_DFL
      │                         │   old_flags=-
      │                         │
  2   │                         ├ fork child=C                   ┬ born
      │                         │◁ ret=C                         │
      │                         │                                │
  3   │                         │                                ├ pause
      │                         │                                ┃ blocked
      │                         │                                ┃
  4   │                         ├ waitid id=C options=WEXITED    ┃
      │                         ┃ blocked                        ┃
      │                         ┃                                ┃
  5   ├ kill pid=C sig=SIGSTOP  │» SIGCHLD si_code=CLD_STOPPED   ╎ stopped in pause
      │◁ ret=0                  ┃   si_pid=C si_uid=0            ╎
      │                         ┃   si_status=SIGSTOP            ╎
      │                         ┃                                ╎
  6   ├ kill pid=C sig=SIGKILL  │» SIGCHLD si_code=CLD_KILLED    ┴ gone
      │◁ ret=0                  ┃   si_pid=C si_uid=0
      │                         ┃   si_status=SIGKILL
      │                         │◁ ret=0 si_signo=SIGCHLD
      │                         │   si_errno=0
      │                         │   si_code=CLD_KILLED si_pid=C
      │                         │   si_uid=0 si_status=SIGKILL
      │                         │   written=0-11,16-27
      │                         │
  7   │                         ├ fork child=D                                       ┬ born
      │                         │◁ ret=D                                             │
      │                         │                                                    │
  8   │                         │» SIGCHLD si_code=CLD_EXITED                        ├ exit
      │                         │   si_pid=D si_uid=0                                ┊ zombie
      │                         │   si_status=0                                      ┊
      │                         │                                                    ┊
"""


def test_lanes_show_who_does_what_and_how_it_is_left() -> None:
    story = case(STORY)
    assert "\n".join(lanes(story, run_case(story))) + "\n" == DRAWN


def test_lanes_of_a_trace_that_ends_early() -> None:
    story = case(STORY)
    short = list(lanes(story, Trace(run_case(story).steps[:2])))
    assert len(short) == 10
    assert all(len(line) == len(line.rstrip()) for line in short)


def test_the_summary_counts_by_area() -> None:
    tally = Tally()
    for text, verdict in [(REAPED, "conforms"), (REAPED, "hung"), (REAPED, "unsupported")]:
        tally.add(CaseResult(case(text), verdict, "posix", 0))
    assert (tally.cases, tally.bad) == (3, 1)
    assert list(summary_lines({"wait4": tally.counts, "kill": {"conforms": 10}})) == [
        "area   conforms  diverges  unsupported  hung  cases",
        "wait4         1         ·            1     1      3",
        "kill         10         ·            ·     ·     10",
        "total        11         ·            1     1     13",
    ]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("variables", "stream", "expected"),
    [
        ({}, Terminal(), True),
        ({}, io.StringIO(), False),
        ({"NO_COLOR": "1"}, Terminal(), False),
        ({"FORCE_COLOR": "1"}, io.StringIO(), True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, Terminal(), False),
        ({"TERM": "dumb"}, Terminal(), False),
    ],
)
def test_colour_only_where_it_is_welcome(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], stream: io.StringIO, expected: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert wants_colour(stream) is expected


def test_colour_does_not_change_the_text() -> None:
    assert Paint(True).verdict("diverges") == "\x1b[31mdiverges\x1b[0m"
    assert Paint(False).verdict("diverges") == "diverges"


def test_progress_is_silent_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    pipe, terminal = io.StringIO(), Terminal()
    for stream in (pipe, terminal):
        progress = Progress(stream, "host")
        progress.show(1, 0)
        progress.show(2, 0)
        progress.clear()
    assert pipe.getvalue() == ""
    assert terminal.getvalue() == "\rhost: 1 cases, 0 not conforming\x1b[K\r\x1b[K"
