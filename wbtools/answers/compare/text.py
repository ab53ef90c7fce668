"""The page of `compare`: what each side found, what it cost, and whether a lead is more than luck.

Every value is in the metric's own units; a difference is a side less the baseline.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wbtools.analysis.comparison import Over, Unit
from wbtools.analysis.diagnosis.termination import Cause, Completion
from wbtools.answers.compare.words import (
    between,
    caveats,
    compute,
    equal_words,
    range_of,
    scale_of,
    verdict,
)
from wbtools.answers.layout import Cell, TextColumn
from wbtools.answers.limits import limit_rows, rows_left
from wbtools.answers.metric_words import goal_words
from wbtools.answers.termination_words import cause_words
from wbtools.stats.differences import least_p_together
from wbtools.text.numbers import count, hours, listed, probability
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wbtools.analysis.comparison import (
        AnytimeComparison,
        AnytimeCurve,
        Comparison,
        Contrast,
        GroupSummary,
    )
    from wbtools.answers.layout import Page
    from wbtools.text.numbers import Scale

_HEADING = "bold"
_LONGEST_NAME = 40
_SIDE = TextColumn(title="side", keep=0, least=12)
_SHOWN = {1: "10 %", 4: "25 %", 9: "50 %", 14: "75 %", 19: "100 %"}
"""Which of `FRACTIONS` have a column, and its title."""


def render_comparison(comparison: Comparison, page: Page, *, limit: int = 10) -> str:
    """Write a comparison.

    Args:
        comparison: The answer.
        page: What to write it on, empty.
        limit: Sides in each table (one or two more are shown rather than counted); 0 for all.
    """
    scale = scale_of(comparison)
    names = [sanitize(side.name, limit=_LONGEST_NAME) for side in comparison.sides]
    shown = limit_rows(range(len(names)), limit)
    table = _Tables(comparison, page, names, shown, rows_left(len(names) - len(shown)), scale)
    metric = comparison.question.metric
    page.flow(
        [
            count(len(names), "side"),
            goal_words(metric),
            f"means over {_over(comparison)}",
            f"baseline: {names[comparison.question.baseline]}",
        ],
        style=_HEADING,
    )
    page.gap()
    table.summaries()
    if comparison.stages:
        table.stages()
    if any(side.why_not is None for side in comparison.sides):
        table.contrasts()
        for race in comparison.races:
            table.race(race)
    page.gap()
    page.flow(["What this rests on"], style=_HEADING)
    for sentence in (
        *caveats(comparison, names),
        *(sanitize(note, limit=0) for note in comparison.notes),
    ):
        page.say(sentence, indent=2, hang=2)
    return str(page)


def _over(comparison: Comparison) -> str:
    """Which runs the means are over: those of unknown end count as completed ones do."""
    if comparison.question.over is Over.ALL:
        return "all runs with a value"
    counted = Counter[Completion]()
    for summary in comparison.summaries:
        counted.update(summary.n_by_completion)
    if not counted[Completion.UNKNOWN]:
        return "completed runs"
    if not counted[Completion.FULL]:
        return "runs of unknown end"
    return "runs completed or of unknown end"


class _Tables:
    """The tables of one page, which share names, digits and the rows that are shown."""

    def __init__(
        self,
        comparison: Comparison,
        page: Page,
        names: Sequence[str],
        shown: Sequence[int],
        others: str,
        scale: Scale,
    ) -> None:
        self._done, self._page, self._names = comparison, page, names
        self._shown, self._others, self._scale = shown, others, scale
        contrasts = (contrast for contrast in comparison.contrasts if contrast is not None)
        self._least_p = least_p_together(
            [contrast.difference for contrast in contrasts if contrast.difference is not None]
        )

    def summaries(self) -> None:
        """What each side comes to."""
        columns = (
            _SIDE,
            TextColumn(title="runs", keep=0, right=True),
            TextColumn(title="completed (95 %)", keep=1),
            TextColumn(title="not completed", keep=4, least=15, wraps=True),
            TextColumn(title="best", keep=0, right=True),
            TextColumn(title="of run", keep=5, least=8),
            TextColumn(title="mean (95 %)", keep=1),
            TextColumn(title="n", keep=2, right=True),
            TextColumn(title="hours", keep=3, right=True),
            TextColumn(title="reports", keep=6, right=True),
        )
        self._write(columns, lambda k: self._sum_cells(self._done.summaries[k]))

    def _sum_cells(self, summary: GroupSummary) -> list[str]:
        scale, mean = self._scale, summary.mean
        others = {cause: n for cause, n in summary.causes.items() if cause is not Cause.COMPLETED}
        best = (
            "" if summary.best_run is None else sanitize(summary.best_run.name, limit=_LONGEST_NAME)
        )
        if summary.best_cause is not None and summary.best_cause.completion is not Completion.FULL:
            best += f" ({cause_words(summary.best_cause)})"
        timed = (
            "" if summary.n_timed in {0, summary.n_runs} else f" ({count(summary.n_timed, 'run')})"
        )
        counted = (
            ""
            if summary.n_counted in {0, summary.n_runs}
            else f" ({count(summary.n_counted, 'run')})"
        )
        return [
            str(summary.n_runs),
            range_of(summary.completed) if summary.completed.n else UNKNOWN,
            ", ".join(f"{n} {cause_words(cause)}" for cause, n in others.items()),
            scale.show(summary.best),
            best,
            UNKNOWN if mean is None else between(scale.show, mean.mean, mean.low, mean.high),
            str(mean.n) if mean else ("0" if summary.causes else UNKNOWN),
            f"{hours(summary.hours)}{timed}",
            UNKNOWN if summary.reports is None else f"{summary.reports:.0f}{counted}",
        ]

    def stages(self) -> None:
        """What each stage gained over the one before."""
        self._head("Gain by stage", "over the stage before, positive is better")
        columns = (
            _SIDE,
            TextColumn(title="best", keep=0, right=True),
            TextColumn(title="gain (95 %)", keep=0),
            TextColumn(title="gain/h", keep=1, right=True),
            TextColumn(title="hours", keep=1, right=True),
            TextColumn(title="hours so far", keep=2, right=True),
        )

        def cells(k: int) -> list[str]:
            stage = self._done.stages[k]
            return [
                self._scale.show(self._done.summaries[k].best),
                between(self._scale.signed, stage.gain, stage.low, stage.high),
                self._scale.signed(stage.gain_per_h),
                hours(stage.hours),
                hours(stage.hours_so_far),
            ]

        self._write(columns, cells)

    def contrasts(self) -> None:
        """Whether means differ."""
        base = self._names[self._done.question.baseline]
        self._head("Do the means differ?", f"{_over(self._done)}, each side less {base}")
        columns = (
            _SIDE,
            TextColumn(title="difference (95 %)", keep=0),
            TextColumn(title="n", keep=2, right=True),
            TextColumn(title="p Welch", keep=1, right=True),
            TextColumn(title="p permuted", keep=3, right=True),
            TextColumn(title="verdict at 95 %", keep=0, least=20, wraps=True),
        )
        self._write(columns, lambda k: self._contrast_cells(self._done.contrasts[k]))

    def _contrast_cells(self, contrast: Contrast | None) -> list[str]:
        if contrast is None:
            return ["", "", "", "", "the baseline"]
        difference = contrast.difference
        if difference is None:
            return [UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, f"no answer: {contrast.why_not}"]
        return [
            between(self._scale.signed, difference.difference, difference.low, difference.high),
            f"{difference.n} / {difference.n_other}",
            probability(difference.p_adjusted),
            probability(difference.p_permutation_adjusted),
            verdict(contrast, self._done.question, self._least_p),
        ]

    def race(self, race: AnytimeComparison) -> None:
        """Best so far after equal compute."""
        self._head("Best so far after equal compute", equal_words(race, self._names))
        columns = (
            _SIDE,
            *(
                TextColumn(title=title, keep=4 if k in {1, 14} else 2, right=True)
                for k, title in _SHOWN.items()
            ),
            TextColumn(title="resampled (95 %)", keep=1),
            TextColumn(title="against the baseline (95 %)", keep=0),
            TextColumn(title="ahead in", keep=3, right=True),
            TextColumn(title="regret", keep=5, right=True),
            TextColumn(title="used", keep=6, right=True),
        )
        if race.equal_compute is not None:
            self._write(columns, lambda k: self._lane_cells(race.lanes[k], race.unit))
        reasons: dict[str, list[str]] = {}
        for k in self._shown:
            why = race.lanes[k].why_not
            if why is not None:
                reasons.setdefault(why, []).append(self._names[k])
        for why, names in reasons.items():
            whom = "any side" if len(names) == len(self._names) else listed(names)
            words = f"No race for {whom}: {sanitize(why, limit=0)}."
            self._page.say(words, indent=2, hang=2)

    def _lane_cells(self, lane: AnytimeCurve, unit: Unit) -> list[str]:
        if not lane.points:
            return [UNKNOWN] * (len(_SHOWN) + 5)
        scale, last = self._scale, lane.points[-1]
        is_recorded = any(point.recorded is not None for point in lane.points)
        return [
            *(
                scale.show(lane.points[k].recorded if is_recorded else lane.points[k].typical)
                for k in _SHOWN
            ),
            between(scale.show, last.typical, last.low, last.high),
            between(scale.signed, last.difference, last.difference_low, last.difference_high),
            probability(last.p_better, may_be_sure=False),
            scale.signed(last.regret).lstrip("+"),
            compute(lane.total, unit),
        ]

    def _head(self, title: str, detail: str) -> None:
        self._page.gap()
        self._page.flow([title, detail], style=_HEADING)

    def _write(self, columns: Sequence[TextColumn], cells: Callable[[int], list[str]]) -> None:
        rows = [[Cell(self._names[k]), *map(Cell, cells(k))] for k in self._shown]
        self._page.table(columns, rows, below=self._others)
