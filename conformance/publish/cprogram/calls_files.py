"""How each call is made in C: descriptors, polling, pidfds, and what /proc tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from conformance.abi.descriptors import F_GETFD, F_GETFL, F_SETFL, SENTINELS
from conformance.case.calls.descriptors import TIMEOUTS
from conformance.case.calls.pidfds import INFOS
from conformance.case.model import Fd, Pid
from conformance.publish.cprogram.body import BAD_ADDRESS, Body
from conformance.publish.cprogram.calls import Emit, plain
from conformance.publish.cprogram.text import fd_text, one_text


def _fd(body: Body, name: str) -> str:
    """Spell a descriptor argument."""
    value = body.raw(name)
    if isinstance(value, Fd):
        return fd_text(value.name)
    return one_text(body.number_of(name), SENTINELS)


def _new(body: Body, name: str = "fd") -> str:
    """Return the number that a new descriptor gets; -1: it is closed again."""
    value = body.raw(name)
    return fd_text(value.name) if isinstance(value, Fd) else "-1"


def _kept(body: Body, made: str, name: str = "fd") -> None:
    body.needs.add("keep")
    body.lines.append(f"long ret = keep({made}, {_new(body, name)});")


def _outside(body: Body, name: str) -> str:
    """Return the number of an actor outside its namespace."""
    value = body.raw(name)
    assert isinstance(value, Pid)
    body.needs.add("outside")
    return f"box[{value.actor}].outside"


def _fcntl(body: Body) -> None:
    command, fd, flags = body.number_of("cmd"), _fd(body, "fd"), body.arg("flags")
    if command == F_SETFL:
        flags = f"(sys(SYS_fcntl, {fd}, F_GETFL, 0) & ~O_NONBLOCK) | {flags}"
    body.system_call("fcntl", fd, body.arg("cmd"), flags)
    if command in (F_GETFD, F_GETFL):
        mask = "FD_CLOEXEC" if command == F_GETFD else "(O_NONBLOCK | O_EXCL)"
        body.lines.append(f"long flags = ret < 0 ? 0 : ret & {mask};")
        body.lines.append("ret = ret < 0 ? ret : 0;")
        body.values.append("[FD_FLAGS] = flags")


def _io(body: Body) -> None:
    body.needs.add("io")
    body.lines.append(f"long ret = raw_io({_fd(body, 'fd')}, {body.number_of('op')});")


def _at_once(body: Body) -> bool:
    return body.number_of("timeout") == TIMEOUTS["zero"]


def _poll(body: Body) -> None:
    body.needs.add("poll")
    body.lines.append(f"struct pollfd one = {{.fd = {_fd(body, 'fd')}, .events = {body.arg('events')}}};")
    body.lines += ["struct timespec at_once = {0, 0};"] if _at_once(body) else []
    timeout = "&at_once" if _at_once(body) else "NULL"
    body.system_call("ppoll", "&one", "1", timeout, "NULL", "8")
    body.values.append("[REVENTS] = (unsigned short)one.revents")


def _epoll_create(body: Body) -> None:
    body.needs.add("epoll")
    _kept(body, "sys(SYS_epoll_create1, EPOLL_CLOEXEC)")


def _epoll_ctl(body: Body) -> None:
    body.needs.add("epoll")
    body.lines.append(f"struct epoll_event wanted = {{.events = {body.arg('events')}}};")
    body.system_call("epoll_ctl", _fd(body, "epfd"), body.arg("op"), _fd(body, "fd"), "&wanted")


def _epoll_wait(body: Body) -> None:
    body.needs.add("epoll")
    body.lines.append("struct epoll_event found = {0};")
    timeout = "0" if _at_once(body) else "-1"
    body.system_call("epoll_pwait", _fd(body, "epfd"), "&found", "1", timeout, "NULL", "8")
    body.values.append("[REVENTS] = ret > 0 ? found.events : 0")


def _same_file(body: Body) -> None:
    body.needs.add("stat")
    body.lines += [
        "struct stat one = {0}, other = {0};",
        f"bool fine = fstat({_fd(body, 'fd')}, &one) == 0 && fstat({_fd(body, 'other')}, &other) == 0;",
        "long ret = fine ? 0 : -EBADF;",
    ]
    body.values.append("[IDENTITY] = one.st_dev == other.st_dev && one.st_ino == other.st_ino")


def _socketpair(body: Body) -> None:
    body.needs |= {"keep", "socket"}
    body.lines.append("int pair[2];")
    body.system_call("socketpair", "AF_UNIX", "SOCK_SEQPACKET | SOCK_CLOEXEC", "0", "pair")
    body.lines.append("if (ret == 0) {")
    body.lines += [f"    keep(pair[{i}], {_new(body, name)});" for i, name in enumerate(("one", "other"))]
    body.lines.append("}")


def _send_fd(body: Body) -> None:
    body.needs |= {"socket", "parcel", "send_fd"}
    body.lines.append(f"long ret = send_fd({_fd(body, 'sock')}, {_fd(body, 'fd')});")


def _recv_fd(body: Body) -> None:
    body.needs |= {"socket", "parcel", "recv_fd"}
    _kept(body, f"recv_fd({_fd(body, 'sock')})")


def _peer_pidfd(body: Body) -> None:
    body.needs.add("socket")
    body.lines += ["int fd = -1;", "socklen_t size = sizeof fd;"]
    asked = f"sys(SYS_getsockopt, {_fd(body, 'sock')}, SOL_SOCKET, SO_PEERPIDFD, &fd, &size)"
    body.lines.append(f"long error = {asked};")
    _kept(body, "error < 0 ? error : fd")


def _pidfd_open(body: Body) -> None:
    _kept(body, f"sys(SYS_pidfd_open, {body.arg('pid')}, {body.arg('flags')})")


def _pidfd_send_signal(body: Body) -> None:
    which, sig = body.number_of("info"), body.arg("sig")
    address = {INFOS["null"]: "NULL", INFOS["bad"]: BAD_ADDRESS}.get(which, "&info")
    if address == "&info":
        body.lines += [
            "siginfo_t info = {0};",
            f"info.si_signo = {f'{sig} % 64 + 1' if which == INFOS['other'] else sig};",
            f"info.si_code = {body.arg('code')};",
            "info.si_pid = (pid_t)sys(SYS_getpid);",
            "info.si_uid = getuid();",
        ]
    body.system_call("pidfd_send_signal", _fd(body, "pidfd"), sig, address, body.arg("flags"))


def _pidfd_getfd(body: Body) -> None:
    pidfd, target = _fd(body, "pidfd"), _fd(body, "targetfd")
    _kept(body, f"sys(SYS_pidfd_getfd, {pidfd}, {target}, {body.arg('flags')})")


def _pidfd_get_info(body: Body) -> None:
    body.needs |= {"pidfd_info", "ioctl"}
    size = body.number_of("size")
    body.lines.append(f"struct info_of info = {{.mask = {body.arg('mask')}}};")
    body.system_call("ioctl", _fd(body, "pidfd"), f"GET_INFO({size})", body.buffer("buffer", "&info"))
    body.values.append("TOLD(info)")


def _pidfd_namespace(body: Body) -> None:
    body.needs |= {"keep", "ioctl"}
    request = f"_IO(0xFF, {body.number_of('request')}) /* {body.arg('request')} */"
    made = f"sys(SYS_ioctl, {_fd(body, 'pidfd')}, {request}, {body.arg('arg')})"
    body.lines.append(f"long ret = keep({made}, -1);")


def _fdinfo(body: Body) -> None:
    body.needs |= {"labelled_pid", "fdinfo"}
    body.lines += ["long pid = 0;", f"long ret = fdinfo({_fd(body, 'pidfd')}, &pid);"]
    body.values.append("[FDINFO_PID] = pid")


def _open_proc(body: Body) -> None:
    body.needs.add("open_proc")
    _kept(body, f"open_proc({_outside(body, 'pid')})")


def _proc(body: Body) -> None:
    body.needs |= {"proc", "labelled_pid"}
    body.lines += ["struct proc_of of = {0};", f"long ret = proc({_outside(body, 'pid')}, &of);"]
    body.values.append("PROC(of)")


FILE_CALLS_IN_C: Final[Mapping[str, Emit]] = {
    "close": plain("close", "fd"),
    "fcntl": _fcntl,
    "io": _io,
    "poll": _poll,
    "epoll_create": _epoll_create,
    "epoll_ctl": _epoll_ctl,
    "epoll_wait": _epoll_wait,
    "same_file": _same_file,
    "socketpair": _socketpair,
    "send_fd": _send_fd,
    "recv_fd": _recv_fd,
    "peer_pidfd": _peer_pidfd,
    "pidfd_open": _pidfd_open,
    "pidfd_send_signal": _pidfd_send_signal,
    "pidfd_getfd": _pidfd_getfd,
    "pidfd_get_info": _pidfd_get_info,
    "pidfd_namespace": _pidfd_namespace,
    "fdinfo": _fdinfo,
    "open_proc": _open_proc,
    "proc": _proc,
}
"""The calls that this module knows to make."""
