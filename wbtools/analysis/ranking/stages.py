"""One configuration across the stages of a search: what more data or more epochs gave it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wbtools.analysis.ranking.leaderboard import values_of
from wbtools.model.configuration import canonical, configuration_key
from wbtools.stats.differences import Difference, difference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.analysis.ranking.leaderboard import Row
    from wbtools.model import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One configuration at one stage.

    Attributes:
        gain: Against the stage before in which it has full runs, positive where this one is
            better; None for the first, and where either has none.
    """

    stage: int
    row: Row
    gain: Difference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedConfiguration:
    """One configuration that several stages ran.

    Attributes:
        parameters: What made it the same; those that tell stages apart are not among them.
        steps: In the order in which the stages were given; at least two.
    """

    parameters: Mapping[str, object]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """What the stages have in common.

    Attributes:
        names: The parameters by which configurations were recognized.
        apart: Parameters that are one value within each stage, and another in some other: with
            the value at each stage; None where a stage does not record it.
        followed: The configurations of several stages, best at the last one first.
    """

    names: tuple[str, ...]
    apart: Mapping[str, tuple[object, ...]]
    followed: tuple[FollowedConfiguration, ...]


def follow(rows: Sequence[Row], n_stages: int, metric: Metric) -> Stages:
    """Find configurations that several stages ran.

    They are recognized by the parameters that some stage varied and every stage records. One that
    each stage holds fixed, as the number of samples, tells stages apart, not configurations.

    Args:
        rows: Of all stages, in the order of the leaderboard.
        n_stages: How many sweeps were given.
        metric: The first one.
    """
    by_stage = [[row for row in rows if row.configuration.stage == k] for k in range(n_stages)]
    values = [_values(stage_rows) for stage_rows in by_stage]
    shared = [name for name in values[0] if all(name in stage_values for stage_values in values)]
    names = tuple(
        name for name in shared if any(len(stage_values[name]) > 1 for stage_values in values)
    )
    apart = {
        name: tuple(
            next(iter(stage_values[name].values()), None) if name in stage_values else None
            for stage_values in values
        )
        for name in dict.fromkeys(name for stage_values in values for name in stage_values)
        if all(len(stage_values.get(name, {})) <= 1 for stage_values in values)
        and len({next(iter(stage_values.get(name, {})), None) for stage_values in values}) > 1
    }
    met: dict[str, list[Row]] = {}
    for row in rows if names else ():
        parameters = row.configuration.parameters
        if all(name in parameters for name in names):
            key = configuration_key({name: parameters[name] for name in names})
            met.setdefault(key, []).append(row)
    followed = [
        FollowedConfiguration(
            parameters={name: group[0].configuration.parameters[name] for name in names},
            steps=_steps(group, metric),
        )
        for group in met.values()
        if len({row.configuration.stage for row in group}) > 1
    ]
    place = {id(row): k for k, row in enumerate(rows)}
    followed.sort(
        key=lambda configuration: (
            -configuration.steps[-1].stage,
            place[id(configuration.steps[-1].row)],
        )
    )
    return Stages(names=names, apart=apart, followed=tuple(followed))


def _values(rows: Sequence[Row]) -> dict[str, dict[str, object]]:
    """By name, the different values of a stage, by what they are equal by."""
    values: dict[str, dict[str, object]] = {}
    for row in rows:
        for name, value in row.configuration.parameters.items():
            values.setdefault(name, {}).setdefault(canonical(value), value)
    return values


def _steps(rows: Sequence[Row], metric: Metric) -> tuple[Step, ...]:
    """One row a stage, the best, and the gain from one to the next that has full runs."""
    best: dict[int, Row] = {}
    for row in rows:
        best.setdefault(row.configuration.stage, row)
    steps: list[Step] = []
    before: Row | None = None
    for stage in sorted(best):
        row = best[stage]
        gain = None
        if row.lead is not None:
            if before is not None:
                gain = _gain(row, before, metric)
            before = row
        steps.append(Step(stage=stage, row=row, gain=gain))
    return tuple(steps)


def _gain(row: Row, before: Row, metric: Metric) -> Difference:
    """How much better a row is than the stage before, whichever way the metric goes."""
    sign = -metric.goal.sign
    return difference(
        [value * sign for value in values_of(row)], [value * sign for value in values_of(before)]
    )
