"""Every rule that the reference kernel cites exists."""

from __future__ import annotations

import re
from pathlib import Path

from conformance.case.rulesfile import load_rules
from conformance.case.suite import bundled

REFERENCE = Path(__file__).parent.parent / "conformance" / "reference"
CITED = re.compile(r"\b(?:WAIT|ZOMBIE|JOBCTL|KILL|THREAD|PTRACE|PIDFD)-\d+[a-z]?\b")


def test_every_rule_that_is_cited_exists() -> None:
    rules = load_rules(bundled())
    cited = {rule for path in REFERENCE.glob("*.py") for rule in CITED.findall(path.read_text("utf-8"))}
    assert len(cited) > 300
    assert sorted(cited - set(rules)) == []
