"""Where ``waitconf`` begins: an interrupt is one from the first moment, while modules are still loaded."""

from __future__ import annotations

import sys

from conformance.commands.status import INTERRUPTED


def main() -> int:
    """Run the command line and return its exit status."""
    try:
        from conformance.cli import main as run

        return run()
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
