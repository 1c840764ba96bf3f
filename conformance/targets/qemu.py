"""A kernel that qemu boots, whose init is the agent: ``qemu:KERNEL``, ``qemu:debian/6.12``.

The guest has one core and nothing but an initramfs. The agent speaks over a virtio port that is qemu's own
standard input and output: a raw pipe with flow control, which nothing else writes to. Where the kernel has
no driver for it, the serial console takes its place (``port=serial``).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.executor.session import Patience
from conformance.targets.agent import AgentTarget, agent_path, launch_of
from conformance.targets.base import Address, TargetFailed, TargetOptions, UnknownTarget, choice
from conformance.targets.debian import kernel_folder
from conformance.targets.initramfs import in_memory, initramfs, kernel_in, modules_of

_PATIENCE: Final = Patience(boot_s=90.0, silence_s=60.0, slack_s=30.0)
"""A guest whose code is translated is slow, and slower where others use the cores."""
_WATCHDOG_S: Final = 20.0
_COMMAND_LINE: Final = "quiet panic=-1 mitigations=off"
_DRIVERS: Final = ("virtio_pci", "virtio_console")


@dataclass(frozen=True, slots=True)
class Machine:
    """How qemu plays a machine: its program, Debian's package of it, and what differs."""

    program: str
    package: str
    board: tuple[str, ...]
    cpu: str
    console: str


MACHINES: Final[Mapping[str, Machine]] = {
    "x86_64": Machine("qemu-system-x86_64", "qemu-system-x86", (), "max", "ttyS0"),
}


def missing() -> list[str]:
    """Say what this machine lacks to boot a kernel like its own."""
    return _lacking(MACHINES.get(os.uname().machine, MACHINES["x86_64"]))


def _lacking(machine: Machine) -> list[str]:
    return [] if shutil.which(machine.program) else [f"{machine.program} (Debian: {machine.package})"]


def start(address: Address, options: TargetOptions) -> AgentTarget:
    """Boot.

    Raises:
        UnknownTarget: it names no kernel, or a setting has no such value.
        TargetFailed: the guest does not come up, or something that it is made from is missing.
    """
    if not address.argument:
        raise UnknownTarget(f"{address.text}: say which kernel: qemu:debian/6.12, or the path of an image")
    name = os.uname().machine
    machine = MACHINES["x86_64"] if name not in MACHINES else MACHINES[name]
    lacking = _lacking(machine)
    if lacking:
        raise TargetFailed(f"{address.text}: needs {'; '.join(lacking)}")
    place = _place(address, name)
    modules = modules_of(place, _DRIVERS) if place.is_dir() else ()
    with ExitStack() as room:
        archive = room.enter_context(in_memory(initramfs(agent_path(address), modules)))
        words = command(address, machine, kernel_in(place), archive)
        launch = launch_of(address, words, _PATIENCE, _WATCHDOG_S, {"accel": _accel(address)})
        return AgentTarget(address, launch, options, room.pop_all())


def _place(address: Address, machine: str) -> Path:
    """Return where the kernel is: a path, or Debian's, which is fetched if need be."""
    family, _, release = address.argument.partition("/")
    if family == "debian" and release and not Path(address.argument).exists():
        return kernel_folder(release, machine)
    place = Path(address.argument)
    if not place.exists():
        raise UnknownTarget(
            f"{address.text}: there is no file or folder {place}, and it is not debian/RELEASE"
        )
    return place


def _accel(address: Address) -> str:
    wanted = choice(address, "accel", ("auto", "kvm", "tcg"))
    if wanted != "auto":
        return wanted
    return "kvm" if kvm_works() else "tcg"


def kvm_works() -> bool:
    """Say whether KVM can be used. Never inside another guest: nested, it fails in ways that look like the
    kernel's own (a guest that hangs in its decompressor).
    """
    try:
        os.close(os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC))
    except OSError:
        return False
    return "hypervisor" not in Path("/proc/cpuinfo").read_text(encoding="utf-8").split()


def command(address: Address, machine: Machine, kernel: Path, archive: str) -> Sequence[str]:
    """Return the command that boots a guest whose port is the command's standard input and output.

    Raises:
        UnknownTarget: a setting has no such value.
    """
    accel = _accel(address)
    memory = address.settings.get("memory", "512")
    if not memory.isdecimal():
        raise UnknownTarget(f"{address.text}: memory={memory} is no number of MiB")
    port = choice(address, "port", ("virtio", "serial"))
    line = f"console={machine.console} {_COMMAND_LINE} {address.settings.get('append', '')}".rstrip()
    return [
        *(machine.program, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
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
