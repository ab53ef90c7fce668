"""How recorded runs are run again."""
