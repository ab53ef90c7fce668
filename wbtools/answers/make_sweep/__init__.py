"""The sweep files that `make-sweep` writes."""
