"""Kernels with one known bug each: what the suite must be able to tell from Linux.

Every variant overrides one decision of the reference kernel. There is a module for each subject. The first
words of a class name are the rows that it stands for in the catalogue of real bugs, which cases name in
``catches``; a variant without any is a bug that nobody is known to have had.
"""

from __future__ import annotations

from typing import Final

from conformance.reference.kernel import Kernel
from tests.kernels import kernels_of

VARIANTS: Final = kernels_of(__name__, __path__, Kernel)
