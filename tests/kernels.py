"""The kernels that a package of this folder defines."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from typing import TypeVar

K = TypeVar("K")


def kernels_of(package: str, path: Iterable[str], base: type[K]) -> tuple[type[K], ...]:
    """Return the subclasses of ``base`` that the modules of a package define, in their order there.

    No module can be forgotten: all of the package are read, by their names.
    """
    names = sorted(info.name for info in pkgutil.iter_modules(path))
    modules = [importlib.import_module(f"{package}.{name}") for name in names]
    return tuple(
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, base) and value.__module__ == module.__name__
    )
