"""The published matrix: results of several targets as a static site, a pure function of them and the suite.

``site`` gives the files and ``store`` writes them. In between: ``verdicts`` (what a case says of a rule),
``targets`` (whose results), ``measured`` (since which release), ``model`` (all of it together), then one
module for each sort of page.
"""

from conformance.publish.matrix.casepage import Program
from conformance.publish.matrix.model import Matrix, build
from conformance.publish.matrix.site import pages, site
from conformance.publish.matrix.store import CannotStore, check_place, write_site
from conformance.publish.matrix.suite import Suite, read_matrix_suite

__all__ = [
    "CannotStore",
    "Matrix",
    "Program",
    "Suite",
    "build",
    "check_place",
    "pages",
    "read_matrix_suite",
    "site",
    "write_site",
]
