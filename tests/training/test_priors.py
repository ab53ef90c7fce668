"""Synthetic priors are whole banks, drawn again bit by bit, each with the trait of its kind."""

from functools import cache

import numpy as np
import pytest
from scipy.stats import spearmanr

from tests.training.banks import Bank, best_of
from tests.training.priors import KINDS, prior
from tests.training.replay import draw_setting, replay

_DRAWS = range(16)


@cache
def drawn(kind: str) -> list[Bank]:
    """Some banks of a kind."""
    return [prior(kind, number) for number in _DRAWS]


def shares(kind: str, statistic) -> np.ndarray:
    """A statistic of each of some banks of a kind."""
    return np.array([statistic(bank.curves) for bank in drawn(kind)])


def ends_worse(curves: np.ndarray) -> float:
    """Share of runs that end more than a fifth of their range above their best."""
    width = np.nanmax(curves, axis=1) - np.nanmin(curves, axis=1)
    return float(np.mean(curves[:, -1] - best_of(curves) > width / 5))


def standing_tells(curves: np.ndarray, share: float) -> float:
    """Rank correlation of the best so far, at a share of the budget, with the best at its end."""
    seen = max(round(share * curves.shape[1]), 1)
    early, end = best_of(curves[:, :seen]), best_of(curves)
    return float(spearmanr(early, end)[0]) if np.ptp(early) and np.ptp(end) else 0.0


def level_tells(curves: np.ndarray) -> float:
    """Rank correlation of the last third's mean with the second's, which no extreme value makes."""
    _, second, third = np.array_split(curves, 3, axis=1)
    return float(spearmanr(second.mean(axis=1), third.mean(axis=1))[0])


def jerk(curves: np.ndarray) -> float:
    """Median change from report to report in a run's second half, by its range."""
    late = curves[:, curves.shape[1] // 2 :]
    return float(np.median(np.abs(np.diff(late)).mean(axis=1) / (np.ptp(curves, axis=1) + 1e-12)))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_makes_whole_banks_again_bit_by_bit(kind):
    lengths = set()
    for number, bank in enumerate(drawn(kind)):
        n, horizon = bank.curves.shape
        lengths.add(horizon)
        assert bank.task == f"prior {kind} {number}"
        assert 18 <= n <= 200
        assert 12 <= horizon <= 500
        assert len(bank.configs) == len(bank.report_s) == n
        assert np.isfinite(best_of(bank.curves)).all()
        assert not np.isinf(bank.curves).any()
        assert np.isnan(bank.train_loss).all()
        assert bank.train_loss.shape == bank.curves.shape
        assert (bank.report_s > 0).all()
    assert len(lengths) > 4
    again, other = prior(kind, number), prior(kind, number, seed=1)
    assert bank.curves.tobytes() == again.curves.tobytes()
    assert bank.configs == again.configs
    assert bank.curves.shape != other.curves.shape or (bank.curves != other.curves).any()
    rng = np.random.default_rng(0)
    replayed = replay(bank, draw_setting(rng, horizon, n), rng)
    assert (replayed.final <= replayed.field.best).all()


def test_configurations_are_sometimes_missing_shared_or_scheduled():
    banks = [prior("smooth", number).configs for number in range(100)]
    empty = [not any(configs) for configs in banks]
    distinct = [len({repr(config) for config in configs}) / len(configs) for configs in banks]
    scheduled = ["schedule" in configs[0] for configs in banks]
    assert 0.1 < np.mean(empty) < 0.35
    assert 0.02 < np.mean([0.1 < share < 0.8 for share in distinct]) < 0.3
    assert 0.25 < np.mean(scheduled) < 0.75


def test_smooth_curves_tell_their_end_and_hardly_fall_back():
    assert np.median(shares("smooth", lambda curves: standing_tells(curves, 0.3))) > 0.8
    assert np.median(shares("smooth", ends_worse)) < 0.2


def test_runs_come_to_nearly_the_same_end():
    def apart(curves):
        results = best_of(curves)
        return results.std() / (np.nanmedian(curves[:, 0]) - np.median(results))

    assert np.median(shares("same-end", apart)) < 0.3 < np.median(shares("smooth", apart))


def test_few_runs_leave_the_plateau():
    def left(curves):
        results = best_of(curves)
        return np.mean(results < np.median(results) - 0.3 * np.ptp(results))

    learners = shares("plateau-jump", left)
    assert 0 < np.median(learners) < 0.4
    assert learners.min() < 0.1


def test_rewards_tell_nothing_or_half_or_a_lot():
    tells = shares("uninformative-reward", level_tells)
    assert tells.min() < 0.25
    assert tells.max() > 0.8


def test_the_first_report_dwarfs_the_rest():
    def dwarfs(curves):
        rest = curves[:, 2:]
        return (np.median(curves[:, 0]) - np.nanmedian(rest)) / np.ptp(
            np.nanquantile(rest, (0.02, 0.98))
        )

    assert shares("first-report-dwarfs", dwarfs).min() > 1
    identical = shares("first-report-dwarfs", lambda curves: np.ptp(curves[:, 0]) == 0)
    assert 0 < identical.mean() < 1


def test_u_shapes_are_best_early_and_end_worse():
    assert np.median(shares("u-shaped", ends_worse)) > 0.4
    early = shares("u-shaped", lambda c: np.mean(c.argmin(axis=1) < 0.7 * c.shape[1]))
    assert np.median(early) > 0.5


def test_collapses_are_sudden_and_some_end_in_nan():
    def sudden(curves):
        steps = np.nan_to_num(np.diff(curves, axis=1))
        return np.mean(steps.max(axis=1) > 10 * np.median(np.abs(steps), axis=1) + 1e-12)

    assert np.median(shares("collapse-recovery", sudden)) > 0.25
    assert np.median(shares("smooth", sudden)) < 0.1
    lost = shares("collapse-recovery", lambda curves: np.isnan(curves[:, -1]).mean())
    assert 0.2 < np.mean(lost > 0) < 0.9


def test_metrics_of_few_values_tie_at_their_best():
    ties = shares("two-valued-bursty", lambda c: np.mean(best_of(c) == c.min()))
    assert np.median(ties) > 0.1
    assert ties.max() > 0.4
    assert np.median(shares("smooth", lambda c: np.sum(best_of(c) == c.min()))) == 1
    few = shares("two-valued-bursty", lambda c: len(np.unique(c)) <= 11)
    assert 0.2 < few.mean() < 0.9


def test_moving_means_settle():
    def settles(curves):
        steps = np.abs(np.diff(curves, axis=1)).mean(axis=0)
        return steps[-5:].mean() / steps[:3].mean()

    assert np.median(shares("moving-mean", settles)) < 0.6
    assert np.median(shares("moving-mean", jerk)) < np.median(shares("chance-level", jerk)) / 2


def test_at_chance_level_nothing_is_learnt():
    def gained(curves):
        first, last = np.array_split(curves, 2, axis=1)
        return abs(first.mean() - last.mean()) / curves.std()

    assert np.median(shares("chance-level", gained)) < 0.1
    assert np.median(shares("smooth", gained)) > 0.3
    few = shares("chance-level", lambda c: len(np.unique(c)) < 30)
    assert 0.2 < few.mean() < 0.9


def test_late_bloomers_stand_badly_early():
    assert np.median(shares("late-bloomers", lambda c: standing_tells(c, 0.1))) < 0.3
    assert np.median(shares("late-bloomers", lambda c: standing_tells(c, 0.7))) > 0.6


def test_restarts_cut_all_curves_at_the_same_reports():
    def common(curves):
        steps = np.diff(curves, axis=1)
        return np.median(np.corrcoef(steps - np.median(steps, axis=1, keepdims=True)))

    assert np.median(shares("restarts", common)) > 0.3


def test_mixtures_hold_runs_of_several_kinds():
    def fall_backs(curves):
        width = np.nanmax(curves, axis=1) - np.nanmin(curves, axis=1) + 1e-12
        return np.nanstd((np.nanmedian(curves, axis=1) - best_of(curves)) / width)

    assert np.median(shares("heterogeneous", fall_backs)) > np.median(shares("smooth", fall_backs))
