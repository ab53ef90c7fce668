"""Text for people: what others wrote made harmless and kept private, and numbers in words."""
