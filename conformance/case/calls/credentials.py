"""Whose a process is: user and group ids."""

from __future__ import annotations

from typing import Final

from conformance.case.calls.spec import CallSpec, Kind, Param

USER_IDS: Final = ("ruid", "euid", "suid")
GROUP_IDS: Final = ("rgid", "egid", "sgid")

_WHICH: Final = ("real", "effective", "saved")


def _three(names: tuple[str, ...], what: str) -> tuple[Param, ...]:
    """Return the parameters of a call that sets three ids at once; -1 leaves one as it is."""
    return tuple(
        Param(name, Kind.INTEGER, f"{which} {what} id; -1 leaves it", -1)
        for name, which in zip(names, _WHICH, strict=True)
    )


TABLE: Final = (
    CallSpec(
        "setresuid",
        40,
        _three(USER_IDS, "user"),
        "Set the calling thread's user ids. The choice of ids is 30001 and up.",
        "setresuid(2)",
    ),
    CallSpec("getresuid", 41, (), "Get the user ids.", "getresuid(2)", observes=USER_IDS),
    CallSpec(
        "setresgid", 42, _three(GROUP_IDS, "group"), "Set the calling thread's group ids.", "setresgid(2)"
    ),
)
