"""Stopping policies as functions of arrays: pure, without clock, state or I/O."""
