"""For every test: ^C works, even where the tests were started with SIGINT ignored (in the background)."""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
