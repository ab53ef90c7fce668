"""Texts and values that other people wrote, made harmless and kept private."""
