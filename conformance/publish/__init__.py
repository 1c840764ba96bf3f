"""Results made visible: JSON Lines and all that is a pure function of them, tables, lanes, progress."""
