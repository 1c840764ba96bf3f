"""prctl(2) options that this suite drives, and integer limits that cases name."""

from __future__ import annotations

PRCTL_OPTIONS: dict[str, int] = {
    "PR_SET_PDEATHSIG": 1,
    "PR_GET_PDEATHSIG": 2,
    "PR_SET_CHILD_SUBREAPER": 36,
    "PR_GET_CHILD_SUBREAPER": 37,
}
PR_SET_PDEATHSIG, PR_GET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER = 1, 2, 36, 37

CLONE_FLAGS: dict[str, int] = {
    "CLONE_VM": 0x100,
    "CLONE_FS": 0x200,
    "CLONE_FILES": 0x400,
    "CLONE_SIGHAND": 0x800,
    "CLONE_PIDFD": 0x1000,
    "CLONE_PTRACE": 0x2000,
    "CLONE_VFORK": 0x4000,
    "CLONE_PARENT": 0x8000,
    "CLONE_THREAD": 0x10000,
    "CLONE_PARENT_SETTID": 0x100000,
    "CLONE_DETACHED": 0x400000,
    "CLONE_UNTRACED": 0x800000,
    "CLONE_NEWPID": 0x20000000,
    "CLONE_CLEAR_SIGHAND": 0x100000000,
    "CLONE_AUTOREAP": 0x400000000,
    "CLONE_NNP": 0x800000000,
    "CLONE_PIDFD_AUTOKILL": 0x1000000000,
}
"""Flags of clone(2) and clone3(2) that cases may use; the last four are clone3's alone."""
CLONE_VM, CLONE_SIGHAND, CLONE_THREAD = 0x100, 0x800, 0x10000
CLONE_VFORK, CLONE_PARENT, CLONE_NEWPID, CLONE_CLEAR_SIGHAND = 0x4000, 0x8000, 0x20000000, 0x100000000
CLONE_PTRACE, CLONE_UNTRACED = 0x2000, 0x800000
CLONE_AUTOREAP, CLONE_NNP, CLONE_PIDFD_AUTOKILL = 0x400000000, 0x800000000, 0x1000000000
CLONE_FILES, CLONE_PIDFD, CLONE_PARENT_SETTID, CLONE_DETACHED = 0x400, 0x1000, 0x100000, 0x400000
THREAD_FLAGS = CLONE_VM | CLONE_FLAGS["CLONE_FS"] | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD
"""What ``thread`` gives: what a thread shares with its creator, as pthread_create does it."""

PID_MAX = 4194304
"""No pid reaches it, whatever /proc/sys/kernel/pid_max says (proc_sys_kernel(5))."""

INTEGERS: dict[str, int] = {"INT_MIN": -(2**31), "INT_MAX": 2**31 - 1}
INT_MIN = INTEGERS["INT_MIN"]

RLIMITS: dict[str, int] = {"RLIMIT_CORE": 4, "RLIMIT_SIGPENDING": 11}
"""Resource limits that a case can set (setrlimit(2))."""
RLIMIT_CORE = RLIMITS["RLIMIT_CORE"]
