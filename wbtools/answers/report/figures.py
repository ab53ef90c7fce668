"""Which figures a report shows: each drawn from the answers, or the reason why it is not."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from wbtools.answers.report.report import Refusal
from wbtools.errors import WbtoolsError

if TYPE_CHECKING:
    from wbtools.answers.figures.figure_data import FigureData
    from wbtools.answers.report.report import SweepReport

_TAKES: Final[dict[str, tuple[str, ...]]] = {
    "curves": ("audit",),
    "gems": ("audit",),
    "timeline": ("audit",),
    "thresholds": ("audit",),
    "race": ("comparison",),
    "distribution": ("audit",),
    "leaderboard": ("ranking",),
    "importance": ("importance",),
    "parallel": ("audit", "importance"),
    "slices": ("audit", "importance"),
    "pairs": ("audit", "importance"),
    "front": ("simulation",),
}
"""By the figure's name, the answers that it is of; without the second it can be drawn too."""
_MODULES: Final = {"pairs": "slices"}


def figure_of(report: SweepReport, name: str) -> FigureData | Refusal | None:
    """A figure of a report; why it cannot be drawn; or None where what it is of is not there."""
    first, *others = (getattr(report, answer) for answer in _TAKES[name])
    if first is None or isinstance(first, Refusal):
        return None
    more = [None if isinstance(answer, Refusal) else answer for answer in others]
    module = import_module(f"wbtools.answers.figures.{_MODULES.get(name, name)}")
    try:
        figure: FigureData = getattr(module, f"{name}_figure")(first, *more)
    except WbtoolsError as error:
        return Refusal(error.message, error.hint)
    return figure
