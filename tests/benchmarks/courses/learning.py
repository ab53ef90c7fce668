"""Small learners and the data that they learn, in NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Problem:
    """Labels drawn from a random network, some of them flipped."""

    x: np.ndarray
    y: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray
    n_classes: int


def draw_problem(rng: np.random.Generator, n: int | None = None, n_classes: int = 0) -> Problem:
    n = n or int(rng.integers(100, 300))
    n_val, dim = int(rng.integers(60, 200)), int(rng.integers(4, 12))
    n_classes = n_classes or int(rng.integers(2, 5))
    x = rng.normal(size=(n + n_val, dim))
    hidden = np.tanh(x @ rng.normal(size=(dim, 8)))
    y = (hidden @ rng.normal(size=(8, n_classes))).argmax(1)
    flipped = rng.random(len(y)) < rng.uniform(0.0, 0.25)
    y[flipped] = rng.integers(n_classes, size=flipped.sum())
    return Problem(x[:n], y[:n], x[n:], y[n:], n_classes)


class Network:
    """One hidden layer, softmax, stochastic gradient descent with momentum and weight decay."""

    def __init__(self, problem: Problem, width: int, rng: np.random.Generator) -> None:
        dim, k = problem.x.shape[1], problem.n_classes
        self.weights = [
            rng.normal(size=(dim, width)) / np.sqrt(dim),
            np.zeros(width),
            rng.normal(size=(width, k)) * 0.1,
            np.zeros(k),
        ]
        self._speed = [np.zeros_like(w) for w in self.weights]

    def _forward(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        w1, b1, w2, b2 = self.weights
        hidden = np.tanh(x @ w1 + b1)
        logits = hidden @ w2 + b2
        powers = np.exp(logits - logits.max(1, keepdims=True))
        return hidden, powers / powers.sum(1, keepdims=True)

    def step(self, x: np.ndarray, y: np.ndarray, lr: float, decay: float = 0.0) -> float:
        """One step; the batch's loss before it."""
        hidden, p = self._forward(x)
        loss = -np.log(p[np.arange(len(y)), y] + 1e-12).mean()
        p[np.arange(len(y)), y] -= 1
        p /= len(y)
        back = p @ self.weights[2].T * (1 - hidden**2)
        slopes = [x.T @ back, back.sum(0), hidden.T @ p, p.sum(0)]
        for k, slope in enumerate(slopes):
            self._speed[k] = 0.9 * self._speed[k] - lr * (slope + decay * self.weights[k])
            self.weights[k] += self._speed[k]
        return float(loss)

    def evaluate(self, x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
        """Loss and accuracy."""
        _, p = self._forward(x)
        loss = -np.log(p[np.arange(len(y)), y] + 1e-12).mean()
        return float(loss), float((p.argmax(1) == y).mean())


def batches(n: int, size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """One pass in random order, the last batch as small as it comes."""
    order = rng.permutation(n)
    return [order[at : at + size] for at in range(0, n, size)]


def scheduled(kind: str, lr: float, share: float) -> float:
    """The learning rate after a share of the training."""
    if kind == "cosine":
        return lr * 0.5 * (1 + np.cos(np.pi * min(share, 1.0)))
    if kind == "step":
        return lr * 0.1 ** int(share * 3)
    return lr
