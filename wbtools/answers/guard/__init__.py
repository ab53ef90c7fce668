"""The answer of `guard`."""
