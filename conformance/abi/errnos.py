"""The error numbers that the calls of a case can give (errno(3))."""

from __future__ import annotations

ERRNOS: dict[str, int] = {
    "EPERM": 1,
    "ENOENT": 2,
    "ESRCH": 3,
    "EINTR": 4,
    "EIO": 5,
    "EBADF": 9,
    "ECHILD": 10,
    "EAGAIN": 11,
    "ENOMEM": 12,
    "EACCES": 13,
    "EFAULT": 14,
    "EEXIST": 17,
    "EISDIR": 21,
    "EINVAL": 22,
    "ENOTTY": 25,
    "EPIPE": 32,
    "ESPIPE": 29,
    "ERANGE": 34,
    "ENOSYS": 38,
    "ENODATA": 61,
    "EREMOTE": 66,
    "EPROTO": 71,
    "ENOTSOCK": 88,
    "ENOPROTOOPT": 92,
    "EOPNOTSUPP": 95,
    "ECONNRESET": 104,
    "ERESTARTSYS": 512,
    "ERESTARTNOINTR": 513,
    "ERESTARTNOHAND": 514,
}
"""The last three are the kernel's own, which only a tracer gets to see (``include/linux/errno.h``)."""

ERRNO_NAMES: dict[int, str] = {number: name for name, number in ERRNOS.items()}


def errno_name(number: int) -> str:
    """Return the symbolic name, or the number as text (a target may give anything)."""
    return ERRNO_NAMES.get(number, str(number))
