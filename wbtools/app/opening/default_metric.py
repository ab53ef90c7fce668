"""The metric of the project's settings, which fills in where nothing of the sweep says one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wbtools.sources.settings_file import project_settings

if TYPE_CHECKING:
    from wbtools.app.opening.source import SweepSource
    from wbtools.model import AskedMetric, Goal
    from wbtools.sweepfile.spec import SweepSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultMetric:
    """A metric that the project's settings name, and that is used; that it is was told.

    Attributes:
        asked: The metric, with its goal if the settings say that.
        words: Where it stands: `set in ./pyproject.toml`.
    """

    asked: AskedMetric
    words: str


def default_metric(spec: SweepSpec | None, source: SweepSource) -> DefaultMetric | None:
    """The settings' metric, for a sweep whose own configuration names none.

    None where the sweep says its metric itself, where none of its runs logged the settings' metric
    (they are then about something else), and where the metric is none of the sweep's objectives.

    Args:
        spec: The sweep's own configuration.
        source: The sweep.

    Raises:
        UsageError: The settings cannot be read.
    """
    if spec is not None and spec.metric is not None:
        return None
    settings = project_settings()
    if settings.metric is None:
        return None
    name = settings.metric.name
    if spec is not None and spec.objectives:
        fits = name in spec.objectives
    else:
        fits = name in source.logged() or source.n_looked_into is not None
    if not fits:
        return None
    settings.tell("metric")
    return DefaultMetric(asked=settings.metric, words=f"set in {settings.place}")


def default_goal(name: str) -> tuple[Goal, str] | None:
    """The goal of a metric in the project's settings, and where it stands; None if not there.

    Args:
        name: Of a metric whose goal neither the user nor the sweep says.

    Raises:
        UsageError: The settings cannot be read.
    """
    settings = project_settings()
    metric = settings.metric
    if metric is None or metric.name != name or metric.goal is None:
        return None
    key = "goal" if settings.text("goal") is not None else "metric"
    settings.tell(key)
    return metric.goal, settings.words(key)


def unused_metric(source: SweepSource) -> str:
    """Why the settings' metric does not fill in; empty where they name none."""
    settings = project_settings()
    if settings.metric is None or settings.metric.name in source.logged():
        return ""
    return f"{settings.metric.name!r} of {settings.place} was not logged"
