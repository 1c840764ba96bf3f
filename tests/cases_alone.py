"""Run as a program: drive the reference kernel with the cases alone, and print what they leave unexecuted.

One JSON object a line: ``module``, ``line`` and ``source`` of each statement that did not run and of each
branch that was never taken (``to`` says where it would have gone).
"""

from __future__ import annotations

import json
import linecache
import sys
from pathlib import Path

import coverage

OF_OTHERS = ["*/past/*", "*/changes.py", "*/releases.py", "*/machines.py"]
"""What older releases did, and what other machines do: that cases show it is for tests/test_releases.py and
tests/test_machines.py to say."""
EVERY = 97
"""Of a sweep, every so many cells: a prime, so that the sample steps through all of its variables."""


def drive() -> None:
    """Run every hand-written case and a sample of each sweep, in each environment a host may offer."""
    from conformance.case.suite import bundled, load_suite
    from conformance.reference import CaseNotRunnable, allows, possible_traces, required, run_case
    from conformance.trace import Environment

    environments = (Environment(), Environment(core=True), Environment(pidns=False, uid=1000))
    for number, case in enumerate(load_suite([bundled()])):
        if "[" in case.id and number % EVERY:
            continue
        for environment in environments:
            try:
                run_case(case, required(case, environment))
            except CaseNotRunnable:
                continue  # where there is a PID namespace it can be run
        if case.races:
            for trace in possible_traces(case):
                assert allows(case, trace).step == 0


def missing(measured: coverage.Coverage) -> list[dict[str, object]]:
    """Return the holes of the reference kernel's coverage, in order."""
    holes: list[dict[str, object]] = []
    for name in sorted(measured.get_data().measured_files()):
        module, analysis = Path(name).stem, measured._analyze(name)
        arcs = analysis.missing_branch_arcs()
        for line in sorted({*analysis.missing, *arcs}):
            source = linecache.getline(name, line).strip()
            hole = {"module": module, "line": line, "source": source}
            holes.append(hole | ({"to": arcs[line]} if line in arcs else {}))
    return holes


def main() -> None:
    """Measure and print."""
    measured = coverage.Coverage(
        branch=True, source=["conformance.reference"], omit=OF_OTHERS, data_file=None
    )
    measured.start()
    drive()
    measured.stop()
    for hole in missing(measured):
        sys.stdout.write(json.dumps(hole) + "\n")


if __name__ == "__main__":
    main()
