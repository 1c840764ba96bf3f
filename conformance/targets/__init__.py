"""The places where a case runs, by the names that users give them: ``kind[:argument][,key=value…]``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Final

from conformance.targets.base import (
    ANYTHING,
    Address,
    Kind,
    Lack,
    Target,
    TargetFailed,
    TargetOptions,
    UnknownTarget,
    read_address,
)

__all__ = [
    "KINDS",
    "Address",
    "Kind",
    "Lack",
    "Target",
    "TargetFailed",
    "TargetOptions",
    "UnknownTarget",
    "parse_target",
    "read_address",
]


def _in(module: str) -> Callable[[Address, TargetOptions], Target]:
    """Return what starts a target of a module here. The module is imported then: whoever only asks the
    reference kernel needs neither the extension nor the agent.
    """

    def start(address: Address, options: TargetOptions) -> Target:
        target: Target = import_module(f"conformance.targets.{module}").start(address, options)
        return target

    return start


def _missing_in(module: str) -> Callable[[Address], Sequence[Lack]]:
    def missing(address: Address) -> Sequence[Lack]:
        lacking: Sequence[Lack] = import_module(f"conformance.targets.{module}").missing(address)
        return lacking

    return missing


def _times(boot_s: int, silence_s: int, watchdog_s: int) -> Mapping[str, str]:
    """Return the settings of every kind whose agent is started by another program."""
    return {
        "boot": f"seconds until the agent must have said hello ({boot_s})",
        "silence": f"seconds without a sign of life after which it counts as dead ({silence_s})",
        "watchdog": f"seconds for one step to settle ({watchdog_s})",
    }


KINDS: Final[Mapping[str, Kind]] = {
    "host": Kind(
        _in("host"),
        "this machine's kernel; `no-pidns` contains cases by a subreaper, without PID namespaces",
        argument="no-pidns",
    ),
    "reference": Kind(
        _in("reference"),
        "the reference kernel itself, as any Linux from 5.0 on",
        argument="RELEASE",
        settings={"machine": "x86_64, aarch64 or riscv64: what little depends on it"},
    ),
    "qemu": Kind(
        _in("qemu"),
        "a kernel booted in qemu, its init the agent: an image, a folder with one, or debian/RELEASE",
        argument="KERNEL",
        settings={
            "machine": "x86_64, aarch64 or riscv64 (by default what this machine is)",
            "accel": "auto (KVM where it can be used), kvm, or tcg, which translates the guest's code",
            "port": "virtio, or serial: over the guest's console, for kernels without virtio",
            "memory": "MiB of the guest (512)",
            "console": "a file for what the kernel prints",
            "append": "more words for the kernel's command line",
            **_times(90, 60, 20),
        },
        missing=_missing_in("qemu"),
    ),
    "uml": Kind(
        _in("uml"),
        "user-mode Linux, its init the agent; PATH: the program, if not that of Debian's package",
        argument="PATH",
        settings={"memory": "MiB of the guest (256)", **_times(60, 60, 20)},
        missing=_missing_in("uml"),
    ),
    "gvisor": Kind(
        _in("gvisor"),
        "a sandbox of gVisor's, by `runsc do`: its platform, or the path of a runsc",
        argument="PLATFORM",
        settings=_times(60, 30, 5),
        missing=_missing_in("gvisor"),
    ),
    "qemu-user": Kind(
        _in("qemu_user"),
        "the agent for a machine (x86_64, aarch64, riscv64) translated by qemu-user on this kernel",
        argument="MACHINE",
        settings=_times(60, 30, 5),
        missing=_missing_in("qemu_user"),
    ),
    "command": Kind(
        _in("command"),
        "the agent at the other end of a command: ssh, docker, adb, an emulator, a serial line",
        argument=ANYTHING,
        settings=_times(60, 30, 2),
    ),
}
"""Every kind of target."""


def parse_target(text: str, options: TargetOptions = TargetOptions()) -> Target:
    """Start the target that ``kind[:argument][,key=value…]`` names.

    Raises:
        UnknownTarget: there is no such kind, or it does not take that argument or setting.
        TargetFailed: something that it needs is not there, or it does not start.
    """
    address = read_address(text, KINDS)
    kind = KINDS[address.kind]
    if lacking := kind.missing(address):
        raise TargetFailed(f"{text}: needs {'; '.join(map(str, lacking))}")
    return kind.start(address, options)
