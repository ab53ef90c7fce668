"""How truly the audit says whether runs ran their course: a study of small programs really run."""
