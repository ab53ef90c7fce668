"""Checkpoints as listings of files show them; none is ever loaded."""
