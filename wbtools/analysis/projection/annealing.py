"""How much annealing is left: a learning rate as a run logged it, or as its configuration tells it.

Schedules are known by the words that people use (`schedule`, `lr_scheduler`, `T_max`, `step_frac`,
`gamma`, `warmup`), whatever the prefix. What cannot be told is taken to be constant and flagged.
Where the run logged its rate, that tells how far it came; what would have followed is told by the
configuration as long as it agrees with what was logged.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.sweepfile.kinds import finite_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_KIND_KEY = re.compile(r"sched(?!uled_)", re.IGNORECASE)
_RATE_KEY = re.compile(
    r"(^|[._/-])(eta0?|(base_?|init(ial)?_?|max_?|peak_?)?(lr|learning_?rate))$", re.IGNORECASE
)
_KINDS = ("unknown", "constant", "cosine", "step", "plateau", "wsd")
_STABLE = 0.8
_LEAST = 1e-3
_NEAR = 0.15
"""How far a plan's share of the peak may be from the logged one before it is disbelieved."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LearningRateSchedule:
    """The shape of a learning rate over a full run.

    Attributes:
        kind: `cosine`, `linear`, `step`, `wsd`, `plateau`, `constant` or `unknown`.
        factor: `[H]` learning rate of each report by its peak.
        warmup: Share of the budget during which the rate still rises.
    """

    kind: str
    factor: NDArray[np.float64]
    warmup: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LearningRateState:
    """A run's learning rate up to its last report and after it, by the configured peak if known.

    Attributes:
        kind: Of its schedule, by the configuration.
        so_far: `[report]` rate of each report, positive.
        ahead: Rates of the reports that were left, or the last one where none were.
        n_left: Reports that were left.
        is_warming: Whether the rate was still on its first rise.
        is_logged: Whether `so_far` was logged; otherwise it is the configuration's.
        is_planned: Whether the configuration tells `ahead`; otherwise the rate is taken to stay.
    """

    kind: str
    so_far: NDArray[np.float64]
    ahead: NDArray[np.float64]
    n_left: int
    is_warming: bool
    is_logged: bool
    is_planned: bool

    @property
    def left(self) -> float:
        """The sum of the rates that were left."""
        return float(self.ahead.sum()) if self.n_left else 0.0

    @property
    def of_peak(self) -> float:
        """The last rate as a share of the highest so far."""
        return float(self.so_far[-1] / self.so_far.max())

    @property
    def least_of_peak(self) -> float:
        """The lowest rate still to come, as a share of the highest so far."""
        return float(self.ahead.min() / self.so_far.max())


def peak_rate(config: Mapping[str, object]) -> float:
    """The configured learning rate; NaN if no name says which it is."""
    for name in sorted(config):
        rate = finite_number(config[name])
        if _RATE_KEY.search(name) and 0 < rate < math.inf:
            return rate
    return math.nan


def course_of(
    config: Mapping[str, object],
    report: int,
    horizon: int,
    logged: NDArray[np.float64] | None = None,
) -> LearningRateState:
    """Tell a run's learning rate before and after its last report.

    Args:
        config: Flattened with dots.
        report: Reports made, from 1.
        horizon: Reports of a full run, not less.
        logged: `[report]` the rate at each report, finite and not negative; None, or NaN anywhere,
            if it was not logged. Nothing but zeros tells nothing.
    """
    plan = schedule_of(config, horizon)
    so_far = plan.factor[:report]
    n_left = horizon - report
    ahead = plan.factor[report:] if n_left else so_far[-1:]
    is_planned = plan.kind not in {"unknown", "plateau"}
    is_warming = plan.warmup * horizon > report
    # NaN is less than nothing: a rate that is not known throughout is none.
    if logged is None or not (logged >= 0).all() or not logged.any():
        return LearningRateState(
            kind=plan.kind,
            so_far=so_far,
            ahead=ahead,
            n_left=n_left,
            is_warming=is_warming,
            is_logged=False,
            is_planned=is_planned,
        )
    relative_rates = np.maximum(logged / logged.max(), _LEAST)
    is_planned = is_planned and abs(float(relative_rates[-1] - so_far[-1] / so_far.max())) <= _NEAR
    if report > 1:
        rises = (np.diff(relative_rates) >= 0).all() and relative_rates[-1] > relative_rates[-2]
        is_warming = bool(rises) and (is_warming or not is_planned)
    if is_planned:
        relative_rates = relative_rates * so_far.max()
        ahead = np.maximum(ahead * (relative_rates[-1] / so_far[-1]), _LEAST)
    else:
        ahead = np.full(max(n_left, 1), relative_rates[-1])
    return LearningRateState(
        kind=plan.kind,
        so_far=relative_rates,
        ahead=ahead,
        n_left=n_left,
        is_warming=is_warming,
        is_logged=True,
        is_planned=is_planned,
    )


def annealing(
    configs: Sequence[Mapping[str, object]],
    report: int,
    horizon: NDArray[np.float64],
    logged: NDArray[np.float64] | None = None,
) -> dict[str, NDArray[np.float64]]:
    """`[M]` features of the learning rate at a report and after it, for M configurations.

    Args:
        configs: M configurations.
        report: Reports made, from 1.
        horizon: `[M]` reports of a full run, none less than `report`.
        logged: `[M, report]` logged learning rates, NaN where unknown; None if there are none.
    """
    runs = [
        course_of(config, report, int(h), None if logged is None else logged[row])
        for row, (config, h) in enumerate(zip(configs, horizon, strict=True))
    ]
    now = np.array([run.so_far[-1] for run in runs])
    least, most = (np.array([pick(run.ahead) for run in runs]) for pick in (np.min, np.max))
    peak = np.array([run.so_far.max() for run in runs])
    left = np.array([run.left / run.so_far.sum() for run in runs])
    return {
        "rate_of_peak": now / peak,
        "rate": now,
        "anneal": np.log10(now / least),
        "rise": np.log10(np.maximum(most / now, 1)),
        "rate_left": np.log(np.maximum(left, 1e-3)),
        "is_warming": np.array([float(run.is_warming) for run in runs]),
        **{f"is_{kind}": np.array([float(run.kind == kind) for run in runs]) for kind in _KINDS},
    }


def schedule_of(config: Mapping[str, object], horizon: int) -> LearningRateSchedule:
    """Read a run's schedule.

    Args:
        config: Flattened with dots.
        horizon: Reports of a full run, at least 1.
    """
    kind, warmed = _kind(config)
    at = (np.arange(horizon) + 0.5) / horizon
    warmup = _share(config, ("warmup", "warm_up"), horizon, 0.1 if warmed else 0.0)
    warmup = min(max(warmup, 0.0), 0.9)
    after = np.clip((at - warmup) / (1 - warmup), 0, 1)
    factor = np.ones(horizon)
    if kind == "cosine":
        t_max = max(_share(config, ("t_max", "tmax"), horizon, 1.0), 1 / horizon)
        factor = (1 + np.cos(np.pi * after / t_max)) / 2
    elif kind == "linear":
        factor = 1 - after
    elif kind == "step":
        every = max(_share(config, ("step", "milestone"), horizon, 1 / 3), 1 / horizon)
        gamma = _number(config, ("gamma", "decay_factor", "lr_factor"), 0.1)
        factor = min(max(gamma, _LEAST), 1.0) ** np.floor(after / every)
    elif kind == "wsd":
        factor = np.clip((1 - at) / (1 - _STABLE), 0, 1)
    if warmup:
        factor = factor * np.clip(at / warmup, 0, 1)
    return LearningRateSchedule(kind=kind, factor=np.maximum(factor, _LEAST), warmup=warmup)


def _kind(config: Mapping[str, object]) -> tuple[str, bool]:
    for name in sorted(config):
        value = config[name]
        if _KIND_KEY.search(name) and isinstance(value, str):
            word = value.lower()
            warmed = "warm" in word and "restart" not in word
            for kind, marks in (
                ("cosine", ("cos", "onecycle", "one_cycle")),
                ("wsd", ("wsd", "trapez")),
                ("linear", ("linear", "poly")),
                ("step", ("step", "expon")),
                ("plateau", ("plateau",)),
                ("constant", ("const", "none", "fixed")),
            ):
                if any(mark in word for mark in marks):
                    return kind, warmed
            return "unknown", warmed
    if any(re.search(r"t_?max$", name, re.IGNORECASE) for name in config):
        return "cosine", False
    return "unknown", False


def _number(config: Mapping[str, object], marks: tuple[str, ...], default: float) -> float:
    for name in sorted(config):
        value = finite_number(config[name])
        if math.isfinite(value) and any(mark in name.lower() for mark in marks):
            return value
    return default


def _share(
    config: Mapping[str, object], marks: tuple[str, ...], horizon: int, default: float
) -> float:
    """A duration as a share of the budget: given as one, or in reports."""
    for name in sorted(config):
        last, value = name.lower().rpartition(".")[2], finite_number(config[name])
        if not math.isfinite(value) or value < 0 or not any(mark in last for mark in marks):
            continue
        is_share = "frac" in last or "ratio" in last or isinstance(config[name], float)
        if is_share and 0 < value <= 1:
            return value
        return value if "frac" in last or "ratio" in last else value / horizon
    return default
