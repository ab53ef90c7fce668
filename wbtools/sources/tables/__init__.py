"""CSV tables: of runs, by whatever tool, of curves as W&B's charts export them, of sweeps."""
