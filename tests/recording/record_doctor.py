"""Record the small sweeps of `tests/data/doctor`: `python -m tests.recording.record_doctor OUT`.

Each sweep has one thing wrong with it, `healthy` has nothing. The training is real (least squares
by stochastic gradient descent), and so is W&B's SDK, offline; the recorder stands in for the server
that proposes configurations. Only the run files are kept, byte for byte, with the sweep file beside
them; each is searched for facts about the recording machine.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.recording.check_recording import PRIVATE
from tests.recording.training_process import environment

TRAIN = """
import json
import math
import os
import sys

import numpy as np
import wandb

story, config = os.environ["STORY"], json.loads(os.environ["CONFIG"])
data = np.random.default_rng(7)
x, x_val = data.normal(size=(240, 6)), data.normal(size=(120, 6))
truth = data.normal(size=6)
y, y_val = (z @ truth + data.normal(size=len(z)) for z in (x, x_val))
draw = np.random.default_rng(config["seed"])
w = truth.copy() if story == "pretrained" else np.zeros(6)


def report(run):
    loss = float(np.mean((x_val @ w - y_val) ** 2))
    n_right = int(((x_val @ w > 0) == (y_val > 0)).sum())
    acc = n_right // len(y_val) if story == "constant" else n_right / len(y_val)
    name = "val_loss" if story == "near-name" else "val/loss"
    run.log({name: loss, "val/acc": acc})


with wandb.init(config=config) as run:
    if story == "pretrained":
        report(run)
    for epoch in range(config["epochs"]):
        order = draw.permutation(len(x))
        for batch in np.array_split(order, 120 if story == "rare" else 24):
            w -= config["lr"] * 2 * x[batch].T @ (x[batch] @ w - y[batch]) / len(batch)
            if story == "rare":
                run.log({"train/loss": float(np.mean((x[batch] @ w - y[batch]) ** 2))})
        report(run)
        if story == "twice":
            report(run)
        if epoch == 1 and os.environ["END"] == "breaks":
            raise RuntimeError("device lost")
        if epoch == 0 and os.environ["END"] == "swallows":
            break
    if os.environ["END"] == "cannot save":
        raise OSError("no space left on device")
"""

HYPERBAND = "early_terminate: {type: hyperband, min_iter: 2, eta: 2, strict: true}\n"


@dataclass(frozen=True, kw_only=True)
class Story:
    """A sweep: what is wrong with it, its file, and its runs.

    Attributes:
        rates: The learning rate of each run.
        ends: How a run ends, by its place; those that are not named finish.
        hosts: The host of each run, by its place modulo their number.
        seeds: The seed of a run, by its place; its place if not named.
    """

    metric: str = "{name: val/loss, goal: minimize}"
    method: str = "random"
    rule: str = ""
    low: float = 0.0005
    high: float = 0.05
    rates: list[float]
    epochs: int = 8
    ends: dict[int, str] = field(default_factory=dict)
    hosts: tuple[str, ...] = ("box-1", "box-2")
    seeds: tuple[int, ...] = ()

    def sweep_file(self) -> str:
        """The sweep's YAML."""
        return (
            f"program: train.py\nmethod: {self.method}\nmetric: {self.metric}\n{self.rule}"
            "parameters:\n"
            f"  lr: {{distribution: log_uniform_values, min: {self.low}, max: {self.high}}}\n"
            f"  epochs: {{value: {self.epochs}}}\n"
            "  seed: {distribution: int_uniform, min: 0, max: 99}\n"
        )


def drawn(n: int, low: float, high: float) -> list[float]:
    """Rates drawn evenly on the logarithmic scale, always the same."""
    ends = math.log(low), math.log(high)
    return np.exp(np.random.default_rng(3).uniform(*ends, size=n)).round(6).tolist()


FEW = [0.002, 0.005, 0.01, 0.02]
STORIES = {
    "healthy": Story(method="bayes", rule=HYPERBAND, rates=drawn(16, 0.0005, 0.05)),
    "near-name": Story(rates=FEW, epochs=4),
    "twice": Story(rule=HYPERBAND, rates=FEW),
    "rare": Story(rule=HYPERBAND.replace("2,", "200,", 1), rates=FEW[1:], epochs=2),
    "constant": Story(metric="{name: val/acc, goal: maximize}", rates=FEW),
    "diverging": Story(
        rates=[0.002, 0.005, 0.01, 0.02, 0.03, 0.7, 1e4, 1e14],
        seeds=(0, 1, 2, 3, 4, 10, 11, 12),
        high=1e15,
        epochs=6,
    ),
    "goal": Story(
        metric="{name: val/loss, goal: maximize}", rule=HYPERBAND, rates=drawn(8, 0.0005, 0.005)
    ),
    "pretrained": Story(rates=[0.2, 0.3, 0.35, 0.4, 0.3], high=0.5, epochs=4),
    "duplicates": Story(rates=[0.002, 0.005, 0.01] * 2, seeds=(1, 2, 3) * 2, epochs=4),
    "host": Story(
        rates=drawn(12, 0.0005, 0.05),
        hosts=("box-1", "box-2", "box-3"),
        ends={place: "breaks" for place in range(12) if place % 3 == 2},
        epochs=4,
    ),
    "ends": Story(
        rates=drawn(8, 0.0005, 0.05),
        ends={1: "swallows", 4: "swallows", 3: "cannot save", 6: "cannot save"},
    ),
    # Half drawn evenly, half near the best of these, as bayes goes on.
    "bound": Story(
        rates=[*drawn(8, 0.00002, 0.0005), *drawn(8, 0.0004, 0.0005)],
        low=0.00002,
        high=0.0005,
        epochs=4,
    ),
}


def record(case: str, place: int, folder: Path) -> None:
    """Run the training program once."""
    story = STORIES[case]
    config = {
        "lr": story.rates[place],
        "epochs": story.epochs,
        "seed": story.seeds[place] if story.seeds else place,
    }
    extra = {
        "STORY": case,
        "END": story.ends.get(place, "finishes"),
        "CONFIG": json.dumps(config),
        "WANDB_MODE": "offline",
        "WANDB_ENTITY": "acme",
        "WANDB_PROJECT": "doctor",
        "WANDB_HOST": story.hosts[place % len(story.hosts)],
        "WANDB_RUN_ID": f"{case.replace('-', '')[:5]:x<5}{place:03d}",
        "WANDB_NAME": f"amber-sweep-{place + 1}",
        "WANDB_SWEEP_ID": f"{case.replace('-', '')[:8]:x<8}",
    }
    result = subprocess.run(
        [sys.executable, "train.py"],
        cwd=folder,
        env={**environment(folder), **extra},
        capture_output=True,
        text=True,
        check=False,
    )
    meant_to = {"breaks": "device lost", "cannot save": "no space left"}.get(extra["END"])
    if (meant_to is None) != (result.returncode == 0) or (meant_to or "") not in result.stderr:
        sys.exit(f"{case} {place}: {result.stderr}")


def keep(case: str, folder: Path, out: Path) -> None:
    """Copy the run files and write the sweep file."""
    target = out / case
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    (target / "sweep.yaml").write_text(STORIES[case].sweep_file())
    for path in sorted(folder.glob("wandb/*run-*/run-*.wandb")):
        private = PRIVATE.search(path.read_bytes())
        if private:
            sys.exit(f"{path.name} holds {private[0]!r}: not kept")
        place = target / path.relative_to(folder)
        place.parent.mkdir(parents=True)
        shutil.copyfile(path, place)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", nargs="*", default=list(STORIES))
    arguments = parser.parse_args()
    for case in arguments.only:
        with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(max_workers=2) as pool:
            folder = Path(name)
            (folder / "train.py").write_text(TRAIN)
            n = len(STORIES[case].rates)
            list(pool.map(record, [case] * n, range(n), [folder] * n))
            keep(case, folder, arguments.out)
        print(case, flush=True)


if __name__ == "__main__":
    main()
