"""A recorded run as a command that runs it again: frozen facts in, texts out, nothing started."""
