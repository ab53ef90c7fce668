"""An audit, and one run of it, for people, spreadsheets, scripts and the eye."""
