"""W&B's own files on disk: run folders, their logs, and the sweeps that they make up."""
