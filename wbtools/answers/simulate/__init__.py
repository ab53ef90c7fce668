"""What other rules would have done."""
