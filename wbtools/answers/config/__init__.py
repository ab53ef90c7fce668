"""The answer of `config`."""
