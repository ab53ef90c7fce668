"""A server on loopback, and commands that reach it."""

from tests.app.conftest import reach

__all__ = ["reach"]
