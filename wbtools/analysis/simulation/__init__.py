"""What another rule would have done: rules replayed over recorded runs."""
