"""How good predictions on replayed sweeps are: joined with the truth, then measured.

Candidates are the runs that were stopped or killed; a gem is one whose best value over the full
budget, had it trained on (known: it did), is strictly better than the best of the finished runs.
Errors are divided by a sweep's `scale`, the mean further gain of its candidates, so that predicting
no further gain has an MAE of 1 (in logarithms where the truth says so). Each metric is computed by
task and then averaged over tasks; calibration is pooled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import poisson, rankdata

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LEVELS = np.arange(0.01, 1, 0.02)
_Z = np.array([NormalDist().inv_cdf(level) for level in LEVELS])
_Z95 = 1.6448536269514722
_MOST_ERROR, _MOST_WIS = 10.0, 40.0
_SURE = 1e-4
_NEEDED = ("p_gem", "mean", "lo90", "hi90")
_SUMMED = ("sweeps", "cand", "gems", "gem_sweeps", "gems_pred")

LOWER, HIGHER = "lower", "higher"
AIMS: dict[str, str | float] = {
    "mae": LOWER,
    "medae": LOWER,
    "mae_top": LOWER,
    "crps": LOWER,
    "wis90": LOWER,
    "cov90": 0.9,
    "cov90_top": 0.9,
    "auc": HIGHER,
    "ap": HIGHER,
    "auc_pool": HIGHER,
    "ap_pool": HIGHER,
    "p@3": HIGHER,
    "hit@3": HIGHER,
    "recall@5": HIGHER,
    "recall@5micro": HIGHER,
    "rescue@3": HIGHER,
    "hit@3_ranked": HIGHER,
    "rescue@3_ranked": HIGHER,
    "logloss": LOWER,
    "llskill": HIGHER,
    "brier": LOWER,
    "bss": HIGHER,
    "ece": LOWER,
    "gem_ratio": 1.0,
}
"""Which way a metric is better: lower, higher, or the nearer to a number."""

_CANDIDATE = np.dtype(
    [
        *((name, float) for name in ("p", "score", "y", "mean", "lo", "hi", "crps", "scale")),
        ("seen", float),
        ("gem", bool),
        ("top", bool),
    ]
)
_SWEEP = np.dtype(
    [
        ("id", object),
        ("task", object),
        ("n", int),
        ("missing", int),
        ("can_rank", bool),
        ("gems", int),
        ("hits@5", int),
        *((name, float) for name in ("auc", "ap", "p@3", "hit@3", "recall@5")),
        *((name, float) for name in ("rescued", "regret", "seconds")),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Joined:
    """Predictions beside the truth; lower is better.

    Attributes:
        sweeps: One entry a sweep: how many candidates and gems it has, how well they were ranked
            (NaN without a gem), what share of the regret the first three recover, whether the
            method said that it can rank.
        candidates: One entry a candidate, those of the first sweep first: P(gem), what ranks it,
            truth, middle, 90 % interval, CRPS in units of the sweep's scale, share of the budget
            that was seen, whether it is a gem, and in the better quarter of its sweep.
    """

    sweeps: np.ndarray
    candidates: np.ndarray

    def take(self, rows: np.ndarray) -> Joined:
        """Some sweeps, perhaps several times."""
        ends = np.cumsum(self.sweeps["n"])
        sweeps = self.sweeps[rows]
        starts = (ends - self.sweeps["n"])[rows]
        within = np.arange(sweeps["n"].sum()) - np.repeat(
            np.cumsum(sweeps["n"]) - sweeps["n"], sweeps["n"]
        )
        return replace(
            self, sweeps=sweeps, candidates=self.candidates[np.repeat(starts, sweeps["n"]) + within]
        )

    def by_task(self) -> dict[str, np.ndarray]:
        """Rows of the sweeps of each task, in the order in which tasks come."""
        rows: dict[str, list[int]] = {}
        for row, task in enumerate(self.sweeps["task"].tolist()):
            rows.setdefault(task, []).append(row)
        return {task: np.array(some) for task, some in rows.items()}


def join(
    sweeps: Sequence[Mapping],
    truth: Sequence[Mapping],
    records: Sequence[Mapping],
    *,
    allow_missing: bool = False,
) -> Joined:
    """Put the predictions beside the truth.

    Args:
        sweeps: As their users saw them.
        truth: What became of the runs.
        records: `{sweep_id, predictions: {run_id: {p_gem, mean, lo90, hi90[, score][, q]}}}`, and
            perhaps `seconds` and `can_rank`; in the metric's own units.
        allow_missing: Take no further gain and no gem where there is no usable prediction.
    """
    true = {entry["sweep_id"]: entry for entry in truth}
    recorded = {entry["sweep_id"]: entry for entry in records}
    entries, candidates = [], []
    for sweep in sweeps:
        record = recorded.get(sweep["sweep_id"], {})
        rows, missing, bar = _candidates(
            sweep, true[sweep["sweep_id"]], record, allow_missing=allow_missing
        )
        seconds = record.get("seconds")
        entry = np.zeros(1, _SWEEP)[0]
        entry["id"], entry["task"] = sweep["sweep_id"], sweep["task"]
        entry["n"], entry["missing"] = len(rows), missing
        entry["can_rank"] = record.get("can_rank", True)
        entry["seconds"] = np.nan if seconds is None else seconds
        _rank(entry, rows, bar)
        entries.append(entry)
        candidates.append(rows)
    return Joined(sweeps=np.array(entries, _SWEEP), candidates=np.concatenate(candidates))


def _candidates(
    sweep: Mapping, truth: Mapping, record: Mapping, *, allow_missing: bool
) -> tuple[np.ndarray, int, float]:
    """Candidates of a sweep, how many had no usable prediction, and the bar; lower is better."""
    sign = 1.0 if sweep["goal"] == "minimize" else -1.0
    is_log, least = truth.get("transform") == "log", truth["best_all"] / 100

    def turned(value: float | np.ndarray) -> np.ndarray:
        return sign * (np.log(np.maximum(value, least)) if is_log else np.asarray(value))

    bests = [sign * run["best"] for run in truth["runs"].values() if run["best"] is not None]
    top = np.quantile(bests, 0.25)
    rows, missing = [], 0
    for run in sweep["runs"]:
        actual = truth["runs"][run["run_id"]]
        if run["state"] not in {"stopped", "killed"} or actual["best"] is None:
            continue
        prediction = record.get("predictions", {}).get(run["run_id"])
        if not _is_usable(prediction):
            if not allow_missing:
                msg = f"sweep {sweep['sweep_id']}: no usable prediction for run {run['run_id']}"
                raise SystemExit(msg)
            missing += 1
            prediction = _no_gain(run, sign)
        quantiles = np.sort(turned(quantiles_of(prediction)))
        y = float(turned(actual["best"]))
        row = np.zeros(1, _CANDIDATE)[0]
        row["p"] = min(max(float(prediction["p_gem"]), 0.0), 1.0)
        row["score"] = prediction.get("score", prediction["p_gem"])
        row["y"], row["mean"] = y, turned(prediction["mean"])
        row["lo"], row["hi"] = turned(prediction["lo90"]), turned(prediction["hi90"])
        if sign < 0:
            row["lo"], row["hi"] = row["hi"], row["lo"]
        row["scale"] = truth["scale"]
        row["crps"] = min(crps(quantiles, y) / truth["scale"], _MOST_ERROR)
        row["seen"] = len(run["history"]) / sweep["budget"]
        row["gem"], row["top"] = actual["gem"], sign * actual["best"] <= top
        rows.append(row)
    return np.array(rows, _CANDIDATE), missing, float(turned(truth["best_finished"]))


def _is_usable(prediction: Mapping | None) -> bool:
    return prediction is not None and all(
        prediction.get(name) is not None and math.isfinite(prediction[name]) for name in _NEEDED
    )


def _no_gain(run: Mapping, sign: float) -> dict[str, float]:
    known = [sign * value for value in run["history"] if value is not None]
    best = sign * min(known) if known else 0.0
    return {"p_gem": 0.0, "mean": best, "lo90": best, "hi90": best}


def _rank(entry: np.void, rows: np.ndarray, bar: float) -> None:
    """How well the candidates of a sweep were ranked; of equal ones the better middle is first."""
    gems = rows["gem"]
    n_gems = int(gems.sum())
    entry["gems"] = n_gems
    for name in ("auc", "ap", "p@3", "hit@3", "recall@5", "rescued", "regret"):
        entry[name] = np.nan
    if not n_gems:
        return
    order = np.lexsort((rows["mean"], -rows["score"]))
    place = np.empty(len(rows))
    place[order] = -np.arange(len(rows))
    first = gems[order]
    entry["hits@5"] = first[:5].sum()
    entry["auc"], entry["ap"] = auc(place, gems), average_precision(place, gems)
    entry["p@3"], entry["hit@3"] = first[:3].sum() / 3, first[:3].any()
    entry["recall@5"] = first[:5].sum() / min(5, n_gems)
    scale = rows["scale"][0]
    entry["rescued"] = max(0.0, bar - rows["y"][order[:3]].min()) / scale
    entry["regret"] = (bar - rows["y"].min()) / scale


def quantiles_of(prediction: Mapping) -> np.ndarray:
    """`[50]` quantiles at `LEVELS`: of `q` where given, else two halves of normal distributions."""
    if prediction.get("q"):
        known = sorted((float(level), float(value)) for level, value in prediction["q"].items())
        values = np.maximum.accumulate([value for _, value in known])
        return np.interp(LEVELS, [level for level, _ in known], values)
    middle, low, high = prediction["mean"], prediction["lo90"], prediction["hi90"]
    below, above = max(middle - low, 0) / _Z95, max(high - middle, 0) / _Z95
    return middle + _Z * np.where(_Z < 0, below, above)


def crps(quantiles: np.ndarray, y: float) -> float:
    """Continuous ranked probability score of a distribution given by quantiles at `LEVELS`."""
    return float(2 * np.mean((y - quantiles) * (LEVELS - (y < quantiles))))


def auc(score: np.ndarray, gem: np.ndarray) -> float:
    """How often a gem has the higher score than another run, ties half; NaN without both."""
    n, m = int(gem.sum()), int((~gem).sum())
    if not n or not m:
        return math.nan
    return float((rankdata(score)[gem].sum() - n * (n + 1) / 2) / (n * m))


def average_precision(score: np.ndarray, gem: np.ndarray) -> float:
    """The mean of the best and the worst that ties allow; NaN without a gem."""
    if not gem.any():
        return math.nan
    both = []
    for tie in (gem.astype(int), -gem.astype(int)):
        hit = gem[np.lexsort((tie, -score))]
        both.append((np.cumsum(hit) / np.arange(1, len(hit) + 1))[hit].mean())
    return float(sum(both) / 2)


def calibration_error(p: np.ndarray, gem: np.ndarray, bins: int) -> float:
    """Expected calibration error over bins of equal counts; equal ones always share a bin."""
    _, which, counts = np.unique(p, return_inverse=True, return_counts=True)
    place = ((np.cumsum(counts) - counts / 2) * bins / len(p)).astype(int)[which]
    size = np.bincount(place)
    gap = np.bincount(place, weights=p) - np.bincount(place, weights=gem.astype(float))
    return float(np.abs(gap[size > 0]).sum() / len(p))


def log_loss(p: np.ndarray, share: np.ndarray) -> float:
    """Of probabilities that are kept off certainty; a share that came true counts by its parts."""
    kept, true = np.clip(p, _SURE, 1 - _SURE), share.astype(float)
    return float(-(true * np.log(kept) + (1 - true) * np.log(1 - kept)).mean())


def metrics(joined: Joined) -> dict[str, float]:
    """Every metric of some sweeps, usually of one task; they have candidates."""
    rows, sweeps = joined.candidates, joined.sweeps
    y, low, high, scale, gem, p = (rows[name] for name in ("y", "lo", "hi", "scale", "gem", "p"))
    error = np.abs(rows["mean"] - y) / scale
    tolerance = 1e-6 * scale
    held = (y >= low - tolerance) & (y <= high + tolerance)
    outside = np.maximum(low - y, 0) + np.maximum(y - high, 0)
    with_gems = sweeps[sweeps["gems"] > 0]
    ranked = with_gems[with_gems["can_rank"]]
    jitter = 1e-9 * np.random.default_rng(0).random(len(rows))
    return {
        "sweeps": len(sweeps),
        "cand": len(rows),
        "gems": int(gem.sum()),
        "base": float(gem.mean()),
        "mae": float(np.minimum(error, _MOST_ERROR).mean()),
        "medae": float(np.median(error)),
        "mae_top": _mean(np.minimum(error, _MOST_ERROR)[rows["top"]]),
        "crps": float(rows["crps"].mean()),
        "cov90": float(held.mean()),
        "cov90_top": _mean(held[rows["top"]]),
        "width90": float(np.median((high - low) / scale)),
        "wis90": float(np.minimum(((high - low) + 20 * outside) / scale, _MOST_WIS).mean()),
        "gem_sweeps": len(with_gems),
        **{name: _mean(with_gems[name]) for name in ("auc", "ap", "p@3", "hit@3", "recall@5")},
        "recall@5micro": _ratio(with_gems["hits@5"], with_gems["gems"]),
        "rescue@3": _ratio(with_gems["rescued"], with_gems["regret"]),
        "abstain": float(1 - sweeps["can_rank"].mean()),
        "hit@3_ranked": _mean(ranked["hit@3"]),
        "rescue@3_ranked": _ratio(ranked["rescued"], ranked["regret"]),
        "auc_pool": auc(rows["score"], gem),
        "ap_pool": average_precision(rows["score"] + jitter, gem),
        "logloss": log_loss(p, gem),
        "brier": float(((p - gem) ** 2).mean()),
        "ece": calibration_error(p, gem, 10),
        "gems_pred": float(p.sum()),
    }


def macro(joined: Joined) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """The mean over tasks of every metric, with calibration pooled; and the metrics by task."""
    by_task = {task: joined.take(rows) for task, rows in joined.by_task().items()}
    per = {task: metrics(some) for task, some in by_task.items() if len(some.candidates)}
    overall = {}
    for name in next(iter(per.values())):
        values = np.array([measures[name] for measures in per.values()], float)
        overall[name] = float(values.sum()) if name in _SUMMED else _mean(values)
    p, gem = joined.candidates["p"], joined.candidates["gem"]
    base = min(max(float(gem.mean()), _SURE), 1 - _SURE)
    entropy = -(base * math.log(base) + (1 - base) * math.log(1 - base))
    overall["ece"] = calibration_error(p, gem, 15)
    overall["logloss"], overall["brier"] = log_loss(p, gem), float(((p - gem) ** 2).mean())
    overall["llskill"] = 1 - overall["logloss"] / entropy
    overall["bss"] = 1 - overall["brier"] / (base * (1 - base))
    overall["gem_ratio"] = float(p.sum() / max(1, gem.sum()))
    overall["sec"] = _mean(joined.sweeps["seconds"])
    return overall, per


def poisson_interval(expected: float) -> tuple[float, float]:
    """Between which numbers of gems nine in ten lie where so many are expected."""
    low, high = poisson.ppf((0.05, 0.95), max(expected, 1e-12))
    return float(low), float(high)


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)] if values.dtype.kind == "f" else values
    return float(known.mean()) if len(known) else math.nan


def _ratio(part: np.ndarray, whole: np.ndarray) -> float:
    total = float(whole.sum())
    return float(part.sum()) / total if total else math.nan
