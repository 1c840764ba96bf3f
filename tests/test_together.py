"""Steps of several calls: how they look, and that the agent makes them."""

from __future__ import annotations

import pytest

from conformance.case.suite import bundled
from conformance.cli import main
from conformance.executor._bridge import lib
from conformance.publish.lanes import lanes
from conformance.publish.words import step_text
from conformance.reference import run_case
from conformance.targets import parse_target
from conformance.verdict.drive import judge_cases
from conformance.verdict.judge import oracle_for
from tests.case_texts import FORK, RACE, load

RACES = str(bundled() / "races")

DRAWN = """\
      init      P                          C
      │         │
  1   │         ├ fork child=C             ┬ born
      │         │◁ ret=C                   │
      │         │                          │
  2 ‖ │         ├ getppid                  ├ exit code=7
      │         │◁ ret=init                ┴ gone
      │         ├ wait4
      │         │◁ ret=C status=exited(7)
      │         │
"""


def test_lanes_show_each_call_after_the_return_of_the_one_before() -> None:
    case = load(FORK + "- together: [{P: getppid}, {P: wait4}, {C: {exit: 7}}]\n")
    assert "\n".join(lanes(case, run_case(case))) + "\n" == DRAWN
    assert step_text(case.steps[1]) == "P: getppid ‖ P: wait4 ‖ C: exit code=7"


def test_show_says_how_many_outcomes_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "together-exit-against-kill-status", RACES]) == 0
    assert capsys.readouterr().out.endswith("Linux allows 2 outcomes; this is the usual one.\n")
    assert main(["show", "together-wait-reports-the-exit", RACES]) == 0
    assert "outcomes" not in capsys.readouterr().out


def test_a_trace_lists_the_calls_of_a_block(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "--target", "reference", "--case", "together-exit-against-kill-status", RACES]) == 0
    assert '"together": [{"actor": "C", "call": "exit code=42"}, {"actor": "P"' in capsys.readouterr().out


BUSY = """\
- P: {fork: C}
- together:
    - P: getppid
    - P: {setpgid: {}}
    - P: getpgid
    - P: {kill: {pid: C, sig: 0}}
    - C: getppid
    - C: exec
    - C: {getsid: P}
    - P: {wait4: C}
  expect: {P: [{ret: init}, {ret: 0}, {ret: P}, {ret: 0}, blocks], C: [{ret: P}, {ret: 0}, {ret: init}]}
- C: {exit: 3}
  expect: {P: {ret: C, status: exited(3)}}
- together:
    - P: {fork: D}
    - P: {wait4: {pid: -1, options: WNOHANG}}
- D: {exit: 4}
- P: {wait4: D}
  expect: {status: exited(4)}
"""


def test_the_agent_makes_all_calls_of_a_block() -> None:
    case = load(BUSY)
    target = parse_target("host")
    try:
        (judged,) = judge_cases([case], target, oracle_for(target.describe()), {}, repeat=50)
    finally:
        target.close()
    assert judged.verdict in ("conforms", "unsupported"), judged


def test_the_agent_sends_no_signal_from_a_block_without_a_namespace() -> None:
    target = parse_target("host:no-pidns")
    try:
        (judged,) = judge_cases([load(RACE)], target, oracle_for(target.describe()), {})
    finally:
        target.close()
    assert judged.verdict == "unsupported"
    assert "amid other calls" in judged.text
    assert lib.WC_MAX_TOGETHER == 8
