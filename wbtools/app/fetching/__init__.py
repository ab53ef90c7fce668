"""Bring a sweep from W&B's server into the archive, so that nothing is asked twice or lost."""
