"""The parts of a projection, on cases whose answer is known."""

import numpy as np
import pytest

from tests.analysis.projection.sweeps import made
from wbtools.analysis.projection.annealing import course_of, peak_rate, schedule_of
from wbtools.analysis.projection.config_distance import parameters
from wbtools.analysis.projection.features import candidates
from wbtools.analysis.projection.gaussian_process import gp_posterior
from wbtools.analysis.projection.peer_slice import rank, spread
from wbtools.analysis.projection.reasons import reasons
from wbtools.analysis.projection.weights import (
    BLENDED,
    GAIN_SCALE,
    LEVELS,
    MIDDLE,
    FeedForwardNetwork,
    Member,
    Trees,
    blended,
    plain_odds,
    share_above,
    standing,
    stretched,
)
from wbtools.rules.running import running_best


@pytest.mark.parametrize(
    ("config", "kind", "at_end", "warmup"),
    [
        ({"schedule": "cosine", "T_max": 20}, "cosine", 0.0, 0.0),
        ({"train.lr_scheduler": "CosineAnnealingLR", "t_max_frac": 0.5}, "cosine", 1.0, 0.0),
        ({"T_max": 20}, "cosine", 0.0, 0.0),
        ({"scheduler": "step", "step_frac": 0.5, "gamma": 0.1}, "step", 0.1, 0.0),
        ({"scheduler": "StepLR", "step_size": 5, "gamma": 0.5}, "step", 0.125, 0.0),
        ({"schedule": "wsd"}, "wsd", 0.0, 0.0),
        ({"schedule": "constant"}, "constant", 1.0, 0.0),
        ({"schedule": "warmup_cosine", "warmup_frac": 0.25}, "cosine", 0.0, 0.25),
        ({"schedule": "linear", "warmup_epochs": 5}, "linear", 0.0, 0.25),
        ({"lr": 0.1}, "unknown", 1.0, 0.0),
        ({"schedule": 3, "optimizer": "cosmic"}, "unknown", 1.0, 0.0),
    ],
    ids=str,
)
def test_a_schedule_is_read_from_the_configuration(config, kind, at_end, warmup):
    plan = schedule_of(config, 20)
    assert (plan.kind, plan.warmup) == (kind, pytest.approx(warmup))
    assert plan.factor[-1] == pytest.approx(at_end, abs=0.13)
    assert len(plan.factor) == 20


COSINE = {"schedule": "cosine"}


@pytest.mark.parametrize(
    ("config", "logged", "expected"),
    [
        (COSINE, None, (0.58, 0.0, False, True, False)),
        (COSINE, [1, 0.97, 0.9, 0.79, 0.65], (0.65, 0.0, True, True, False)),
        (COSINE, [1e-4 * x for x in (1, 0.97, 0.9, 0.79, 0.65)], (0.65, 0.0, True, True, False)),
        (COSINE, [1, 1, 1, 1, 1], (1.0, 1.0, True, False, False)),
        ({"schedule": "plateau"}, [1, 1, 1, 0.1, 0.1], (0.1, 0.1, True, False, False)),
        ({}, [1, 0.9, 0.8, 0.7, 0.6], (0.6, 0.6, True, False, False)),
        ({}, [0.2, 0.4, 0.6, 0.8, 1.0], (1.0, 1.0, True, False, True)),
        ({}, [1, 0.2, 0.4, 0.6, 0.8], (0.8, 0.8, True, False, False)),
        ({"schedule": "constant"}, [1, 1, 1, 1, 0], (0.0, 0.0, True, False, False)),
        ({}, [0, 0, 0, 0, 0], (1.0, 1.0, False, False, False)),
        ({}, [1, 1, 1, np.nan, 1], (1.0, 1.0, False, False, False)),
        (COSINE, [1, 1, 1, -1, 1], (0.58, 0.0, False, True, False)),
    ],
    ids=[
        "by its configuration",
        "as configured and logged",
        "the same in another unit",
        "logged otherwise than configured",
        "a plateau's drop",
        "logged alone",
        "still rising",
        "rising again",
        "ended at zero",
        "nothing but zeros tell nothing",
        "a gap tells nothing",
        "a negative rate tells nothing",
    ],
)
def test_a_logged_rate_goes_before_the_configured_one(config, logged, expected):
    course = course_of(config, 5, 10, None if logged is None else np.array(logged, dtype=float))
    of_peak, least, is_logged, is_planned, is_warming = expected
    assert course.of_peak == pytest.approx(of_peak, abs=0.02)
    assert course.least_of_peak == pytest.approx(least, abs=0.03)
    assert (course.is_logged, course.is_planned, course.is_warming) == (
        is_logged,
        is_planned,
        is_warming,
    )


@pytest.mark.parametrize(
    ("config", "rate"),
    [
        ({"lr": 0.1}, 0.1),
        ({"optimizer.learning_rate": 3e-4}, 3e-4),
        ({"base_lr": 2}, 2.0),
        ({"lr_decay": 0.5}, np.nan),
        ({"lr": "0.1"}, np.nan),
        ({"lr": 10**400}, np.nan),
    ],
)
def test_the_learning_rate_is_known_by_its_name(config, rate):
    assert peak_rate(config) == pytest.approx(rate, nan_ok=True)


def test_parameters_differ_by_place_by_word_or_by_being_there():
    configs = [
        {"lr": 1e-4, "act": "relu", "seed": 1, "same": 3},
        {"lr": 1e-2, "act": "tanh", "seed": 2, "same": 3},
        {"lr": 1.0, "act": "relu", "seed": 3, "same": 3, "extra": 1},
    ]
    act, extra, lr = parameters(configs)
    rows = np.arange(3)
    assert act.gaps(rows, rows)[0].tolist() == [0, 1, 0]
    assert extra.gaps(rows, rows)[0].tolist() == [0, 0, 1]
    assert lr.gaps(rows, rows)[0] == pytest.approx([0, 0.25, 1])


def test_a_rank_is_the_share_below_and_half_the_ties():
    assert rank(np.array([1.0, 2.0, 9.0]), np.array([1.0, 2.0, 2.0, 3.0])).tolist() == [
        0.125,
        0.5,
        1.0,
    ]
    assert rank(np.array([1.0]), np.empty(0)).tolist() == [0.5]


def test_a_spread_is_never_nothing():
    assert spread(np.zeros(5)) == 1.0
    assert spread(np.full(5, 200.0)) == pytest.approx(0.2)
    assert spread(np.array([0.0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9])) > 0


def test_the_process_expects_more_of_good_configurations():
    field = made(4, n=40)
    rows = np.flatnonzero(field.stopped)
    ends = gp_posterior(
        running_best(field.values), field.n_reports, field.configs, rows, horizon=16, incumbent=1.5
    )
    worth = np.array([abs(np.log10(field.configs[row]["lr"]) + 2.5) for row in rows])
    assert np.corrcoef(ends.by_config, worth)[0, 1] > 0.7
    assert (ends.sd > 0).all()


def test_blocks_of_a_large_sweep_agree_with_the_whole(monkeypatch):
    field = made(5, n=60)
    rows = np.flatnonzero(field.stopped)
    arguments = (running_best(field.values), field.n_reports, field.configs, rows)
    whole = gp_posterior(*arguments, horizon=16, incumbent=1.5)
    monkeypatch.setattr("wbtools.analysis.projection.gaussian_process._BACKBONE", 30)
    monkeypatch.setattr("wbtools.analysis.projection.gaussian_process._BLOCK", 10)
    blocks = gp_posterior(*arguments, horizon=16, incumbent=1.5)
    assert np.corrcoef(whole.mean, blocks.mean)[0, 1] > 0.9


def test_trees_send_each_row_to_its_leaf_and_unknowns_where_they_learned_to():
    trees = Trees(
        feature=np.array([[0, -1, -1]]),
        threshold=np.array([[1.0, 0, 0]]),
        left=np.array([[1, 0, 0]]),
        right=np.array([[2, 0, 0]]),
        nan_right=np.array([[True, False, False]]),
        value=np.array([[0.0, -5.0, 7.0]]),
    )
    assert trees(np.array([[1.0], [1.1], [np.nan]])).tolist() == [-5.0, 7.0, 7.0]


def test_a_network_is_leaky_inside_and_linear_at_its_end():
    unit = np.ones((1, 1), np.float32)
    layer = (-unit, np.zeros(1, np.float32))
    assert FeedForwardNetwork(layers=(layer, layer))(unit).tolist() == [[pytest.approx(0.01)]]


def test_quantiles_are_stretched_from_the_median_and_kept_at_or_above_nothing():
    row = np.linspace(0.1, 1.7, len(LEVELS))[None, :]
    wide = stretched(row, np.full(len(LEVELS), 2.0))[0]
    assert wide[8] == pytest.approx(row[0, 8])
    assert wide.min() == 0
    assert share_above(row, np.array([row[0, 8], 0.0, 9.0])[:1])[0] == pytest.approx(0.5)


def test_lowest_quantiles_are_nothing_where_a_run_may_well_gain_nothing():
    row = np.linspace(0.001, 2, len(LEVELS))
    small, large = row.copy(), row.copy()
    small[:3], large[:3] = (0.001, 0.01, 0.019), (0.001, 0.01, 0.021)
    wide = stretched(np.array([small, large]), np.ones(len(LEVELS)))
    assert wide[:, :3].tolist() == [[0, 0, 0], pytest.approx([0.001, 0.01, 0.021])]
    assert wide[:, 3:].tolist() == [pytest.approx(row[3:])] * 2


def flat_network(*outputs):
    """Says the same of every input."""
    bias = np.array(outputs, np.float32)
    return FeedForwardNetwork(layers=((np.zeros((1, len(outputs)), np.float32), bias),))


def leaf(value):
    arrays = {name: np.zeros((1, 1), dtype=np.int16) for name in ("left", "right")}
    return Trees(
        feature=np.full((1, 1), -1, dtype=np.int16),
        threshold=np.zeros((1, 1)),
        nan_right=np.zeros((1, 1), dtype=bool),
        value=np.full((1, 1), value),
        **arrays,
    )


def test_a_member_averages_gains_of_two_scales_and_tells_four_odds():
    gains = np.linspace(0.0, 1.6, len(LEVELS))
    member = Member(
        mean=np.zeros(1),
        sd=np.ones(1),
        linear=flat_network(*gains, -1.0),
        logarithmic=flat_network(*np.arcsinh(GAIN_SCALE * 3 * gains), -2.0),
        trees=leaf(-3.0),
        run_trees=leaf(-4.0),
    )
    quantiles, odds = member(np.array([[0.5], [np.nan]]))
    assert quantiles == pytest.approx(np.tile(2 * gains, (2, 1)), rel=1e-5)
    assert odds.tolist() == [[-1, -2, -3, -4]] * 2


def test_p_gem_is_put_together_from_members_quantiles_and_plain_methods():
    quantiles = np.linspace(0.0, 1.6, len(LEVELS))[None, :]
    features = np.array([[2.0, np.nan], [np.inf, -3.0]])
    plain = plain_odds(("catch_up_odds", "fate_score"), features)
    assert plain.tolist() == [[2, 0], [7, 3]]
    place = standing(("gap_sweep",), np.array([[0.1], [0.3], [0.2], [0.2]]))
    assert place.tolist() == [0.375, -0.375, 0, 0]
    odds = np.array([[1.0, 2, 3, 4]])
    plain = np.column_stack((plain, place[:2]))[:1]
    inputs = blended(quantiles, odds, quantiles[:, MIDDLE], plain)
    assert dict(zip(BLENDED, inputs[0].tolist(), strict=True)) == {
        "linear": 1,
        "logarithmic": 2,
        "trees": 3,
        "run trees": 4,
        "share": pytest.approx(0, abs=1e-6),
        "over": pytest.approx(0, abs=1e-6),
        "catch-up": 2,
        "process": 0,
        "standing": 0.375,
        "constant": 1,
    }


def test_reasons_are_counts_of_the_sweeps_own_runs():
    field = made(6)
    incumbent = float(np.nanmin(field.best[field.full]))
    facts = reasons(field, candidates(field, incumbent), incumbent)
    for row, reason in facts.items():
        assert reason.n_peers == (field.n_reports >= field.n_reports[row]).sum()
        assert 1 <= reason.place <= reason.n_peers
        assert reason.n_further == 5
        assert 0 <= reason.n_enough <= reason.n_further
        assert (reason.rate_of_peak is None) == ("schedule" not in field.configs[row])
        assert not reason.rate_is_logged
