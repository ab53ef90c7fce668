"""wbtools: audit, rescue and rerun Weights & Biases sweeps."""

__version__ = "0.1.0"
