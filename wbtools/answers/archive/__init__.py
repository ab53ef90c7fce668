"""What the archive holds: its list, and its rows and runs as tables."""
