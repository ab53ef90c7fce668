"""Whether replicas did what they promised."""
