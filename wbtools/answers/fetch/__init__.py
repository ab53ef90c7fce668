"""What a fetch brought."""
