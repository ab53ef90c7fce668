"""Judgements as text, JSON, CSV and figures; every renderer returns a string or plain data."""
