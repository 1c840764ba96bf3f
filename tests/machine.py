"""What tests look at on the machine around them: processes, descriptors, memory. Linux only."""

from __future__ import annotations

from pathlib import Path

PROC = Path("/proc")


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/pid/stat after the name: state, ppid, …; empty if it is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def descendants(pid: int) -> set[int]:
    """Return the pids of all living descendants of a process, zombies included."""
    parents = {int(path.name): _stat(int(path.name)) for path in PROC.iterdir() if path.name.isdigit()}
    found = {pid}
    while more := {
        child
        for child, fields in parents.items()
        if fields and int(fields[1]) in found and child not in found
    }:
        found |= more
    return found - {pid}


def agents() -> set[int]:
    """Return every process on this machine that runs an agent (also one that lost its parent)."""
    found = set()
    for path in PROC.iterdir():
        try:
            if path.name.isdigit() and "waitconf-agent" in (path / "exe").readlink().name:
                found.add(int(path.name))
        except OSError:
            continue  # gone meanwhile, a kernel thread, or somebody else's
    return found


def open_files(pid: int) -> int:
    """Return how many descriptors a process has open."""
    return len(list((PROC / str(pid) / "fd").iterdir()))


def resident_kib(pid: int) -> int:
    """Return the resident memory of a process, in KiB."""
    status = (PROC / str(pid) / "status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])
