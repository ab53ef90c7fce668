"""Tell twelve pictures apart by small noisy patches: the training script of the demo sweep.

A small convolutional network with hand-written backpropagation, in NumPy. The pictures are the
ones that ship inside scikit-image. Each is cut into square tiles; a quarter of the tiles is kept
for validation, so that no validation pixel is ever seen in training.
"""

from __future__ import annotations

import argparse
import json
import math
import signal
import sys
from typing import TYPE_CHECKING

import numpy as np
import wandb
from numpy.lib.stride_tricks import sliding_window_view
from skimage import color, data

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

PICTURES = [
    *("astronaut", "brick", "camera", "cell", "chelsea", "clock"),
    *("coffee", "grass", "gravel", "hubble_deep_field", "retina", "rocket"),
]
TILE, PATCH, KERNEL, FILTERS = 64, 16, 5, 16
SIDE = PATCH - KERNEL + 1  # of the feature map
N_TRAIN, N_VALID, NOISE, MOMENTUM = 600, 250, 0.5, 0.9  # the first two per picture


def load_patches(rng: np.random.Generator) -> tuple[Floats, Ints, Floats, Ints]:
    """Cut patches from training tiles and from validation tiles, which share no pixel."""
    patches: dict[bool, list[Floats]] = {False: [], True: []}
    for name in PICTURES:
        picture = getattr(data, name)()
        grey = color.rgb2gray(picture) if picture.ndim == 3 else picture / 255.0
        tiles: dict[bool, list[tuple[int, int]]] = {False: [], True: []}
        for i in range(grey.shape[0] // TILE):
            for j in range(grey.shape[1] // TILE):
                tiles[(i + 2 * j) % 4 == 0].append((i * TILE, j * TILE))
        for is_valid, corners in tiles.items():
            for k in rng.integers(len(corners), size=N_VALID if is_valid else N_TRAIN):
                top, left = corners[k] + rng.integers(TILE - PATCH + 1, size=2)
                patch = grey[top : top + PATCH, left : left + PATCH]
                patch = (patch - patch.mean()) / (patch.std() + 0.01)
                patches[is_valid].append(patch.astype(np.float32))
    x_train, x_valid = np.stack(patches[False]), np.stack(patches[True])
    x_valid += NOISE * rng.standard_normal(x_valid.shape, dtype=np.float32)
    classes = np.arange(len(PICTURES))
    return x_train, classes.repeat(N_TRAIN), x_valid, classes.repeat(N_VALID)


def learning_rate(schedule: str, peak: float, progress: float) -> float:
    """Give the learning rate at a point of the training, from 0 (start) to 1 (end)."""
    if schedule == "constant":
        return peak
    if schedule == "step":
        return peak * 0.2 ** int(3 * progress)
    if schedule == "warmup-cosine":
        warm = 0.15
        if progress < warm:
            return peak * (progress + 0.01) / (warm + 0.01)
        progress = (progress - warm) / (1 - warm)
    return peak * 0.5 * (1 + math.cos(math.pi * progress))


class Network:
    """Convolution, ReLU, average over the four quarters, hidden layer, softmax."""

    def __init__(self, rng: np.random.Generator, hidden: int, dropout: float) -> None:
        shapes = [(KERNEL**2, FILTERS), (4 * FILTERS, hidden), (hidden, len(PICTURES))]
        self.rng, self.dropout = rng, dropout
        self.weights = [
            (rng.standard_normal(s) * math.sqrt(2 / s[0])).astype(np.float32) for s in shapes
        ]
        self.weights += [np.zeros(s[1], np.float32) for s in shapes]
        self.velocity = [np.zeros_like(w) for w in self.weights]

    def forward(self, x: Floats, *, train: bool) -> tuple[Floats, ...]:
        """Return the layers' values, the class probabilities last."""
        w1, w2, w3, b1, b2, b3 = self.weights
        windows = sliding_window_view(x, (KERNEL, KERNEL), axis=(1, 2))
        windows = windows.reshape(-1, KERNEL**2)
        maps = np.maximum(windows @ w1 + b1, 0)
        half = SIDE // 2
        pooled = maps.reshape(-1, 2, half, 2, half, FILTERS).mean(axis=(2, 4))
        pooled = pooled.reshape(len(x), -1) * 4
        hidden = np.maximum(pooled @ w2 + b2, 0)
        if train:
            keep = self.rng.random(hidden.shape, dtype=np.float32) >= self.dropout
            hidden *= keep / np.float32(1 - self.dropout)
        logits = hidden @ w3 + b3
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return windows, maps, pooled, hidden, odds / odds.sum(axis=1, keepdims=True)

    def step(self, x: Floats, y: Ints, lr: float, weight_decay: float) -> float:
        """Make one step of SGD with momentum, and return the loss before it."""
        windows, maps, pooled, hidden, p = self.forward(x, train=True)
        rows = np.arange(len(x))
        loss = -np.log(p[rows, y] + 1e-12).mean()
        _, w2, w3 = self.weights[:3]
        d3 = p.copy()
        d3[rows, y] -= 1
        d3 /= len(x)
        d2 = (d3 @ w3.T) * (hidden > 0) / np.float32(1 - self.dropout)
        half = SIDE // 2
        quarters = (d2 @ w2.T).reshape(-1, 2, 1, 2, 1, FILTERS) * np.float32(4 / half**2)
        d1 = np.broadcast_to(quarters, (len(x), 2, half, 2, half, FILTERS)).reshape(-1, FILTERS)
        d1 = d1 * (maps > 0)
        slopes = [windows.T @ d1, pooled.T @ d2, hidden.T @ d3, d1.sum(0), d2.sum(0), d3.sum(0)]
        for k, slope in enumerate(slopes):
            self.velocity[k] = MOMENTUM * self.velocity[k] + slope
            keep = 1 - lr * weight_decay if slope.ndim == 2 else 1.0
            self.weights[k] = keep * self.weights[k] - lr * self.velocity[k]
        return float(loss)


def train(config: argparse.Namespace) -> Iterator[dict[str, float]]:
    """Train, and yield what is worth logging after each epoch."""
    x_train, y_train, x_valid, y_valid = load_patches(np.random.default_rng(2024))
    rng = np.random.default_rng(config.seed)
    network = Network(rng, config.hidden, config.dropout)
    n_batches = len(x_train) // config.batch_size
    for epoch in range(config.epochs):
        order = rng.permutation(len(x_train))[: n_batches * config.batch_size]
        losses = []
        for b, batch in enumerate(np.split(order, n_batches)):
            progress = (epoch + b / n_batches) / config.epochs
            lr = learning_rate(config.schedule, config.lr, progress)
            x = x_train[batch]
            x = x + NOISE * rng.standard_normal(x.shape, dtype=np.float32)
            losses.append(network.step(x, y_train[batch], lr, config.weight_decay))
        hits = [
            network.forward(x, train=False)[-1].argmax(axis=1) == y
            for x, y in zip(
                np.split(x_valid, len(PICTURES)), np.split(y_valid, len(PICTURES)), strict=True
            )
        ]
        yield {
            "epoch": epoch + 1,
            "train/loss": float(np.mean(losses)),
            "val/acc": float(np.mean(hits)),
            "lr": lr,
        }


def leave(_signal: int, _frame: FrameType | None) -> None:
    """Turn a SIGTERM into a normal way out, so that wandb writes its last rows."""
    sys.exit(143)


def main() -> None:
    """Read the options, train, log."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lr", type=float, default=0.03)
    parser.add_argument("--weight_decay", type=float, default=1e-4)
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--batch_size", type=int, default=64)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--schedule", default="cosine")
    parser.add_argument("--epochs", type=int, default=27)
    parser.add_argument("--seed", type=int, default=0)
    config = parser.parse_args()
    signal.signal(signal.SIGTERM, leave)
    with wandb.init(project="textures", config=vars(config)) as run:
        for row in train(config):
            print(json.dumps(row), flush=True)
            run.log(row)


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        main()
