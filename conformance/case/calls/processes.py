"""Making processes, ending them, and their ids."""

from __future__ import annotations

from typing import Final

from conformance.abi.processes import CLONE_FLAGS, PRCTL_OPTIONS
from conformance.abi.signals import SIGNALS
from conformance.case.calls.spec import BUFFERS, CallSpec, Kind, Param

_PIDFD = Param(
    "pidfd",
    Kind.NEWFD,
    "name of the pidfd that CLONE_PIDFD gives; or null or bad, which is where the kernel is told to put it",
    BUFFERS["null"],
)

FLAGS_OF: Final = {"clone": 2, "clone3": 3}
"""The place of the clone flags among the arguments."""

TABLE: Final = (
    CallSpec(
        "fork",
        1,
        (
            Param("child", Kind.CHILD, "name of the new process"),
            Param("exit_signal", Kind.SIGNAL, "termination signal, 0 to 255", 17, SIGNALS),
        ),
        "Make a child process by a raw clone(exit_signal).",
        "clone(2)",
        shorthand="child",
        returns_pid=True,
    ),
    CallSpec("exec", 2, (), "Replace the program by the agent itself; pid and role stay.", "execve(2)"),
    CallSpec(
        "exit",
        3,
        (Param("code", Kind.INTEGER, "exit code; the kernel keeps its low 8 bits", 0),),
        "End the calling thread by the raw exit system call.",
        "_exit(2)",
        shorthand="code",
    ),
    CallSpec(
        "exit_group",
        4,
        (Param("code", Kind.INTEGER, "exit code; the kernel keeps its low 8 bits", 0),),
        "End all threads of the process.",
        "exit_group(2)",
        shorthand="code",
    ),
    CallSpec(
        "setpgid",
        12,
        (
            Param("pid", Kind.PID, "process to move; 0 is the caller", 0),
            Param("pgid", Kind.PID, "group to join; 0 is the process's own id", 0),
        ),
        "Put a process into a process group.",
        "setpgid(2)",
    ),
    CallSpec("setsid", 13, (), "Start a session.", "setsid(2)", returns_pid=True),
    CallSpec(
        "prctl",
        14,
        (
            Param("option", Kind.CHOICE, "which attribute", names=PRCTL_OPTIONS),
            Param("arg", Kind.VALUE, "the value to set", 0, SIGNALS),
        ),
        "Set or get the subreaper attribute or the parent-death signal.",
        "prctl(2)",
        observes=("value",),
    ),
    CallSpec("getppid", 15, (), "The parent's pid.", "getppid(2)", returns_pid=True),
    CallSpec(
        "getpgid",
        16,
        (Param("pid", Kind.PID, "process; 0 is the caller", 0),),
        "The process group of a process.",
        "getpgid(2)",
        shorthand="pid",
        returns_pid=True,
    ),
    CallSpec(
        "getsid",
        17,
        (Param("pid", Kind.PID, "process; 0 is the caller", 0),),
        "The session of a process.",
        "getsid(2)",
        shorthand="pid",
        returns_pid=True,
    ),
    CallSpec(
        "clone3",
        70,
        (
            Param("child", Kind.CHILD, "name of the new process"),
            Param("exit_signal", Kind.VALUE, "termination signal", 17, SIGNALS),
            Param("set_tid", Kind.PID, "the pid to have in its namespace: C's number; 0 is any", 0),
            Param("flags", Kind.FLAGS, "what is shared, and how else the child differs", 0, CLONE_FLAGS),
            _PIDFD,
        ),
        "Make a child process by the raw clone3 system call.",
        "clone3(2)",
        shorthand="child",
        returns_pid=True,
        since="5.3",
    ),
    CallSpec(
        "unshare_pid",
        71,
        (),
        "unshare(CLONE_NEWPID): the caller's next child begins a PID namespace, its later ones join it.",
        "unshare(2)",
    ),
    CallSpec(
        "clone",
        72,
        (
            Param("child", Kind.CHILD, "name of the new thread or process"),
            Param("exit_signal", Kind.SIGNAL, "termination signal, 0 to 255", 17, SIGNALS),
            Param("flags", Kind.FLAGS, "what is shared, and how else the child differs", 0, CLONE_FLAGS),
            _PIDFD,
        ),
        "Make a thread or a process by the raw clone system call; with CLONE_VM it has a stack of its own.",
        "clone(2)",
        shorthand="child",
        returns_pid=True,
    ),
    CallSpec(
        "thread",
        73,
        (Param("child", Kind.CHILD, "name of the new thread"),),
        "Make a thread of the caller's process, as pthread_create does it.",
        "clone(2) CLONE_THREAD",
        shorthand="child",
        returns_pid=True,
    ),
    CallSpec(
        "vfork",
        74,
        (Param("child", Kind.CHILD, "name of the new process"),),
        "Make a child that uses the caller's memory; the caller sleeps until it calls exec or ends.",
        "vfork(2)",
        shorthand="child",
        returns_pid=True,
    ),
    CallSpec("gettid", 75, (), "The caller's thread id.", "gettid(2)", returns_pid=True),
    CallSpec("getpid", 76, (), "The id of the caller's process.", "getpid(2)", returns_pid=True),
    CallSpec(
        "ns_last_pid",
        77,
        (Param("next", Kind.PID, "whose number comes next; or a number"),),
        "Write the number before another to ns_last_pid: the caller's namespace gives numbers from there on.",
        "pid_namespaces(7) /proc/sys/kernel/ns_last_pid",
        shorthand="next",
        since="3.3",
    ),
)
