"""Whether a replication held."""
