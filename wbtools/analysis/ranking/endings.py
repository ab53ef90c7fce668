"""Which runs ran their course, so that their values may be averaged, and which were cut short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.causes import RAN_ITS_COURSE, Cause
from wbtools.analysis.diagnosis.censored import end_is_untold
from wbtools.analysis.diagnosis.evidence import find_causes
from wbtools.analysis.diagnosis.outcomes import run_outcomes
from wbtools.analysis.diagnosis.rule_verdicts import judge_by_rule
from wbtools.analysis.ranking.configurations import Completion

if TYPE_CHECKING:
    from wbtools.analysis.question import Question
    from wbtools.model import Run, Sweep


def endings(sweep: Sweep, question: Question) -> list[Completion]:
    """Say how far each run came, by the audit's evidence and without its projections.

    Args:
        sweep: With `curves` of the question's metrics, or without any curve.
        question: The rule's metric, and as `rank_by` the first one that ranks.

    Raises:
        DataError: No run has a value of the latter.
    """
    stood = run_outcomes(sweep, question)
    ruled = judge_by_rule(stood, stood.observations(question.metric.goal), question)
    causes = find_causes(sweep, stood, ruled, question)
    return [end_of(run, one.cause) for run, one in zip(sweep.runs, causes, strict=True)]


def end_of(run: Run, cause: Cause) -> Completion:
    """What a cause says of the run's value."""
    if cause in RAN_ITS_COURSE:
        return Completion.FULL
    if cause is Cause.RUNNING:
        return Completion.RUNNING
    return Completion.UNKNOWN if end_is_untold(run, cause) else Completion.STOPPED
