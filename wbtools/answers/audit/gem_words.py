"""Is there a gem? The answer in sentences, and who is better than the bar already."""

from __future__ import annotations

import math
from enum import Enum, auto
from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.findings import FIRST_REPORTS
from wbtools.analysis.diagnosis.termination import Cause, Completion
from wbtools.analysis.gems import PRIOR_P_GEM
from wbtools.analysis.question import RuleStatus
from wbtools.answers.audit.checkpoint_words import can_go_on_words
from wbtools.answers.audit.unrankable_words import unrankable_words
from wbtools.answers.audit.words import POSSIBLE, bar_reference
from wbtools.text.numbers import Scale, count, hours, listed, percent, probability
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.answers.audit.words import RunNames
    from wbtools.model import Checkpoint, Run

QUESTION = "Is there a gem?"
LOSS = "of the expected loss"
FELL_BACK = "Projected by catching up, not by the learned model"
_VERDICTS = ((0.8, "Very likely"), (0.55, "Probably"), (POSSIBLE, "Possibly"))
"""By the probability that the advised run beats the bar if it is run again."""
_RERUNS = 3


class RerunMeasure(Enum):
    """By what runs are in order to be run again."""

    GAIN_PER_H = auto()
    GAIN = auto()
    CHANCE = auto()


def beyond_the_bar(audit: Audit) -> list[RunAudit]:
    """The candidates and running runs that are better than the bar already, best first."""
    above = [row for row in audit.rows if is_beyond_the_bar(audit, row)]
    return sorted(above, key=lambda row: row.rank or 0)


def is_beyond_the_bar(audit: Audit, row: RunAudit) -> bool:
    """Whether a run is a candidate or still running, and better than the bar already."""
    if audit.incumbent is None or row.best is None:
        return False
    might_go_on = row.projection is not None or row.completion is Completion.RUNNING
    sign = audit.question.rank_by.goal.sign
    return might_go_on and row.best * sign < audit.incumbent.value * sign


def is_prior(row: RunAudit) -> bool:
    """Whether the run's probability comes from other people's sweeps, not from its own data."""
    projection = row.projection
    return (
        projection is not None
        and projection.abstained_because is not None
        and projection.p_gem != 1
    )


def run_to_repeat(audit: Audit) -> RunAudit | None:
    """The run that the answer advises to run again; None where it advises against it, or nothing.

    Of those that alone have a chance, else of the few that do together, it is the one that is
    expected to gain the most an hour. Runs that are better than the bar already come first: what
    they gain is small but shown, and the expected gain of others follows the width of a projection.
    """
    if not audit.gems or audit.outcome.p_any is None:
        return None
    first = audit.gems[0]
    is_judged = first.projection is not None and first.projection.p_repeat is not None
    is_beyond = is_beyond_the_bar(audit, first)
    if is_beyond and not is_judged:
        return first
    worth = [row for row in audit.gems if is_worth_repeating(row)]
    shown = [row for row in worth if is_beyond_the_bar(audit, row)]
    if worth:
        return by_expected_gain(shown or worth)[0][0]
    stands_out_by_luck = is_beyond or not is_judged
    if stands_out_by_luck or audit.outcome.p_any < POSSIBLE:
        return None
    return by_expected_gain(_reruns(audit)[0])[0][0]


def by_expected_gain(rows: Sequence[RunAudit]) -> tuple[list[RunAudit], RerunMeasure]:
    """Runs in the order in which to run them again, and by which measure: the gain an hour.

    By the gain alone where a cost is not known, by the chance of beating the bar where a gain is
    not known either. Equal ones stay as they are.
    """
    by_measure: dict[RerunMeasure, list[float | None]] = {
        RerunMeasure.GAIN_PER_H: [row.gain_per_h for row in rows],
        RerunMeasure.GAIN: [_expected_gain(row) for row in rows],
        RerunMeasure.CHANCE: [_p_repeat(row) for row in rows],
    }
    measure = next(measure for measure, values in by_measure.items() if None not in values)
    values = by_measure[measure]
    order = sorted(range(len(rows)), key=lambda place: -(values[place] or 0.0))
    return [rows[place] for place in order], measure


def runs_to_repeat(audit: Audit) -> list[RunAudit]:
    """The runs that the answer advises to run again together; the one above is among them."""
    advised = run_to_repeat(audit)
    if advised is None:
        return []
    rows, _ = _reruns(audit)
    return rows if advised in rows else [advised]


def is_worth_repeating(row: RunAudit) -> bool:
    """Whether a run, run again, has a chance to beat the bar that is worth its cost."""
    return _p_repeat(row) >= POSSIBLE


def run_to_zoom(audit: Audit) -> Run | None:
    """The run most worth a second look: the advised one, else one that nothing explains."""
    advised = run_to_repeat(audit)
    unexplained = [row for row in audit.rows if row.termination.cause is Cause.UNEXPLAINED]
    unexplained.sort(key=lambda row: (row.rank is None, row.rank))
    for rows in ([advised] if advised else [], unexplained, audit.gems):
        if rows:
            return rows[0].run
    return None


def gem_words(
    audit: Audit,
    names: RunNames,
    scale: Scale,
    checkpoints: Mapping[str, Checkpoint] | None = None,
) -> list[str]:
    """Whether there is a gem at all, the answer first, and which runs to go on with or run again.

    Runs that were stopped before training began matter more than any projection: they come last,
    where the eye stays.

    Args:
        audit: The answer.
        names: What runs are called.
        scale: How values of the metric that ranks are written.
        checkpoints: From which runs can go on, by the run's id, where some were found.
    """
    again = _rerun_words(audit, names, checkpoints or {})
    return [*_gem_words(audit, names, scale, again), *_first_reports(audit)]


def _gem_words(audit: Audit, names: RunNames, scale: Scale, again: list[str]) -> list[str]:
    outcome = audit.outcome
    above = beyond_the_bar(audit)
    running = [row for row in above if row.completion is Completion.RUNNING]
    stopped = [row for row in above if row.completion is not Completion.RUNNING]
    sentences = []
    if stopped:
        sentences.append(_stopped_above(audit, stopped, names, scale))
    if running:
        sentences.append(_running_above(audit, running, names, scale))
    if not outcome.n_candidates:
        return sentences or [_nobody_stopped(audit)]
    if outcome.p_any is None:
        return [
            *sentences,
            "Nobody can tell: no run completed, so there is no bar to beat.",
            "Set one with --target.",
        ]
    row = run_to_repeat(audit)
    if outcome.rankability is not None and outcome.cannot_rank:
        found, beyond = outcome.rankability, len(stopped)
        sentences += unrankable_words(audit, found, names, scale, beyond=beyond)
    if stopped or outcome.cannot_rank:
        if row is not None and row not in stopped:
            sentences.append(f"First to run again: {_odds(audit, row, names, scale)}.")
        return [*sentences, *again]
    first = audit.gems[0]
    if first.projection is None or first.projection.p_repeat is None:
        return [*sentences, *_prior_words(audit)]
    if row is not None:
        promise = _promise(audit, row, names, scale)
        return [*sentences, promise, *_why_first(audit, row, names), *again]
    n = outcome.n_candidates
    nothing = f"none of the {n} stopped runs is" if n > 1 else "the one stopped run is not"
    nothing += f" worth re-running; only {_odds(audit, first, names, scale)}."
    lead = f"Unlikely: {nothing}" if not running else f"{nothing[0].upper()}{nothing[1:]}"
    return [*sentences, lead]


def silent_words(audit: Audit) -> str:
    """How many runs the answer says nothing of."""
    if not audit.n_silent:
        return ""
    whom = f"{audit.n_silent} of {count(len(audit.rows), 'run')}"
    them = "it" if audit.n_silent == 1 else "them"
    metric = sanitize(audit.question.metric.name)
    return f"{whom} logged nothing under {metric}: nothing can be said of {them}."


def abstentions(audit: Audit) -> dict[str, list[RunAudit]]:
    """The candidates that cannot be projected, by the reason."""
    reasons: dict[str, list[RunAudit]] = {}
    for row in audit.gems:
        why = None if row.projection is None else row.projection.abstained_because
        if why is not None:
            reasons.setdefault(why, []).append(row)
    return reasons


def _reruns(audit: Audit) -> tuple[list[RunAudit], float | None]:
    """The first few candidates, and their share of the expected loss.

    The share is None where these are all candidates, or where nothing tells it.
    """
    judged = [row for row in audit.gems if _is_projected(row)]
    if not judged:
        return [row for row in audit.gems if is_beyond_the_bar(audit, row)][:_RERUNS], None
    useful = {
        recovery.k: recovery.share
        for recovery in audit.outcome.recovery
        if recovery.k < len(judged) and math.isfinite(recovery.share)
    }
    if not useful:
        return judged[:_RERUNS], None
    k = _RERUNS if _RERUNS in useful else max(useful)
    return judged[:k], useful[k]


def _is_projected(row: RunAudit) -> bool:
    return row.projection is not None and row.projection.abstained_because is None


def _expected_gain(row: RunAudit) -> float | None:
    return None if row.projection is None else row.projection.expected_gain


def _p_repeat(row: RunAudit) -> float:
    p_repeat = None if row.projection is None else row.projection.p_repeat
    return p_repeat or 0.0


def _stopped_above(audit: Audit, rows: list[RunAudit], names: RunNames, scale: Scale) -> str:
    """Which ended runs are better than the bar; whether they were cut short may not be known."""
    cut_short = [row for row in rows if row.completion is not Completion.UNKNOWN]
    is_known, rows = bool(cut_short), cut_short or rows
    best, bar = _best_and_bar(audit, rows[0], names, scale)
    first, projection = names.of(rows[0].run.id), rows[0].projection
    again = ""
    if projection is not None and projection.p_repeat is not None:
        whom = "it" if len(rows) == 1 else first
        chance = probability(projection.p_repeat, may_be_sure=False)
        again = f"; run again, {whom} beats that with a chance of {chance}"
    if not is_known:
        ended = "ended" if len(rows) == 1 else "ended, the best"
        return (
            f"Perhaps: {names.of_all(rows)} {ended} at {best}, already better than {bar}{again}. "
            f"Nothing says whether {'it was' if len(rows) == 1 else 'they were'} cut short."
        )
    if len(rows) == 1:
        return f"Yes: {first} was cut short at {best}, already better than {bar}{again}."
    return (
        f"Yes: {names.of_all(rows)} were cut short though already better than {bar}, the best at "
        f"{best}{again}."
    )


def _running_above(audit: Audit, rows: list[RunAudit], names: RunNames, scale: Scale) -> str:
    best, bar = _best_and_bar(audit, rows[0], names, scale)
    whom, are = names.of_all(rows), "is" if len(rows) == 1 else "are"
    the_best = best if len(rows) == 1 else f"the best at {best}"
    return f"R{whom[1:]} {are} still running and already better than {bar}: {the_best}."


def _best_and_bar(audit: Audit, row: RunAudit, names: RunNames, scale: Scale) -> tuple[str, str]:
    bar = None if audit.incumbent is None else audit.incumbent.value
    best, _ = scale.apart(row.best, bar)
    return best, bar_reference(audit, names, scale, against=row.best)


def _promise(audit: Audit, first: RunAudit, names: RunNames, scale: Scale) -> str:
    p_repeat = _p_repeat(first)
    odds = _odds(audit, first, names, scale)
    word = next((words for least, words in _VERDICTS if p_repeat >= least), None)
    if word is not None:
        return f"{word}: {odds}."
    whom = count(audit.outcome.n_candidates, "stopped run")
    return (
        f"Possibly, but no run stands out: {odds}, and {probability(audit.outcome.p_any)} that at "
        f"least one of the {whom} would have, had it gone on."
    )


def _why_first(audit: Audit, row: RunAudit, names: RunNames) -> list[str]:
    """Why this run is to be run again and not one with a better chance; empty without such."""
    if _p_repeat(row) >= max(map(_p_repeat, audit.gems)):
        return []
    worth = [other for other in audit.gems if is_worth_repeating(other)]
    rows = worth or _reruns(audit)[0]
    _, measure = by_expected_gain(rows)
    if measure is RerunMeasure.CHANCE:
        return []
    per_h = " an hour" if measure is RerunMeasure.GAIN_PER_H else ""
    whom = "the runs worth re-running" if worth else names.of_all(rows)
    return [f"Of {whom}, {names.of(row.run.id)} is expected to gain the most{per_h}."]


def _first_reports(audit: Audit) -> list[str]:
    """Of runs that were stopped before training began, as the finding says."""
    return [
        f"What matters more: {finding.title}; set min_iter to 2 or more."
        for finding in audit.findings
        if finding.code == FIRST_REPORTS
    ]


def _odds(audit: Audit, row: RunAudit, names: RunNames, scale: Scale) -> str:
    """`47 % that run 5, run again, beats 0.5687 (run 34)`."""
    projection = row.projection
    p_repeat = None if projection is None else projection.p_repeat
    return (
        f"{probability(p_repeat, may_be_sure=False)} that {names.of(row.run.id)}, run again, "
        f"beats {bar_reference(audit, names, scale, against=row.best)}"
    )


def _prior_words(audit: Audit) -> list[str]:
    """Where nothing is projected: why, and how often it happens elsewhere."""
    reasons = list(abstentions(audit))
    why = sanitize(reasons[0], limit=0) if len(reasons) == 1 else "no run can be projected"
    n = audit.outcome.n_candidates
    elsewhere = f"{probability(PRIOR_P_GEM)} of the stopped runs were gems"
    of_these = (
        f"the chance that any of the {n} here is one is {probability(audit.outcome.p_any)}, "
        "as gems come several to a sweep"
        if n > 1
        else "nothing more is known of the one here"
    )
    return [f"Nobody can tell: {why}. In other people's sweeps {elsewhere}; {of_these}."]


def _nobody_stopped(audit: Audit) -> str:
    n_by_completion = audit.n_by_completion()
    n_unknown = n_by_completion[Completion.UNKNOWN]
    if n_unknown:
        whom = "any run" if n_unknown == len(audit.rows) > 1 else count(n_unknown, "run")
        several = 1 < n_unknown < len(audit.rows)
        were, its = ("were", "their") if several else ("was", "its")
        return f"Nobody can tell: nothing says whether {whom} {were} stopped before {its} time."
    if n_by_completion[Completion.RUNNING]:
        return "Not so far: no run was stopped before its time."
    if n_by_completion[Completion.FULL] == len(audit.rows):
        if audit.question.rule.status is RuleStatus.NONE:
            whom = count(len(audit.rows), "run")
            whom = whom if len(audit.rows) == 1 else f"all {whom}"
            by_whom = "itself" if len(audit.rows) == 1 else "themselves"
            return f"No: the sweep has no early termination, and {whom} ended by {by_whom}."
        return "No: no run was stopped before its time, so there is nothing to re-run."
    if n_by_completion[Completion.FAILED] or audit.n_silent:
        return "No: no run with a value was stopped before its time."
    return "No: no run was stopped before its time, so there is nothing to re-run."


def _rerun_words(audit: Audit, names: RunNames, checkpoints: Mapping[str, Checkpoint]) -> list[str]:
    """Which can go on, which to run again, what that costs, and how much of the loss is theirs."""
    advised = runs_to_repeat(audit)
    going_on = can_go_on_words(audit, advised, checkpoints, names)
    can_all_go_on = {row.run.id for row in advised} <= checkpoints.keys()
    again = _again_words(audit, names, is_cost_known=bool(going_on) and can_all_go_on)
    return [*([f"{going_on}."] if going_on else []), *again]


def _again_words(audit: Audit, names: RunNames, *, is_cost_known: bool) -> list[str]:
    """Which to run again, what that costs unless it is said already, and whose the loss is."""
    rows, (judged, share) = runs_to_repeat(audit), _reruns(audit)
    if rows != judged:
        share = None
    if not rows or (len(rows) > 1 and share is None and _is_projected(rows[0])):
        return []
    costs = [row.cost_full_h for row in rows]
    known = [cost for cost in costs if cost is not None]
    words = [
        *([f"takes {hours(sum(known))}"] if len(known) == len(costs) and not is_cost_known else []),
        *([] if share is None else [f"covers {percent(share)} {LOSS}"]),
    ]
    whom = listed([names.short(row.run) for row in rows])
    return [f"Re-running {whom} {' and '.join(words)}."] if words else []
