"""Findings of the linter and the doctor."""
