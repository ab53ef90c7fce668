"""The metrics of a leaderboard: which ones, which way is up, and where both were read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wbtools.app.opening.question import AuditOptions, resolve_question, settle_asked
from wbtools.errors import UsageError
from wbtools.model import AskedMetric, parse_metric
from wbtools.model.metric import goal_hint
from wbtools.sweepfile.goal_names import contradicted, settle_metric

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from wbtools.app.opening.question import WrittenSpec
    from wbtools.app.opening.source import SweepSource
    from wbtools.model import Goal, Metric


def ranked_metrics(
    texts: Sequence[str],
    goal: Goal | None,
    last: SweepSource,
    written: Sequence[WrittenSpec | None],
    *,
    sweep_file: Path | None,
) -> tuple[tuple[Metric, ...], str]:
    """The metrics with their goals, and in words where both were read.

    Args:
        texts: `NAME` or `NAME:GOAL`, each; the last sweep's own metric if there are none.
        goal: Of the metrics that say none.
        last: The last sweep.
        written: The sweeps' own configurations.
        sweep_file: The last sweep's own file, if the user names it.

    Raises:
        UsageError: A metric is named twice or with two goals, or nothing tells a goal; or nothing
            tells a metric.
        DataError: A metric whose goal nothing tells is not among those that were logged.
    """
    own = _own_metrics(written)
    if texts:
        named = [_metric(asked, text, own, last) for text, asked in _asked(texts, goal).items()]
        places = dict.fromkeys(place for _, place in named)
        return tuple(metric for metric, _ in named), ", ".join(places)
    if not own:
        # It says best why nothing tells.
        resolve_question(AuditOptions(sweep_file=sweep_file), last)
    latest = list(own.values())[-1]
    if goal is not None:
        asked = AskedMetric(name=latest.metric.name, goal=goal)
        metric = settle_metric(asked, latest.metric)
        doubt = contradicted(metric, latest.metric, latest.place)
        return (metric,), f"{latest.place}, its goal by --goal{doubt}"
    latest.refuse_two_goals()
    return (latest.metric,), latest.place + contradicted(latest.metric, None, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _OwnMetric:
    """A metric of the sweeps' own configurations.

    Attributes:
        metric: As the last sweep that names it has it.
        place: Where that was read.
        goals: All that the sweeps give it.
    """

    metric: Metric
    place: str
    goals: frozenset[Goal]

    def refuse_two_goals(self) -> None:
        if len(self.goals) > 1:
            name = self.metric.name
            msg = f"the sweeps disagree on whether {name!r} is to be minimized or maximized"
            raise UsageError(msg, f"if they measure the same thing at all, {goal_hint(name)}")


def _own_metrics(written: Sequence[WrittenSpec | None]) -> dict[str, _OwnMetric]:
    """By name."""
    own: dict[str, _OwnMetric] = {}
    for found in written:
        metric = None if found is None else found.spec.metric
        if found is None or metric is None:
            continue
        before = own.get(metric.name)
        goals = frozenset({metric.goal}) | (frozenset() if before is None else before.goals)
        own[metric.name] = _OwnMetric(metric=metric, place=found.place, goals=goals)
    return own


def _asked(texts: Sequence[str], goal: Goal | None) -> dict[str, AskedMetric]:
    """What `--metric` names, by text; `--goal` is of those that say none, if there are any."""
    named = {text: parse_metric(text) for text in texts}
    if len({metric.name for metric in named.values()}) < len(texts):
        msg = "--metric names a metric twice"
        raise UsageError(msg, "name each once")
    if all(metric.goal is not None for metric in named.values()):
        return {text: parse_metric(text, goal) for text in texts}
    return {text: replace(metric, goal=metric.goal or goal) for text, metric in named.items()}


def _metric(
    asked: AskedMetric, text: str, own: Mapping[str, _OwnMetric], last: SweepSource
) -> tuple[Metric, str]:
    """A metric with its goal, and in words where both were read."""
    known = own.get(asked.name)
    if known is not None and asked.goal is None:
        known.refuse_two_goals()
    metric = settle_asked(asked, None if known is None else known.metric, last)
    doubt = contradicted(metric, *((None, "") if known is None else (known.metric, known.place)))
    if asked.goal is not None:
        return metric, ("--metric" if text != asked.name else "--metric and --goal") + doubt
    if known is not None:
        return metric, f"--metric, over {known.place}{doubt}"
    return metric, f"--metric; {metric.inferred_words}"
