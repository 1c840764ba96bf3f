"""What a guest starts with: an archive that holds the agent as its init, and the drivers of its port."""

from __future__ import annotations

import gzip
import lzma
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from conformance.targets.base import TargetFailed


def initramfs(agent: Path, modules: Iterable[bytes] = ()) -> bytes:
    """Return an initramfs: ``/init`` is the agent (``helpers_c/guest.c``), ``/module0``… what it loads."""
    files = [("init", agent.read_bytes())]
    files += [(f"module{number}", module) for number, module in enumerate(modules)]
    return archive(files)


@contextmanager
def in_memory(content: bytes) -> Iterator[str]:
    """Give the path of a file that children find there too, and that is gone with its last user."""
    file = os.memfd_create("waitconf", 0)
    try:
        with open(file, "wb", closefd=False) as whole:
            whole.write(content)
        yield f"/proc/self/fd/{file}"
    finally:
        os.close(file)


def archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a cpio archive of executable files, in the "newc" format that Linux reads
    (Documentation/driver-api/early-userspace/buffer-format.rst).
    """
    members = [_member(name, 0o100755, content) for name, content in files]
    return b"".join([*members, _member("TRAILER!!!", 0, b"")])


def _member(name: str, mode: int, content: bytes) -> bytes:
    """Return a header (a magic and thirteen numbers) with the name, and the content, both filled up."""
    numbers = (0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % number for number in numbers) + name.encode() + b"\0"
    return _filled(head) + _filled(content)


def _filled(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def modules_of(folder: Path, drivers: Iterable[str]) -> Iterator[bytes]:
    """Yield the modules of some drivers, each after those it needs; what is not there is built in.

    Args:
        folder: where the packages of a kernel were unpacked.
        drivers: names of modules, with underscores.

    Raises:
        TargetFailed: a module is compressed in a way that cannot be undone here.
    """
    found = {path.name.partition(".")[0].replace("-", "_"): path for path in folder.rglob("*.ko*")}
    loaded: set[str] = set()

    def load(name: str) -> Iterator[bytes]:
        if name in loaded or name not in found:
            return
        loaded.add(name)
        module = _plain(found[name])
        needs = re.search(rb"\0depends=([\w,-]*)\0", module)
        for other in needs[1].decode().split(",") if needs else ():
            yield from load(other.replace("-", "_"))
        yield module

    for driver in drivers:
        yield from load(driver)


def _plain(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".xz":
        return lzma.decompress(data)
    if path.suffix == ".gz":
        return gzip.decompress(data)
    if path.suffix == ".zst":
        return _unzstd(path)
    return data


def _unzstd(path: Path) -> bytes:
    """Unpack by the program: Python has no zstd before 3.14."""
    try:
        done = subprocess.run(["zstd", "-dcq", str(path)], check=False, capture_output=True)
    except FileNotFoundError as error:
        raise TargetFailed(f"{path.name} needs zstd (Debian: zstd)") from error
    if done.returncode:
        raise TargetFailed(f"{path.name}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


KERNEL_NAMES: Final = ("vmlinuz*", "vmlinux*", "bzImage", "Image*")


def kernel_in(place: Path) -> Path:
    """Return the kernel that a path names: the file itself, or the one in a folder of unpacked packages.

    Raises:
        TargetFailed: there is none, or more than one.
    """
    if place.is_file():
        return place
    for pattern in KERNEL_NAMES:
        found = [path for path in sorted(place.rglob(pattern)) if path.is_file()]
        if len(found) > 1:
            raise TargetFailed(
                f"{place} holds several kernels: {', '.join(path.name for path in found)}; name one"
            )
        if found:
            return found[0]
    raise TargetFailed(f"{place}: no kernel there: neither an image nor a folder with one")
