"""Small networks that learn quantiles and a log-odds at once, in NumPy."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.projection.weights import GAIN_SCALE, LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.training.simulate import Rows

HIDDEN = (96, 64)
EPOCHS = 8
_LEAK = np.float32(0.01)
_BATCH = 512
_RATE, _DECAY, _DROPPED = 2e-3, 1e-4, 0.1
_BLIND = 0.5
_MOMENTUM, _SCALE = 0.1, 0.001
OF_KIND = (
    *("first_gap", "first_alike", "first_rank", "first_worst"),
    *("order_first", "order_second", "order_tenth", "order_quarter", "order_half", "keeps_order"),
    *("noise_of_sweep", "chance_share", "jump_share", "tied_at_bar"),
    *("best_at", "early_best_share", "falls_back"),
    *("gain_none", "gain_10", "gain_25", "gain_75", "gain_90"),
    *("gain_peers", "gain_sweep", "gap_closed", "chain_ratio"),
    *("lead", "full_spread", "peers_spread", "log_full", "log_runs", "full_share"),
    *("n_parameters", "worth_of_config", "worth_of_run", "noise_of_process"),
)
"""Features by which a family of sweeps could be known again."""
_MOST_GAIN, _MOST_WEIGHT, _LEAST_WEIGHT = 20.0, 8.0, 0.1
_MOST_GAIN_OF_LOG = 200.0


def fit_networks(
    rows: Rows, features: np.ndarray, shares: np.ndarray, seed: Sequence[int]
) -> dict[str, np.ndarray]:
    """Fit one network on gains as they are, and one on a logarithmic scale.

    An error of one unit counts by how large a unit is beside the sweep's mean gain; on the
    logarithmic scale by the root of it.

    Args:
        rows: What is learned from.
        features: `[R, F]` theirs, squeezed.
        shares: `[R]` how much each row counts.
        seed: Of all draws.
    """
    mean, sd = np.nanmean(features, axis=0), np.nanstd(features, axis=0) + 1e-6
    inputs = np.nan_to_num(np.clip((features - mean) / sd, -4, 4)).astype(np.float32)
    size = np.minimum(rows.weight, _MOST_WEIGHT) + _LEAST_WEIGHT
    logarithms = np.arcsinh(GAIN_SCALE * np.minimum(rows.gain, _MOST_GAIN_OF_LOG))
    arrays = {"mean": mean, "sd": sd}
    for place, (name, gains, counts) in enumerate(
        (
            ("linear", np.minimum(rows.gain, _MOST_GAIN), size * shares),
            ("logarithmic", logarithms, np.sqrt(size) * shares),
        )
    ):
        learner = Learner(inputs.shape[1], LEVELS, np.random.default_rng((*seed, place)))
        learner.fit(
            inputs,
            gains.astype(np.float32),
            rows.is_gem.astype(np.float32),
            (counts / counts.mean()).astype(np.float32),
            shares.astype(np.float32),
            epochs=EPOCHS,
            of_kind=np.isin(rows.names, OF_KIND),
        )
        arrays |= learner.arrays(name)
    return arrays


class Learner:
    """Layers under training: pinball loss at `levels`, cross-entropy for the last output."""

    def __init__(self, n_inputs: int, levels: np.ndarray, rng: np.random.Generator) -> None:
        sizes = (n_inputs, *HIDDEN, len(levels) + 1)
        self.rng, self.levels = rng, levels.astype(np.float32)
        self.weights = [
            (rng.standard_normal((a, b)) * np.sqrt(2 / a)).astype(np.float32)
            for a, b in pairwise(sizes)
        ]
        self.weights[-1] *= np.float32(0.1)
        self.biases = [np.zeros(size, np.float32) for size in sizes[1:]]

    def _forward(self, inputs: np.ndarray) -> list[np.ndarray]:
        activations = [inputs]
        for weight, bias in zip(self.weights, self.biases, strict=True):
            output = activations[-1] @ weight + bias
            is_last = len(activations) == len(self.weights)
            activations.append(output if is_last else np.maximum(output, _LEAK * output))
        return activations

    def _slopes(
        self, inputs: np.ndarray, gain: np.ndarray, gem: np.ndarray, w: np.ndarray, wg: np.ndarray
    ) -> list[np.ndarray]:
        activations, n = self._forward(inputs), len(self.levels)
        out = activations[-1]
        below = gain[:, None] > out[:, :n]
        quantiles = np.where(below, -self.levels, 1 - self.levels) * w[:, None] / n
        p = 1 / (1 + np.exp(-np.clip(out[:, n], -20, 20)))
        back = np.concatenate((quantiles, ((p - gem) * wg)[:, None]), axis=1).astype(np.float32)
        back /= np.float32(len(inputs))
        of_weights, of_biases = [], []
        for place in range(len(self.weights) - 1, -1, -1):
            of_weights.append(
                activations[place].T @ back + np.float32(_DECAY) * self.weights[place]
            )
            of_biases.append(back.sum(axis=0))
            if place:
                back = (back @ self.weights[place].T) * np.where(activations[place] > 0, 1, _LEAK)
        return of_weights[::-1] + of_biases[::-1]

    def fit(
        self,
        inputs: np.ndarray,
        gain: np.ndarray,
        gem: np.ndarray,
        w: np.ndarray,
        wg: np.ndarray,
        *,
        epochs: int,
        of_kind: np.ndarray,
    ) -> None:
        """Adam with a cosine schedule; a tenth of the inputs is left out at random.

        Args:
            inputs: `float32 [R, F]`.
            gain: `[R]` what the quantiles are of.
            gem: `[R]` 0 or 1.
            w: `[R]` weights of the quantiles' loss.
            wg: `[R]` weights of the cross-entropy.
            epochs: Passes.
            of_kind: `bool [F]` inputs that tell the kind of sweep: half of the rows lose them all,
                or the network would learn families by heart.
        """
        rng, n_batches = self.rng, len(inputs) // _BATCH
        some = gain[rng.integers(0, len(gain), 20_000)]
        self.biases[-1][:-1] = np.quantile(some, self.levels)
        self.biases[-1][-1] = np.log(max(float(gem.mean()), 1e-3))
        learned = self.weights + self.biases
        first, second = ([np.zeros_like(array) for array in learned] for _ in range(2))
        step, n_steps = 0, epochs * n_batches
        for _ in range(epochs):
            order = rng.permutation(len(inputs))
            for at in range(0, n_batches * _BATCH, _BATCH):
                rows = order[at : at + _BATCH]
                given = inputs[rows]
                given = given * (rng.random(given.shape, dtype=np.float32) > _DROPPED)
                blind = rng.random(len(given)) < _BLIND
                given[np.ix_(blind, of_kind)] = 0
                slopes = self._slopes(given, gain[rows], gem[rows], w[rows], wg[rows])
                step += 1
                rate = _RATE * 0.5 * (1 + np.cos(np.pi * step / n_steps)) * min(1, step / 100)
                for place, slope in enumerate(slopes):
                    first[place] += _MOMENTUM * (slope - first[place])
                    second[place] += _SCALE * (slope * slope - second[place])
                    mean = first[place] / (1 - (1 - _MOMENTUM) ** step)
                    size = np.sqrt(second[place] / (1 - (1 - _SCALE) ** step)) + 1e-8
                    learned[place] -= (rate * mean / size).astype(np.float32)

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        """The layers as half precision, by the names that `weights.unpacked` reads."""
        arrays = {}
        for place, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            arrays[f"{name}.{place}.weight"] = weight.astype(np.float16)
            arrays[f"{name}.{place}.bias"] = bias
        return arrays
