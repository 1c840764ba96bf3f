"""What kernels that overdo a rule have in common."""

from __future__ import annotations

from typing import ClassVar

from conformance.reference.kernel import Kernel


class Overreach(Kernel):
    """The reference kernel, and what of it a subclass overdoes."""

    RULES: ClassVar[tuple[str, ...]] = ()
