"""A system that lacks what a case requires: its C program says what, and neither fails nor begins."""

from __future__ import annotations

import errno
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest

from conformance.abi.machines import USUAL
from conformance.case.model import REQUIREMENTS, Case
from conformance.publish.cprogram import NotExpressible, c_program
from tests.cprograms import RULES, build, ends, find, hand_written, open_folder, program, trace_of

BY_USER = 65534
DENY = """\
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* deny NUMBER ERRNO PROGRAM: run a program for which a system call fails. */
int main(int argc, char **argv)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, atoi(argv[1]), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | atoi(argv[2])),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (argc != 4 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
        return 99;
    execv(argv[3], argv + 3);
    return 98;
}
"""
ELSEWHERE = [("aarch64-linux-gnu-gcc", "qemu-aarch64"), ("riscv64-linux-gnu-gcc", "qemu-riscv64")]
ON_X86_64 = pytest.mark.skipif(platform.machine() != "x86_64", reason="has the system call numbers of x86-64")
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount, and be somebody else")


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as path:
        yield path


@lru_cache(maxsize=16)
def requiring(*names: str) -> str:
    """Return the first case that requires just this and can be a program."""
    return next(
        case.id for case in hand_written().values() if case.requires == names and is_expressible(case)
    )


def is_expressible(case: Case) -> bool:
    try:
        c_program(case, trace_of(case), RULES)
    except NotExpressible:
        return False
    return True


def text_that_requires(name: str) -> str:
    """Return the program of a case that needs nothing special, as if it did require something."""
    case = find("waitid-wnowait-leaves-a-zombie")
    assert not case.requires
    return c_program(replace(case, requires=(name,)), trace_of(case), RULES)


@pytest.mark.parametrize("name", sorted(REQUIREMENTS.keys() - {"cgroup"}))
def test_what_a_case_requires_is_tried_though_it_does_not_use_it(name: str, folder: Path) -> None:
    status, out = ends(build(text_that_requires(name), folder))
    assert (status, out) == (0, "conforms\n") or (status == 2 and out.startswith("cannot run: "))


def test_nothing_is_tried_that_is_not_required() -> None:
    for word in ("probe", "require(", "ends_well"):
        assert word not in program("waitid-wnowait-leaves-a-zombie")
        assert word in text_that_requires("proc")


def test_a_requirement_that_nobody_can_try_makes_no_program() -> None:
    with pytest.raises(NotExpressible, match="the requirement cgroup"):
        text_that_requires("cgroup")


@ON_X86_64
@pytest.mark.parametrize(
    ("requirement", "number", "error", "sentence"),
    [
        (
            "set-tid",
            435,
            errno.ENOSYS,
            "this needs pids by choice: clone3 with set_tid (Linux 5.5), in a PID ",
        ),
        ("seccomp", 317, errno.EINVAL, "this kernel has no filters of system calls (seccomp)"),
        ("pidfd", 434, errno.ENOSYS, "this kernel has no pidfds, to open and to wait for (Linux 5.4)"),
        ("pidfd", 247, errno.EINVAL, "this kernel has no pidfds, to open and to wait for (Linux 5.4)"),
        ("ptrace", 101, errno.EPERM, "this needs the right to trace"),
        ("uids", 117, errno.EPERM, "this needs several user ids: real root"),
        ("pty", 16, errno.EIO, "there are no pseudo-terminals"),
        ("stealtty", 16, errno.EPERM, "this needs the right to take another session's terminal: real root"),
    ],
)
def test_a_call_that_this_kernel_lacks(
    requirement: str, number: int, error: int, sentence: str, folder: Path
) -> None:
    deny, binary = build(DENY, folder, "deny"), build(text_that_requires(requirement), folder)
    status, out = ends(deny, str(number), str(error), binary)
    assert (status, out.partition(sentence)[0]) == (2, "cannot run: ")
    assert sentence in out


def test_a_stat_file_with_fewer_fields(folder: Path) -> None:
    text = text_that_requires("proc")
    fewer = text.replace("field < 52", "field < 53")
    assert fewer != text
    assert ends(build(fewer, folder)) == (
        2,
        "cannot run: /proc does not tell all that this needs: a stat file of 52 fields\n",
    )


@AS_ROOT
def test_a_terminal_that_an_ordinary_user_may_not_steal(folder: Path) -> None:
    assert ends(build(program(requiring("pty", "stealtty")), folder), user=BY_USER) == (
        2,
        "cannot run: this needs the right to take another session's terminal: real root\n",
    )


@AS_ROOT
def test_a_last_pid_that_changes_nothing(folder: Path) -> None:
    binary = build(program(requiring("last-pid")), folder)
    hidden = f"mount --bind /dev/null /proc/sys/kernel/ns_last_pid && exec {binary}"
    if subprocess.run(["unshare", "-m", "true"], check=False).returncode:
        pytest.skip("there are no mount namespaces")
    told = "this needs pids in turn from a chosen one: /proc/sys/kernel/ns_last_pid, in a PID namespace"
    assert ends("unshare", "-m", "sh", "-c", hidden) == (2, f"cannot run: {told}\n")


@AS_ROOT
def test_a_program_that_others_may_not_run(folder: Path) -> None:
    case = next(
        case
        for case in hand_written().values()
        if case.requires == ("uids",) and any(step.call.name == "exec" for step in case.steps)
    )
    binary = build(program(case.id), folder)
    binary.chmod(0o700)
    assert ends(binary) == (2, "cannot run: other users may not run this program: chmod a+x\n")
    binary.chmod(0o755)
    assert ends(binary) == (0, "conforms\n")


@pytest.mark.parametrize("name", ["set-tid", "last-pid"])
def test_numbers_are_not_chosen_among_those_of_strangers(name: str, folder: Path) -> None:
    text = text_that_requires(name)
    without = text.replace("CLONE_NEWPID | SIGCHLD", "CLONE_NEWPID | CLONE_THREAD").replace(
        "clone_init(CLONE_NEWPID)", "(0 ? clone_init(CLONE_NEWPID) : -1)"
    )
    status, out = ends(build(without, folder))
    assert (status, out[-21:]) == (2, ", in a PID namespace\n")
    assert "this needs a PID namespace" in text


def of_a_machine() -> str:
    """Return the program of a case whose rule is about one machine only."""
    case = find("waitid-wnowait-leaves-a-zombie")
    rules = {**RULES, "WAIT-060": replace(RULES["WAIT-060"], machines=("riscv64",))}
    return c_program(case, trace_of(case), rules)


def test_a_rule_about_machines_says_whose_answers_are_expected(folder: Path) -> None:
    text = of_a_machine()
    head = " ".join(text[: text.index("*/")].replace("\n * ", " ").split())
    assert "(only on riscv64)" in head
    assert f"what is expected here is what Linux does on {USUAL}, and elsewhere the program says so" in head
    assert USUAL not in program("waitid-wnowait-leaves-a-zombie").partition("*/")[0]
    status, out = ends(build(text, folder))
    assert (status, out) == ((0, "conforms\n") if platform.machine() == USUAL else (2, out))


@pytest.mark.parametrize(("compiler", "emulator"), ELSEWHERE)
def test_a_rule_about_machines_is_not_tested_on_another(compiler: str, emulator: str, folder: Path) -> None:
    if not shutil.which(compiler) or not shutil.which(emulator):
        pytest.skip(f"{compiler} or {emulator} is not installed")
    (folder / "x.c").write_text(of_a_machine())
    subprocess.run(
        [compiler, "-O1", "-Wall", "-Wextra", "-Werror", "-static", "-o", folder / "x", folder / "x.c"],
        check=True,
    )
    assert ends(emulator, folder / "x") == (
        2,
        "cannot run: what is expected here is what Linux does on x86_64, and this is another machine\n",
    )
