"""What quietly went wrong in a sweep."""
