"""What a stopped run might have become: the last part of the page about one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.projection import Method
from wbtools.answers.audit.checkpoint_words import going_on_sentences
from wbtools.answers.audit.gem_words import FELL_BACK, is_prior
from wbtools.answers.audit.unrankable_words import later_words
from wbtools.answers.audit.words import of_metric, scale_of
from wbtools.text.numbers import Scale, count, hours, percent, probability, small
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.analysis.gems import Projection
    from wbtools.analysis.projection.reasons import Reasons
    from wbtools.answers.layout import Page
    from wbtools.model import Checkpoint

_HIGH = 0.5


def write_future(page: Page, audit: Audit, row: RunAudit, checkpoint: Checkpoint | None) -> None:
    """Write the projection of a stopped run, its odds and its costs.

    Args:
        page: Where to.
        audit: The answer.
        row: The run.
        checkpoint: From which it can go on; None where none was found.
    """
    projection, scale = row.projection, scale_of(audit)
    page.heading("What it might have become")
    going_on = () if checkpoint is None else going_on_sentences(audit, row, checkpoint)
    if projection is None:
        page.points(f"Nothing is projected: {_why_nothing(audit, row)}.", *going_on)
        return
    if row.gem_rank is not None and not audit.outcome.cannot_rank:
        n = len(audit.gems)
        if n > 1:
            page.points(f"By its chance of being a gem, number {row.gem_rank} of {n} stopped runs.")
    if projection.median is not None and projection.low is not None and projection.high is not None:
        low, high = scale.apart(projection.low, projection.high)
        horizon = " of a full run"
        if projection.horizon is not None:
            horizon = f" over {count(projection.horizon, 'report')}"
        page.points(
            f"Projected best{horizon}: {scale.show(projection.median)} "
            f"({percent(projection.level)}: {low} … {high})."
        )
        page.points(*_why(audit, row, projection, scale), *later_words(audit))
    elif projection.abstained_because is not None:
        page.points(f"No projection: {sanitize(projection.abstained_because, limit=0)}.")
    if is_prior(row):
        share = probability(projection.p_gem)
        page.points(f"In other people's sweeps {share} of the stopped runs were gems.")
    page.points(
        *_noise(audit, projection, scale),
        f"Cost: {_cost(audit, row)}.",
        *going_on,
        *_gain(audit, row, projection),
    )


def _why_nothing(audit: Audit, row: RunAudit) -> str:
    if row.best is None:
        return "it made no finite report"
    if audit.incumbent is None and row.completion.ended_early:
        return "no run ran its course, so there is no bar to beat"
    return "only runs that were stopped might have gone on"


def _noise(audit: Audit, projection: Projection, scale: Scale) -> list[str]:
    noise = audit.outcome.seed_noise
    if projection.p_repeat is None or noise is None:
        return []
    amount = scale.signed(noise).lstrip("+")
    source = sanitize(audit.outcome.seed_noise_from)
    return [f"Runs of one configuration differ by {amount} (standard deviation), from {source}."]


def _gain(audit: Audit, row: RunAudit, projection: Projection) -> list[str]:
    """What re-running it is worth."""
    if projection.expected_gain is None or (audit.outcome.cannot_rank and row.gem_rank is None):
        return []
    per_h = "" if row.gain_per_h is None else f", {small(row.gain_per_h)} an hour"
    return [
        f"A fresh run is expected to gain {small(projection.expected_gain)} over the bar{per_h}."
    ]


def _cost(audit: Audit, row: RunAudit) -> str:
    left = row.cost_remaining_reports
    words = []
    if left is not None:
        reports = f"{count(left, 'report')}{of_metric(audit, audit.question.metric)}"
        remaining = "" if row.cost_remaining_h is None else f" ({hours(row.cost_remaining_h)})"
        words.append(f"{reports} {'was' if left == 1 else 'were'} left{remaining}")
    if row.cost_full_h is not None:
        words.append(f"a full re-run takes {hours(row.cost_full_h)}")
    return "; ".join(words) or "unknown"


def _why(audit: Audit, row: RunAudit, projection: Projection, scale: Scale) -> list[str]:
    """What the projection rests on, a sentence each."""
    fell_back = audit.outcome.fell_back_because
    return [
        _support(audit, row, projection, scale),
        *([] if projection.reasons is None else _reasons(audit, projection.reasons)),
        _METHODS[projection.method],
        *([] if fell_back is None else [f"{FELL_BACK}: {sanitize(fell_back, limit=0)}."]),
    ]


_METHODS = {
    Method.LEARNED: "The projection is the learned model's, which was trained on replayed sweeps.",
    Method.CATCH_UP: "The projection takes any share of that gain, or of the way to their results "
    "where that is more.",
    Method.EMPIRICAL_GAIN: "The projection adds what they gained (--method empirical-gain).",
    Method.CURVE_FIT: "The projection fits curves to its own reports (--method curve-fit).",
    Method.LAST: "The projection assumes no further gain (--method last).",
}


def _support(audit: Audit, row: RunAudit, projection: Projection, scale: Scale) -> str:
    """What the runs that ran their course still gained from the same report on."""
    if projection.gain_low is None or projection.gain_high is None:
        return "No completed run went further, so the width is a guess from the runs' spread."
    low, high = scale.apart(projection.gain_low, projection.gain_high)
    amount = low if low == high else f"{low} … {high}"
    at = _own_reports(audit, row)
    after = "" if at is None else f" after report {at}{of_metric(audit, audit.question.rank_by)}"
    return f"{count(projection.n_support, 'completed run')} gained {amount}{after}."


def _reasons(audit: Audit, facts: Reasons) -> list[str]:
    sentences = []
    if facts.n_peers > 1:
        sentence = (
            f"By its value when it ended, it was number {facts.place} of the {facts.n_peers} runs "
            "that came so far"
        )
        if facts.n_further:
            sentence += f", ahead of {facts.n_overtaken} of the {facts.n_further} completed"
        sentences.append(f"{sentence}.")
    if facts.n_further:
        sentences.append(
            f"{facts.n_enough} of the {facts.n_further} completed then gained as much as it "
            "needed to beat the bar."
        )
    if facts.is_warming:
        sentences.append("It was still warming up: its learning rate had not reached the peak.")
    elif facts.rate_of_peak is not None:
        sentences.append(_rate_words(facts.rate_of_peak, facts))
    if not audit.outcome.cannot_rank:
        sentences.append(
            f"By the results of similar configurations, it is number {facts.place_by_config} of "
            f"the {len(audit.gems)} stopped runs."
        )
    return sentences


def _rate_words(of_peak: float, facts: Reasons) -> str:
    """How far its learning rate came, what is still ahead, and who says so."""
    share = percent(of_peak)
    still = "still " if of_peak >= _HIGH else ""
    words = f"Its learning rate was {still}at {share} of its peak"
    if facts.rate_least is None:
        return f"{words} (logged; nothing tells what was ahead)."
    least = percent(facts.rate_least)
    ahead = f"falls to {least} of it" if least != share else "stays there"
    if facts.rate_is_logged:
        return f"{words} (logged) and {ahead} (from its configuration)."
    return f"{words} and {ahead} (from its configuration)."


def _own_reports(audit: Audit, row: RunAudit) -> int | None:
    """Reports of the metric that ranks, which need not be the rule's."""
    curves = audit.sweep.curves.get(audit.question.rank_by.name)
    if curves is None or row.run.id not in curves.run_ids:
        return None
    return int(curves.n_reports[curves.run_ids.index(row.run.id)])
