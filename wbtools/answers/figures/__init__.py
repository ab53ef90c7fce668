"""Figures: what each shows as plain data, and how paper and pages draw it."""
