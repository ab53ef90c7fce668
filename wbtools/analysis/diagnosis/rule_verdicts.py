"""The sweep's rule, judged on every run in both strict modes, and which mode to believe."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.explain import Explanation, RuleFit, explain, rule_fit
from wbtools.analysis.diagnosis.termination import Decision
from wbtools.analysis.diagnosis.timeline import Observations, RuleTimeline
from wbtools.analysis.question import Question, RuleStatus
from wbtools.errors import DataError
from wbtools.rules.hyperband import DEFAULT_STRICT, Hyperband
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.diagnosis.outcomes import RunOutcomes


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVerdicts:
    """What the rule says of every run.

    Attributes:
        rule: The rule in the mode that was used; None if none could be judged.
        strict_written: What the settings say of `strict`; None if they leave it unset.
        explanations: One a run; None where no rule was judged.
        why_not: Why no rule was judged, in words; None if one was.
        cannot_run: Whether W&B's engine cannot run the rule, so that it stops no run.
    """

    __repr__ = brief_repr

    rule: Hyperband | None
    strict_written: bool | None
    explanations: tuple[Explanation | None, ...]
    why_not: str | None = None
    cannot_run: bool = False

    def ruling(self, row: int) -> Decision | None:
        """The ruling on one run in the mode that was used."""
        explanation = self.explanations[row]
        if self.rule is None or explanation is None:
            return None
        return explanation.judged(strict=self.rule.strict).ruling

    def fit(self, cut_off: NDArray[np.bool_], *, strict: bool) -> RuleFit | None:
        """How many of the runs in `cut_off` (`bool [N]`) one mode explains; None without a rule."""
        if self.rule is None:
            return None
        explained = (self.explanations[row] for row in np.flatnonzero(cut_off))
        return rule_fit(
            (explanation for explanation in explained if explanation is not None), strict=strict
        )


def judge_by_rule(
    outcomes: RunOutcomes, observations: Observations | None, question: Question
) -> RuleVerdicts:
    """Judge every run by the rule.

    Where the settings leave `strict` unset, the mode that agrees with more of the ends is used
    (stops explained less full runs that it would have stopped); W&B's default where they tie.
    """
    unjudged: tuple[Explanation | None, ...] = (None,) * len(outcomes.runs)
    settings = question.rule.settings
    why_not = None
    if question.rule.status is RuleStatus.NONE:
        why_not = "the sweep has no early_terminate, so no rule of W&B's stopped any run"
    elif observations is None:
        why_not = "without curves no early-termination rule can be judged"
    elif settings is None:
        why_not = "the sweep's early_terminate is not known"
    if why_not is None and settings is not None and observations is not None:
        try:
            rule = settings.resolved()
        except DataError as error:
            return RuleVerdicts(
                rule=None,
                strict_written=None,
                explanations=unjudged,
                why_not=error.message,
                cannot_run=True,
            )
        explanations = _explanations(rule, outcomes, observations, question.metric.goal.sign)
        strict = settings.strict
        if strict is None:
            strict = _likelier_mode(explanations, outcomes)
        return RuleVerdicts(
            rule=replace(rule, strict=strict),
            strict_written=settings.strict,
            explanations=explanations,
        )
    return RuleVerdicts(rule=None, strict_written=None, explanations=unjudged, why_not=why_not)


def _explanations(
    rule: Hyperband, outcomes: RunOutcomes, observations: Observations, sign: float
) -> tuple[Explanation, ...]:
    timeline = RuleTimeline(rule, observations)
    run_ids = tuple(run.id for run in outcomes.runs)
    reached = rule.band_index(observations.n_reports)

    def one(row: int) -> Explanation:
        band = rule.bands[reached[row]] if reached[row] >= 0 else None
        steps = None if outcomes.rule_curves is None else outcomes.rule_curves.steps
        return explain(
            timeline.of(row),
            run_ids=run_ids,
            sign=sign,
            band_step=None if band is None or steps is None else int(steps[row, band - 1]),
            band_epoch=None if band is None else outcomes.budget.in_units(band),
        )

    return tuple(one(row) for row in range(len(run_ids)))


def _likelier_mode(explanations: tuple[Explanation, ...], outcomes: RunOutcomes) -> bool:
    whole, short = outcomes.budget.reached, outcomes.is_short & ~outcomes.asked_by_guard

    def score(*, strict: bool) -> int:
        stops = [
            explanation.judged(strict=strict).ruling is Decision.STOP
            for explanation in explanations
        ]
        return sum(s for s, row in zip(stops, short, strict=True) if row) - sum(
            s for s, row in zip(stops, whole, strict=True) if row
        )

    strict, lenient = score(strict=True), score(strict=False)
    return DEFAULT_STRICT if strict == lenient else strict > lenient
