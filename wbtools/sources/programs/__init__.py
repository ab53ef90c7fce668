"""What other people's programs do with W&B, read from their texts; nothing of them is run."""
