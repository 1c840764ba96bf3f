"""A case as one stand-alone C program, for those who have a kernel and a compiler and nothing else."""

from conformance.publish.cprogram.expected import expected
from conformance.publish.cprogram.program import c_program
from conformance.publish.cprogram.text import NotExpressible

__all__ = ["NotExpressible", "c_program", "expected"]
