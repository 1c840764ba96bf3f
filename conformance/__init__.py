"""waitconf: where exactly does a system's wait/pidfd/job-control/kill behaviour differ from Linux?

The flow is one way, and so are the imports::

    abi -> case -> reference -> executor -> targets -> verdict -> publish -> cli, pytest_plugin
"""

__version__ = "0.1.0"
