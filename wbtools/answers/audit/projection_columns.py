"""What is projected of a stopped run, as data: its future, its odds, and what they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.analysis.projection import Method
from wbtools.answers.columns import Column

if TYPE_CHECKING:
    from wbtools.analysis.gems import Projection
    from wbtools.analysis.projection.reasons import Reasons

_REASONS: Final[tuple[Column[Reasons], ...]] = (
    Column("n_as_far", int | None, "Runs that came as far, the run itself included.", of="n_peers"),
    Column(
        "place_as_far",
        int | None,
        "Place by best value so far among the runs that came as far, from 1.",
        of="place",
    ),
    Column(
        "n_enough",
        int | None,
        "Completed runs that gained as much as the run would need to beat the bar.",
    ),
    Column(
        "n_overtaken",
        int | None,
        "Completed runs that stood worse than the run at the same report.",
    ),
    Column(
        "rate_share",
        float | None,
        "Learning rate at the run's end, as a share of the peak before.",
        of="rate_of_peak",
    ),
    Column(
        "rate_is_logged",
        bool | None,
        "Whether the learning rate was logged; if not, it is the configuration's.",
    ),
    Column(
        "rate_least_share",
        float | None,
        "Lowest learning rate still to come, as a share of the peak before.",
        of="rate_least",
    ),
    Column(
        "is_warming",
        bool | None,
        "Whether the run's warm-up of the learning rate was still on at its end.",
    ),
    Column(
        "place_by_config",
        int | None,
        "Place among the stopped runs, from 1, by the results of runs with similar configurations.",
    ),
)

PROJECTION: Final[tuple[Column[Projection], ...]] = (
    Column(
        "projected_median",
        float | None,
        "Median of the best value that is projected for the run in full.",
        of="median",
    ),
    Column("projected_low", float | None, "Lower end of projected_median's interval.", of="low"),
    Column("projected_high", float | None, "Upper end of projected_median's interval.", of="high"),
    Column(
        "projected_level",
        float | None,
        "Probability that the interval of the projected best value holds.",
        of="level",
    ),
    Column(
        "horizon_reports", int | None, "Reports of the full run that is projected.", of="horizon"
    ),
    Column(
        "p_gem",
        float | None,
        "Probability that the run beats the bar, had it gone on; a prior if not projected.",
    ),
    Column(
        "p_repeat",
        float | None,
        "Probability that a fresh run of the configuration beats the bar, seed noise included.",
    ),
    Column(
        "expected_gain",
        float | None,
        "Expected improvement over the bar of a fresh run, 0 where it falls short.",
    ),
    Column("projection_method", Method | None, "How the run was projected.", of="method"),
    Column("abstained_because", str | None, "Why nothing could be projected."),
    Column("n_support", int | None, "Completed runs that went further than the run."),
    Column(
        "gain_low",
        float | None,
        "Least that the completed runs that went further improved after the same report.",
    ),
    Column(
        "gain_high",
        float | None,
        "Most that the completed runs that went further improved after the same report.",
    ),
    *(column.inside(lambda projection: projection.reasons) for column in _REASONS),
)
