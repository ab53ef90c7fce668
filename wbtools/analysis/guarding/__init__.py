"""What a stopping rule is told of a sweep that runs, and which runs W&B's own rule stops next."""
