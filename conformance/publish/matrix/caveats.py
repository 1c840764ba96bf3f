"""What a reader must know before believing a matrix: runs cut off, suites that differ, cases now gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from conformance.publish.matrix.markup import escape
from conformance.publish.matrix.measured import listed
from conformance.publish.matrix.model import Matrix
from conformance.publish.selected import HAND_WRITTEN

_DIGITS: Final = 12
_MOST_NAMES: Final = 8


def caveats(matrix: Matrix) -> Iterator[str]:
    """Say it in sentences, as HTML."""
    return chain(_cut_off(matrix), _damaged(matrix), _shards(matrix), _suites(matrix), _strangers(matrix))


def _cut_off(matrix: Matrix) -> Iterator[str]:
    for target in matrix.targets:
        if not target.complete:
            yield (
                f"<strong>CUT OFF: {escape(target.label)}.</strong> Its run did not come to its end; the "
                f"{plural(target.cases, 'case')} that ran are shown, the others are not."
            )


def _damaged(matrix: Matrix) -> Iterator[str]:
    for target in matrix.targets:
        if target.complete and target.faults:
            yield (
                f"<strong>DAMAGED: {escape(target.label)}.</strong> What can be read of its file is shown, "
                f"but: {escape('; '.join(target.faults))}."
            )


def _shards(matrix: Matrix) -> Iterator[str]:
    for target in matrix.targets:
        if target.selected.part:
            yield (
                f"<strong>{escape(target.selected.part.upper())} ONLY: {escape(target.label)}.</strong> The "
                f"{plural(target.cases, 'case')} of this part of its run are shown, the others are not."
            )


def selections(matrix: Matrix) -> Iterator[str]:
    """Say, as HTML, which systems were to run some cases only: their counts are not those of the others."""
    found: dict[str, list[str]] = {}
    for target in matrix.targets:
        found.setdefault(target.selected.words, []).append(target.label)
    *few, most = sorted(found.items(), key=lambda one: len(one[1])) or [("", [])]
    if few:
        told = [f"{escape(listed(names))} ran {_chosen(words)}" for words, names in few]
        rest = f"the {'other' if len(most[1]) == 1 else f'other {len(most[1])}'} ran {_chosen(most[0])}"
        yield (
            f"<strong>Systems did not all run the same cases:</strong> {'; '.join([*told, rest])}. "
            "So their counts differ."
        )
    elif most[0]:
        yield f"<strong>Not all cases were to run:</strong> {_chosen(most[0])}."


def _chosen(words: str) -> str:
    if words == HAND_WRITTEN:
        return f"{words} alone, without the cells of sweeps"
    return f"{escape(words)} alone" if words else "all, the cells of sweeps too"


def _suites(matrix: Matrix) -> Iterator[str]:
    digests: dict[str, list[str]] = {}
    for target in matrix.targets:
        digests.setdefault(target.suite_digest, []).append(target.label)
    if len(digests) > 1:
        told = "; ".join(
            f"{escape(listed(names))} ran {short_digest(digest)}" for digest, names in digests.items()
        )
        yield f"<strong>These systems did not run the same suite:</strong> {told}."
    elif digests and matrix.suite.digest not in digests:
        ran, shown = short_digest(next(iter(digests))), short_digest(matrix.suite.digest)
        yield (
            f"<strong>The suite has changed since these runs:</strong> they ran {ran}, rules and cases are "
            f"shown as of {shown}."
        )


def _strangers(matrix: Matrix) -> Iterator[str]:
    if matrix.strangers:
        yield (
            f"<strong>{plural(len(matrix.strangers), 'case')} of the results</strong> are counted but have "
            f"no page, since they are not in the suite that is shown: {_names(matrix.strangers)}."
        )
    if matrix.no_rules:
        what = f"The results name {plural(len(matrix.no_rules), 'rule')} by what is no rule's id"
        yield f"<strong>{what}</strong>, and that is left out: {_names(matrix.no_rules)}."


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(f"<code>{escape(name)}</code>" for name in names[:_MOST_NAMES])
    return shown + (f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else "")


def plural(count: int, noun: str) -> str:
    """Return ``1 rule`` or ``1,170 rules``."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def short_digest(digest: str) -> str:
    """Return the beginning of a suite's digest, as HTML."""
    return f"<code>{escape(digest.removeprefix('sha256:')[:_DIGITS] or 'unknown')}</code>"
