"""What changed from release to release, in words; and ``docs/releases.md``, made from the table of changes.

``python -m conformance.publish.releases docs results`` makes the generated part of the page anew: the table,
with the kernels on either side of each change among those that the published results are of.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from conformance.abi.machines import USUAL
from conformance.abi.releases import Release, release_in
from conformance.case.model import Rules
from conformance.case.rulesfile import load_rules
from conformance.case.suite import bundled
from conformance.publish.jsonl import read_results
from conformance.publish.matrix.targets import LINUX_KINDS
from conformance.reference import TABLE, Change, closest_release
from conformance.reference.machines import PECULIARITIES
from conformance.reference.releases import has_change

_BLOCK: Final = re.compile(r"(<!-- generated: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def change_lines(change: Change, rules: Rules, cases: Iterable[str] = ()) -> Iterator[str]:
    """Tell of one change: its rules, what was before, where it can be read, and cases that tell the two
    apart.
    """
    for name in change.rules.split():
        rule = rules.get(name)
        yield f"{name} [{rule.level}] {rule.statement}" if rule else name
    ports = f" (also in {', '.join(change.backports.split())})" if change.backports else ""
    yield f"    since Linux {change.since}{ports}; before: {change.before}"
    yield f"    source: {change.source}"
    yield from (f"    {case}" for case in cases)


def measured_releases(folder: Path) -> list[Release]:
    """Return the releases of Linux that the results in a folder are of, the oldest first: of real kernels."""
    found = set()
    for path in sorted(folder.glob("*.jsonl*")):
        target = read_results(path).header["target"]
        if target["kind"] not in LINUX_KINDS:
            continue  # what a translator or a sandbox answers tells nothing of the release
        text = closest_release(target["sysname"], target["release"], target.get("version", ""))
        found.add(release_in(text))
    return sorted(release for release in found if release is not None)


def borders(change: Change, measured: Sequence[Release]) -> str:
    """Say between which measured releases a change lies: on both sides of it, one alone, or none."""
    without = [release for release in measured if not has_change(release, change)]
    with_it = [release for release in measured if has_change(release, change)]
    if not without:
        return "read, not measured"
    return f"not in {without[-1]}, in {with_it[0]}" if with_it else f"not in {without[-1]}"


def table(rules: Rules, measured: Sequence[Release]) -> str:
    """Return the table of changes as Markdown, the youngest first."""
    rows = [("since", "rules", "what holds", "what was before", "source", "measured")]
    for change in sorted(TABLE, key=lambda one: one.release, reverse=True):
        names = change.rules.split()
        ports = f" ({', '.join(change.backports.split())})" if change.backports else ""
        holds = " ".join(rules[name].statement for name in names if name in rules)
        source = change.source if "/" in change.source else f"commit {change.source}"
        rows.append(
            (change.since + ports, ", ".join(names), holds, change.before, source, borders(change, measured))
        )
    return _markdown(rows)


def table_of_machines(rules: Rules) -> str:
    """Return the table of what machines do otherwise as Markdown, with the rules that do not hold there."""
    rows = [("machine", "rules", "what holds there", "source", "what does not")]
    for machine, found in PECULIARITIES.items():
        lost = ", ".join(
            name for name, rule in rules.items() if not rule.is_of(machine) and USUAL in rule.machines
        )
        for place, one in enumerate(found):
            holds = " ".join(rules[name].statement for name in one.rules.split() if name in rules)
            rows.append((machine, one.rules, holds, one.source, lost if not place else ""))
    return _markdown(rows)


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    head, *rest = rows
    lines = (head, ("---",) * len(head), *rest)
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in lines)


def update(text: str, measured: Sequence[Release]) -> str:
    """Return the page with its generated parts made anew."""
    rules = load_rules(bundled())
    parts: Mapping[str, str] = {
        "changes": table(rules, measured),
        "machines": table_of_machines(rules),
        "measured": ", ".join(map(str, measured)) + "\n",
    }
    return _BLOCK.sub(lambda match: match.group(1) + parts[match.group(2)] + match.group(3), text)


def main(docs: str, results: str) -> None:
    """Update releases.md in a folder, by the results in another."""
    page = Path(docs) / "releases.md"
    made = update(page.read_text(encoding="utf-8"), measured_releases(Path(results)))
    page.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:3])
