"""The pytest plugin: ``pytest cases/ --target=host -n auto`` runs the suite as pytest items.

It is loaded by every pytest of an environment that has waitconf. So until a case file is met it imports
nothing, and only files of a suite (with waitconf's rules in a folder above them) are taken for cases.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.pytest_plugin.items import CaseFile

_DEFAULT_TARGET = "host"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--target``, which may be given several times."""
    group = parser.getgroup("waitconf", "waitconf: conformance cases")
    group.addoption(
        "--target",
        action="append",
        metavar="T",
        dest="waitconf_targets",
        help="where cases run: host (default), reference, kind[:argument]; may be given several times",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a kind of target that does not exist before anything is collected."""
    targets = config.getoption("waitconf_targets")
    if not targets:
        return
    from conformance.targets import KINDS

    for target in targets:
        if target.partition(":")[0] not in KINDS:
            known = ", ".join(sorted(KINDS))
            raise pytest.UsageError(f"--target={target}: no such target; there are {known}")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CaseFile | None:
    """Collect a YAML file if it is a case file."""
    if file_path.suffix != ".yaml":
        return None
    from conformance.pytest_plugin.items import CaseFile, suite_of

    suite = suite_of(file_path, parent.config)
    if suite is None:
        return None
    file: CaseFile = CaseFile.from_parent(parent, path=file_path)
    file.suite = suite
    file.targets = list(dict.fromkeys(parent.config.getoption("waitconf_targets") or [_DEFAULT_TARGET]))
    return file


def pytest_collection_finish(session: pytest.Session) -> None:
    """Hand the cases that are going to run, in their order, to those who run them ahead."""
    if any(item.path.suffix == ".yaml" for item in session.items):
        from conformance.pytest_plugin.items import plan

        plan(session)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Deal cases out by the file, or large parts of it: a worker runs cases in batches.

    Only for ``--dist load`` (what ``-n`` gives) and only if the arguments lie in suites.
    """
    if config.getoption("dist") != "load":
        return None
    from conformance.pytest_plugin.items import suite_of

    places = [Path(config.invocation_params.dir, argument.partition("::")[0]) for argument in config.args]
    if not places or not all(suite_of(place / "any.yaml", config) for place in places):
        return None
    from conformance.pytest_plugin.xdist import PartScheduling

    return PartScheduling(config, log)
