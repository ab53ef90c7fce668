"""One run's answer in a sentence: why it ended, whether it would have won, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.termination import Cause, Completion
from wbtools.answers.audit.checkpoint_words import can_go_on
from wbtools.answers.audit.gem_words import (
    is_beyond_the_bar,
    is_prior,
    is_worth_repeating,
    runs_to_repeat,
)
from wbtools.answers.audit.guard_words import guard_place
from wbtools.answers.audit.unrankable_words import is_unrankable, standing_words
from wbtools.answers.audit.words import RunNames, bar_reference, scale_of, unit_of
from wbtools.answers.termination_words import end_word
from wbtools.text.numbers import hours, listed, probability
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.model import Checkpoint

_OF_ONE_RUN = {
    Cause.OWN_EARLY_STOP: "stopped by its own early stopping",
    Cause.LOST: "lost: nothing recorded its end",
    Cause.UNEXPLAINED: "cut short, and nothing explains why",
    Cause.UNKNOWN: "nothing says how it ended",
}
"""What is said of one run otherwise than of several."""


def run_verdict(
    audit: Audit, row: RunAudit, names: RunNames, checkpoint: Checkpoint | None = None
) -> str:
    """Such as `stopped by Hyperband at epoch 18; 34 % that it would have beaten …, had it …`.

    Args:
        audit: The answer.
        row: The run.
        names: What runs are called.
        checkpoint: From which it can go on; None where none was found or looked for.
    """
    cause = row.termination.cause
    end = _OF_ONE_RUN.get(cause) or end_word(cause)
    sentences = [f"{end}{_at_band(audit, row)}", *_odds(audit, row, names)]
    words = "; ".join(sentences)
    advice = [] if checkpoint is None else [can_go_on(audit, row, checkpoint)]
    projection = row.projection
    is_projected = projection is not None and projection.p_repeat is not None
    if is_projected and not is_unrankable(audit, row):
        advice.append(_advice(audit, row, names, is_second=bool(advice)))
    if not advice:
        return words
    advised = "; ".join(advice)
    return f"{words}. {advised[0].upper()}{advised[1:]}"


def _advice(audit: Audit, row: RunAudit, names: RunNames, *, is_second: bool) -> str:
    """Whether to run it again, as the page about the whole sweep says.

    Args:
        audit: The answer.
        row: The run.
        names: What runs are called.
        is_second: Whether it can go on, too: then what a re-run takes comes beside it.
    """
    known = row.cost_full_h
    cost = "" if known is None else f" ({hours(known)})"
    again = f"run again {hours(known)}" if is_second and known is not None else ""
    together = runs_to_repeat(audit)
    if not is_worth_repeating(row) and row not in together:
        return "not worth a re-run"
    others = listed([names.short(other.run) for other in together if other is not row])
    if others and not is_worth_repeating(row):
        return f"worth a re-run{cost} only together with {others}"
    return again or f"worth a re-run{cost}"


def _at_band(audit: Audit, row: RunAudit) -> str:
    if row.termination.cause is Cause.GUARD and row.guard_stop is not None:
        return f" at {guard_place(audit, row.guard_stop.n_reports)}"
    explanation = row.explanation
    is_stop = row.termination.cause is Cause.HYPERBAND
    if not is_stop or explanation is None or explanation.band is None:
        return ""
    unit = unit_of(audit.budget)
    if unit is None or explanation.band_epoch is None:
        return f" at report {explanation.band}"
    return f" at {unit} {explanation.band_epoch:g}"


def _odds(audit: Audit, row: RunAudit, names: RunNames) -> list[str]:
    """Whether it beats the bar, would have, or will if it is run again."""
    scale, projection, incumbent = scale_of(audit), row.projection, audit.incumbent
    if row.best is None:
        return [f"it logged no finite value of {sanitize(audit.question.rank_by.name)}"]
    if incumbent is None:
        return ["no run completed, so there is no bar to beat"]
    if incumbent.run_id == row.run.id:
        return [f"the best completed run, with {scale.show(row.best)}"]
    bar = bar_reference(audit, names, scale, against=row.best)
    best, _ = scale.apart(row.best, incumbent.value)
    again = None if projection is None else projection.p_repeat
    chance = probability(again, may_be_sure=False)
    if is_beyond_the_bar(audit, row):
        does_so = (
            ""
            if again is None
            else f", and with a chance of {chance} would beat it again if run again"
        )
        return [f"its {best} already beats {bar}{does_so}"]
    if projection is None:
        is_bound = row.completion is Completion.RUNNING
        return [f"its best {'so far ' if is_bound else ''}is {best}, the bar is {bar}"]
    if is_prior(row) or again is None:
        return [f"nobody can tell whether it would have beaten {bar}"]
    if is_unrankable(audit, row) and audit.outcome.rankability is not None:
        found = audit.outcome.rankability
        share = f"{probability(found.p_random)} of the other stopped runs would have"
        words = f"whether it would have beaten {bar} cannot be told: {share}, and "
        return [f"{words}{standing_words(audit, found)}"]
    gone_on = probability(projection.p_gem)
    return [f"{gone_on} that it would have beaten {bar}, had it gone on, {chance} if run again"]
