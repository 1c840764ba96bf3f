"""What each verb of the command line does. Every command takes its arguments and returns an exit status."""
