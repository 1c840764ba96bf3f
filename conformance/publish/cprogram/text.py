"""The parts of a program that are the same for all cases, and the words that the other parts are made of."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Final

from conformance.case.model import Arg, Fd, Pid

_DIRECTIVE: Final = re.compile(r"//: (if|unless|else|end)(?: (\w+))?")
_PUBLIC_BITS: Final = 0xFFFFFFFFFFFFFFFF
_INT_MIN: Final = -(2**31)


class NotExpressible(Exception):
    """A case has something that no stand-alone program can do; ``str()`` says what."""


@lru_cache(maxsize=32)
def _part(name: str) -> tuple[str, ...]:
    return tuple((files(__package__) / "parts" / f"{name}.c").read_text(encoding="utf-8").splitlines())


def part(name: str, needs: Collection[str]) -> Iterator[str]:
    """Return the lines of a part of the program, without those that only other programs need.

    ``//: if NEED``, ``//: unless NEED``, ``//: else`` and ``//: end`` stand in lines of their own, and nest.
    """
    kept = [True]
    for line in _part(name):
        match = _DIRECTIVE.fullmatch(line.strip())
        if match is None:
            if all(kept):
                yield line
            continue
        verb, need = match.groups()
        if verb == "end":
            kept.pop()
        elif verb == "else":
            kept[-1] = not kept[-1]
        else:
            kept.append((need in needs) is (verb == "if"))


def integer_text(value: int) -> str:
    """Spell an integer so that C takes it for what it is."""
    if value == _INT_MIN:
        return "INT_MIN"
    if abs(value) < 2**31:
        return str(value)
    return f"{value:#x}" if value > 0 else f"{value}L"


def signal_text(name: str) -> str:
    """Return what C calls a signal; a real-time signal has the kernel's number, which libc hides."""
    return name.removeprefix("SIGRT") if name.startswith("SIGRT") and name[5:].isdecimal() else name


def one_text(value: int, names: Mapping[str, int]) -> str:
    """Spell a number by its name, if it has one."""
    found = next((name for name, number in names.items() if number == value), None)
    return integer_text(value) if found is None else signal_text(found)


def flags_text(value: int, names: Mapping[str, int]) -> str:
    """Spell the bits of a word by their names; what is left is hexadecimal."""
    rest = value & _PUBLIC_BITS
    found = []
    for name, bits in names.items():
        if bits and rest & bits == bits:
            found.append(name)
            rest &= ~bits
    if rest > 0xFFFFFFFF or (rest and not found):
        return integer_text(value)
    return " | ".join([*found, f"{rest:#x}"] if rest else found) or "0"


def set_text(mask: int, names: Mapping[str, int]) -> str:
    """Spell a signal set."""
    found = [f"BIT({signal_text(name)})" for name, number in names.items() if mask >> (number - 1) & 1]
    if len(found) == len(names):
        return "~0ul"
    return " | ".join(found) or "0"


def pid_text(value: Arg) -> str:
    """Spell a process by the number it has."""
    if isinstance(value, Pid):
        return f"{'-' if value.sign < 0 else ''}pid_of({value.actor})"
    if isinstance(value, Fd):
        return fd_text(value.name)
    assert isinstance(value, int)
    return integer_text(value)


def fd_text(name: str) -> str:
    """Return the C name of a descriptor."""
    return f"fd_{name}"
