"""What the command line and the library both call: open a SWEEP, then audit it."""
