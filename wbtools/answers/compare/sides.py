"""The sides of a comparison as rows: what each found, at what cost, and against the baseline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from wbtools.analysis.comparison import Unit
from wbtools.analysis.diagnosis.termination import Cause, Completion
from wbtools.answers.columns import Column, Record
from wbtools.answers.compare.races import POINT
from wbtools.answers.compare.words import between, share_words
from wbtools.answers.parts import (
    completion_column,
    difference_columns,
    run_columns,
    summary_columns,
)
from wbtools.answers.termination_words import cause_words
from wbtools.text.numbers import count, hours
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wbtools.analysis.comparison import (
        AnytimeComparison,
        Comparison,
        Contrast,
        GroupSummary,
        Point,
        Stage,
        SweepGroup,
    )
    from wbtools.model import Run
    from wbtools.text.numbers import Scale

LONGEST_NAME: Final = 40
SUFFIX: Final = {Unit.REPORTS: "reports", Unit.HOURS: "h"}
"""What keys of values that were reached after so much compute end in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side, and how its values are shown.

    Attributes:
        k: Its place among the sides.
    """

    comparison: Comparison
    k: int
    scale: Scale

    @property
    def group(self) -> SweepGroup:
        """Its runs."""
        return self.comparison.sides[self.k]

    @property
    def label(self) -> str:
        """Its name, for pages."""
        return sanitize(self.group.name, limit=LONGEST_NAME)

    @property
    def summary(self) -> GroupSummary:
        """What it comes to."""
        return self.comparison.summaries[self.k]

    @property
    def contrast(self) -> Contrast | None:
        """Against the baseline; None for that."""
        return self.comparison.contrasts[self.k]

    @property
    def stage(self) -> Stage | None:
        """Against the side before, where sides are stages."""
        return self.comparison.stages[self.k] if self.comparison.stages else None

    def race(self, unit: Unit) -> AnytimeComparison:
        """Best so far against compute in a unit."""
        return next(race for race in self.comparison.races if race.unit is unit)


def _completed_share(side: Side) -> float | None:
    completed = side.summary.completed
    return completed.k / completed.n if completed.n else None


def _best_run_columns() -> Iterator[Column[Side]]:
    """Which run has the best value, of which pages show the name."""
    whose: tuple[Column[Run], ...] = run_columns(lambda run: run)
    for column in whose:
        yield replace(
            column.inside(lambda side: side.summary.best_run),
            key=f"best_{column.key}",
            kind=column.kind | None,
            about=f"{column.key} of the run with the best value.",
            **(_OF_RUN if column.key == "run_name" else {}),
        )


def _best_run(side: Side) -> str:
    run, cause = side.summary.best_run, side.summary.best_cause
    best = "" if run is None else sanitize(run.name, limit=LONGEST_NAME)
    if cause is not None and cause.completion is not Completion.FULL:
        best += f" ({cause_words(cause)})"
    return best


def _of_runs(amount: str, n: int, n_runs: int) -> str:
    """An amount, and of how many runs it is where that is not all."""
    return amount if n in {0, n_runs} else f"{amount} ({count(n, 'run')})"


def _mean(side: Side) -> str:
    mean = side.summary.mean
    if mean is None:
        return UNKNOWN
    return between(side.scale.show, mean.mean, mean.low, mean.high)


def _n_values(side: Side) -> str:
    if side.summary.mean is not None:
        return str(side.summary.mean.n)
    return "0" if side.summary.causes else UNKNOWN


def _not_completed(side: Side) -> str:
    causes = {each: n for each, n in side.summary.causes.items() if each is not Cause.COMPLETED}
    return ", ".join(f"{n} {cause_words(cause)}" for cause, n in causes.items())


_OF_RUN: Final[dict[str, Any]] = {"title": "of run", "keep": 5, "show": _best_run}

_SUMMARY: Final[tuple[Column[Side], ...]] = summary_columns(lambda side: side.summary.mean)
_N_VALUES, _MEAN, *_SPREAD = _SUMMARY


def _tested(name: str) -> Callable[[Side], bool | None]:
    """What the tests say together; None where there is no p."""

    def verdict(side: Side) -> bool | None:
        difference = None if side.contrast is None else side.contrast.difference
        return None if difference is None or difference.p is None else getattr(difference, name)

    return verdict


def _raced(unit: Unit) -> Iterator[Column[Side]]:
    """What each side had after the compute that is equal for all."""
    suffix = SUFFIX[unit]

    def point(side: Side) -> Point | None:
        points = side.race(unit).lanes[side.k].points
        return points[-1] if points else None

    yield Column(
        f"equal_{suffix}",
        float | None,
        f"The {unit} that are equal for all; null where nothing can be raced.",
        lambda s: s.race(unit).equal_compute,
        unit="h" if unit is Unit.HOURS else "",
    )
    for column in POINT.columns:
        about = f"{column.about} After {unit} that are equal for all."
        yield replace(column.inside(point), key=f"{column.key}_at_equal_{suffix}", about=about)


SIDE: Final[Record[Side]] = Record(
    "Side",
    Column(
        "side",
        str,
        "What the side is called.",
        of="group.name",
        title="side",
        least=12,
        show=lambda s: s.label,
    ),
    Column("source", str, "The side's sweep, as the user named it.", of="group.source"),
    Column(
        "is_baseline",
        bool,
        "Whether the other sides are compared with this one.",
        lambda s: s.k == s.comparison.question.baseline,
    ),
    Column(
        "no_values_because",
        str | None,
        "Why the side has no values to compare.",
        of="group.why_not",
    ),
    Column("has_curves", bool, "Whether values are known report by report.", of="group.has_curves"),
    Column("n_runs", int, "All runs of the side.", of="summary.n_runs", title="runs"),
    Column("n_completed", int, "Runs that ran their course.", of="summary.completed.k"),
    Column("n_ended", int, "Runs that are known to have ended somehow.", of="summary.completed.n"),
    Column(
        "completed_share",
        float | None,
        "Share of the runs known to have ended that ran their course.",
        _completed_share,
        title="completed",
        keep=1,
        right=False,
        show=lambda s: share_words(s.summary.completed),
    ),
    Column(
        "completed_share_low",
        float | None,
        "Lower end of the 95 % interval of completed_share (Wilson).",
        of="summary.completed.low",
    ),
    Column(
        "completed_share_high",
        float | None,
        "Upper end of the 95 % interval of completed_share (Wilson).",
        of="summary.completed.high",
    ),
    Column(
        "n_by_cause",
        dict[str, int | None],
        "How many runs ended by each cause; null where nothing is known of single runs.",
        lambda s: {
            str(cause): s.summary.causes.get(cause, 0) if s.summary.causes else None
            for cause in Cause
        },
        title="not completed",
        keep=4,
        right=False,
        least=15,
        wraps=True,
        show=_not_completed,
        spread=True,
    ),
    completion_column(lambda s: s.summary.n_by_completion),
    Column(
        "best",
        float | None,
        "Best value of any run, stopped ones included.",
        of="summary.best",
        title="best",
        show=lambda s: s.scale.show(s.summary.best),
    ),
    *_best_run_columns(),
    Column(
        "best_run_cause",
        Cause | None,
        "Why the run with the best value ended.",
        of="summary.best_cause",
    ),
    _MEAN.placed(title="mean (95 %)", keep=1, right=False, show=_mean),
    *_SPREAD,
    _N_VALUES.placed(title="n", keep=2, show=_n_values),
    Column(
        "used_h",
        float | None,
        "Hours of all runs whose hours are known.",
        of="summary.hours",
        unit="h",
        title="hours",
        keep=3,
        show=lambda s: _of_runs(hours(s.summary.hours), s.summary.n_timed, s.summary.n_runs),
    ),
    Column("n_timed", int, "Runs whose hours are known.", of="summary.n_timed"),
    Column(
        "used_reports",
        float | None,
        "Reports of all runs whose reports are known.",
        of="summary.reports",
        title="reports",
        keep=6,
        show=lambda s: (
            UNKNOWN
            if s.summary.reports is None
            else _of_runs(f"{s.summary.reports:.0f}", s.summary.n_counted, s.summary.n_runs)
        ),
    ),
    Column("n_with_reports", int, "Runs whose reports are known.", of="summary.n_counted"),
    *difference_columns(
        "difference",
        "Mean of the side less the baseline's, in the metric's units; null for the baseline.",
        lambda s: None if s.contrast is None else s.contrast.difference,
    ),
    Column(
        "shows",
        bool | None,
        "Whether the difference shows at 95 % by every test that was made.",
        _tested("shows"),
    ),
    Column(
        "shows_by_welch",
        bool | None,
        "Whether the difference shows at 95 % by Welch's t alone, which takes values as normal.",
        _tested("shows_by_welch"),
    ),
    Column(
        "is_favored_by_stops",
        bool | None,
        "Whether the difference shows, and uneven stops speak for the side that looks better.",
        of="contrast.favored_by_stops",
    ),
    Column(
        "no_test_because",
        str | None,
        "Why the side has no difference, or no p.",
        of="contrast.why_not",
    ),
    Column(
        "gain",
        float | None,
        "Gain of the best value over the stage before; positive is better.",
        of="stage.gain",
    ),
    Column(
        "gain_low",
        float | None,
        "Lower end of the 95 % interval of gain (resampled).",
        of="stage.low",
    ),
    Column(
        "gain_high",
        float | None,
        "Upper end of the 95 % interval of gain (resampled).",
        of="stage.high",
    ),
    Column(
        "gain_per_h",
        float | None,
        "The gain divided by the hours of this stage.",
        of="stage.gain_per_h",
    ),
    Column(
        "stage_h",
        float | None,
        "Hours of this stage; null if those of any run are unknown.",
        of="stage.hours",
        unit="h",
    ),
    Column(
        "so_far_h",
        float | None,
        "Hours of this stage and all before.",
        of="stage.hours_so_far",
        unit="h",
    ),
    *(column for unit in Unit for column in _raced(unit)),
)
"""A side; its titles are those of the first table of the page."""
