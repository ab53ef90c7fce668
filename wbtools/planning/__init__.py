"""What comes next: the next sweep's ranges, and the scripts that start its agents."""
