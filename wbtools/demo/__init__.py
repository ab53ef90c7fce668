"""The demo sweep that ships with wbtools: real training runs, recorded by the real W&B SDK."""
