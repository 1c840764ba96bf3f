"""The catalogue of real bugs: which rows the suite catches, and why it catches no others.

A row that loses its case fails here, and so does one that has got its first: move it to ``CAUGHT`` then.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.case.suite import bundled, load_suite


def span(letter: str, last: int, digits: int = 1) -> Iterator[str]:
    """Give the ids of the rows of one part of the catalogue."""
    return (f"{letter}{number:0{digits}d}" for number in range(1, last + 1))


CATALOGUE: Final = {*span("S", 32), *span("G", 30), *span("A", 15), *span("B", 85, 2)}

CAUGHT: Final = set(
    """
    S1 S2 S3 S4 S5 S6 S7 S8 S9 S10 S11 S12 S13 S14 S15 S16 S17 S18 S19 S20 S21 S22 S23 S24 S25 S26 S27 S28 S29
    S30 S31 S32
    G1 G2 G3 G4 G5 G6 G7 G8 G9 G10 G11 G12 G13 G14 G15 G16 G17 G18 G19 G20 G21 G23 G24 G25 G26 G27 G28 G29 G30
    A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A15
    B01 B02 B03 B05 B06 B07 B08 B09 B10 B11 B12 B13 B14 B15 B16 B17 B18 B19 B20 B21 B22 B23 B24 B25 B26 B27
    B28 B29 B30 B31 B32 B33 B34 B35 B36 B37 B38 B39 B40 B41 B42 B43 B44 B45 B46 B47 B48 B49 B50 B51 B52 B53
    B54 B55 B56 B57 B58 B59 B60 B61 B62 B63 B64 B65 B66 B67 B68 B69 B70 B71 B72 B73 B74 B75 B76 B77 B79 B80
    B81 B82 B83 B84 B85
    """.split()
)

OUTSIDE: Final = {
    "it is right": "A14",
    "a system without pidfds, on which the cases are unsupported": "G22",
    "the sandbox's own processes": "B04",
    "a program's mistake, not the kernel's": "B78",
}


def test_every_row_has_its_place() -> None:
    placed = [*CAUGHT, *" ".join(OUTSIDE.values()).split()]
    assert len(placed) == len(set(placed)), "a row stands in two places"
    assert set(placed) == CATALOGUE


def test_the_suite_claims_what_it_is_to_catch() -> None:
    claimed = {row for case in load_suite([bundled()]) for row in case.catches}
    assert sorted(CAUGHT - claimed) == [], "no case names them any more"
    assert sorted(claimed - CAUGHT) == [], "they have a case now: move them to CAUGHT"
