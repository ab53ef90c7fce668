"""The answer of `forecast`: what sweep files will cost and may lose, and on what that rests.

Of a sweep file it holds no parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from wbtools.answers.answer import Answer
from wbtools.answers.columns import Column, Maybe, Record, Rows
from wbtools.answers.forecast.curves import EVIDENCE, TASK, tasks_of
from wbtools.answers.forecast.page import write_forecast
from wbtools.answers.forecast.sweeps import SWEEP, TOTAL
from wbtools.answers.forecast.words import verdict_words
from wbtools.model.forecast import LEVEL, Forecast
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from wbtools.answers.layout import Page


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class ForecastAnswer(Answer, Forecast):
    """What sweep files will cost and may lose."""

    name: ClassVar = "forecast"
    table: ClassVar = "sweeps"
    record: ClassVar[Record[ForecastAnswer]] = Record(
        "Forecast",
        Column("level", float, "Probability that each interval holds.", lambda _answer: LEVEL),
        Column("n_agents", int, "Agents, that is runs side by side."),
        Column("seed", int, "Seed of all draws."),
        Column("sweeps", Rows(SWEEP), "The sweeps, which run one after the other."),
        Column("total", Maybe(TOTAL), "All sweeps together; null for a single one."),
        Column(
            "tasks",
            Rows(TASK),
            "What the curves of each task or recorded sweep alone say of each sweep.",
            lambda answer: [
                row for sweep in answer.sweeps for row in tasks_of(sweep, answer.evidence)
            ],
        ),
        Column(
            "evidence",
            Rows(EVIDENCE),
            "Curves that the forecast rests on; empty where no run can be stopped.",
        ),
    )

    @property
    def headline(self) -> str:
        """`sweep.yaml: about 11.2 h of run time (8.1 … 14.6 h) for 12 runs, 53 % less than …`."""
        alone = sanitize(self.sweeps[0].plan.source)
        what = alone if len(self.sweeps) == 1 else count(len(self.sweeps), "sweep")
        return f"{what}: {verdict_words(self)}"

    def _write(self, page: Page) -> None:
        """Write what the sweeps cost and may lose, and on what that rests."""
        write_forecast(self, page)

    def plot(self) -> Figure:
        """What the sweeps cost and may lose, with 90 % intervals.

        The figure belongs to the caller: pyplot neither holds nor shows it.
        """
        from wbtools.answers.figures.draw import drawn  # noqa: PLC0415 - loads matplotlib
        from wbtools.answers.figures.forecast import forecast_figure  # noqa: PLC0415 - as the above

        return drawn(forecast_figure(self))
