"""Leaderboards: configurations by their seeds' mean, how firm that is, and which to validate."""
