"""A scheduler for pytest-xdist that keeps the parts of case files together.

(``--dist loadgroup`` would do, but does not group under pytest 9.2: pytest-xdist#1386.)
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from conformance.pytest_plugin.parts import Part, parts


class PartScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Parts of case files are scopes; any other item is one by itself."""

    _parts: dict[str, Part] | None = None

    def _split_scope(self, nodeid: str) -> str:
        if self._parts is None:
            self._parts = parts(self.collection)
        part = self._parts.get(nodeid)
        return nodeid if part is None else "{}[{}#{}".format(*part)
