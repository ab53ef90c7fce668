"""W&B sweep files as data: what was written, and what W&B will make of it."""
