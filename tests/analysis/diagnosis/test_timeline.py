"""The moments of a run: which thresholds held when, and what they would have meant."""

import numpy as np

from wbtools.analysis.diagnosis.explain import explain
from wbtools.analysis.diagnosis.termination import Decision
from wbtools.analysis.diagnosis.timeline import Observations, RuleTimeline
from wbtools.rules.grammar import parse_rule


def observations(*runs: tuple[float, list[float]]) -> Observations:
    """Runs as (start, values), a report a second."""
    width = max(len(values) for _, values in runs)
    pad = [[*values, *[np.nan] * (width - len(values))] for _, values in runs]
    times = [
        [*(start + 1 + np.arange(len(values))), *[np.nan] * (width - len(values))]
        for start, values in runs
    ]
    return Observations(
        values=np.array(pad),
        times_s=np.array(times),
        n_reports=np.array([len(values) for _, values in runs]),
        end_s=np.array([start + len(values) + 0.5 for start, values in runs]),
    )


def explanation(observations, row, rule="hyperband(min_iter=2,eta=2)", sign=1.0):
    timeline = RuleTimeline(parse_rule(rule), observations)
    ids = tuple("abcdefgh"[: len(observations.values)])
    return explain(timeline.of(row), run_ids=ids, sign=sign, band_step=None, band_epoch=None)


def test_a_stop_that_every_moment_agrees_on():
    verdict = explanation(observations((0, [3, 2, 1]), (1, [3, 2.5, 2]), (10, [9, 9])), 2)
    assert verdict.band == 2
    assert verdict.n_peers == 3
    assert verdict.threshold == 2.5
    assert verdict.set_by == "b"
    assert verdict.strict.ruling is Decision.STOP
    assert verdict.margin(strict=True, sign=1.0) == -6.5


def test_a_threshold_that_falls_while_the_run_is_in_the_band_is_ambiguous():
    # `a` is alone at its band until `b` and `c` arrive with better values.
    reports = observations((0, [3, 3, 3, 3, 3, 3]), (1, [1, 1]), (2, [1, 1]))
    verdict = explanation(reports, 0, rule="hyperband(min_iter=2,eta=4)")
    assert verdict.strict.ruling is Decision.AMBIGUOUS
    assert (verdict.threshold_low, verdict.threshold_high) == (1, 3)


def test_later_runs_can_stop_a_run_that_passed_its_band_long_ago():
    # Hyperband looks at every poll with that moment's thresholds.
    reports = observations((0, [3] * 20), (17, [1, 1]))
    moments = RuleTimeline(parse_rule("hyperband(min_iter=15,eta=3)"), reports).of(0)
    assert not moments.stop(strict=True).any()
    moments = RuleTimeline(parse_rule("hyperband(min_iter=2,eta=11)"), reports).of(0)
    assert moments.stop(strict=True)[-1]
    assert moments.since_s[np.argmax(moments.stop(strict=True))] == 19


def test_a_run_below_the_first_band_has_no_moments():
    verdict = explanation(observations((0, [1.0]), (0, [1.0, 1.0])), 0)
    assert verdict.band is None
    assert verdict.strict.ruling is Decision.NO_BAND


def test_values_come_back_in_the_metrics_own_direction():
    reports = observations((0, [-0.9, -0.9]), (1, [-0.5, -0.5]))
    verdict = explanation(reports, 1, rule="hyperband(min_iter=2,eta=3)", sign=-1.0)
    assert (verdict.strict.value, verdict.threshold) == (0.5, 0.9)
    assert verdict.margin(strict=True, sign=-1.0) < 0


def test_lenient_follows_the_best_so_far():
    reports = observations((0, [5, 5, 5, 1]), (0.5, [2, 2]))
    moments = RuleTimeline(parse_rule("hyperband(min_iter=2,eta=3)"), reports).of(0)
    assert moments.stop(strict=False).tolist() == [False, True, True, False]
    assert moments.stop(strict=True).tolist() == [False, True, True, True]
