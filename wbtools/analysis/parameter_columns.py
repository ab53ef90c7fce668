"""Which columns of a run table hold parameters, where nothing in the table says so.

W&B's export and tables that people write keep results and configuration side by side. A result
that is taken for a parameter keeps the seeds of one configuration apart, and seems to matter more
than anything else. So a column is left out that is called like a result, or like a time; whose
texts name each run; or whose numbers follow the metric so closely that no parameter does. What the
sweep's own file searches is a parameter whatever it is called, and so is what the user names.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.sweepfile.goal_names import QUALIFIERS, is_metric_word, words_of_name
from wbtools.sweepfile.kinds import is_number

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from wbtools.model import Sweep

CLOSEST: Final = 0.98
"""Pearson's, or Spearman's, correlation with the metric beyond which numbers are another view of
the result: an error rate, a fifth power."""
_FEWEST_FOR_RANKS: Final = 20
"""Of fewer runs, a parameter may put them in order without noise."""
_FEWEST_RUNS: Final = 8
"""Of fewer, chance makes such a correlation, and texts that all differ may be choices."""
_LOGGED_UNDER: Final = (
    *("train/", "val/", "valid/", "validation/", "test/", "eval/", "dev/", "metrics/", "perf/"),
    *("system/", "gradients/", "parameters/", "rollout/", "charts/", "losses/"),
)
_TIMES: Final = frozenset({"time", "times", "elapsed", "duration", "runtime", "walltime"})
_UNITS: Final = frozenset(
    {"s", "ms", "sec", "secs", "second", "seconds", "min", "minutes", "h", "hours"}
)
_MEASURED: Final = frozenset(
    {
        "train", "training", "fit", "val", "valid", "validation", "eval", "evaluation", "test",
        "score", "inference", "predict", "epoch", "step", "iter", "wall", "run", "total", "cpu",
        "gpu", "process", "per", "mean", "std", "avg", "average", "median",
    }
)  # fmt: skip
"""What a time may be that of, so that it was measured: `eval_time_s`, but not `diffusion_time`."""
_OF_SETTINGS: Final = frozenset(
    {
        "lambda", "lamda", "alpha", "beta", "gamma", "weight", "w", "coef", "coeff", "scale", "num",
        "n", "use", "with", "target", "tol", "tolerance", "lr", "eps",
    }
)  # fmt: skip
"""Words that make a setting of the metric that they stand before: `beta_kl`, `target_reward`."""
_OUTCOMES: Final = frozenset(
    {"success", "succeeded", "solved", "passed", "verdict", "converged", "diverged", "outcome"}
)
"""Words for how a run turned out, which no number tells."""
_PRECISIONS: Final = frozenset({8, 16, 32, 64})


def with_parameters(
    sweep: Sweep,
    metrics: Collection[str],
    *,
    named: Sequence[str] = (),
    searched: Collection[str] = (),
) -> Sweep:
    """The same runs, with nothing but parameters in their configurations.

    Args:
        sweep: Of a run table; its configurations hold every column that may be one.
        metrics: By which the runs are judged; the first one is compared with other columns.
        named: Patterns of the columns that the user calls parameters.
        searched: Parameters of the sweep's own file.
    """
    if sweep.table is None:
        return sweep
    columns = {name: _column(sweep, name) for name in _names(sweep)}
    candidates = {name for run in sweep.runs for name in run.config}
    expected = columns.keys() - candidates
    if not sweep.table.tells_parameters:
        candidates -= {*metrics}
        judged = columns.get(next(iter(metrics), ""), ())
        candidates = {
            name
            for name in candidates
            if name in searched or not _is_no_parameter(name, columns[name], judged)
        }
    kept = candidates | {
        name for name in columns if any(fnmatchcase(name, pattern) for pattern in named)
    }
    left_out = [name for name in columns if name not in kept and name not in metrics]
    # What was judged comes first: nobody takes a column of times for a parameter.
    left_out.sort(key=lambda name: name in expected)
    runs = tuple(
        replace(
            run,
            config={
                name: value for name, value in {**run.summary, **run.config}.items() if name in kept
            },
        )
        for run in sweep.runs
    )
    return replace(sweep, runs=runs, table=replace(sweep.table, not_parameters=tuple(left_out)))


def _names(sweep: Sweep) -> list[str]:
    """All columns that hold anything, as they come."""
    return list(dict.fromkeys(name for run in sweep.runs for name in (*run.summary, *run.config)))


def _column(sweep: Sweep, name: str) -> list[object]:
    """The values of a column; None where a run has none."""
    return [run.config.get(name, run.summary.get(name)) for run in sweep.runs]


def _is_no_parameter(name: str, column: Sequence[object], judged: Sequence[object]) -> bool:
    if _is_called_a_time(name):
        return True
    numbers = _numbers(column)
    if np.isfinite(numbers).any():
        return _is_called_a_result(name, numbers) or _follows(numbers, _numbers(judged))
    if name.strip().lower().startswith(_LOGGED_UNDER) or not _OUTCOMES.isdisjoint(
        words_of_name(name)
    ):
        return True
    texts = [value for value in column if isinstance(value, str)]
    return len(texts) >= _FEWEST_RUNS and len({*texts}) == len(texts)


def _numbers(column: Sequence[object]) -> NDArray[np.float64]:
    return np.array([float(value) if is_number(value) else math.nan for value in column])


def _is_called_a_time(name: str) -> bool:
    """Whether a column is called like a time that was measured: `elapsed`, `mean_fit_time`."""
    words = words_of_name(name)
    is_time = not _TIMES.isdisjoint(words) or not {"secs", "seconds"}.isdisjoint(words)
    return is_time and {*words} <= _TIMES | _UNITS | _MEASURED


def _is_called_a_result(name: str, numbers: NDArray[np.float64]) -> bool:
    """Whether a column of numbers is called like one: `train_loss`, `val/f1_macro`, `best_acc`.

    `loss_weight` and `target_accuracy_epochs` are not: the metric's word does not end the name. A
    `precision` of 16 or 32 is one of bits.
    """
    lower = name.strip().lower()
    if lower.startswith(_LOGGED_UNDER):
        return True
    words = words_of_name(name)
    while len(words) > 1 and words[-1] in QUALIFIERS:
        words.pop()
    if not words or not is_metric_word(words[-1]) or not _OF_SETTINGS.isdisjoint(words):
        return False
    known = numbers[np.isfinite(numbers)]
    return not (words[-1] == "precision" and _PRECISIONS.issuperset(known))


def _follows(
    numbers: NDArray[np.float64],
    judged: NDArray[np.float64],
) -> bool:
    """Whether a column goes with the metric more closely than a parameter does.

    Listed numbers are none of these: a result hardly ever takes the same value again.
    """
    if not len(judged):
        return False
    both = np.isfinite(numbers) & np.isfinite(judged)
    x, y = numbers[both], judged[both]
    if len(x) < _FEWEST_RUNS or 2 * len(np.unique(x)) <= len(x) or np.ptp(x) == 0 or np.ptp(y) == 0:
        return False
    from scipy.stats import rankdata  # noqa: PLC0415 - 0.5 s that only run tables have to pay

    with np.errstate(all="ignore"):
        if abs(np.corrcoef(x, y)[0, 1]) > CLOSEST:
            return True
        ranks = np.corrcoef(rankdata(x), rankdata(y))[0, 1]
    return len(x) >= _FEWEST_FOR_RANKS and bool(abs(ranks) > CLOSEST)
