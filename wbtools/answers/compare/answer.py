"""The answer of `compare`: sides, what shows between them, and best values over equal compute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from wbtools.analysis.comparison import Comparison, Over
from wbtools.answers.answer import Answer
from wbtools.answers.columns import Column, Record, Rows
from wbtools.answers.compare.page import write_comparison
from wbtools.answers.compare.races import ANYTIME
from wbtools.answers.compare.sides import SIDE, Side
from wbtools.answers.compare.verdict import answer_words
from wbtools.answers.compare.words import scale_of
from wbtools.answers.parts import METRIC
from wbtools.stats.student import LEVEL
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from wbtools.answers.layout import Page


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class CompareAnswer(Answer, Comparison):
    """Sweeps, groups or stages of a search side by side.

    Values are in the metric's own units; a difference is a side less the baseline.
    """

    name: ClassVar = "compare"
    table: ClassVar = "sides"
    record: ClassVar[Record[CompareAnswer]] = Record(
        "Compare",
        Column("metric", METRIC, "What is compared.", of="question.metric"),
        Column("over", Over, "Which runs' means are compared.", of="question.over"),
        Column("level", float, "Level of all tests and intervals.", lambda _answer: LEVEL),
        Column(
            "baseline",
            str,
            "The side with which the others are compared.",
            lambda a: a.sides[a.question.baseline].name,
        ),
        Column("sides", Rows(SIDE), "Sides in the order in which they were given.", of="rows"),
        Column(
            "anytime",
            Rows(ANYTIME),
            "Best so far over equal compute: against reports, and against hours.",
            lambda a: [(race, a.sides) for race in a.races],
        ),
        Column("notes", list[str], "What was left out, and what is wrong with what was read."),
    )

    @property
    def rows(self) -> list[Side]:
        """The sides, and how their values are shown."""
        scale = scale_of(self)
        return [Side(comparison=self, k=k, scale=scale) for k in range(len(self.sides))]

    @property
    def best(self) -> Side | None:
        """The side with the best value, the first of equals; None without a value."""
        sign = self.question.metric.goal.sign
        known = {
            k: each.best * sign for k, each in enumerate(self.summaries) if each.best is not None
        }
        return self.rows[min(known, key=lambda k: known[k])] if known else None

    @property
    def headline(self) -> str:
        """`3 sides by val/acc: 128 is better: +0.0520 (+0.0379 … +0.0661), p .012`."""
        names = [side.label for side in self.rows]
        metric, said = sanitize(self.question.metric.name), answer_words(self, names)
        return f"{count(len(names), 'side')} by {metric}: {said}"

    def _write(self, page: Page) -> None:
        """Write what each side found, what it cost, and whether a lead is more than luck."""
        write_comparison(self, page)

    def plot(self) -> Figure:
        """Best so far against compute, a colour a side, as `plot race` draws it.

        The figure belongs to the caller: pyplot neither holds nor shows it.
        """
        from wbtools.answers.figures.draw import drawn  # noqa: PLC0415 - loads matplotlib
        from wbtools.answers.figures.race import race_figure  # noqa: PLC0415 - as the above

        return drawn(race_figure(self))
