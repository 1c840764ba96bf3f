"""Run as a program: cases in a kernel that qemu boots, judged and recorded as ``waitconf run`` does.

::

    python -m tests.booted IMAGE [what waitconf run takes but --target and --workers]

IMAGE is the folder into which a distribution's kernel packages were unpacked (``dpkg-deb -x``): the kernel is
in it, and the modules of the virtio console if these are not built in. Needs qemu-system-x86 and a compiler.

The guest has one core and nothing but an initramfs: a small init (``booted_init.c``) and the agent, which
speaks its protocol over a virtio port that is qemu's own standard input and output. So qemu is for
``HostTarget`` an agent like any other, and a guest that panics an agent that crashed. qemu translates the
guest's code, which needs no right and is fast enough; WAITCONF_ACCEL names another accelerator (``kvm``).
WAITCONF_CONSOLE names a file for what the kernel has to say.
"""

from __future__ import annotations

import lzma
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final
from unittest.mock import patch

from conformance import cli
from conformance.executor.agent import bundled_agent
from conformance.targets.base import TargetFailed, TargetOptions
from conformance.targets.host import HostTarget

KIND: Final = "booted"
WATCHDOG_MS: Final = 20_000
"""A guest whose code is translated is slow, and slower where others use the cores."""
BOOT_S: Final = 60.0
"""Three seconds where nobody else is at work."""

_INIT: Final = Path(__file__).with_name("booted_init.c")
_DRIVERS: Final = ("virtio_pci", "virtio_console")
_COMMAND_LINE: Final = "console=ttyS0 quiet panic=-1 mitigations=off"


class BootedTarget(HostTarget):
    """Cases in a guest; ``argument`` is the folder of its kernel. It starts anew if a case takes it down."""

    def __init__(self, argument: str, options: TargetOptions = TargetOptions()) -> None:
        """Boot.

        Raises:
            TargetFailed: it does not come up, or something that it is made from is missing.
        """
        self._room = tempfile.TemporaryDirectory(prefix="waitconf-boot-")
        initramfs = Path(self._room.name, "initramfs")
        kernel = _only(Path(argument), "vmlinuz*")
        initramfs.write_bytes(archive(_files(Path(argument), Path(self._room.name))))
        longer = replace(options, cpu=None, watchdog_ms=max(options.watchdog_ms, WATCHDOG_MS))
        super().__init__("", longer, _qemu(kernel, initramfs))
        self.name = f"{KIND}:{argument}"

    def describe(self) -> Mapping[str, str]:
        """Return what a result file's header says of this target."""
        return {**super().describe(), "name": self.name, "kind": KIND}

    def close(self) -> None:
        """End the guest."""
        super().close()
        self._room.cleanup()


def _qemu(kernel: Path, initramfs: Path) -> list[str]:
    """Return the command that boots a guest whose port is the command's standard input and output."""
    program, starter = shutil.which("qemu-system-x86_64"), shutil.which("setpriv")
    if program is None or starter is None:
        raise TargetFailed("needs qemu-system-x86_64 and setpriv. Debian: qemu-system-x86 and util-linux")
    accel = os.environ.get("WAITCONF_ACCEL", "tcg")
    console = os.environ.get("WAITCONF_CONSOLE")
    return [
        # An agent sees to it that it does not outlive who started it; qemu does not.
        *(starter, "--pdeathsig", "KILL", "--"),
        *(program, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
        *("-accel", accel, "-cpu", "max", "-smp", "1", "-m", "512"),
        *("-kernel", str(kernel), "-initrd", str(initramfs), "-append", _COMMAND_LINE),
        *("-serial", f"file:{console}" if console else "none"),
        *("-chardev", "stdio,id=frames,signal=off", "-device", "virtio-serial-pci,max_ports=2"),
        *("-device", "virtserialport,chardev=frames,nr=1"),
    ]


def _only(folder: Path, pattern: str) -> Path:
    """Return the one file of that name below a folder."""
    found = [path for path in folder.rglob(pattern) if path.is_file()]
    if len(found) != 1:
        raise TargetFailed(f"{folder}: {len(found)} files match {pattern}; there must be one")
    return found[0]


def _files(image: Path, room: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of each file that the guest starts with."""
    init = room / "init"
    command = ["cc", "-O2", "-Wall", "-Wextra", "-static", str(_INIT), "-o", str(init)]
    if subprocess.run(command, check=False).returncode:
        raise TargetFailed(f"{_INIT.name} did not compile (above: why)")
    yield "init", init.read_bytes()
    yield "agent", Path(bundled_agent()).read_bytes()
    for number, module in enumerate(_modules(image)):
        yield f"module{number}", module


def _modules(image: Path) -> Iterator[bytes]:
    """Yield the modules that drive the port, each after those it needs; what is not there is built in."""
    found = {path.name.partition(".")[0].replace("-", "_"): path for path in image.rglob("virtio*.ko*")}
    loaded: set[str] = set()

    def load(name: str) -> Iterator[bytes]:
        if name in loaded or name not in found:
            return
        loaded.add(name)
        module = found[name].read_bytes()
        if found[name].suffix == ".xz":
            module = lzma.decompress(module)
        needs = re.search(rb"\0depends=([\w,-]*)\0", module)
        for other in needs[1].decode().split(",") if needs else ():
            yield from load(other.replace("-", "_"))
        yield module

    for driver in _DRIVERS:
        yield from load(driver)


def archive(files: Iterator[tuple[str, bytes]]) -> bytes:
    """Return an initramfs of executable files: a cpio archive in the "newc" format that the kernel reads."""
    members = [_member(name, 0o100755, content) for name, content in files]
    return b"".join([*members, _member("TRAILER!!!", 0, b"")])


def _member(name: str, mode: int, content: bytes) -> bytes:
    """Return a header (a magic and thirteen numbers) with the name, and the content, both filled up."""
    numbers = (0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % number for number in numbers) + name.encode() + b"\0"
    return _filled(head) + _filled(content)


def _filled(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def main(argv: Sequence[str] | None = None) -> int:
    """Run cases in a booted kernel, and return the exit status of ``waitconf run``."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0].startswith("-"):
        sys.stderr.write("usage: python -m tests.booted IMAGE [PATH ...] [OPTION ...]\n")
        return 4
    image, rest = words[0], words[1:]
    longer = patch("conformance.executor.session._HELLO_S", BOOT_S)
    with longer, patch.dict("conformance.targets.KINDS", {KIND: BootedTarget}):
        return cli.main(["run", "--target", f"{KIND}:{image}", *rest])


if __name__ == "__main__":
    sys.exit(main())
