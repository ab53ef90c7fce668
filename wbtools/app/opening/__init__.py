"""From what a user calls a sweep to the sweep: found once, opened once, asked."""
