"""A kernel that qemu boots, whose init is the agent: ``qemu:KERNEL``, ``qemu:debian/6.12``.

The guest has one core and nothing but an initramfs. The agent speaks over a virtio port that is qemu's own
standard input and output: a raw pipe with flow control, which nothing else writes to. Where the kernel has
no driver for it, the serial console takes its place (``port=serial``). A machine other than this is played
by the qemu for it, with an agent that is cross-compiled (``machine=aarch64``).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.executor.agent import AgentError
from conformance.executor.session import Patience
from conformance.targets.agent import AgentTarget, launch_of
from conformance.targets.base import (
    Address,
    Lack,
    TargetFailed,
    TargetOptions,
    UnknownTarget,
    choice,
    lacking,
)
from conformance.targets.cross import agent_for, missing_for
from conformance.targets.debian import kernel_folder, missing_to_fetch
from conformance.targets.initramfs import in_memory, initramfs, kernel_in, modules_of

_PATIENCE: Final = Patience(boot_s=90.0, silence_s=60.0, slack_s=30.0)
"""A guest whose code is translated is slow, and slower where others use the cores."""
_WATCHDOG_S: Final = 20.0
_COMMAND_LINE: Final = "quiet panic=-1 mitigations=off"
_DRIVERS: Final = ("virtio_pci", "virtio_console")


@dataclass(frozen=True, slots=True)
class Machine:
    """How qemu plays a machine: Debian's packages of the program, and what differs.

    ``cpu``: the most that is emulated, but for what kernels of some releases cannot start on or what makes
    translated code slow. ``console``: the device of the first serial line.
    """

    packages: str
    board: tuple[str, ...]
    cpu: str
    console: str


MACHINES: Final[Mapping[str, Machine]] = {
    "x86_64": Machine("qemu-system-x86", (), "max", "ttyS0"),
    # "max" would have pointer authentication, in software, and LPA2, with which kernels before 5.12 hang.
    "aarch64": Machine("qemu-system-arm", ("-M", "virt,gic-version=max"), "cortex-a72", "ttyAMA0"),
    "riscv64": Machine("qemu-system-misc opensbi", ("-M", "virt"), "rv64", "ttyS0"),
}
"""By their names in uname(2)."""


def missing(address: Address) -> list[Lack]:
    """Say what this machine lacks to boot a kernel.

    Raises:
        UnknownTarget: there is no such machine.
    """
    machine, release = machine_of(address), _debian_release(address)
    own = [*lacking({f"qemu-system-{machine}": MACHINES[machine].packages}), *missing_for(machine)]
    return own + (missing_to_fetch(release, machine) if release else [])


def _own() -> str:
    """Return what this machine is, or what stands for it if there is no kernel for such a one."""
    name = os.uname().machine
    return name if name in MACHINES else "x86_64"


def start(address: Address, options: TargetOptions) -> AgentTarget:
    """Boot.

    Raises:
        UnknownTarget: it names no kernel, or a setting has no such value.
        TargetFailed: the guest does not come up, or something that it is made from cannot be had.
    """
    if not address.argument:
        raise UnknownTarget(f"{address.text}: say which kernel: qemu:debian/6.12, or the path of an image")
    machine = machine_of(address)
    try:
        agent = Path(agent_for(machine))
    except (AgentError, TargetFailed) as error:
        raise TargetFailed(f"{address.text}: {error}") from error
    place = _place(address, machine)
    modules = modules_of(place, _DRIVERS) if place.is_dir() else ()
    with ExitStack() as room:
        archive = room.enter_context(in_memory(initramfs(agent, modules)))
        words = command(address, kernel_in(place), archive)
        launch = launch_of(address, words, _PATIENCE, _WATCHDOG_S, {"accel": _accel(address)})
        return AgentTarget(address, launch, options, room.pop_all())


def machine_of(address: Address) -> str:
    """Return which machine is to be played: the one that is asked for, else this one.

    Raises:
        UnknownTarget: there is no such machine.
    """
    return choice(address, "machine", sorted(MACHINES, key=lambda name: name != _own()))


def _place(address: Address, machine: str) -> Path:
    """Return where the kernel is: a path, or Debian's, which is fetched if need be."""
    if release := _debian_release(address):
        return kernel_folder(release, machine)
    place = Path(address.argument)
    if not place.exists():
        raise UnknownTarget(
            f"{address.text}: there is no file or folder {place}, and it is not debian/RELEASE"
        )
    return place


def _debian_release(address: Address) -> str:
    """Return which of Debian's kernels is meant, empty if it is none of these."""
    family, _, release = address.argument.partition("/")
    return release if family == "debian" and not Path(address.argument).exists() else ""


def _accel(address: Address) -> str:
    wanted = choice(address, "accel", ("auto", "kvm", "tcg"))
    if wanted != "auto":
        return wanted
    return "kvm" if machine_of(address) == os.uname().machine and kvm_works() else "tcg"


def kvm_works() -> bool:
    """Say whether KVM can be used. Never inside another guest: nested, it fails in ways that look like the
    kernel's own (a guest that hangs in its decompressor).
    """
    try:
        os.close(os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC))
    except OSError:
        return False
    return "hypervisor" not in Path("/proc/cpuinfo").read_text(encoding="utf-8").split()


def command(address: Address, kernel: Path, archive: str) -> Sequence[str]:
    """Return the command that boots a guest whose port is the command's standard input and output.

    Raises:
        UnknownTarget: a setting has no such value.
    """
    name, accel = machine_of(address), _accel(address)
    machine = MACHINES[name]
    memory = address.settings.get("memory", "512")
    if not memory.isdecimal():
        raise UnknownTarget(f"{address.text}: memory={memory} is no number of MiB")
    port = choice(address, "port", ("virtio", "serial"))
    line = f"console={machine.console} {_COMMAND_LINE} {address.settings.get('append', '')}".rstrip()
    return [
        *(f"qemu-system-{name}", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
        *machine.board,
        *("-accel", accel, "-cpu", "host" if accel == "kvm" else machine.cpu, "-smp", "1", "-m", memory),
        *("-kernel", str(kernel), "-initrd", archive),
        *(_virtio(address, line) if port == "virtio" else _serial(machine, line)),
    ]


def _virtio(address: Address, line: str) -> Sequence[str]:
    console = address.settings.get("console")
    return [
        *("-append", f"{line} waitconf_port=/dev/vport0p1"),
        *("-serial", f"file:{console}" if console else "none"),
        *("-chardev", "stdio,id=frames,signal=off", "-device", "virtio-serial-pci,max_ports=2"),
        *("-device", "virtserialport,chardev=frames,nr=1"),
    ]


def _serial(machine: Machine, line: str) -> Sequence[str]:
    return ["-append", f"{line} waitconf_port=/dev/{machine.console}", "-serial", "stdio"]
