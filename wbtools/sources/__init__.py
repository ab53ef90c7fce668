"""The only rooms that talk to the outside world for reading; one module a kind of source."""
