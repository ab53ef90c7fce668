"""What an audit says of the sweep as a whole, as data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from wbtools.analysis.question import RuleStatus
from wbtools.answers.columns import Column, Maybe, Record, Rows
from wbtools.answers.parts import METRIC
from wbtools.text.masking import to_jsonable

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.analysis.audit import Audit, Compute, Incumbent
    from wbtools.analysis.diagnosis.budget import Budget
    from wbtools.analysis.diagnosis.explain import RuleFit
    from wbtools.analysis.diagnosis.rule_search import RuleGuess
    from wbtools.analysis.gems import Outcome, Recovery
    from wbtools.analysis.question import Question
    from wbtools.analysis.rankability import Rankability
    from wbtools.model import Curves
    from wbtools.rules.hyperband import Hyperband
    from wbtools.stats.spread import Spread

QUESTION: Final[Record[Question]] = Record(
    "Question",
    Column("sweep_name", str | None, "The sweep's own name."),
    Column("search_method", str | None, "How W&B searches: grid, random or bayes.", of="method"),
    Column("metric", METRIC, "Metric of the early-termination rule."),
    Column("metric_source", str, "Where the metric was read."),
    Column("rank_by", METRIC, "Metric by which runs are judged."),
    Column("target", float | None, "The value that a gem must beat, if the user set one."),
    Column(
        "budget_reports", int | None, "Reports of a full run, if the user set them.", of="budget"
    ),
)

BUDGET: Final[Record[Budget]] = Record(
    "Budget",
    Column(
        "source",
        str,
        "What says how long a full run is: option, progress (a logged epoch, step, "
        "…), config, parameter (whose values tell the lengths), completed (what most "
        "finished runs made), longest (of runs that end by themselves) or unknown.",
    ),
    Column(
        "typical_reports",
        int | None,
        "The most common of the runs' budgets.",
        lambda budget: budget.typical or None,
    ),
    Column("key", str | None, "The configuration's key that holds the length."),
    Column("parameters", list[str], "Parameters whose values tell how long runs are."),
    Column("progress", str | None, "The logged series that tells how far runs came."),
    Column(
        "reports_per_unit",
        float | None,
        "Reports an epoch, or whatever the key or the series counts; null where runs differ.",
        lambda budget: None if budget.reports_per_unit is None else float(budget.reports_per_unit),
    ),
    Column("n_before", int, "Reports before the first unit."),
    Column(
        "n_support",
        int,
        "Finished runs that the budget rests on; 0 if it is assumed, or no run came "
        "to its end yet.",
    ),
)


def _setting(name: str, about: str) -> Column[Hyperband]:
    return Column(name, Any, about, lambda rule: to_jsonable(getattr(rule, name)))


_SETTINGS: Final[Record[Hyperband]] = Record(
    "Hyperband",
    _setting("min_iter", "First band, in reports; null, as below, if it was not written."),
    _setting("max_iter", "Reports of a full run; `s` bands lie below it."),
    _setting("s", "Bands in the form with max_iter."),
    _setting("eta", "Factor between bands; W&B takes 3 where it is not written."),
    _setting("strict", "Compare the value at the band (true) or the best so far (false)."),
)

_FIT: Final[Record[RuleFit]] = Record(
    "RuleFit",
    Column("n_stops", int, "Runs that ended early with no other cause in evidence."),
    Column("n_explained", int, "Stops that the rule would have made at every moment."),
    Column("n_ambiguous", int, "Stops that the rule would have made at some moments."),
)

_GUESS: Final[Record[RuleGuess]] = Record(
    "RuleGuess",
    Column("settings", _SETTINGS, "Settings that explain the most stops."),
    Column("n_explained", int, "Stops that the settings explain."),
    Column("n_stops", int, "Stops that were looked at."),
    Column("n_contradicted", int, "Full runs that the settings would have stopped."),
    Column("n_others", int, "Full runs that were looked at."),
    Column("n_equal", int, "How many settings explain as much."),
)


def _bands(audit: Audit) -> list[int]:
    rule = audit.verdicts.rule
    most = max([audit.budget.typical, *(row.n_reports or 0 for row in audit.rows)])
    return [] if rule is None else [band for band in rule.bands if band <= most]


RULE: Final[Record[Audit]] = Record(
    "Rule",
    Column("status", RuleStatus, "What is known of the rule.", of="question.rule.status"),
    Column("source", str, "Where the rule was read.", of="question.rule.source"),
    Column(
        "settings",
        Maybe(_SETTINGS),
        "Settings as they were written; null unless the rule is known.",
        of="question.rule.settings",
    ),
    Column(
        "is_judged",
        bool,
        "Whether the rule could be judged on the curves.",
        lambda audit: audit.verdicts.rule is not None,
    ),
    Column(
        "not_judged_because", str | None, "Why the rule could not be judged.", of="verdicts.why_not"
    ),
    Column(
        "strict_written", bool | None, "`strict` as it was written.", of="verdicts.strict_written"
    ),
    Column(
        "strict_used",
        bool | None,
        "The mode in use: that of the runs' value, margin and ruling; true if strict.",
        of="verdicts.rule.strict",
    ),
    Column(
        "eta",
        float | None,
        "The factor between bands that is in use.",
        lambda audit: None if audit.verdicts.rule is None else float(audit.verdicts.rule.eta),
    ),
    Column("bands_reports", list[int], "Bands within reach of the runs, in reports.", _bands),
    Column("strict_fit", Maybe(_FIT), "How much the strict mode explains."),
    Column("lenient_fit", Maybe(_FIT), "How much the lenient mode explains."),
    Column("guess", Maybe(_GUESS), "What would explain the stops, if the rule is unknown."),
)

BAR: Final[Record[Incumbent]] = Record(
    "Bar",
    Column("value", float, "Value that a gem must beat, in the units of the metric that ranks."),
    Column("run_id", str | None, "The run that set it; null for a target."),
)

_RECOVERY: Final[Record[Recovery]] = Record(
    "Recovery",
    Column("n_reruns", int, "How many of the likeliest gems are taken together.", of="k"),
    Column(
        "recovered_share",
        float,
        "Share of the expected loss that these runs hold: of the gain over the bar that the best "
        "of all stopped runs would have brought, had they gone on.",
        of="share",
    ),
)

_RANKABILITY: Final[Record[Rankability]] = Record(
    "Rankability",
    Column(
        "is_impossible",
        bool,
        "Whether which stopped runs were gems cannot be told: standing at the stop says nothing "
        "about the end, and their chances hardly differ. Runs then have no `gem_rank` unless they "
        "are better than the bar already, and the order of their `p_gem` means nothing.",
    ),
    Column(
        "correlation",
        float | None,
        "Rank correlation of completed runs' best so far at the stops with their best over the "
        "budget, the mean over the stopped runs; null where too few runs completed.",
    ),
    Column(
        "correlation_low",
        float | None,
        "Lower end of a 90 % interval of the correlation among all runs that came so far.",
    ),
    Column(
        "correlation_high",
        float | None,
        "Upper end of a 90 % interval of the correlation among all runs that came so far.",
    ),
    Column("n_completed", int, "Completed runs that the correlation rests on."),
    Column(
        "log_odds_sd",
        float | None,
        "Standard deviation of the log-odds of `p_gem`, of the runs that are counted here; null by "
        "a method that hardly tells them apart.",
    ),
    Column(
        "n_runs",
        int,
        "Stopped runs that are counted: those with a projection that are not better than the bar "
        "already.",
    ),
    Column("p_random", float | None, "Chance that one of these runs at random was a gem."),
    Column(
        "p_repeat_random",
        float | None,
        "Chance that a fresh run of one of their configurations, at random, beats the bar.",
    ),
    Column(
        "p_any_of_3",
        float | None,
        "Chance that three of these runs at random hold a gem, taken as independent.",
    ),
    Column(
        "stopped_first_at",
        int | None,
        "The fewest reports that one of these runs made.",
        lambda found: None if found.reports is None else found.reports[0],
    ),
    Column(
        "stopped_last_at",
        int | None,
        "The most reports that one of these runs made.",
        lambda found: None if found.reports is None else found.reports[1],
    ),
    Column(
        "stopped_mostly_at",
        int | None,
        "The most common number of reports of these runs; of equally common ones the largest.",
        lambda found: None if found.reports is None else found.reports[2],
    ),
    Column(
        "tells_from_report",
        int | None,
        "Report from which on the correlation is at least .5; null if it never is before the end.",
    ),
    Column("n_stopped", int, "Stopped runs that made a report."),
    Column(
        "n_before_training",
        int,
        "Stopped runs that made one report, where first reports look like evaluations before "
        "training; 0 where they do not.",
    ),
)

OUTCOME: Final[Record[Outcome]] = Record(
    "Outcome",
    Column(
        "p_any",
        float | None,
        "Probability that at least one stopped run is a gem; null without a bar.",
    ),
    Column(
        "n_gems_expected", float | None, "Gems to expect; null without a bar.", of="expected_gems"
    ),
    Column("n_candidates", int, "Stopped runs with a value."),
    Column("n_abstained", int, "Stopped runs with a value for which there is only a prior."),
    Column("seed_noise", float | None, "Standard deviation of runs of one configuration."),
    Column(
        "seed_noise_from",
        str | None,
        "What the seed noise rests on.",
        lambda outcome: outcome.seed_noise_from or None,
    ),
    Column(
        "fell_back_because",
        str | None,
        "Why runs are projected by catching up though the learned model was asked for.",
    ),
    Column(
        "rankability",
        Maybe(_RANKABILITY),
        "Whether the stopped runs can be ranked, by the sweep's own completed runs; null without "
        "curves.",
    ),
    Column(
        "recovery",
        Rows(_RECOVERY),
        "How much of what was lost by stopping runs is due to the first few gems.",
        lambda outcome: [each for each in outcome.recovery if math.isfinite(each.share)],
    ),
)

VALUES: Final[Record[Spread]] = Record(
    "Values",
    Column("n_runs", int, "Runs with a value.", of="n"),
    Column("mean", float | None, "Mean of the runs' best values."),
    Column("sd", float | None, "Standard deviation of the runs' best values (n - 1)."),
    Column(
        "outlier_run_ids",
        list[str],
        "Runs left out of `mean_without_outliers` and `sd_without_outliers`.",
        of="outliers",
    ),
    Column(
        "mean_without_outliers",
        float | None,
        "Mean without the outliers; null where there are none.",
        of="mean_without",
    ),
    Column(
        "sd_without_outliers",
        float | None,
        "Standard deviation without the outliers (n - 1); null where there are none.",
        of="sd_without",
    ),
)

COMPUTE: Final[Record[Compute]] = Record(
    "Compute",
    Column("used_reports", int | None, "Reports made by the runs that ended."),
    Column("full_reports", int | None, "Reports that the runs that ended make in full."),
    Column("used_h", float | None, "Hours at work of the runs that ended."),
    Column("full_h", float | None, "Hours of the runs that ended, were each run in full."),
    Column(
        "n_untimed_runs",
        int,
        "Runs that ended and are not counted in the hours, for their run time is not known.",
        of="n_untimed",
    ),
)


def _reports(name: str) -> Callable[[tuple[Curves, int]], object]:
    def take(curve: tuple[Curves, int]) -> object:
        curves, row = curve
        return getattr(curves, name)[row, : int(curves.n_reports[row])]

    return take


CURVE: Final[Record[tuple[Curves, int]]] = Record(
    "Curve",
    Column(
        "metric",
        str,
        "Metric whose curve it is, the one that ranks.",
        lambda curve: curve[0].metric,
    ),
    Column("values", list[float], "Values of the metric, one a finite report.", _reports("values")),
    Column("steps", list[int], "W&B's step of each report.", _reports("steps")),
    Column(
        "times_s",
        list[float | None],
        "Seconds from the beginning of the sweep's first run to each report.",
        _reports("times_s"),
    ),
)
"""The curves that hold a run's, and its row in them."""
