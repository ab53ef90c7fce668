"""What was learned beforehand: small networks for the further gain, trees for P(gem).

The arrays are made by `tests/training`, loaded by `app` and passed in. An ensemble: each
member was fitted without one group of tasks, and the corrections that follow (how much wider the
intervals must be, how P(gem) is put together, plain methods among it) were fitted on what the
members said of the tasks they had not seen.

One network of a member tells quantiles of the gain as it is, which finds large gains; the other
those of the inverse hyperbolic sine of `GAIN_SCALE` times the gain, which tells a small gain from
none. Quantiles may be read through any rising function, so their means are taken in units of gain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.projection.applicability import ApplicabilityDomain
from wbtools.analysis.projection.peer_slice import rank
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_LEAK = 0.01
_CLIP = 4.0
_SURE = 1e-4
_MOST_ODDS = 7.0
LEVELS = np.array(
    (
        *(0.005, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5),
        *(0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.975, 0.995),
    )
)
"""The levels at which the networks tell quantiles of the further gain."""
MIDDLE = 8
GAIN_SCALE = 30.0
"""Gains well below 1/30 of a unit are told on a linear scale, larger ones on a logarithmic one."""
NOTHING = 0.02
"""Where the 5 % quantile of the gain is below so many units, a run may well gain nothing at all."""
_LOW = 3
BLENDED = (
    *("linear", "logarithmic", "trees", "run trees"),
    *("share", "over", "catch-up", "process", "standing", "constant"),
)
"""What P(gem) is put together from."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trees:
    """K regression trees; node 0 of each is its root.

    Attributes:
        feature: `[K, D]` which feature a node asks for; -1 at a leaf.
        threshold: `[K, D]` up to which value the answer is to the left.
        left: `[K, D]` node to the left.
        right: `[K, D]` node to the right, where NaN goes if `nan_right`.
        nan_right: `bool [K, D]`.
        value: `[K, D]` what a leaf adds.
    """

    feature: NDArray[np.int16]
    threshold: Floats
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    nan_right: NDArray[np.bool_]
    value: Floats

    def __call__(self, features: Floats) -> Floats:
        """`[M]` sum of the leaves for `features [M, F]`."""
        n, k = len(features), len(self.feature)
        tree, row = np.arange(k)[None, :], np.arange(n)[:, None]
        node = np.zeros((n, k), dtype=np.int64)
        while True:
            asked = self.feature[tree, node]
            inner = asked >= 0
            if not inner.any():
                break
            given = features[row, np.maximum(asked, 0)]
            right = np.where(
                np.isnan(given), self.nan_right[tree, node], given > self.threshold[tree, node]
            )
            after = np.where(right, self.right[tree, node], self.left[tree, node])
            node = np.where(inner, after, node)
        summed: Floats = self.value[tree, node].sum(axis=1)
        return summed


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeedForwardNetwork:
    """A small network with leaky ReLUs.

    Attributes:
        layers: Weights `[in, out]` and biases `[out]` by layer.
    """

    layers: tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...]

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """`[M, out]` for `inputs [M, in]`."""
        last = len(self.layers) - 1
        for place, (weight, bias) in enumerate(self.layers):
            inputs = inputs @ weight + bias
            if place != last:
                inputs = np.maximum(inputs, np.float32(_LEAK) * inputs)
        return inputs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Member:
    """One member of the ensemble.

    Attributes:
        mean: `[F]` of the features that it was fitted on.
        sd: `[F]` likewise.
        linear: Gives the gain's quantiles at `LEVELS`, in units, and a log-odds of a gem.
        logarithmic: Gives the inverse hyperbolic sine of `GAIN_SCALE` times the gain, likewise.
        trees: They give a log-odds of a gem.
        run_trees: Likewise, blind to what kind of sweep it is: they know less how frequent gems
            are, and rank better in a kind that is new.
    """

    mean: Floats
    sd: Floats
    linear: FeedForwardNetwork
    logarithmic: FeedForwardNetwork
    trees: Trees
    run_trees: Trees

    def __call__(self, features: Floats) -> tuple[Floats, Floats]:
        """Quantiles `[M, L]`; log-odds `[M, 4]` by both kinds of networks and of trees."""
        scaled = np.clip((features - self.mean) / self.sd, -_CLIP, _CLIP)
        inputs = np.nan_to_num(scaled).astype(np.float32)
        linear, logarithmic = (
            network(inputs).astype(float) for network in (self.linear, self.logarithmic)
        )
        n = len(LEVELS)
        gains = (_rising(linear[:, :n]) + np.sinh(_rising(logarithmic[:, :n])) / GAIN_SCALE) / 2
        odds = (
            linear[:, n],
            logarithmic[:, n],
            self.trees(features),
            self.run_trees(features),
        )
        return gains, np.column_stack(odds)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """The learned model.

    Attributes:
        names: The features that it expects, in order.
        members: The ensemble.
        widening: `[L]` by how much each quantile's way from the median is stretched.
        interval: Levels of the gain's quantiles between which nine tenths of the truth lay. A gain
            of exactly nothing is frequent, so the upper one lies below 0.95.
        blend: `[10]` weights of `BLENDED`.
        any_blend: From the log-odds of "at least one, if runs were independent": factor, constant.
        support: What kind of sweep it knows.
    """

    __repr__ = brief_repr

    names: tuple[str, ...]
    members: tuple[Member, ...]
    widening: Floats
    interval: Floats
    blend: Floats
    any_blend: Floats
    support: ApplicabilityDomain

    def __call__(self, features: Floats, gap: Floats) -> tuple[Floats, Floats]:
        """Judge the M candidates of a sweep.

        Args:
            features: `[M, F]`, as `features.candidates` tells them.
            gap: `[M]` units that must be gained to reach the bar.

        Returns:
            `[M, L]` quantiles of the further gain in units, ascending, and `[M]` P(gem).
        """
        shrunk = squeezed(features)
        outputs = [member(shrunk) for member in self.members]
        quantiles = stretched(np.mean([output[0] for output in outputs], axis=0), self.widening)
        odds = np.mean([output[1] for output in outputs], axis=0)
        plain = np.column_stack((plain_odds(self.names, features), standing(self.names, features)))
        return quantiles, probability(blended(quantiles, odds, gap, plain) @ self.blend)


def _rising(quantiles: Floats) -> Floats:
    rising: Floats = np.sort(np.maximum(quantiles, 0.0), axis=1)
    return rising


def plain_odds(names: Sequence[str], features: Floats) -> Floats:
    """`[M, 2]` log-odds of a gem by catching up, and by the process over configurations.

    Args:
        names: F names of features.
        features: `[M, F]` as `features.candidates` tells them.
    """
    odds, score = (features[:, list(names).index(name)] for name in ("catch_up_odds", "fate_score"))
    known: Floats = np.nan_to_num(np.column_stack((odds, -score)))
    return np.clip(known, -_MOST_ODDS, _MOST_ODDS)


def standing(names: Sequence[str], features: Floats) -> Floats:
    """`[M]` place of a sweep's candidates among each other by best so far, from -0.5 to 0.5.

    On sweeps of a new kind the plain order is hard to beat, so it has its say.

    Args:
        names: F names of features.
        features: `[M, F]` of the candidates of one sweep.
    """
    behind = features[:, list(names).index("gap_sweep")]
    place: Floats = 0.5 - rank(behind, behind)
    return place


def blended(quantiles: Floats, odds: Floats, gap: Floats, plain: Floats) -> Floats:
    """`[M, 10]` what P(gem) is put together from, by the names of `BLENDED`.

    Args:
        quantiles: `[M, L]` of the further gain, stretched.
        odds: `[M, 4]` of the members.
        gap: `[M]` units to the bar.
        plain: `[M, 3]` from `plain_odds` and `standing`.
    """
    over = np.arcsinh(3 * (quantiles.mean(axis=1) - gap))
    share = log_odds(share_above(quantiles, gap))
    return np.column_stack((odds, share, over, plain, np.ones(len(gap))))


def squeezed(features: Floats) -> Floats:
    """Features as the model takes them: long tails drawn in, infinities unknown."""
    known = np.where(np.isfinite(features), features, np.nan)
    squeezed: Floats = np.arcsinh(known)
    return squeezed


def stretched(quantiles: Floats, widening: Floats) -> Floats:
    """`[M, L]` quantiles drawn away from the median, none below 0.

    The lowest are exactly 0 where a run may well gain nothing (`NOTHING`): half of the gains that
    fall below a small limit are none at all.
    """
    middle = quantiles[:, [MIDDLE]]
    wide: Floats = np.sort(np.maximum(middle + widening * (quantiles - middle), 0.0), axis=1)
    wide[wide[:, _LOW - 1] < NOTHING, :_LOW] = 0.0
    return wide


def share_above(quantiles: Floats, gap: Floats) -> Floats:
    """`[M]` P(gain > gap) by quantiles at `LEVELS`."""
    rising = quantiles + 1e-9 * np.arange(len(LEVELS))
    return np.array(
        [
            1 - np.interp(run_gap, row, LEVELS, left=0.001, right=0.999)
            for run_gap, row in zip(gap, rising, strict=True)
        ]
    )


def log_odds(p: Floats) -> Floats:
    """Of a probability, kept off certainty."""
    clipped = np.clip(p, _SURE, 1 - _SURE)
    odds: Floats = np.log(clipped / (1 - clipped))
    return odds


def probability(odds: Floats) -> Floats:
    """The inverse of `log_odds`."""
    p: Floats = 1 / (1 + np.exp(-np.clip(odds, -50, 50)))
    return p


def unpacked(arrays: Mapping[str, NDArray[np.generic]]) -> Weights:
    """The model from the arrays of its file, by name."""

    def trees(name: str) -> Trees:
        return Trees(
            feature=arrays[f"{name}.feature"].astype(np.int16),
            threshold=arrays[f"{name}.threshold"].astype(float),
            left=arrays[f"{name}.left"].astype(np.int16),
            right=arrays[f"{name}.right"].astype(np.int16),
            nan_right=arrays[f"{name}.nan_right"].astype(bool),
            value=arrays[f"{name}.value"].astype(float),
        )

    def network(name: str) -> FeedForwardNetwork:
        layers: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []
        while f"{name}.{len(layers)}.weight" in arrays:
            weight, bias = (
                arrays[f"{name}.{len(layers)}.{part}"].astype(np.float32)
                for part in ("weight", "bias")
            )
            layers.append((weight, bias))
        return FeedForwardNetwork(layers=tuple(layers))

    members: list[Member] = []
    while f"{len(members)}.mean" in arrays:
        name = str(len(members))
        members.append(
            Member(
                mean=arrays[f"{name}.mean"].astype(float),
                sd=arrays[f"{name}.sd"].astype(float),
                linear=network(f"{name}.linear"),
                logarithmic=network(f"{name}.logarithmic"),
                trees=trees(f"{name}.trees"),
                run_trees=trees(f"{name}.run_trees"),
            )
        )
    return Weights(
        names=tuple(str(name) for name in arrays["names"]),
        members=tuple(members),
        widening=arrays["widening"].astype(float),
        interval=arrays["interval"].astype(float),
        blend=arrays["blend"].astype(float),
        any_blend=arrays["any_blend"].astype(float),
        support=ApplicabilityDomain(
            low=arrays["support.low"].astype(float), high=arrays["support.high"].astype(float)
        ),
    )
