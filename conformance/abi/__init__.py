"""Linux's numbers and names: signals, errnos, wait options, status words. No behaviour, no I/O."""
