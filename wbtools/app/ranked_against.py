"""What a leaderboard's values are set against: where it is read, and each run's number of it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wbtools.analysis.ranking.pareto import Against, AgainstSource
from wbtools.app.opening.context_series import with_summaries
from wbtools.app.opening.metric_names import listed, near_hint
from wbtools.errors import DataError, UsageError
from wbtools.model import AskedMetric, Goal, parse_metric
from wbtools.sweepfile.kinds import finite_number
from wbtools.text.numbers import S_PER_H

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.ranking.configurations import RunMeasurement
    from wbtools.app.opening.source import SweepSource
    from wbtools.model import Metric, Sweep

COST: Final = "cost"
_OPTION: Final = "--against"


def parse_against(text: str | None) -> AskedMetric | None:
    """Read `cost`, `NAME` or `NAME:GOAL`; None where values are set against nothing.

    Raises:
        UsageError: There is no name.
    """
    return None if text is None else parse_metric(text, option=_OPTION)


def with_quantity(
    opened: SweepSource, sweep: Sweep, asked: AskedMetric | None, metrics: Sequence[Metric]
) -> Sweep:
    """The sweep with its runs' summaries, where only these may hold what is asked for."""
    if asked is None or asked.name == COST or asked.name in {metric.name for metric in metrics}:
        return sweep
    if any(asked.name in run.config for run in sweep.runs):
        return sweep
    return with_summaries(opened, sweep)


def set_against(
    runs: Sequence[RunMeasurement], asked: AskedMetric, metrics: Sequence[Metric]
) -> tuple[list[RunMeasurement], Against]:
    """The runs with what their values are set against, and what that is.

    Args:
        runs: All runs of all sweeps.
        asked: What the user names.
        metrics: What runs are ranked by.

    Raises:
        UsageError: It is what runs are ranked by first, or no run holds it.
        DataError: No run has a number of it.
    """
    name = asked.name
    named = {metric.name: k for k, metric in enumerate(metrics)}
    if name == metrics[0].name:
        msg = f"{_OPTION} {name!r} is what runs are ranked by"
        raise UsageError(
            msg,
            f"name another one, or rank by another one with --metric; {_OPTION} "
            f"{COST} takes the hours of a run",
        )
    goal = asked.goal
    if name == COST:
        source = AgainstSource.COST
        numbers = [math.nan if x is None else x / S_PER_H for x in (r.run.runtime_s for r in runs)]
    elif name in named:
        source, k = AgainstSource.METRIC, named[name]
        goal = goal or metrics[k].goal
        numbers = [finite_number(run.values[k]) for run in runs]
    elif any(name in run.run.config for run in runs):
        source = AgainstSource.CONFIG
        numbers = [finite_number(run.run.config.get(name)) for run in runs]
    else:
        source = AgainstSource.SUMMARY
        numbers = [finite_number(run.run.summary.get(name)) for run in runs]
    if not any(map(math.isfinite, numbers)):
        raise _nothing(runs, name)
    against = Against(name=name, goal=goal or Goal.MINIMIZE, source=source)
    known = [number if math.isfinite(number) else None for number in numbers]
    return [replace(run, against=x) for run, x in zip(runs, known, strict=True)], against


def _nothing(runs: Sequence[RunMeasurement], name: str) -> UsageError | DataError:
    """Why no run has a number of it."""
    if name == COST:
        msg = f"{_OPTION} {COST}: no run says how long it took"
        return DataError(msg, f"name a number that the runs hold: {_OPTION} NAME")
    held = Counter(key for run in runs for key in (*run.run.config, *run.run.summary))
    if held[name]:
        return DataError(f"{_OPTION} {name!r}: no run has a number of it", "name another one")
    numbers = {
        key: n
        for key, n in held.items()
        if any(
            math.isfinite(finite_number({**run.run.config, **run.run.summary}.get(key)))
            for run in runs
        )
    }
    msg = f"{_OPTION} {name!r}: no run holds it in its configuration or its summary"
    hint = f"they hold {listed(numbers)}" if numbers else f"{_OPTION} {COST} takes a run's hours"
    return UsageError(msg, near_hint(name, numbers, hint))
