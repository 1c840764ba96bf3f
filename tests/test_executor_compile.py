"""Cases compiled to programs, read back through the C declarations."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.case.model import INIT, Call, Case, Step
from conformance.executor._bridge import ffi, lib
from conformance.executor.compile import CompileError, compile_case
from conformance.executor.layout import PROGRAM, STEP
from tests.executor_world import HEAD, case


def compiled(example: Case) -> tuple[Any, list[Any]]:
    """Compile a case and give its parts as C sees them."""
    data = compile_case(example, 7, 250).data
    assert len(data) == PROGRAM.size + len(example.steps) * STEP.size
    buffer = ffi.new("char[]", data)
    header = ffi.cast("struct wc_program *", buffer)
    steps = ffi.cast("struct wc_step *", buffer + PROGRAM.size)
    return header, [ffi.new("struct wc_step *", steps[index])[0] for index in range(header.steps)]


def args(step: Any) -> list[tuple[int, int, int]]:
    """Return the arguments in use as (kind, value, slot)."""
    return [(arg.kind, arg.value, arg.slot) for arg in step.args[0 : step.nargs]]


def test_the_header_counts_and_carries_number_and_watchdog() -> None:
    program, steps = compiled(case("- P: {fork: C}\n- C: pause"))
    assert (program.id, program.steps, program.actors, program.needs) == (7, 2, 3, 0)
    assert (program.watchdog_ms, program.reserved, len(steps)) == (250, 0, 2)


def test_a_fork_names_its_child_beside_its_arguments() -> None:
    _, (fork, pause) = compiled(case("- P: {fork: C}\n- C: pause"))
    assert (fork.actor, fork.call, fork.child) == (1, lib.WC_FORK, 2)
    assert args(fork) == [(lib.WC_ARG_LITERAL, 17, 0)]
    assert (pause.actor, pause.call, pause.child, pause.nargs) == (2, lib.WC_PAUSE, lib.WC_SLOT_NONE, 0)


def test_actors_become_slots_with_the_sign_of_a_group() -> None:
    _, (_, one, group) = compiled(case("- P: {fork: C}\n- P: {wait4: C}\n- P: {wait4: -C}"))
    assert args(one)[0] == (lib.WC_ARG_PID, 1, 2)
    assert args(group)[0] == (lib.WC_ARG_PID, -1, 2)


def test_integers_stay_literal_and_buffers_are_marked() -> None:
    _, (wait4, waitid) = compiled(
        case("- P: {wait4: {pid: INT_MIN, status: bad}}\n- P: {waitid: {options: [WEXITED, 0x10]}}")
    )
    assert args(wait4) == [
        (lib.WC_ARG_LITERAL, -(2**31), 0),
        (lib.WC_ARG_BUFFER, lib.WC_BUFFER_BAD, 0),
        (lib.WC_ARG_LITERAL, 0, 0),
        (lib.WC_ARG_BUFFER, lib.WC_BUFFER_NULL, 0),
    ]
    assert args(waitid)[3] == (lib.WC_ARG_LITERAL, 0x14, 0)


def test_a_full_signal_mask_keeps_its_bits() -> None:
    _, (mask,) = compiled(case("- P: {sigprocmask: {how: SIG_BLOCK, set: all}}"))
    assert args(mask)[1][1] & (2**64 - 1) == 2**64 - 1


def test_requirements_become_bits() -> None:
    program, _ = compiled(case("- P: pause", HEAD + "requires: [pidns]\n"))
    assert program.needs == lib.WC_HAVE_PIDNS


def test_what_does_not_fit_is_refused() -> None:
    step = Step("P", Call("pause", ()))
    with pytest.raises(CompileError, match="more than 16 actors or 64 steps"):
        compile_case(Case("x", "", (), (step,) * 65, (INIT, "P")), 1, 1)
    with pytest.raises(CompileError, match="the requirement 'moon'"):
        compile_case(Case("x", "", (), (step,), (INIT, "P"), requires=("moon",)), 1, 1)
    with pytest.raises(CompileError, match="cannot be 'C'"):
        compile_case(Case("x", "", (), (Step("P", Call("exit", ("C",))),), (INIT, "P")), 1, 1)
