"""What a sweep file will cost."""
