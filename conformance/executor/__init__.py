"""Cases on a real kernel: compiled to programs, run by the agent, its answers decoded to traces."""
