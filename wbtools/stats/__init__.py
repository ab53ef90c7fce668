"""Statistics that any analysis may need: intervals, tests, spreads."""
