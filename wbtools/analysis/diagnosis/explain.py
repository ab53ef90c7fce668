"""Why the rule would have stopped a run, or why not: an audit, not a counterfactual.

Every moment from reaching the first band to the run's end is judged on what was really observed by
then, under both strict modes. The moments of the *last* band are those in which the run ended; a
verdict that changes among them is ambiguous, since poll times and clock skew are unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.termination import Decision
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wbtools.analysis.diagnosis.timeline import RunTimeline


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeVerdict:
    """One strict mode's answer about one run. Values in the metric's own units and direction.

    Attributes:
        ruling: `stop` or `keep` where every moment of the last band agrees, else `ambiguous`.
        value: What the rule compared at the run's end; None where no band was reached.
        n_stop: Moments of the last band at which the rule would have stopped the run.
        n_stop_before: Moments of earlier bands at which it would have, and the run lived on.
    """

    ruling: Decision
    value: float | None
    n_stop: int
    n_stop_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The rule's view of one ended run, with its reason as numbers.

    Attributes:
        band: Highest band the run reached, in reports; None if it reached none.
        band_step: `_step` of the report at that band.
        band_epoch: The same in the units of the configured budget; None if those are unknown.
        n_moments: Moments of the last band, from reaching it to the run's end.
        threshold: Threshold of the band when the run ended, metric's own units.
        threshold_low: Smallest threshold of the band between reaching it and the end.
        threshold_high: Largest of the same.
        n_peers: Runs whose values set the threshold at the end, the run itself included.
        set_by: Run id of the run whose value was the threshold at the end.
        strict: The answer when comparing the value at the band.
        lenient: The answer when comparing the best value so far.
    """

    __repr__ = brief_repr

    band: int | None
    band_step: int | None
    band_epoch: float | None
    n_moments: int
    threshold: float | None
    threshold_low: float | None
    threshold_high: float | None
    n_peers: int
    set_by: str | None
    strict: ModeVerdict
    lenient: ModeVerdict

    def judged(self, *, strict: bool) -> ModeVerdict:
        """The answer in one mode."""
        return self.strict if strict else self.lenient

    def margin(self, *, strict: bool, sign: float) -> float | None:
        """Signed distance to the threshold: negative means worse than the threshold.

        Args:
            strict: Which mode's value.
            sign: The goal's sign.
        """
        value = self.judged(strict=strict).value
        if value is None or self.threshold is None:
            return None
        return (self.threshold - value) * sign + 0.0  # no negative zero


def explain(
    moments: RunTimeline,
    *,
    run_ids: tuple[str, ...],
    sign: float,
    band_step: int | None,
    band_epoch: float | None,
) -> Explanation:
    """Sum up a run's moments.

    Args:
        moments: From `Timeline.of(row)`.
        run_ids: Of all rows.
        sign: The goal's sign, to give values back in the metric's own direction.
        band_step: `_step` of the report at the highest band, if one was reached.
        band_epoch: The highest band in units of the configured budget.
    """
    if not len(moments.band):
        silent = ModeVerdict(ruling=Decision.NO_BAND, value=None, n_stop=0, n_stop_before=0)
        return Explanation(
            band=None,
            band_step=None,
            band_epoch=None,
            n_moments=0,
            threshold=None,
            threshold_low=None,
            threshold_high=None,
            n_peers=0,
            set_by=None,
            strict=silent,
            lenient=silent,
        )
    last = moments.band == moments.band[-1]
    thresholds = np.sort(moments.threshold[last] * sign)
    return Explanation(
        band=int(moments.band[-1]),
        band_step=band_step,
        band_epoch=band_epoch,
        n_moments=int(last.sum()),
        threshold=float(moments.threshold[-1] * sign),
        threshold_low=float(thresholds[0]),
        threshold_high=float(thresholds[-1]),
        n_peers=int(moments.n_peers[-1]),
        set_by=run_ids[int(moments.set_by[-1])],
        strict=_judgement(moments, sign, strict=True),
        lenient=_judgement(moments, sign, strict=False),
    )


def _judgement(moments: RunTimeline, sign: float, *, strict: bool) -> ModeVerdict:
    stop = moments.stop(strict=strict)
    last = moments.band == moments.band[-1]
    n_stop = int(stop[last].sum())
    if n_stop == last.sum():
        ruling = Decision.STOP
    elif n_stop or _stopped_late(stop, last):
        ruling = Decision.AMBIGUOUS
    else:
        ruling = Decision.KEEP
    value = moments.at_band if strict else moments.best
    return ModeVerdict(
        ruling=ruling,
        value=float(value[-1] * sign),
        n_stop=n_stop,
        n_stop_before=int(stop[~last].sum()),
    )


def _stopped_late(stop: np.ndarray, last: np.ndarray) -> bool:
    """Whether the rule said stop right before the last band, so that the order was on its way."""
    first = int(np.argmax(last))
    return first > 0 and bool(stop[first - 1])


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFit:
    """How well one strict mode explains the stops that were observed.

    Attributes:
        n_stops: Runs that ended early with no other cause in evidence.
        n_explained: Of these, those the rule would have stopped at every moment.
        n_ambiguous: Of these, those it would have stopped at some moments.
    """

    n_stops: int
    n_explained: int
    n_ambiguous: int


def rule_fit(stopped: Iterable[Explanation], *, strict: bool) -> RuleFit:
    """Count the observed stops that one strict mode explains."""
    rulings = [explanation.judged(strict=strict).ruling for explanation in stopped]
    return RuleFit(
        n_stops=len(rulings),
        n_explained=rulings.count(Decision.STOP),
        n_ambiguous=rulings.count(Decision.AMBIGUOUS),
    )
