"""How each call is made in C: clones with flags, tracing, terminals, and signals that nobody sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from conformance.abi.ptrace import MESSAGES, PTRACE_SINGLESTEP, PTRACE_SYSCALL
from conformance.abi.terminals import ENDS
from conformance.case.calls import BUFFERS
from conformance.case.model import Fd
from conformance.publish.cprogram.body import BAD_ADDRESS, Body
from conformance.publish.cprogram.calls import Emit
from conformance.publish.cprogram.text import NotExpressible, fd_text, one_text

_CLONE_PIDFD: Final = 0x1000


def _pidfd_address(body: Body, address: str) -> str:
    value = body.raw("pidfd")
    if isinstance(value, Fd):
        return address
    return BAD_ADDRESS if value == BUFFERS["bad"] else "NULL"


def _keep_pidfd(body: Body, pidfd: str) -> None:
    """Move the pidfd that a clone has given to its number."""
    value = body.raw("pidfd")
    if isinstance(value, Fd):
        body.needs.add("keep")
        body.lines += [f"if (ret > 0 && {pidfd} > 0)", f"    keep({pidfd}, {fd_text(value.name)});"]


def _clone(body: Body) -> None:
    body.needs.add("clone")
    child, flags = body.arg("child"), body.arg("flags")
    with_pidfd = body.number_of("flags") & _CLONE_PIDFD
    pidfd = _pidfd_address(body, f"&box[{child}].pidfd") if with_pidfd else "NULL"
    body.lines.append(f"long ret = clone_as({child}, {flags}, {body.arg('exit_signal')}, {pidfd});")
    if with_pidfd:
        body.needs.add("pidfd_first")
        _keep_pidfd(body, f"box[{child}].pidfd")
        body.lines += ["if (ret < 0)", f"    box[{child}].pidfd = 0;"]


def _clone3(body: Body) -> None:
    body.needs |= {"clone3", "clone3_args", *(["reuse"] if body.raw("set_tid") else [])}
    pidfd = _pidfd_address(body, "&pidfd")
    body.lines += ["int pidfd = 0;"] if pidfd == "&pidfd" else []
    arguments = [body.arg(name) for name in ("child", "flags", "exit_signal", "set_tid")]
    body.lines.append(f"long ret = clone3_as({', '.join([*arguments, pidfd])});")
    _keep_pidfd(body, "pidfd")


def _unshare_pid(body: Body) -> None:
    body.system_call("unshare", "CLONE_NEWPID")


def _ns_last_pid(body: Body) -> None:
    body.needs |= {"last_pid", "reuse"}
    body.lines.append(f"long ret = number_next({body.arg('next')});")


def _ptrace(body: Body) -> None:
    body.needs.add("ptrace")
    if body.number_of("request") in (PTRACE_SYSCALL, PTRACE_SINGLESTEP):
        raise NotExpressible(f"{body.arg('request')}: the tracee would stop for calls of its own")
    body.system_call("ptrace", body.arg("request"), body.arg("pid"), body.arg("addr"), body.arg("data"))


def _geteventmsg(body: Body) -> None:
    body.needs.add("ptrace")
    body.lines.append("unsigned long message = 0;")
    body.system_call("ptrace", "PTRACE_GETEVENTMSG", body.arg("pid"), "0", "&message")
    cast = "(int)" if body.number_of("means") == MESSAGES["pid"] else "(long)"
    body.values.append(f"[MESSAGE] = {cast}message")


def _getsiginfo(body: Body) -> None:
    body.needs |= {"ptrace", "heard"}
    body.lines.append("siginfo_t info = {0};")
    body.system_call("ptrace", "PTRACE_GETSIGINFO", body.arg("pid"), "0", "&info")
    body.values.append("HEARD(info)")


def _setsiginfo(body: Body) -> None:
    body.needs.add("ptrace")
    body.lines += [
        "siginfo_t info = {0};",
        f"info.si_signo = {body.arg('sig')};",
        f"info.si_code = {body.arg('code')};",
        "info.si_pid = (pid_t)sys(SYS_getpid);",
        "info.si_uid = getuid();",
        f"info.si_value.sival_int = {body.arg('value')};",
    ]
    body.system_call("ptrace", "PTRACE_SETSIGINFO", body.arg("pid"), "0", "&info")


def _peeksiginfo(body: Body) -> None:
    body.needs |= {"ptrace", "peeksiginfo"}
    arguments = [body.arg(name) for name in ("pid", "off", "nr")] + [str(body.number_of("flags"))]
    body.lines += ["long peeked;", f"long ret = peek_signals({', '.join(arguments)}, &peeked);"]
    body.values.append("[PEEKED] = peeked")


def _get_syscall_info(body: Body) -> None:
    body.needs |= {"ptrace", "syscall_info"}
    body.lines.append("struct syscall_info info = {0};")
    body.lines.append(f"long ret = get_syscall_info({body.arg('pid')}, &info);")
    body.values += ["[OP] = info.op", "[NR] = info.number", "[RVAL] = info.number"]


def _seccomp(body: Body) -> None:
    body.needs.add("seccomp")
    verdict = f"{body.arg('action')} | {body.arg('data')}"
    body.lines.append(f"long ret = filter_getppid({verdict});")


def _openpty(body: Body) -> None:
    body.needs |= {"pty", "openpty"}
    body.lines.append(f"long ret = open_pty({'0' if body.number_of('ctty') else 'O_NOCTTY'});")


def _end(body: Body) -> str:
    body.needs.add("pty")
    return one_text(body.number_of("end"), {name.upper(): number for name, number in ENDS.items()})


def _tty_close(body: Body) -> None:
    body.system_call("close", _end(body))


def _tiocsctty(body: Body) -> None:
    body.system_call("ioctl", _end(body), "TIOCSCTTY", body.arg("force"))


def _tiocnotty(body: Body) -> None:
    body.system_call("ioctl", _end(body), "TIOCNOTTY", "0")


def _tcsetpgrp(body: Body) -> None:
    body.lines.append(f"int pgid = (int){body.arg('pgid')};")
    body.system_call("ioctl", _end(body), "TIOCSPGRP", "&pgid")


def _tty_id(request: str) -> Emit:
    def emit(body: Body) -> None:
        body.needs.add("tty_id")
        body.lines.append(f"long ret = tty_id({_end(body)}, {request});")

    return emit


def _tty_read(body: Body) -> None:
    body.needs.add("pty")
    body.lines.append("char line[64];")
    body.system_call("read", "SLAVE", "line", "sizeof line")


def _tty_write(body: Body) -> None:
    body.needs.add("pty")
    body.system_call("write", "SLAVE", '"x"', "1")


def _tty_type(body: Body) -> None:
    body.needs |= {"pty", "tty_type", "poll"}
    name = body.arg("char")
    note = "" if name.lstrip("-").isdecimal() else f" /* {name} */"
    body.lines.append(f"long ret = type({body.number_of('char')}{note});")


def _tcsetattr(body: Body) -> None:
    body.needs |= {"pty", "tcsetattr"}
    request = {0: "TCSETS", 1: "TCSETSW", 2: "TCSETSF"}[body.number_of("when")]
    body.lines.append(f"long ret = set_modes({body.arg('modes')}, {request});")


def _helper(need: str, call: str, *params: str) -> Emit:
    """Return how a call is made that is one function of a part of the program."""

    def emit(body: Body) -> None:
        body.needs.add(need)
        body.lines.append(f"long ret = {call}({', '.join(body.arg(param) for param in params)});")

    return emit


MORE_CALLS_IN_C: Final[Mapping[str, Emit]] = {
    "clone": _clone,
    "clone3": _clone3,
    "unshare_pid": _unshare_pid,
    "ns_last_pid": _ns_last_pid,
    "ptrace": _ptrace,
    "ptrace_geteventmsg": _geteventmsg,
    "ptrace_getsiginfo": _getsiginfo,
    "ptrace_setsiginfo": _setsiginfo,
    "ptrace_peeksiginfo": _peeksiginfo,
    "ptrace_get_syscall_info": _get_syscall_info,
    "seccomp": _seccomp,
    "openpty": _openpty,
    "tty_close": _tty_close,
    "tiocsctty": _tiocsctty,
    "tiocnotty": _tiocnotty,
    "tcsetpgrp": _tcsetpgrp,
    "tcgetpgrp": _tty_id("TIOCGPGRP"),
    "tcgetsid": _tty_id("TIOCGSID"),
    "tty_read": _tty_read,
    "tty_write": _tty_write,
    "tty_type": _tty_type,
    "tcsetattr": _tcsetattr,
    "fault": _helper("fault", "fault", "kind"),
    "sigpipe": _helper("sigpipe", "write_to_nobody"),
    "setitimer_real": _helper("setitimer", "expire"),
    "setrlimit": _helper("setrlimit", "set_soft_limit", "resource", "soft"),
}
"""The calls that this module knows to make."""
