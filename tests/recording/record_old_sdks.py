"""Record small run files with old W&B SDKs: `python tests/recording/record_old_sdks.py OUT`.

Each SDK gets an environment of its own in `--venvs` (kept, for the next time). What is written:
`OUT/SDKVERSION/wandb/…`, as the SDK lays it out, without what is private or large, and
`OUT/expected.json`, which holds what the training program logged. `tests/data/wandb-files` was
made by it.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

# What each SDK needs besides itself, to run on Python 3.11.
SDKS = {
    "0.10.33": ("protobuf<3.21", "setuptools<80"),
    "0.12.21": ("setuptools<80",),
    "0.15.12": ("setuptools<80",),
    "0.16.6": ("setuptools<80",),
}
SWEEP = "sw33p1d0"
N_STEPS = 12

TRAINING = """
import sys
import wandb

ends = sys.argv[1]
run = wandb.init(config={"seed": 7, "optimizer": {"name": "adam", "betas": [0.9, 0.99]}})
for step in range(int(sys.argv[2])):
    row = {
        "loss": 1 / (step + 3),
        "train": {"loss": 2 / (step + 3), "acc": {"top1": step / 7}},
        "train.flat": step * 0.1,
        "big": 2**60 + step,
        "word": "text",
        "flag": True,
        "odd key ": float(step),
        "maybe": float("nan") if step == 2 else float("inf") if step == 3 else -step / 3,
    }
    if step % 5 == 4:
        row["val/loss"] = 3 / (step + 3)
    wandb.log(row)
run.summary["best"] = 0.125
if ends == "raises":
    raise RuntimeError(ends)
"""

PARAMETERS = (
    "wandb_version: 1\nlr:\n  desc: null\n  value: 0.003\nwarmup:\n  desc: null\n  value: 5\n"
)
KEPT_SIDE_FILES = ("config.yaml", "wandb-summary.json")


def private_words() -> re.Pattern[bytes]:
    """Match where this machine keeps things, who works on it and what it is called."""
    places = {
        "/home/",
        "/Users/",
        "/usr/",
        *(str(path) for path in (Path.home(), Path.cwd(), Path(sys.prefix))),
        tempfile.gettempdir(),
    }
    names = {getpass.getuser(), socket.gethostname()}
    words = [re.escape(place.encode()) for place in places if len(place) > 1]
    words += [rb"\b%s\b" % re.escape(name.encode()) for name in names if name]
    return re.compile(rb"|".join([*words, rb"[\w.]@[a-z-]+\.[a-z]+"]))


def environment(version: str, venvs: Path) -> Path:
    """Make, or find, the environment of one SDK; give its Python."""
    python = venvs / f"v{version}" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", python.parents[1]], check=True)
        pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, f"wandb=={version}", *SDKS[version]], check=True)
    return python


def record(python: Path, folder: Path, run_id: str, ends: str) -> None:
    """Run the training program once in `folder`, offline, as an agent of a sweep would."""
    parameters = folder / "wandb" / f"sweep-{SWEEP}" / f"config-{run_id}.yaml"
    parameters.parent.mkdir(parents=True, exist_ok=True)
    parameters.write_text(PARAMETERS)
    (folder / "train.py").write_text(TRAINING)
    neutral = {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "WANDB_CONSOLE": "off",
        "WANDB_DISABLE_CODE": "true",
        "WANDB_DISABLE_GIT": "true",
        "WANDB_ENTITY": "someone",
        "WANDB_HOST": "box",
        "WANDB_MODE": "offline",
        "WANDB_PROGRAM": "train.py",
        "WANDB_PROJECT": "old-sdks",
        "WANDB_RUN_ID": run_id,
        "WANDB_SILENT": "true",
        "WANDB_SWEEP_ID": SWEEP,
        "WANDB_SWEEP_PARAM_PATH": str(parameters),
        "WANDB_USERNAME": "someone",
        "WANDB__DISABLE_STATS": "true",
    }
    subprocess.run(
        [python, "train.py", ends, str(N_STEPS)],
        cwd=folder,
        env=neutral,
        check=False,
        capture_output=True,
    )


def keep(folder: Path, out: Path) -> None:
    """Copy the run files, the sweep's parameters and harmless side files."""
    shutil.rmtree(out, ignore_errors=True)
    wandb = folder / "wandb"
    kept = [*wandb.glob("*run-*/run-*.wandb"), *wandb.glob("sweep-*/config-*.yaml")]
    kept += [path for name in KEPT_SIDE_FILES for path in wandb.glob(f"*run-*/files/{name}")]
    for path in kept:
        private = private_words().search(path.read_bytes())
        if private:
            sys.exit(f"{path.name} holds {private[0]!r}: not kept")
        target = out / "wandb" / path.relative_to(wandb)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def expected() -> dict[str, object]:
    """Give what the training program logs, worked out without W&B; NaN and inf as JSON tokens."""
    steps = range(N_STEPS)
    maybe = [-step / 3 for step in steps]
    maybe[2:4] = [float("nan"), float("inf")]
    return {
        "sweep_id": SWEEP,
        "config": {
            "lr": 0.003,
            "warmup": 5,
            "seed": 7,
            "optimizer.name": "adam",
            "optimizer.betas": [0.9, 0.99],
        },
        "summary": {"best": 0.125, "loss": 1 / (N_STEPS + 2), "word": "text"},
        "series": {
            "loss": [1 / (step + 3) for step in steps],
            "train.loss": [2 / (step + 3) for step in steps],
            "train.acc.top1": [step / 7 for step in steps],
            "train.flat": [step * 0.1 for step in steps],
            "big": [float(2**60 + step) for step in steps],
            "odd key ": [float(step) for step in steps],
            "maybe": maybe,
            "val/loss": [3 / (step + 3) for step in steps if step % 5 == 4],
            "word": [],
            "flag": [],
        },
        "val_steps": [step for step in steps if step % 5 == 4],
        "exit_codes": {"good0001": 0, "bad00001": 1},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--venvs", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=list(SDKS))
    arguments = parser.parse_args()
    for version in arguments.only:
        python = environment(version, arguments.venvs.resolve())
        with tempfile.TemporaryDirectory() as folder:
            record(python, Path(folder), "good0001", "finishes")
            record(python, Path(folder), "bad00001", "raises")
            keep(Path(folder), arguments.out / version)
    (arguments.out / "expected.json").write_text(json.dumps(expected(), indent=1) + "\n")


if __name__ == "__main__":
    main()
