"""Why each run ended, and what may be believed of it: where every analysis starts."""
