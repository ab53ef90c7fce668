"""Stories about the rules that W&B does not have."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.rules.random_rules import any_rules, chances
from wbtools.model import SweepView
from wbtools.rules.asha import Asha
from wbtools.rules.diverged import DivergenceStop
from wbtools.rules.fixed_budget import FixedBudget
from wbtools.rules.grammar import parse_rule
from wbtools.rules.hyperband import Hyperband
from wbtools.rules.median import Median
from wbtools.rules.none import NoRule
from wbtools.rules.patience import Patience
from wbtools.rules.patient_guard import PatientGuard
from wbtools.rules.projection_guard import ProjectionGuard
from wbtools.rules.rule import Guard
from wbtools.rules.threshold_guard import ThresholdGuard
from wbtools.rules.top_k_guard import TopKGuard
from wbtools.rules.until_guard import UntilGuard


def view(*curves: list[float], completed=()) -> SweepView:
    width = max(len(curve) for curve in curves)
    is_completed = np.isin(np.arange(len(curves)), completed)
    return SweepView(
        values=np.array([[*c, *[np.nan] * (width - len(c))] for c in curves], dtype=float),
        n_reports=np.array([len(curve) for curve in curves]),
        active=~is_completed,
        completed=is_completed,
    )


STORIES = {
    "none stops nobody": ("none", [[1.0], [9.0]], (), [False, False]),
    "fixed stops the best too": ("fixed(n=2)", [[1.0, 1], [2.0]], (), [True, False]),
    "patience: a run that just improved lives": ("patience(n=2)", [[3.0, 3, 2]], (), [False]),
    "patience: equal is no improvement": ("patience(n=2)", [[3.0, 3, 3]], (), [True]),
    "patience: a step below min_delta is no improvement": (
        "patience(n=2,min_delta=0.5)",
        [[3.0, 2.8, 2.6]],
        (),
        [True],
    ),
    "patience: too few reports to tell": ("patience(n=2)", [[3.0, 3]], (), [False]),
    "asha: the first at a rung passes": ("asha(eta=2)", [[9.0]], (), [False]),
    "asha: with eta 3 the best of three passes": (
        "asha(eta=3)",
        [[1.0], [2.0], [3.0]],
        (),
        [False, True, True],
    ),
    "asha: ties with the last that passes live": ("asha(eta=3)", [[1.0], [1.0]], (), [False] * 2),
    "asha: between two rungs nobody is judged": (
        "asha(min_iter=1,eta=4)",
        [[1.0, 1], [9.0, 9]],
        (),
        [False, False],
    ),
    "median: nobody is stopped before a run completed": (
        "median(grace=1)",
        [[1.0], [9.0]],
        (),
        [False, False],
    ),
    "median: worse than the completed run's average so far": (
        "median(grace=2)",
        [[8.0, 2, 1], [9.0, 6], [9.0, 5]],
        (0,),
        [False, True, False],
    ),
    "median: the grace is over at its last report": (
        "median(grace=3)",
        [[1.0, 1, 1], [9.0, 9], [9.0, 9, 9]],
        (0,),
        [False, False, True],
    ),
    "median: judged every second report": (
        "median(grace=1,interval=2)",
        [[1.0, 1, 1], [9.0, 9], [9.0, 9, 9]],
        (0,),
        [False, False, True],
    ),
    "median: too few completed runs": (
        "median(grace=1,min_runs=2)",
        [[1.0, 1], [9.0, 9]],
        (0,),
        [False, False],
    ),
}


@pytest.mark.parametrize(("rule", "curves", "completed", "stop"), STORIES.values(), ids=STORIES)
def test_story(rule, curves, completed, stop):
    policy = parse_rule(rule)
    assert policy.decide(view(*curves, completed=completed)).stop.tolist() == stop


def test_verdicts_carry_their_reasons():
    sweep_view = view([8.0, 2, 1], [9.0, 6], completed=(0,))
    verdict = Median(grace=2).decide(sweep_view)
    reasons = (verdict.value[1], verdict.threshold[1], verdict.band[1], verdict.n_peers[1])
    assert reasons == (6, 5, 2, 1)
    verdict = Asha(min_iter=2, eta=3).decide(view([8.0, 2], [9.0, 6]))
    assert verdict.threshold.tolist() == [2, 2]
    assert verdict.n_peers.tolist() == [2, 2]
    verdict = Patience(n=1, min_delta=0.5).decide(view([8.0, 6]))
    assert (verdict.value[0], verdict.threshold[0], verdict.band[0]) == (6, 7.5, 2)


def test_rungs():
    assert Asha(min_iter=2, eta=1.5).rungs[:5] == (2, 3, 4, 6, 10)
    assert len(Asha(min_iter=1, eta=1.0001).rungs) <= 1000


values = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=8),
    elements=st.floats(-5, 5).map(lambda x: round(x, 1)),
)


def some_view(x: np.ndarray, lengths: np.ndarray, completed: np.ndarray) -> SweepView:
    return SweepView(
        values=x,
        n_reports=lengths,
        active=~completed,
        completed=completed,
        p_improvement=chances,
    )


@given(values, any_rules(), st.randoms(use_true_random=False))
def test_permuting_runs_permutes_verdicts_and_padding_changes_nothing(x, rule, random):
    lengths = np.array([random.randint(0, x.shape[1]) for _ in x])
    completed = np.array([random.random() < 0.4 for _ in x])
    order = np.array(random.sample(range(len(x)), len(x)))
    stop = rule.decide(some_view(x, lengths, completed)).stop
    permuted = rule.decide(some_view(x[order], lengths[order], completed[order])).stop
    assert permuted.tolist() == stop[order].tolist()
    padded = np.hstack([x, np.full((len(x), 3), np.nan)])
    assert rule.decide(some_view(padded, lengths, completed)).stop.tolist() == stop.tolist()
    assert not (stop & completed).any()


@given(values, st.sampled_from([Asha(min_iter=1, eta=2), Asha(min_iter=2, eta=3)]))
def test_the_best_at_a_rung_passes(x, rule):
    lengths = np.full(len(x), x.shape[1])
    verdict = rule.decide(some_view(x, lengths, np.zeros(len(x), dtype=bool)))
    if verdict.band.any():
        assert not verdict.stop[np.argmin(x[:, verdict.band[0] - 1])]


@pytest.mark.parametrize("bands", [(2, 2), (3, 1)], ids=["twice", "descending"])
def test_bands_that_no_run_could_pass_one_by_one_are_refused(bands):
    with pytest.raises(ValueError, match="bands must ascend"):
        Hyperband(at=bands)


def test_bands_in_other_units_take_the_place_of_the_settings_own():
    rule = Hyperband(min_iter=100, at=(1,))
    assert rule.bands == rule.resolved().bands == (1,)
    assert rule.decide(view([1.0], [2.0])).stop.tolist() == [False, True]
    assert str(rule) == "hyperband(min_iter=100)"
    assert rule.as_block() == {"type": "hyperband", "min_iter": 100}


GUARDED = {
    "preserve: good enough is at least as good": (
        ThresholdGuard(rule=FixedBudget(n=1), value=2.0),
        [[1.0], [2.0], [3.0]],
        [False, False, True],
    ),
    "top: ties with the last that is kept are kept": (
        TopKGuard(rule=FixedBudget(n=1), k=1),
        [[1.0], [1.0], [3.0]],
        [False, False, True],
    ),
    "top: with fewer runs than k all are kept": (
        TopKGuard(rule=FixedBudget(n=1), k=4),
        [[1.0], [2.0], [3.0]],
        [False] * 3,
    ),
    "patient: what improved lately is kept": (
        PatientGuard(rule=FixedBudget(n=1), n=2),
        [[3.0, 2.0, 1.0], [1.0, 2.0, 3.0], [2.0, 3.0, 1.0], [2.0, 3.0, 2.0]],
        [False, True, False, True],
    ),
    "patient: so is what made too few reports": (
        PatientGuard(rule=FixedBudget(n=1), n=2),
        [[1.0, 2.0]],
        [False],
    ),
    "patient: whom the rule would keep is kept": (
        PatientGuard(rule=FixedBudget(n=9), n=1),
        [[1.0, 2.0, 3.0]],
        [False],
    ),
    "guards nest": (
        ThresholdGuard(rule=TopKGuard(rule=FixedBudget(n=1), k=1), value=2.0),
        [[1.0], [2.0], [3.0]],
        [False, False, True],
    ),
}


@pytest.mark.parametrize(("rule", "curves", "stop"), GUARDED.values(), ids=GUARDED)
def test_guards(rule, curves, stop):
    assert rule.decide(view(*curves)).stop.tolist() == stop


@given(values, any_rules(), st.randoms(use_true_random=False))
def test_a_guard_stops_no_more_than_what_it_guards(x, rule, random):
    lengths = np.array([random.randint(0, x.shape[1]) for _ in x])
    seen = some_view(x, lengths, np.array([random.random() < 0.4 for _ in x]))
    while isinstance(rule, Guard):
        if not isinstance(rule, DivergenceStop):
            assert not (rule.decide(seen).stop & ~rule.rule.decide(seen).stop).any()
        rule = rule.rule


def test_nobody_is_stopped_until_enough_runs_completed_with_a_value():
    curves = [1.0], [2.0], [], [4.0]
    guard = UntilGuard(rule=FixedBudget(n=1), runs=2)
    assert not guard.decide(view(*curves, completed=(0, 2))).stop.any()
    assert guard.decide(view(*curves, completed=(0, 1))).stop.tolist() == [False] * 3 + [True]
    unknown = replace(view(*curves, completed=(0, 1)), completed=None)
    assert not guard.decide(unknown).stop.any()


def test_what_a_guard_preserves_is_written_in_the_metrics_own_direction():
    accuracies = replace(view([-0.9], [-0.95], [-0.5]), sign=-1.0)
    verdict = ThresholdGuard(rule=FixedBudget(n=1), value=0.9).decide(accuracies)
    assert verdict.stop.tolist() == [False, False, True]


def test_a_diverged_run_is_stopped_whatever_the_rule_inside_says():
    seen = replace(view([1.0], [2.0]), n_nonfinite=np.array([0, 1]))
    assert DivergenceStop(rule=NoRule()).decide(seen).stop.tolist() == [False, True]


def test_only_those_who_are_to_be_stopped_are_projected_and_the_promising_live():
    asked_about = []

    def p_improvement(_view, asked):
        asked_about.append(asked.tolist())
        return np.array([0.0, 0.3, 0.05])

    seen = replace(view([1.0], [2.0], [3.0], completed=(0,)), p_improvement=p_improvement)
    guard = ProjectionGuard(rule=FixedBudget(n=1), p=0.1)
    assert guard.decide(seen).stop.tolist() == [False, False, True]
    assert asked_about == [[False, True, True]]
    assert guard.decide(view([1.0], [2.0])).stop.tolist() == [True, True]
    with pytest.raises(ValueError, match="needs a view that can project"):
        guard.decide(replace(seen, p_improvement=None))
