"""What a recorded training process is given: its name, command line and bare environment."""

from __future__ import annotations

import hashlib
import os
import string
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

SWEEP_ID = "t3xtur35"
ADJECTIVES = ["amber", "brisk", "calm", "dusty", "eager", "faint", "gentle", "hardy", "ivory"]

# Nothing of the parent's environment but what is named here reaches a training process.
QUIET = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "WANDB_SILENT": "true",
    "WANDB_CONSOLE": "off",
    "WANDB_DISABLE_GIT": "true",
    "WANDB_DISABLE_CODE": "true",
    "WANDB_HOST": "demo",
    "WANDB_USERNAME": "demo",
    "WANDB_PROGRAM": "train.py",
    "WANDB__DISABLE_META": "true",
    "WANDB__DISABLE_MACHINE_INFO": "true",
    "WANDB__DISABLE_STATS": "true",
    "WANDB__SAVE_REQUIREMENTS": "false",
}


def identity(seed: int, number: int) -> tuple[str, str]:
    """Give the run's id (eight letters and digits) and its display name."""
    digest = hashlib.sha256(f"{SWEEP_ID}/{seed}/{number}".encode()).digest()
    letters = string.ascii_lowercase + string.digits
    run_id = "".join(letters[byte % 36] for byte in digest[:8])
    return run_id, f"{ADJECTIVES[digest[8] % len(ADJECTIVES)]}-sweep-{number}"


def command(config: dict[str, dict[str, Any]]) -> list[str]:
    """Build the command line that W&B's agent would run."""
    return [sys.executable, "train.py", *(f"--{k}={v['value']}" for k, v in config.items())]


def environment(folder: Path, **extra: str) -> dict[str, str]:
    """Build a training process's whole environment."""
    return {"PATH": os.defpath, "HOME": str(folder), "WANDB_DIR": str(folder), **QUIET, **extra}


def plain(config: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Turn the engine's NumPy scalars into Python's."""
    return {
        k: {"value": getattr(v["value"], "item", lambda v=v: v["value"])()}
        for k, v in config.items()
    }
