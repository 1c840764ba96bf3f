"""The states of a tracee and the ways between them, as the cases go through them on the reference kernel.

``python -m conformance.publish.tracee_states docs`` makes the generated parts of ``docs/ptrace.md`` anew: the
picture (a Mermaid state diagram) and the lanes of the cases that it shows.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from conformance.abi.ptrace import PTRACE_EVENT_STOP, PTRACE_REQUESTS
from conformance.case.model import Case
from conformance.case.suite import bundled, load_suite
from conformance.publish.lanes import lanes
from conformance.reference import Kernel, required, run_case
from conformance.reference.task import Task
from conformance.reference.values import ExitState, Jobctl, Trap, TrapKind
from conformance.trace import Environment

Edge = tuple[str, str]
Edges = Mapping[Edge, frozenset[str]]

RUNNING: Final = "running"
LISTENING: Final = "listening"
EVENT_STOP: Final = "PTRACE_EVENT_STOP"
ZOMBIE: Final = "zombie"
FREE: Final = "free"
"""Not traced, not yet or not any more; or gone."""
REQUEST_NAMES: Final = {number: name for name, number in PTRACE_REQUESTS.items()}
ENDS: Final = frozenset({"exit", "exit_group"})
REASONS: Final = {
    **dict.fromkeys(("kill", "tgkill", "tkill", "sigqueue", "cgroup_kill"), "a signal"),
    **dict.fromkeys(("wait4", "waitid"), "a wait"),
    "exec": "another thread's execve",
}
PLACES: Final = (RUNNING, *(kind.value for kind in TrapKind), EVENT_STOP, LISTENING, ZOMBIE)

_BLOCK: Final = re.compile(r"(<!-- generated: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def place_of(task: Task) -> str:
    """Say in which state a task is, as its tracer would."""
    if not task.tracing.tracer:
        return FREE
    if task.exit_state is ExitState.ZOMBIE:
        return ZOMBIE
    if task.trap is None:
        return RUNNING
    return LISTENING if task.jobctl & Jobctl.LISTENING else place_of_trap(task.trap)


def place_of_trap(trap: Trap) -> str:
    """Name a ptrace-stop; that of PTRACE_EVENT_STOP is a state of its own: there alone one can listen."""
    if trap.kind is TrapKind.EVENT and trap.code >> 8 == PTRACE_EVENT_STOP:
        return EVENT_STOP
    return trap.kind.value


class Recorder(Kernel):
    """The reference kernel, keeping a record of what becomes of tracees."""

    edges: defaultdict[Edge, set[str]]

    def advance(self, tid: int) -> None:
        """Make a transition, and note every state that it ended."""
        before = {id(task): (task, place_of(task)) for task in self.tasks.values()}
        acting = self.tasks[tid]
        why = self.reason(acting)
        super().advance(tid)
        there = {id(task) for task in self.tasks.values()}
        for key, (task, place) in before.items():
            self.note(place, place_of(task) if key in there else FREE, "" if task is acting else why)
        for task in self.tasks.values():
            if id(task) not in before:
                self.note(FREE, place_of(task), "its creator's tracer wants it")

    def note(self, before: str, after: str, why: str) -> None:
        """Note a change of state."""
        if before != after:
            self.edges[before, after].add(why)

    def reason(self, task: Task) -> str:
        """Say what a task is doing that may change another's state."""
        call = task.call
        if task.group.group_exit or (call is not None and call.name in ENDS):
            return "its tracer ends" if task.ptraced else "SIGKILL"
        if call is None:
            return ""
        if call.name == "ptrace":
            return REQUEST_NAMES.get(int(str(call.args[0])), "ptrace")
        return REASONS.get(call.name, call.name)


def record(cases: Iterable[Case]) -> Edges:
    """Run cases and return every change of state, with what brought it about (empty: the tracee itself)."""
    edges: defaultdict[Edge, set[str]] = defaultdict(set)
    kernel = type("Recording", (Recorder,), {"edges": edges})
    for case in cases:
        run_case(case, required(case, Environment()), kernel)
    return {edge: frozenset(why) for edge, why in edges.items()}


def diagram(edges: Edges) -> str:
    """Draw the states as a Mermaid diagram; what a tracee does by itself has no label."""
    lines = ["stateDiagram-v2", "    direction LR"]
    lines += [f'    state "{place}" as {_id(place)}' for place in PLACES]
    for (before, after), why in sorted(edges.items()):
        label = ", ".join(sorted(why - {""}))
        lines.append(f"    {_id(before)} --> {_id(after)}" + (f" : {label}" if label else ""))
    return "\n".join(lines) + "\n"


def _id(place: str) -> str:
    """Name a state as Mermaid takes it; outside of tracing begins and ends a tracee's life."""
    return "[*]" if place == FREE else re.sub(r"\W", "_", place)


def update(text: str) -> str:
    """Return a document with its generated parts made anew: ``states``, or the lanes of the case named."""
    cases = {case.id: case for case in load_suite([bundled()]) if "[" not in case.id}
    traced = [case for case in cases.values() if "ptrace" in case.requires]

    def fill(match: re.Match[str]) -> str:
        name = match.group(2)
        if name == "states":
            return f"{match.group(1)}```mermaid\n{diagram(record(traced))}```\n{match.group(3)}"
        case = cases[name]
        shown = "\n".join(lanes(case, run_case(case, required(case, Environment()))))
        return f"{match.group(1)}```\n$ waitconf show {name}\n{shown}\n```\n{match.group(3)}"

    return _BLOCK.sub(fill, text)


def main(folder: str) -> None:
    """Update ptrace.md in a folder."""
    path = Path(folder) / "ptrace.md"
    path.write_text(update(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
