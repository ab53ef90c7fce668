"""Hyperband as W&B has it: a rank rule on bands, the same decisions as W&B's own engine.

Source: `sweeps/hyperband_stopping.py` of the PyPI package `sweeps` 0.3.0, the engine behind W&B
sweeps (Li et al., Hyperband, JMLR 2018, describes the algorithm it was named after). The oracle
tests compare every decision here with that engine.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wbtools.errors import DataError
from wbtools.model import SweepView, Verdict
from wbtools.rules.bands import refuse_unless_ascending
from wbtools.rules.running import best_so_far

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wbtools.sweepfile.rule_settings import HyperbandSettings

DEFAULT_ETA = 3
DEFAULT_STRICT = True
_N_BANDS = 100  # the engine's own limit in the min_iter form
_MOST_BANDS = 10_000  # an eta this close to 1 makes bands of every report
_MOST_REPORTS = 10**12  # a band beyond it is never reached, and would not fit an int64


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperband:
    """A rule that can run.

    Attributes:
        bands: Numbers of reports at which runs are compared, ascending, without repeats.
        eta: A run survives a band if its value is within the best `int(n / eta) + 1` of n.
        strict: Compare the value *at* the band; otherwise the best value so far.

    Raises:
        ValueError: The bands do not ascend, or one comes twice.
    """

    bands: tuple[int, ...]
    eta: float
    strict: bool

    def __post_init__(self) -> None:
        """Check the bands."""
        refuse_unless_ascending(self.bands, "bands")

    def rank(self, n_peers: int) -> int:
        """The place, from 0, of the threshold among `n_peers` sorted values."""
        return int((1.0 / self.eta) * n_peers)

    def band_index(self, n_reports: NDArray[np.int64]) -> NDArray[np.intp]:
        """`[N]` index of the highest band that each run has reached, -1 where none."""
        return np.searchsorted(self.bands, n_reports, side="right") - 1

    def decide(self, view: SweepView) -> Verdict:
        """Judge every active run at this moment.

        The threshold of a band comes from the values at that band of *all* runs that have
        reached it, in whatever state and itself included. Only the highest band that a run has
        reached is looked at; strictly worse than the threshold is stopped, ties survive.
        """
        n = view.values.shape[0]
        value = np.full(n, np.nan)
        threshold = np.full(n, np.nan)
        n_peers = np.zeros(n, dtype=np.int64)
        index = self.band_index(view.n_reports)
        band = np.where(index >= 0, np.array([*self.bands, 0])[index], 0)
        best = best_so_far(view.values, view.n_reports)
        for b in np.unique(band[band > 0]):
            judged = band == b
            at_band = view.values[view.n_reports >= b, b - 1]
            place = self.rank(len(at_band))
            threshold[judged] = np.partition(at_band, place)[place]
            n_peers[judged] = len(at_band)
            value[judged] = view.values[judged, b - 1] if self.strict else best[judged]
        return Verdict(
            stop=view.active & (band > 0) & (value > threshold),
            value=value,
            threshold=threshold,
            band=band,
            n_peers=n_peers,
        )

    def thresholds(self, arrivals: Sequence[float]) -> NDArray[np.float64]:
        """The threshold of one band after each arrival.

        Args:
            arrivals: M values at the band, in the order in which runs reached it.

        Returns:
            `[M]` the threshold that holds once the first k + 1 values are in.
        """
        values_so_far: list[float] = []
        out = np.empty(len(arrivals))
        for k, value in enumerate(arrivals):
            insort(values_so_far, value)
            out[k] = values_so_far[self.rank(k + 1)]
        return out


def hyperband(settings: HyperbandSettings, *, strict: bool | None = None) -> Hyperband:
    """Turn settings as written into a rule that can run.

    Args:
        settings: What the sweep file or the command line says.
        strict: Overrides the settings' own `strict`.

    Raises:
        DataError: W&B's engine cannot run these settings and would stop nothing.
    """
    eta = DEFAULT_ETA if settings.eta is None else settings.eta
    if not _is_number(eta) or not eta > 1:
        raise _cannot_run(settings, f"eta must be a number above 1, not {eta!r}")
    written = settings.strict if strict is None else strict
    written = DEFAULT_STRICT if written is None else written
    if not isinstance(written, bool):
        raise _cannot_run(settings, f"strict must be true or false, not {written!r}")
    if settings.min_iter is not None and not _is_integer(settings.min_iter, at_least=1):
        raise _cannot_run(
            settings, f"min_iter must be a whole number from 1, not {settings.min_iter!r}"
        )
    try:
        if settings.max_iter is not None:
            bands = _bands_below(settings)
        elif settings.min_iter is not None:
            bands = _bands_above(settings)
        else:
            raise _cannot_run(settings, "it needs min_iter, or max_iter with s")
    except OverflowError:
        raise _cannot_run(settings, "its bands lie beyond any number") from None
    reachable = sorted({band for band in bands if band <= _MOST_REPORTS})
    return Hyperband(bands=tuple(reachable), eta=eta, strict=written)


def _bands_below(settings: HyperbandSettings) -> list[int]:
    """`max_iter` divided by eta `s` times; `max_iter` itself is no band."""
    if not _is_integer(settings.max_iter):
        raise _cannot_run(settings, f"max_iter must be a whole number, not {settings.max_iter!r}")
    if settings.s is None:
        raise _cannot_run(settings, "max_iter needs s, the number of bands below it")
    if not isinstance(settings.s, int) or isinstance(settings.s, bool):
        raise _cannot_run(settings, f"s must be a whole number, not {settings.s!r}")
    eta = DEFAULT_ETA if settings.eta is None else settings.eta
    bands, band = [], settings.max_iter
    for _ in range(min(settings.s, _MOST_BANDS)):
        band /= eta
        if band < 1:
            break
        bands.append(int(band))
    if not bands:
        raise _cannot_run(settings, "no band lies at 1 report or above")
    return bands


def _bands_above(settings: HyperbandSettings) -> list[int]:
    """`min_iter` times powers of eta."""
    eta = DEFAULT_ETA if settings.eta is None else settings.eta
    bands, band = [], settings.min_iter
    for _ in range(_N_BANDS):
        bands.append(int(band))
        band *= eta
    return bands


def _is_number(value: Any) -> bool:  # noqa: ANN401 - a setting is whatever the YAML held
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: Any, *, at_least: float = -np.inf) -> bool:  # noqa: ANN401 - as above
    if not _is_number(value) or value < at_least:
        return False
    return isinstance(value, int) or value.is_integer()


def _cannot_run(settings: HyperbandSettings, why: str) -> DataError:
    return DataError(
        f"W&B's engine cannot run {settings}: {why}",
        "with such settings no run is ever stopped; correct them or pass --early-terminate",
    )
