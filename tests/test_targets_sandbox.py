"""gVisor and qemu-user: their commands and what they say is missing; cases, where they are installed."""

from __future__ import annotations

import os
import platform
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from conformance.case.model import Case
from conformance.commands.selection import select
from conformance.executor.agent import bundled_agent
from conformance.reference import LATEST
from conformance.targets import Target, TargetFailed, UnknownTarget, parse_target
from conformance.targets.cross import COMPILERS, agent_for
from conformance.targets.gvisor import runsc_command
from conformance.targets.host import HostTarget
from conformance.verdict.drive import judge_cases
from conformance.verdict.judge import Oracle, oracle_for
from tests.executor_world import HEAD, case

CASES = (
    case("- P: {fork: C}\n- P: {wait4: C}\n- C: {exit: 3}"),
    case("- P: {fork: C}\n- C: {kill: {pid: C, sig: SIGSTOP}}\n- P: {kill: {pid: C, sig: SIGCONT}}"),
    case(
        "- P: {fork: C}\n- C: {thread: T}\n- T: pause\n- P: {kill: {pid: C, sig: SIGKILL}}\n- P: {wait4: C}"
    ),
    case(
        "- P: {sigaction: {sig: SIGUSR1, handler: log}}\n- P: pause\n- init: {kill: {pid: P, sig: SIGUSR1}}"
    ),
    case("- P: {fork: C}\n- C: {fork: D}\n- D: pause\n- C: {exit: 1}", HEAD + "requires: [pidns]\n"),
)
SUITE = Path(__file__).parent.parent / "cases"
NO_CORE_OF_THEIR_OWN = ("--cpu", "1023")
"""Where nobody can be pinned, a look at all is no snapshot."""
FOREIGN = next(name for name in COMPILERS if name != platform.machine())
RUNSC = """
[ "$1" = --version ] && echo "runsc version 20990101.0" && exit
echo "$@" > "$0.args"
while [ "$1" != do ]; do shift; done
shift
exec "$@"
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder in which alone programs are looked for."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def put(folder: Path, name: str, script: str) -> Path:
    """Make a program of a shell script."""
    path = folder / name
    path.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def verdicts(target: Target, cases: tuple[Case, ...] = CASES) -> list[str]:
    """Run cases, each judged by the reference kernel alone, and end the target."""
    try:
        oracle = oracle_for(target.describe())
        return [result.verdict for result in judge_cases(iter(cases), target, oracle, {}, 1)]
    finally:
        target.close()


def test_the_command_of_gvisor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    plain = ["/r", "--network=none", "--ignore-cgroups", "do", "/a"]
    assert runsc_command("/r", "", "/a") == plain
    assert runsc_command("/r", "kvm", "/a") == ["/r", "--platform=kvm", *plain[1:]]
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert runsc_command("/r", "", "/a") == [*plain[:-2], "--rootless", "do", "/a"]


@pytest.mark.parametrize("argument", ["", ":ptrace", ":/nowhere/runsc"])
@pytest.mark.usefixtures("programs")
def test_a_missing_runsc_is_told_with_its_package(argument: str) -> None:
    with pytest.raises(TargetFailed, match=rf"gvisor{argument}: needs .*runsc \(Debian: runsc\)$"):
        parse_target(f"gvisor{argument}")


def test_what_does_not_say_its_version_is_no_runsc(programs: Path) -> None:
    put(programs, "runsc", "echo hello")
    with pytest.raises(TargetFailed, match="does not say which version it is"):
        parse_target("gvisor")


def test_gvisor_is_described_as_itself_and_judged_as_the_newest_linux(programs: Path) -> None:
    runsc = put(programs, "runsc", RUNSC)
    target = parse_target("gvisor:kvm")
    facts = target.describe()
    assert verdicts(target) == ["conforms"] * len(CASES)
    assert (target.name, target.kind, facts["kind"]) == ("gvisor:kvm", "gvisor", "gvisor")
    assert (facts["sysname"], facts["release"]) == ("gVisor", "20990101.0")
    assert facts["version"].startswith(f"Linux {platform.release()} ")
    assert oracle_for(facts) == Oracle(LATEST)
    assert "--platform=kvm" in Path(f"{runsc}.args").read_text()


def test_a_sandbox_that_does_not_start_is_told(programs: Path) -> None:
    runsc = put(programs, "runsc", RUNSC.replace('exec "$@"', "exit 5"))
    for name in ("gvisor", f"gvisor:{runsc}"):
        with pytest.raises(TargetFailed, match=rf"^{name}: the agent does not start: .*exited with 5"):
            parse_target(name)


def test_a_machine_that_is_not_translated_is_told_with_those_that_are() -> None:
    with pytest.raises(
        UnknownTarget, match="qemu-user:vax: no such machine; there are x86_64, aarch64, riscv64"
    ):
        parse_target("qemu-user:vax")


@pytest.mark.parametrize(("argument", "program"), [("", "qemu-x86_64"), (":riscv64", "qemu-riscv64")])
@pytest.mark.usefixtures("programs")
def test_a_missing_translator_is_told_with_its_package(argument: str, program: str) -> None:
    words = rf"^qemu-user{argument}: needs {program} or {program}-static \(Debian: qemu-user or"
    with pytest.raises(TargetFailed, match=words):
        parse_target(f"qemu-user{argument}")


def test_a_missing_compiler_is_told_with_its_packages(programs: Path) -> None:
    put(programs, f"qemu-{FOREIGN}", "exit")
    machine = COMPILERS[FOREIGN]
    words = f"^qemu-user:{FOREIGN}: needs {machine.program} \\(Debian: {machine.packages}\\)$"
    with pytest.raises(TargetFailed, match=words):
        parse_target(f"qemu-user:{FOREIGN}")


def test_an_agent_that_does_not_compile_is_told_with_the_reason(programs: Path) -> None:
    put(programs, COMPILERS[FOREIGN].program, "echo 'cannot find -lc' >&2; exit 1")
    with pytest.raises(TargetFailed, match=r"(?s)does not compile.*cannot find -lc.*libc6-dev-"):
        agent_for(FOREIGN)


def test_an_agent_is_compiled_once_and_again_when_its_sources_change(programs: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    compiler = 'for word; do last=$word; done; echo "$@" >> ' + f'"{log}"; echo > "$last"'
    put(programs, COMPILERS[FOREIGN].program, compiler)
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "main.c").write_text("int main(void) {}")
    (sources / "main.h").write_text("")
    first = agent_for(FOREIGN, sources)
    assert agent_for(FOREIGN, sources) == first
    (sources / "main.h").write_text("#define X 1")
    assert agent_for(FOREIGN, sources) != first
    assert len(log.read_text().splitlines()) == 2
    assert "-Wall -Wextra -static" in log.read_text()
    kept = sorted(path.name for path in (tmp_path / "cache" / "waitconf").iterdir())
    assert len(kept) == 2
    assert Path(first).parent == tmp_path / "cache" / "waitconf"


def test_sources_that_are_missing_are_told(programs: Path, tmp_path: Path) -> None:
    put(programs, COMPILERS[FOREIGN].program, "exit")
    with pytest.raises(TargetFailed, match="the agent's sources are not in"):
        agent_for(FOREIGN, tmp_path)


def test_a_cache_that_cannot_be_written_is_told(programs: Path, tmp_path: Path) -> None:
    put(programs, COMPILERS[FOREIGN].program, "exit")
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(TargetFailed, match="cannot keep the agent in"):
        agent_for(FOREIGN)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the bundled agent is for another machine")
def test_what_is_translated_is_described_with_its_translator(programs: Path) -> None:
    put(programs, "qemu-x86_64-static", '[ "$1" = --version ] && echo "qemu 1.2" && exit\nexec "$@"')
    target = parse_target("qemu-user")
    facts = target.describe()
    assert verdicts(target) == ["conforms"] * len(CASES)
    assert (target.name, facts["kind"], facts["translator"]) == ("qemu-user", "qemu-user", "qemu 1.2")
    assert (facts["sysname"], facts["release"]) == ("Linux", platform.release())


def test_cases_settle_where_the_kernel_tells_no_calls() -> None:
    cases = tuple(select([str(SUITE / "wait4")], "not [").cases())
    target = HostTarget(command=[bundled_agent(), "--patient", *NO_CORE_OF_THEIR_OWN])
    assert set(verdicts(target, cases)) - {"unsupported"} == {"conforms"}


SMOKE: Mapping[str, tuple[str, str]] = {
    "gvisor": ("runsc", "runsc"),
    "qemu-user:x86_64": ("qemu-x86_64", "qemu-user"),
    "qemu-user:aarch64": ("qemu-aarch64", "qemu-user"),
    "qemu-user:riscv64": ("qemu-riscv64", "qemu-user"),
}


@pytest.mark.parametrize("name", SMOKE)
def test_cases_run_for_real(name: str) -> None:
    program, package = SMOKE[name]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed (Debian: {package})")
    machine = name.partition(":")[2]
    if machine and os.geteuid():
        pytest.skip("qemu-user takes root")
    if machine not in ("", platform.machine()) and not shutil.which(COMPILERS[machine].program):
        pytest.skip(f"no compiler for it (Debian: {COMPILERS[machine].packages})")
    target = parse_target(name)
    assert target.describe()["machine"] == (machine or platform.machine())
    assert verdicts(target) == ["conforms"] * len(CASES)
