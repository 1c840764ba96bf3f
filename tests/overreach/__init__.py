"""Kernels that read one rule too widely: what the neighbours of that rule are there to notice.

Every class overrides one decision of the reference kernel. ``RULES`` are the rules that it overdoes; some
case that is marked as their neighbour must tell it from Linux. There is a module for each area of rules.
"""

from __future__ import annotations

from typing import Final

from tests.kernels import kernels_of
from tests.overreach.overreach import Overreach

OVERREACHING: Final = tuple(
    kernel for kernel in kernels_of(__name__, __path__, Overreach) if kernel is not Overreach
)
