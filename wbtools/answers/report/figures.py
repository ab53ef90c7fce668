"""Which figures a report shows: each drawn from the answers, or the reason why it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.answers.figures.curves import curves_figure
from wbtools.answers.figures.distribution import distribution_figure
from wbtools.answers.figures.front import front_figure
from wbtools.answers.figures.gems import gems_figure
from wbtools.answers.figures.importance import importance_figure
from wbtools.answers.figures.leaderboard import leaderboard_figure
from wbtools.answers.figures.parallel import parallel_figure
from wbtools.answers.figures.race import race_figure
from wbtools.answers.figures.slices import pairs_figure, slices_figure
from wbtools.answers.figures.thresholds import thresholds_figure
from wbtools.answers.figures.timeline import timeline_figure
from wbtools.answers.report.report import Refusal
from wbtools.errors import WbtoolsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.answers.figures.figure_data import FigureData
    from wbtools.answers.report.report import SweepReport

_FIGURES: Final[dict[str, tuple[Callable[..., FigureData], tuple[str, ...]]]] = {
    "curves": (curves_figure, ("audit",)),
    "gems": (gems_figure, ("audit",)),
    "timeline": (timeline_figure, ("audit",)),
    "thresholds": (thresholds_figure, ("audit",)),
    "race": (race_figure, ("comparison",)),
    "distribution": (distribution_figure, ("audit",)),
    "leaderboard": (leaderboard_figure, ("ranking",)),
    "importance": (importance_figure, ("importance",)),
    "parallel": (parallel_figure, ("audit", "importance")),
    "slices": (slices_figure, ("audit", "importance")),
    "pairs": (pairs_figure, ("audit", "importance")),
    "front": (front_figure, ("simulation",)),
}
"""By its name, what makes a figure, and of which answers; the second may be lacking."""


def figure_of(report: SweepReport, name: str) -> FigureData | Refusal | None:
    """A figure of a report; why it cannot be drawn; or None where what it is of is not there."""
    figure, answers = _FIGURES[name]
    first, *others = (getattr(report, answer) for answer in answers)
    if first is None or isinstance(first, Refusal):
        return None
    more = [None if isinstance(answer, Refusal) else answer for answer in others]
    try:
        return figure(first, *more)
    except WbtoolsError as error:
        return Refusal(error.message, error.hint)
