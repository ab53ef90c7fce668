"""Hyperband as W&B has it: a rank rule on bands, the same decisions as W&B's own engine.

Source: `sweeps/hyperband_stopping.py` of the PyPI package `sweeps` 0.3.0, the engine behind W&B
sweeps (Li et al., Hyperband, JMLR 2018, describes the algorithm it was named after). The oracle
tests compare every decision here with that engine.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from wbtools.errors import DataError, UsageError
from wbtools.model import Verdict
from wbtools.rules.rule import StoppingRule, first_of, shares_of
from wbtools.rules.running import best_so_far, running_best
from wbtools.rules.tracking import BandTracker

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from wbtools.model import SweepView
    from wbtools.rules.tracking import RuleTracker

DEFAULT_ETA = 3
DEFAULT_STRICT = True
_N_BANDS = 100  # the engine's own limit in the min_iter form
_MOST_BANDS = 10_000  # an eta this close to 1 makes bands of every report
_MOST_REPORTS = 10**12  # a band beyond it is never reached, and would not fit an int64
_FIRST_SHARES = (0.05, 0.1, 0.2)
_ETAS = (2, 3)


@dataclass(frozen=True, kw_only=True)
class Hyperband(StoppingRule):
    """Stop what is not among the best at a band, as W&B's `early_terminate` does.

    A setting that is None was not written. Values are kept as they came (a float `s`, a text
    `eta`), because W&B's engine refuses some of them and that is worth saying. Who needs to know
    what the engine makes of them asks `resolved`; a rule on which the engine raises raises here
    too, once it is to decide.

    Attributes:
        min_iter: First band, in reports.
        max_iter: Reports of a full run; `s` bands lie below it.
        s: Number of bands in the `max_iter` form; ignored in the `min_iter` form.
        eta: Factor between bands; a run survives a band if its value is within the best
            `int(n / eta) + 1` of n. Unset means 3.
        strict: Compare the value *at* the band (true) or the best so far (false). Unset means
            true in W&B's engine since April 2024, although the manual says false.
        at: Bands in place of those that the settings give, for a sweep whose reports are counted
            in other units; ascending, without repeats.

    Raises:
        ValueError: The bands of `at` do not ascend, or one comes twice.
    """

    word: ClassVar[str] = "hyperband"
    example: ClassVar[str] = "hyperband(min_iter=5,eta=3,strict=false)"
    unwritten: ClassVar[tuple[str, ...]] = ("at",)
    keeps_words: ClassVar[bool] = True
    min_iter: Any = None
    max_iter: Any = None
    s: Any = None
    eta: Any = None
    strict: Any = None
    at: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        """Check the bands: nobody is followed who reaches two of them at once."""
        if any(first >= second for first, second in pairwise(self.at or ())):
            msg = "bands must ascend without repeats"
            raise ValueError(msg)

    @classmethod
    def from_block(cls, block: Mapping[str, Any]) -> Hyperband:
        """Take the known settings of an `early_terminate` block; W&B drops others silently.

        Raises:
            UsageError: The block's `type` is not hyperband, the only one that W&B's engine has.
        """
        kind = block.get("type")
        if kind != cls.word:
            shown = repr(kind) if isinstance(kind, str | None) else "something that is no word"
            msg = f"early_terminate has the type {shown}; W&B's engine knows only hyperband"
            raise UsageError(msg, "correct the sweep file, or pass --early-terminate")
        known = {setting.name for setting in cls.settings()}
        written = {name: block[name] for name in block if name in known}
        for name, value in written.items():
            if not isinstance(value, int | float | str | None):
                msg = f"early_terminate has no plain value under {name!r}"
                raise UsageError(msg, "correct the sweep file, or pass --early-terminate")
        return cls(**written)

    def as_block(self) -> dict[str, Any]:
        """The settings as an `early_terminate` block, what was not written left out."""
        written = {setting.name: getattr(self, setting.name) for setting in self.settings()}
        return {"type": self.word} | {k: v for k, v in written.items() if v is not None}

    @property
    def first_stop(self) -> int | None:
        """The first band."""
        return self.bands[0]

    @property
    def goes_by_order(self) -> bool:
        """It ranks."""
        return True

    @property
    def in_words(self) -> str:
        """Whom it stops.

        Raises:
            DataError: W&B's engine cannot run these settings.
        """
        value = "its value there" if self.strict_used else "its best value so far"
        return (
            f"A run is stopped if, at the last band that it has reached (report "
            f"{first_of(self.bands)}), {value} is not among the best "
            f"int(n / {self.eta_used:g}) + 1 of the n runs that have got there; it is judged anew "
            "as others arrive."
        )

    def resolved(self) -> Hyperband:
        """The same rule as W&B's engine runs it: `eta` and `strict` written out.

        Raises:
            DataError: W&B's engine cannot run these settings and would stop nothing.
        """
        self.refuse_unless_runnable()
        return replace(self, eta=self.eta_used, strict=self.strict_used)

    def refuse_unless_runnable(self) -> None:
        """Complain of settings on which W&B's engine raises.

        Raises:
            DataError: They are such.
        """
        _ = self.eta_used, self.strict_used, self.bands

    @cached_property
    def eta_used(self) -> float:
        """The factor that W&B's engine takes.

        Raises:
            DataError: It is no number above 1.
        """
        eta = DEFAULT_ETA if self.eta is None else self.eta
        if not _is_number(eta) or not eta > 1:
            raise _cannot_run(self, f"eta must be a number above 1, not {eta!r}")
        return eta

    @cached_property
    def strict_used(self) -> bool:
        """The mode that W&B's engine takes.

        Raises:
            DataError: It is neither true nor false.
        """
        strict = DEFAULT_STRICT if self.strict is None else self.strict
        if not isinstance(strict, bool):
            raise _cannot_run(self, f"strict must be true or false, not {strict!r}")
        return strict

    @cached_property
    def bands(self) -> tuple[int, ...]:
        """Numbers of finite reports at which runs are compared, ascending, without repeats.

        Raises:
            DataError: W&B's engine finds none.
        """
        if self.at is not None:
            return self.at
        if self.min_iter is not None and not _is_integer(self.min_iter, at_least=1):
            raise _cannot_run(
                self, f"min_iter must be a whole number from 1, not {self.min_iter!r}"
            )
        try:
            if self.max_iter is not None:
                bands = self._bands_below()
            elif self.min_iter is not None:
                bands = self._bands_above()
            else:
                raise _cannot_run(self, "it needs min_iter, or max_iter with s")
        except OverflowError:
            raise _cannot_run(self, "its bands lie beyond any number") from None
        return tuple(sorted({band for band in bands if band <= _MOST_REPORTS}))

    def _bands_below(self) -> list[int]:
        """`max_iter` divided by eta `s` times; `max_iter` itself is no band."""
        if not _is_integer(self.max_iter):
            raise _cannot_run(self, f"max_iter must be a whole number, not {self.max_iter!r}")
        if self.s is None:
            raise _cannot_run(self, "max_iter needs s, the number of bands below it")
        if not isinstance(self.s, int) or isinstance(self.s, bool):
            raise _cannot_run(self, f"s must be a whole number, not {self.s!r}")
        bands, band = [], self.max_iter
        for _ in range(min(self.s, _MOST_BANDS)):
            band /= self.eta_used
            if band < 1:
                break
            bands.append(int(band))
        if not bands:
            raise _cannot_run(self, "no band lies at 1 report or above")
        return bands

    def _bands_above(self) -> list[int]:
        """`min_iter` times powers of eta."""
        bands, band = [], self.min_iter
        for _ in range(_N_BANDS):
            bands.append(int(band))
            band *= self.eta_used
        return bands

    def rank(self, n_peers: int) -> int:
        """The place, from 0, of the threshold among `n_peers` sorted values."""
        return int((1.0 / self.eta_used) * n_peers)

    def band_index(self, n_reports: NDArray[np.int64]) -> NDArray[np.intp]:
        """`[N]` index of the highest band that each run has reached, -1 where none."""
        return np.searchsorted(self.bands, n_reports, side="right") - 1

    def decide(self, view: SweepView) -> Verdict:
        """Judge every active run at this moment.

        The threshold of a band comes from the values at that band of *all* runs that have
        reached it, in whatever state and itself included. Only the highest band that a run has
        reached is looked at; strictly worse than the threshold is stopped, ties survive.

        Raises:
            DataError: W&B's engine cannot run these settings.
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
            value[judged] = view.values[judged, b - 1] if self.strict_used else best[judged]
        return Verdict(
            stop=view.active & (band > 0) & (value > threshold),
            value=value,
            threshold=threshold,
            band=band,
            n_peers=n_peers,
        )

    def tracker(self, recorded: SweepView) -> RuleTracker:
        """Keep each band's values in order.

        Raises:
            DataError: W&B's engine cannot run these settings.
        """
        return _HyperbandTracker(self, recorded)

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

    @classmethod
    def grid(cls, horizon: int) -> Sequence[Hyperband]:
        """First bands at a twentieth to a fifth of a full run, eta 2 and 3; and one late band."""
        rules = [
            cls(min_iter=first, eta=eta, strict=strict)
            for first in shares_of(horizon, *_FIRST_SHARES)
            for eta in _ETAS
            for strict in (True, False)
        ]
        if horizon >= DEFAULT_ETA:
            rules += [cls(max_iter=horizon, s=1, strict=strict) for strict in (True, False)]
        return rules


class _HyperbandTracker(BandTracker):
    def __init__(self, rule: Hyperband, recorded: SweepView) -> None:
        super().__init__(rule.bands, rule.rank, recorded)
        self._best: list[list[float]] | None = None
        if not rule.strict_used:
            self._best = running_best(recorded.values).tolist()

    def stops(self, rows: Sequence[int]) -> list[int]:
        stopped = []
        for row in rows:
            index = self._index[row]
            if index < 0:
                continue
            value = (
                self._at_bands[row][index]
                if self._best is None
                else self._best[row][self._n_finite[row] - 1]
            )
            if value > self._thresholds[index]:
                stopped.append(row)
        return stopped


def _is_number(value: Any) -> bool:  # noqa: ANN401 - a setting is whatever the YAML held
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: Any, *, at_least: float = -np.inf) -> bool:  # noqa: ANN401 - as above
    if not _is_number(value) or value < at_least:
        return False
    return isinstance(value, int) or value.is_integer()


def _cannot_run(rule: Hyperband, why: str) -> DataError:
    return DataError(
        f"W&B's engine cannot run {rule}: {why}",
        "with such settings no run is ever stopped; correct them or pass --early-terminate",
    )
