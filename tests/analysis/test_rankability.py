import numpy as np
import pytest

from wbtools.analysis.projection import SweepSnapshot
from wbtools.analysis.rankability import rankability

N_REPORTS = 20


def snapshot(curves, *, cut=()):
    """Runs whose curves are as long as the longest ran their course, unless they are in `cut`."""
    n_reports = np.array([len(curve) for curve in curves])
    values = np.full((len(curves), n_reports.max()), np.nan)
    for row, curve in enumerate(curves):
        values[row, : len(curve)] = curve
    full = n_reports == n_reports.max()
    full[list(cut)] = False
    return SweepSnapshot(
        values=values,
        n_reports=n_reports,
        best=np.array([min(curve, default=np.nan) for curve in curves]),
        has_curves=True,
        full=full,
        stopped=~full,
        horizon=np.full(len(curves), n_reports.max()),
        configs=[{}] * len(curves),
    )


def noise(n, *, seed=3, falls=6.0):
    """Curves that fall alike, so that what is best so far at first tells nothing of the end."""
    drawn = np.random.default_rng(seed).normal(size=(n, N_REPORTS))
    return list(drawn - falls * np.arange(N_REPORTS) / N_REPORTS)


def orderly(n, *, seed=0):
    """Curves that keep their order."""
    level = np.random.default_rng(seed).normal(size=(n, 1))
    return list(level + np.arange(1, N_REPORTS + 1) ** -0.5)


def every_second(curves, at=3):
    """Every second run is stopped at a report, whatever its standing."""
    return [curve if k % 2 else curve[:at] for k, curve in enumerate(curves)]


def alike(sweep, p_gem=0.1):
    return {int(row): p_gem for row in np.flatnonzero(sweep.stopped)}


def test_where_standing_tells_nothing_no_ranking_is_possible():
    sweep = snapshot(every_second(noise(80, seed=7)))
    found = rankability(sweep, alike(sweep))
    assert found.is_impossible
    assert found.correlation < 0.2
    assert found.correlation_low < found.correlation < found.correlation_high < 0.5
    assert (found.n_completed, found.n_runs, found.n_stopped) == (40, 40, 40)
    assert (found.reports, found.log_odds_sd) == ((3, 3, 3), 0)
    assert 3 < found.tells_from_report < N_REPORTS
    assert found.p_random == pytest.approx(0.1)
    assert found.p_any_of_3 == pytest.approx(1 - 0.9**3)
    assert found.n_before_training == 0


def test_where_the_odds_differ_the_configurations_tell_something():
    sweep = snapshot(every_second(noise(80, seed=7)))
    p_gem = {row: 0.4 if row % 4 else 0.02 for row in alike(sweep)}
    found = rankability(sweep, p_gem)
    assert found.log_odds_sd > 1
    assert not found.is_impossible


@pytest.mark.parametrize("sign", [1, -1])
def test_where_runs_keep_or_reverse_their_order_they_can_be_ranked(sign):
    curves = [np.append(sign * curve[:3], curve[3:] - 20) for curve in orderly(80)]
    sweep = snapshot(every_second(curves))
    found = rankability(sweep, alike(sweep))
    assert not found.is_impossible
    assert found.correlation == pytest.approx(sign)
    assert found.tells_from_report == (1 if sign > 0 else 4)


@pytest.mark.parametrize(("n", "is_told"), [(14, False), (16, True)])
def test_fewer_than_eight_completed_runs_tell_nothing_about_ranking(n, is_told):
    sweep = snapshot(every_second(noise(n)))
    found = rankability(sweep, alike(sweep))
    assert (found.correlation is not None) == is_told
    assert not found.is_impossible  # nor do eight of them, by the interval


def test_completed_runs_that_a_rule_chose_hide_a_correlation():
    curves = noise(80)
    chosen = [curve if curve[:3].min() < -1 else curve[:3] for curve in curves]
    sweep = snapshot(chosen)
    by_rule = rankability(sweep, alike(sweep))
    n = int(sweep.full.sum())
    by_chance = snapshot([curve if k < n else curve[:3] for k, curve in enumerate(curves)])
    assert by_rule.n_completed == n
    wide = by_rule.correlation_high - by_rule.correlation_low
    other = rankability(by_chance, alike(by_chance))
    assert wide > 1.2 * (other.correlation_high - other.correlation_low)


def test_runs_that_were_stopped_late_may_be_ranked():
    curves = noise(120)
    cut = [curve[: (3, 19)[k % 6 == 0]] if k % 2 == 0 else curve for k, curve in enumerate(curves)]
    sweep = snapshot(cut)
    found = rankability(sweep, alike(sweep))
    assert found.reports == (3, 19, 3)
    assert not found.is_impossible


def in_places(end, *, third, twelfth):
    """Every second run is stopped, at report 3 and 12 in turn, where it stands as given."""
    curves = []
    for k, value in enumerate(end):
        curve = np.repeat([40 + third[k], 20 + twelfth[k], value], [9, 10, 1])
        curves.append(curve if k % 2 == 0 else curve[: (3, 12)[k % 4 == 1]])
    return snapshot(curves)


@pytest.mark.parametrize(("seed", "share"), [(0, 0.34), (3, 0.34)])
def test_a_reversed_order_tells_something_too(seed, share):
    end, other = np.random.default_rng(seed).normal(size=(2, 240))
    sweep = in_places(end, third=other - share * end, twelfth=other - share * end)
    found = rankability(sweep, alike(sweep))
    assert -0.5 < found.correlation < -0.2
    assert found.correlation_high < 0
    assert not found.is_impossible


@pytest.mark.parametrize(("early", "late"), [(-0.3, 0.42), (0.0, 0.12)])
def test_a_mean_over_stops_does_not_hide_one_that_tells(early, late):
    end, first, then = np.random.default_rng(5).normal(size=(3, 240))
    sweep = in_places(end, third=first + early * end, twelfth=then + late * end)
    found = rankability(sweep, alike(sweep))
    assert abs(found.correlation) < 0.2
    assert found.correlation_high < 0.5
    assert not found.is_impossible
    silent = in_places(end, third=first, twelfth=then)
    assert rankability(silent, alike(silent)).is_impossible


def test_odds_that_cannot_differ_are_no_evidence():
    sweep = snapshot(every_second(noise(80, seed=7)))
    assert rankability(sweep, alike(sweep)).is_impossible
    found = rankability(sweep, alike(sweep), odds_can_differ=False)
    assert (found.is_impossible, found.log_odds_sd) == (False, None)
    assert found.correlation == rankability(sweep, alike(sweep)).correlation


def test_nothing_depends_on_the_scale_or_on_the_order_of_the_runs():
    sweep = snapshot(every_second(noise(60)))
    found = rankability(sweep, alike(sweep))
    turned = snapshot([1e6 + 1e3 * curve for curve in every_second(noise(60))][::-1])
    other = rankability(turned, alike(turned))
    for name in ("correlation", "correlation_low", "correlation_high"):
        assert getattr(found, name) == pytest.approx(getattr(other, name))
    assert found.tells_from_report == other.tells_from_report


@pytest.mark.parametrize(
    "curves",
    [
        pytest.param(every_second([np.ones(N_REPORTS)] * 40), id="all alike"),
        pytest.param(every_second([np.array([2.0, 1.0])] * 40, at=1), id="all end alike"),
        pytest.param(every_second([3e307 * curve for curve in orderly(40)]), id="huge"),
        pytest.param([*([[]] * 3), [1.0]], id="hardly any report"),
    ],
)
def test_sweeps_that_tell_nothing_are_no_evidence(curves):
    sweep = snapshot(curves)
    assert not rankability(sweep, alike(sweep)).is_impossible


def test_without_candidates_only_first_reports_are_looked_at():
    found = rankability(snapshot(noise(20)), {})
    assert (found.reports, found.p_random, found.p_any_of_3) == (None, None, None)
    assert not found.is_impossible


def initially_evaluated(curves, *, of=0.01, at=10.0, seed=1):
    drawn = np.random.default_rng(seed).normal(size=len(curves))
    return [np.append(at + of * x, curve) for x, curve in zip(drawn, curves, strict=True)]


@pytest.mark.parametrize(
    ("curves", "n_before"),
    [
        pytest.param(every_second(initially_evaluated(orderly(48)), at=1), 24, id="alike"),
        pytest.param(
            every_second(initially_evaluated(orderly(48), of=2.0, at=50.0), at=1),
            24,
            id="not alike, but far above the others",
        ),
        pytest.param(every_second(initially_evaluated(orderly(48)), at=2), 0, id="none on it"),
        pytest.param(every_second(orderly(48), at=1), 0, id="the first tells of the second"),
        pytest.param(every_second(noise(48), at=1), 0, id="none tells of the next"),
        pytest.param(
            every_second(initially_evaluated(orderly(48), of=2.0, at=2.0), at=1),
            0,
            id="neither alike nor far above",
        ),
        pytest.param(every_second(initially_evaluated(orderly(14)), at=1), 0, id="few runs"),
    ],
)
def test_first_reports_made_before_training(curves, n_before):
    assert rankability(snapshot(curves), {}).n_before_training == n_before
