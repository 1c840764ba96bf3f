"""Targets by name: what a name may say, what is missing, and what a target is made from."""

from __future__ import annotations

import os
import platform
import re
import select
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.executor.agent import bundled_agent
from conformance.targets import KINDS, Address, TargetFailed, UnknownTarget, parse_target, read_address
from conformance.targets import debian as debian_module
from conformance.targets import qemu as qemu_module
from conformance.targets.apt import Package, read_records
from conformance.targets.cache import cache_folder, kept
from conformance.targets.debian import choose, kernel_folder
from conformance.targets.initramfs import archive, in_memory, kernel_in, modules_of
from conformance.targets.qemu import command, missing

PATIENCE_S = 60.0
FAKE = f"{sys.executable} {Path(__file__).with_name('fake_agent.py')}"


@pytest.mark.parametrize(
    ("text", "argument", "settings"),
    [
        ("qemu:debian/6.12", "debian/6.12", {}),
        ("qemu:a,b.img,accel=tcg,memory=64", "a,b.img", {"accel": "tcg", "memory": "64"}),
        ("uml:,memory=64", "", {"memory": "64"}),
        ("uml,memory=64", "", {"memory": "64"}),
        ("command:x -drive a=b,c=d,boot=9", "x -drive a=b,c=d", {"boot": "9"}),
        ("command:ssh host", "ssh host", {}),
    ],
)
def test_a_name_is_taken_apart(text: str, argument: str, settings: Mapping[str, str]) -> None:
    address = read_address(text, KINDS)
    assert (address.argument, address.settings, address.text) == (argument, settings, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("qemu:x,acel=kvm", "qemu has no `acel`; there are machine, accel, port"),
        ("host:no-pidns,cpu=1", "host has no `cpu`; it has no settings"),
        ("qemu:", "say which kernel"),
        ("qemu:/nowhere", "no file or folder /nowhere"),
        ("command:", "say which command runs the agent"),
        ("command:'", "no closing quotation in the command"),
        ("command:no-such-program", "there is no program no-such-program"),
        ("command:true,boot=soon", "boot=soon is no number of seconds"),
    ],
)
def test_a_name_that_is_wrong_is_told(text: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qemu_module, "missing", lambda _machine: [])
    with pytest.raises(UnknownTarget, match=message):
        parse_target(text)


def test_every_kind_says_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["targets"]) == 0
    shown = capsys.readouterr().out
    for name, kind in KINDS.items():
        assert f"{name}[:{kind.argument}]" in shown or not kind.argument
        assert all(f"{key}=…" in shown for key in kind.settings)
    assert shown.count("ready") + shown.count("missing here") == len(KINDS)


def test_the_agent_can_be_had(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["targets", "--agent"]) == 0
    assert capsys.readouterr().out == f"{bundled_agent()}\n"


def test_a_command_runs_the_agent() -> None:
    target = parse_target(f"command:{FAKE}")
    try:
        assert target.describe()["sysname"] == "Fake"
        assert target.kind == "command"
    finally:
        target.close()


def test_a_command_without_an_agent_is_told() -> None:
    with pytest.raises(TargetFailed, match="command:false: the agent does not start"):
        parse_target("command:false")


def test_what_is_kept_dies_with_its_keeper_and_its_keeper_with_us(tmp_path: Path) -> None:
    """A program leaves processes behind; they end when it does, and when whoever wanted it is killed."""
    left, script = tmp_path / "left", tmp_path / "leaves.sh"
    os.mkfifo(left)
    script.write_text(f"sleep 1000 & echo $! > {left}; sleep 1000\n")
    ours = f"import subprocess; subprocess.run([{bundled_agent()!r}, '--keep', 'sh', {str(script)!r}])"
    starter = subprocess.Popen([sys.executable, "-c", ours], stdin=subprocess.DEVNULL, start_new_session=True)
    orphan = os.pidfd_open(int(left.read_text()))  # a FIFO: read when it was written
    starter.kill()
    starter.wait()
    ended = select.select([orphan], [], [], PATIENCE_S)[0]
    os.close(orphan)
    assert ended


CHROOTED = """
mount --rbind / "$1" && exec chroot "$1" sh -c '
    tail -f /dev/null & "$0" --keep-contained /tmp true; echo "status $?"
    kill -0 $! && echo "the other lives"; kill $!' "$2"
"""


def test_who_cannot_be_contained_is_not_run_and_nobody_is_killed(tmp_path: Path) -> None:
    """In a chroot there are no user namespaces. Then there is nobody to kill: -EPERM would be everybody."""
    alone = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount"]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], check=False).returncode:
        pytest.skip("no user namespaces here")
    command = [*alone, "sh", "-c", CHROOTED, "sh", str(tmp_path), bundled_agent()]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ran.stdout == "status 126\nthe other lives\n"
    assert "user and PID namespaces are needed" in ran.stderr


def test_an_initramfs_is_what_cpio_reads() -> None:
    made = archive([("init", b"abc"), ("module0", b"")])
    assert made.startswith(b"070701")
    assert made[110:115] == b"init\0"
    assert made[116:119] == b"abc"
    assert b"TRAILER!!!\0" in made
    assert len(made) % 4 == 0


def test_a_file_in_memory_is_found_by_children() -> None:
    with in_memory(b"content") as path:
        seen = subprocess.run(["cat", path], check=True, capture_output=True, close_fds=False).stdout
        number = int(Path(path).name)
    assert seen == b"content"
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(number)


def test_modules_come_after_those_they_need(tmp_path: Path) -> None:
    (tmp_path / "a-b.ko").write_bytes(b"\0depends=c\0AB")
    (tmp_path / "c.ko").write_bytes(b"\0depends=\0C")
    (tmp_path / "other.ko").write_bytes(b"\0depends=\0O")
    assert [module[-1:] for module in modules_of(tmp_path, ("a_b", "c", "built_in"))] == [b"C", b"B"]


def test_the_kernel_in_a_folder_is_found(tmp_path: Path) -> None:
    with pytest.raises(TargetFailed, match="no kernel there"):
        kernel_in(tmp_path)
    (tmp_path / "boot").mkdir()
    image = tmp_path / "boot" / "vmlinuz-6.12"
    image.touch()
    assert kernel_in(tmp_path) == kernel_in(image) == image
    (tmp_path / "vmlinuz-5.10").touch()
    with pytest.raises(TargetFailed, match=r"several kernels: .*; name one"):
        kernel_in(tmp_path)


PACKAGES = [
    Package("linux-image-5.10.0-46-cloud-amd64", "5.10.262-1"),
    Package("linux-image-6.1.0-50-cloud-amd64", "6.1.176-1"),
    Package("linux-image-6.12.9-cloud-amd64", "6.12.9-1"),
    Package("linux-image-6.12.117+deb13-cloud-amd64", "6.12.117-1"),
    Package("linux-image-7.3.4+deb13-cloud-amd64", "7.3.4-1~bpo13+1"),
    Package("linux-image-7.4-rc2-cloud-amd64", "7.4~rc2-1~exp1"),
]


@pytest.mark.parametrize(
    ("release", "version"),
    [
        ("5.10", "5.10.262-1"),
        ("6.1", "6.1.176-1"),
        ("6.12", "6.12.117-1"),
        ("6.12.9", "6.12.9-1"),
        ("newest", "7.3.4-1~bpo13+1"),
        ("7.4~rc2", "7.4~rc2-1~exp1"),
    ],
)
def test_the_youngest_kernel_of_a_release_is_taken(release: str, version: str) -> None:
    assert choose(PACKAGES, release)[0].version == version


def test_a_release_that_debian_has_not_is_told_with_those_it_has() -> None:
    with pytest.raises(TargetFailed, match=r"no kernel 6\.11; it has .*5\.10, 6\.1, 6\.12, 7\.3"):
        choose(PACKAGES, "6.11")


def test_an_index_is_read() -> None:
    text = "Package: a\nVersion: 1-2\nDepends: Package: x\n\nPackage: b\n\nPackage: c\nVersion: 3\n"
    assert list(read_records(text)) == [Package("a", "1-2"), Package("c", "3")]


def test_the_cache_holds_whole_folders_only(tmp_path: Path) -> None:
    def fail(new: Path) -> None:
        (new / "half").touch()
        raise TargetFailed("no network")

    with pytest.raises(TargetFailed):
        kept(tmp_path / "a", fail)
    assert list(tmp_path.iterdir()) == []
    made = kept(tmp_path / "a", lambda new: (new / "whole").touch())
    assert kept(tmp_path / "a", fail) == made
    assert [path.name for path in made.iterdir()] == ["whole"]


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    monkeypatch.delenv("WAITCONF_CACHE", raising=False)
    assert cache_folder() == Path("/xdg/waitconf")
    monkeypatch.setenv("WAITCONF_CACHE", "/own")
    assert cache_folder() == Path("/own")


def words(text: str) -> list[str]:
    address = read_address(text, KINDS)
    return list(command(address, Path("k"), "i"))


def test_qemu_is_given_what_was_asked_for() -> None:
    plain = words("qemu:k,accel=tcg,console=log,append=foo")
    assert plain[plain.index("-append") + 1].endswith("foo waitconf_port=/dev/vport0p1")
    assert "file:log" in plain
    assert plain[plain.index("-cpu") + 1] == "max"
    serial = words("qemu:k,accel=kvm,port=serial,memory=64")
    assert serial[serial.index("-append") + 1].endswith("waitconf_port=/dev/ttyS0")
    assert serial[serial.index("-m") + 1] == "64"
    assert serial[serial.index("-cpu") + 1] == "host"
    other = words("qemu:k,machine=aarch64,port=serial")
    assert other[0] == "qemu-system-aarch64"
    assert other[other.index("-append") + 1].startswith("console=ttyAMA0 ")
    assert other[other.index("-accel") + 1] == "tcg" or platform.machine() == "aarch64"
    for wrong in ("accel=hax", "port=usb", "memory=lots", "machine=vax"):
        with pytest.raises(UnknownTarget, match=wrong):
            words(f"qemu:k,{wrong}")


def test_what_some_targets_lack_is_told_with_the_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("WAITCONF_CACHE", str(tmp_path))
    names = ["host", "qemu:debian/6.12,machine=riscv64", "qemu-user:riscv64", "uml:", "uml:/no/linux"]
    assert main(["targets", *names]) == 3
    host, qemu, user, uml, own, debian = capsys.readouterr().out.splitlines()
    assert (host, uml) == ("host  ready", "uml:  missing here: linux.uml (Debian: user-mode-linux)")
    assert qemu.startswith("qemu:debian/6.12,machine=riscv64  missing here: qemu-system-riscv64 (Debian: ")
    assert "apt-get (Debian: apt)" in qemu
    assert "qemu-riscv64 or qemu-riscv64-static (Debian: qemu-user or qemu-user-static)" in user
    assert own == "uml:/no/linux  missing here: /no/linux (Debian: user-mode-linux)"
    command, *packages = debian.split("apt-get install ")
    assert command == "Debian has it: "
    assert len(packages[0].split()) == len(set(packages[0].split()))
    assert {"user-mode-linux", "qemu-user", "qemu-system-misc", "opensbi", "apt"} <= set(packages[0].split())
    (tmp_path / "debian" / "riscv64" / "6.12").mkdir(parents=True)
    assert main(["targets", "host", names[1]]) == 3
    assert "apt-get (Debian" not in capsys.readouterr().out
    assert main(["targets", "host", "reference:5.10"]) == 0
    with pytest.raises(UnknownTarget):
        KINDS["qemu-user"].missing(Address("qemu-user:vax", "qemu-user", "vax"))


@pytest.mark.parametrize("machine", ["x86_64", "aarch64", "riscv64"])
def test_a_machine_that_cannot_be_played_is_told_with_its_package(
    machine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    lack = missing(Address("qemu:k", "qemu", "k", {"machine": machine}))[0]
    assert str(lack).startswith(f"qemu-system-{machine} (Debian: qemu-system-")
    with pytest.raises(TargetFailed, match=f"needs qemu-system-{machine}"):
        parse_target(f"qemu:k,machine={machine}")


def test_an_older_kernel_is_taken_where_the_youngest_cannot_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index may name what its archive has not (yet, or any more)."""
    asked: list[list[str]] = []

    class Archive:
        def __init__(self, arch: str) -> None:
            assert arch == "amd64"

        def packages(self, pattern: str) -> list[Package]:
            return [one for one in PACKAGES if re.match(pattern, one.name)]

        def unpack(self, names: list[str], folder: Path) -> None:
            asked.append(names)
            if "117" in names[0]:
                raise TargetFailed("404")
            (folder / "vmlinuz").touch()

    monkeypatch.setenv("WAITCONF_CACHE", str(tmp_path))
    monkeypatch.setattr(debian_module, "Apt", Archive)
    folder = kernel_folder("6.12", "x86_64")
    assert asked == [["linux-image-6.12.117+deb13-cloud-amd64"], ["linux-image-6.12.9-cloud-amd64"]]
    assert kernel_folder("6.12", "x86_64") == folder
    assert (folder / "vmlinuz").exists()
    assert len(asked) == 2
    with pytest.raises(TargetFailed, match="404"):
        kernel_folder("6.12.117", "x86_64")
