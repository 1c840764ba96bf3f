"""How each call is made in C: processes, waits, signals, credentials, usage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from conformance.abi.processes import CLONE_VM, PR_GET_CHILD_SUBREAPER, PR_GET_PDEATHSIG, PR_SET_PDEATHSIG
from conformance.abi.signals import SIGNALS
from conformance.case.calls.descriptors import TIMEOUTS
from conformance.publish.cprogram.body import Body, clone_flags, leaders
from conformance.publish.cprogram.text import one_text

Emit = Callable[[Body], None]


def plain(name: str, *params: str) -> Emit:
    """Return how a call is made that is just the system call of a name, with these parameters."""

    def emit(body: Body) -> None:
        body.system_call(name, *(body.arg(param) for param in params))

    return emit


def _never_returns(name: str) -> Emit:
    def emit(body: Body) -> None:
        body.lines.append(f"sys(SYS_{name}, {body.arg('code')});")
        body.returns = False

    return emit


def _fork(body: Body) -> None:
    body.needs.add("fork")
    body.lines.append(f"long ret = fork_as({body.arg('child')}, {body.arg('exit_signal')});")


def _clone_as(body: Body, flags: str, exit_signal: str, pidfd: str = "NULL") -> None:
    body.needs.add("clone")
    body.lines.append(f"long ret = clone_as({body.arg('child')}, {flags}, {exit_signal}, {pidfd});")


def _thread(body: Body) -> None:
    body.needs |= {"apart", "threads"}
    _clone_as(body, "CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD", "0")


def _vfork(body: Body) -> None:
    body.needs |= {"apart", "unwakeable"}
    _clone_as(body, "CLONE_VM | CLONE_VFORK", "SIGCHLD")


def note_flags(body: Body) -> None:
    """Note what the flags of a clone make necessary."""
    flags = clone_flags(body.call)
    body.needs |= {"apart"} if flags & CLONE_VM else set()
    body.needs |= {"threads"} if flags & 0x10000 else set()
    body.needs |= {"unwakeable"} if flags & 0x4000 else set()


def _exec(body: Body) -> None:
    body.needs |= {"exec", "unwakeable"}
    leader = leaders(body.case)[body.actor]
    body.lines.append(f"long ret = exec_as({leader}, {body.number});")


def _usage(body: Body) -> None:
    """Tell what the kernel wrote into `usage`."""
    if not body.is_given("rusage"):
        return
    body.needs |= {"poison", "rusage"}
    body.lines[:0] = ["struct rusage usage;", "POISON(usage);"]
    body.values.append("[RUSAGE] = filled(&usage)")
    if {"work", "getrusage"} & {call.name for step in body.case.steps for _, call in step.acts}:
        body.needs.add("usage")
        body.values.append("USAGE(usage)")


def _wait4(body: Body) -> None:
    status, usage = body.buffer("status", "&status"), body.buffer("rusage", "&usage")
    if body.is_given("status"):
        body.needs |= {"poison"}
        body.lines.append("int status = UNTOUCHED;")
        body.values.append("[STATUS] = status")
    body.system_call("wait4", body.arg("pid"), status, body.arg("options"), usage)
    _usage(body)


def _waitid(body: Body) -> None:
    info, usage = body.buffer("infop", "&info"), body.buffer("rusage", "&usage")
    if body.is_given("infop"):
        body.needs |= {"poison", "siginfo"}
        body.lines += ["siginfo_t info;", "POISON(info);"]
        body.values.append("SIGINFO(info)")
    body.system_call("waitid", body.arg("idtype"), body.arg("id"), info, body.arg("options"), usage)
    _usage(body)


def _getrusage(body: Body) -> None:
    body.system_call("getrusage", body.arg("who"), body.buffer("rusage", "&usage"))
    _usage(body)


def _work(body: Body) -> None:
    body.needs |= {"usage", "work"}
    body.lines.append(f"long ret = work({body.arg('faults')});")


def _sigaction(body: Body) -> None:
    body.needs |= {"sigaction", "heard"}
    handler = {"log": "LOG"}.get(text := body.arg("handler"), text)
    arguments = ", ".join([body.arg("sig"), handler, body.arg("flags"), body.arg("mask"), "&old"])
    body.lines += ["struct action old;", f"long ret = set_action({arguments});"]
    body.values.append("ACTION(old)")


def _sigprocmask(body: Body) -> None:
    body.lines.append(f"uint64_t set = {body.arg('set')}, old = 0;")
    body.system_call("rt_sigprocmask", body.arg("how"), "&set", "&old", "sizeof set")
    body.values.append("[OLD_SET] = (long)old")


def _sigpending(body: Body) -> None:
    body.lines.append("uint64_t set = 0;")
    body.system_call("rt_sigpending", "&set", "sizeof set")
    body.values.append("[PENDING] = (long)set")


def _pause(body: Body) -> None:
    body.needs.add("pause")
    body.lines.append("long ret = raw_pause();")


def _sigtimedwait(body: Body) -> None:
    body.needs.add("heard")
    at_once = body.number_of("timeout") == TIMEOUTS["zero"]
    body.lines.append(f"uint64_t set = {body.arg('set')};")
    body.lines += ["struct timespec at_once = {0, 0};"] if at_once else []
    body.lines.append("siginfo_t info = {0};")
    body.system_call("rt_sigtimedwait", "&set", "&info", "&at_once" if at_once else "NULL", "sizeof set")
    body.values.append("HEARD(info)")


def _sigsuspend(body: Body) -> None:
    body.lines.append(f"uint64_t mask = {body.arg('mask')};")
    body.system_call("rt_sigsuspend", "&mask", "sizeof mask")


def _sigqueue(body: Body) -> None:
    body.lines += [
        "siginfo_t info = {0};",
        f"info.si_code = {body.arg('code')};",
        "info.si_pid = getpid();",
        "info.si_uid = getuid();",
        f"info.si_value.sival_int = {body.arg('value')};",
    ]
    body.system_call("rt_sigqueueinfo", body.arg("pid"), body.arg("sig"), "&info")


def _prctl(body: Body) -> None:
    option = body.number_of("option")
    if option in (PR_GET_PDEATHSIG, PR_GET_CHILD_SUBREAPER):
        body.lines.append("int value = 0;")
        body.system_call("prctl", body.arg("option"), "&value", "0", "0", "0")
        body.values.append("[VALUE] = value")
        return
    value = one_text(body.number_of("arg"), SIGNALS if option == PR_SET_PDEATHSIG else {})
    body.system_call("prctl", body.arg("option"), value, "0", "0", "0")


def _getresuid(body: Body) -> None:
    body.lines.append("uid_t real = 0, effective = 0, saved = 0;")
    body.system_call("getresuid", "&real", "&effective", "&saved")
    body.values += ["[RUID] = real", "[EUID] = effective", "[SUID] = saved"]


_THREE_USERS: Final = ("ruid", "euid", "suid")

CALLS_IN_C: Final[Mapping[str, Emit]] = {
    "fork": _fork,
    "thread": _thread,
    "vfork": _vfork,
    "exec": _exec,
    "exit": _never_returns("exit"),
    "exit_group": _never_returns("exit_group"),
    "wait4": _wait4,
    "waitid": _waitid,
    "kill": plain("kill", "pid", "sig"),
    "tgkill": plain("tgkill", "tgid", "tid", "sig"),
    "tkill": plain("tkill", "tid", "sig"),
    "sigqueue": _sigqueue,
    "sigaction": _sigaction,
    "sigprocmask": _sigprocmask,
    "sigpending": _sigpending,
    "pause": _pause,
    "sigtimedwait": _sigtimedwait,
    "sigsuspend": _sigsuspend,
    "setpgid": plain("setpgid", "pid", "pgid"),
    "setsid": plain("setsid"),
    "prctl": _prctl,
    "getppid": plain("getppid"),
    "getpgid": plain("getpgid", "pid"),
    "getsid": plain("getsid", "pid"),
    "gettid": plain("gettid"),
    "getpid": plain("getpid"),
    "setresuid": plain("setresuid", *_THREE_USERS),
    "getresuid": _getresuid,
    "setresgid": plain("setresgid", "rgid", "egid", "sgid"),
    "getrusage": _getrusage,
    "work": _work,
}
"""The calls that this module knows to make."""
