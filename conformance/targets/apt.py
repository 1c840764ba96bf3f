"""Packages of Debian without installing any: apt with a state of its own, and what its index says.

The machine's sources, lists and status stay untouched, and no right is needed. The mirror is the one that
the machine uses for Debian, or ``$WAITCONF_DEBIAN_MIRROR``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from conformance.targets.base import Lack, TargetFailed, lacking
from conformance.targets.cache import cache_folder, kept

SUITES: Final = (
    "bullseye",
    "bullseye-security",
    "bookworm",
    "bookworm-backports",
    "trixie",
    "trixie-backports",
    "sid",
)
"""Old to new. A mirror that has dropped one is no error: what is left may hold what is asked for."""
_FRESH_S: Final = 86_400
"""For a day lists are not fetched again."""
_KEYRING: Final = "/usr/share/keyrings/debian-archive-keyring.gpg"
_CONFIG: Final = """\
Dir::State "{root}/state";
Dir::State::status "{root}/status";
Dir::Cache "{root}/cache";
Dir::Etc::sourcelist "{root}/sources.list";
Dir::Etc::sourceparts "{root}/none";
Dir::Etc::preferencesparts "{root}/none";
APT::Sandbox::User "";
APT::Architecture "{arch}";
APT::Architectures {{ "{arch}"; }};
Acquire::Languages "none";
Acquire::Retries "2";
"""


class Package(NamedTuple):
    """A package of an index: its name and version."""

    name: str
    version: str


def missing() -> list[Lack]:
    """Say what this machine lacks to fetch packages of Debian."""
    tools = lacking(_TOOLS)
    if not tools and _mirror() is None:
        return [Lack("a mirror of Debian: name one in WAITCONF_DEBIAN_MIRROR")]
    return tools


_TOOLS: Final = {"apt-get": "apt", "apt-cache": "apt", "dpkg-deb": "dpkg"}


def _mirror() -> str | None:
    """Return the address of Debian's archive, as this machine has it."""
    given = os.environ.get("WAITCONF_DEBIAN_MIRROR")
    if given:
        return given.rstrip("/")
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages"]
    told = subprocess.run(command, check=False, capture_output=True, text=True).stdout
    uris = [line.split()[0].rstrip("/") for line in told.splitlines()]
    return next((uri for uri in uris if uri.endswith("/debian")), None)


class Apt:
    """Debian's packages for one architecture (``amd64``, ``arm64``…), by lists fetched when first needed."""

    def __init__(self, arch: str) -> None:
        """Prepare.

        Raises:
            TargetFailed: something that it needs is not there.
        """
        tools = missing()
        if tools:
            raise TargetFailed(f"fetching a kernel of Debian's needs {'; '.join(map(str, tools))}")
        self._arch = arch
        self._root = cache_folder() / "apt" / arch

    def packages(self, pattern: str) -> Iterator[Package]:
        """Yield the packages whose names match; each with its highest version.

        Raises:
            TargetFailed: the lists cannot be fetched.
        """
        self._fetch_lists()
        names = self._ask("apt-cache", "search", "--names-only", pattern).splitlines()
        words = [line.split(" ", 1)[0] for line in names]
        told = self._ask("apt-cache", "show", "--no-all-versions", *words) if words else ""
        yield from read_records(told)

    def unpack(self, names: Sequence[str], folder: Path) -> None:
        """Fetch packages and unpack them into a folder.

        Raises:
            TargetFailed: one cannot be fetched, or is no package.
        """
        with tempfile.TemporaryDirectory(dir=folder.parent) as debs:
            for name in names:
                sys.stderr.write(f"waitconf: fetching {name} from Debian\n")
                self._run(["apt-get", "download", "-qq", name], cwd=Path(debs))
            for deb in sorted(Path(debs).iterdir()):
                self._run(["dpkg-deb", "-x", str(deb), str(folder)])

    def _fetch_lists(self) -> None:
        if self._root.is_dir() and time.time() - self._root.stat().st_mtime > _FRESH_S:
            shutil.rmtree(self._root)
        kept(self._root, self._make)

    def _make(self, new: Path) -> None:
        """Make the state, and fetch the lists, into a folder that will have another name."""
        mirror = _mirror()
        signed = f" signed-by={_KEYRING}" if Path(_KEYRING).exists() else ""
        lines = [
            f"deb [arch={self._arch}{signed}] {_base(mirror or '', suite)} {suite} main" for suite in SUITES
        ]
        for name in ("state/lists/partial", "cache/archives/partial", "none"):
            (new / name).mkdir(parents=True)
        (new / "status").touch()
        (new / "sources.list").write_text("\n".join(lines) + "\n", encoding="utf-8")
        sys.stderr.write(f"waitconf: fetching Debian's lists of packages for {self._arch}\n")
        self._run(["apt-get", "update", "-qq"], root=new, lenient=True)
        if not any((new / "state/lists").glob("*_Packages*")):
            raise TargetFailed(f"no list of packages could be fetched from {mirror}")

    def _ask(self, *command: str) -> str:
        return self._run(command)

    def _run(
        self,
        command: Sequence[str],
        cwd: Path | None = None,
        root: Path | None = None,
        *,
        lenient: bool = False,
    ) -> str:
        """Run a program with our state in place of the machine's; ``lenient``: whatever comes of it."""
        place = root or self._root
        config = place / "apt.conf"
        config.write_text(_CONFIG.format(root=place, arch=self._arch), encoding="utf-8")
        variables = {**os.environ, "APT_CONFIG": str(config), "LC_ALL": "C"}
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=cwd or place, env=variables
        )
        if done.returncode and not lenient:
            last = done.stderr.strip().splitlines()[-1:] or [f"exited with {done.returncode}"]
            raise TargetFailed(f"{' '.join(command[:2])}: {last[0]}")
        return done.stdout


def _base(mirror: str, suite: str) -> str:
    """Return the address of a suite's archive: that of security updates lies beside the other."""
    return f"{mirror}-security" if suite.endswith("-security") else mirror


def read_records(text: str) -> Iterator[Package]:
    """Yield the packages of ``apt-cache show``."""
    for record in text.split("\n\n"):
        name = re.search(r"^Package: (\S+)$", record, re.MULTILINE)
        version = re.search(r"^Version: (\S+)$", record, re.MULTILINE)
        if name and version:
            yield Package(name[1], version[1])
