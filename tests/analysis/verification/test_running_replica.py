"""A running replica, report by report: where it stands, and what a spike is."""

import numpy as np
import pytest

from wbtools.analysis.verification.running_replica import Standing, compared_reports
from wbtools.model import Goal

ORIGINAL = np.array([0.2, 0.4, 0.5, 0.6])
APART = 1.96 * 2**0.5
STRAY = {Standing.STRAYS, Standing.AHEAD, Standing.BEHIND}


@pytest.mark.parametrize(
    ("value", "noise", "standing"),
    [
        (0.2, 0.01, Standing.EQUAL),
        (0.2 - 0.01 * APART + 1e-9, 0.01, Standing.ON_TRACK),
        (0.2 - 0.01 * APART - 1e-9, 0.01, Standing.STRAYS),
        (0.1, None, Standing.WORSE),
        (0.3, None, Standing.BETTER),
    ],
)
def test_a_report_stands_by_the_noise_between_seeds(value, noise, standing):
    (report,) = compared_reports(ORIGINAL, np.array([value]), Goal.MAXIMIZE, usual_noise=noise)
    assert report.standing is standing
    assert report.original == 0.2
    assert report.gain == pytest.approx(value - 0.2)
    assert (report.low is None) is (noise is None)
    (falling,) = compared_reports(-ORIGINAL, -np.array([value]), Goal.MINIMIZE, usual_noise=noise)
    assert falling.standing is standing


@pytest.mark.parametrize(("shift", "standing"), [(0.1, Standing.AHEAD), (-0.1, Standing.BEHIND)])
def test_three_reports_in_a_row_make_it_ahead_or_behind(shift, standing):
    replica = ORIGINAL + np.array([shift, shift, shift, -shift])
    expected = [Standing.STRAYS, Standing.STRAYS, standing, Standing.STRAYS]
    for sign, goal in ((1, Goal.MAXIMIZE), (-1, Goal.MINIMIZE)):
        reports = compared_reports(sign * ORIGINAL, sign * replica, goal, usual_noise=0.01)
        assert [report.standing for report in reports] == expected
        latest = compared_reports(sign * ORIGINAL, sign * replica, goal, usual_noise=0.01, after=2)
        assert [report.standing for report in latest] == expected[2:]


def test_seeds_at_the_report_count_before_the_usual_noise():
    seeds = [ORIGINAL, ORIGINAL[:2] + 0.01, np.array([0.22, 0.4])]
    reports = compared_reports(
        ORIGINAL, ORIGINAL + 0.05, Goal.MAXIMIZE, seeds=seeds, usual_noise=0.02
    )
    # 0.21 is the mean, 0.01 the standard deviation, and t of 2 degrees of freedom is 4.3027
    half = 0.01 * (1 + 1 / 3) ** 0.5 * 4.3027
    assert (reports[0].low, reports[0].high) == pytest.approx((0.21 - half, 0.21 + half), abs=1e-6)
    assert reports[2].high == pytest.approx(0.5 + 0.02 * APART)


@pytest.mark.slow  # hundreds of curves
@pytest.mark.parametrize("n_seeds", [3, 5])
def test_an_honest_report_strays_once_in_twenty(n_seeds):
    # Curves of 100 reports whose noise between seeds is half one of the seed and half a report's.
    rng = np.random.default_rng(n_seeds)
    strays, called = [], []
    for _ in range(200):
        noise = rng.standard_normal((n_seeds + 1, 100)) + rng.standard_normal((n_seeds + 1, 1))
        reports = compared_reports(noise[1], noise[0], Goal.MAXIMIZE, seeds=list(noise[1:]))
        standings = [report.standing for report in reports]
        strays.append(np.mean([standing in STRAY for standing in standings]))
        called.append(bool({Standing.AHEAD, Standing.BEHIND} & set(standings)))
    assert np.mean(strays) == pytest.approx(0.05, abs=0.015)
    assert np.mean(called) < 0.08


def test_only_what_is_new_is_compared_and_what_lies_beyond_is_said():
    replica = np.array([0.2, 0.4, 0.5, 0.6, 0.55, 0.7])
    reports = compared_reports(ORIGINAL, replica, Goal.MAXIMIZE, after=4)
    assert [(each.report, each.best, each.standing) for each in reports] == [
        (5, 0.6, Standing.BEYOND), (6, 0.7, Standing.BEYOND),
    ]  # fmt: skip
    assert compared_reports(ORIGINAL, replica, Goal.MAXIMIZE, after=6) == []


def spikes(curves):
    """`[N, n]` whether a report of a curve is a spike."""
    found = [compared_reports(x, x, Goal.MINIMIZE) for x in np.asarray(curves)]
    return np.array([[report.is_spike for report in reports] for reports in found])


NOISE = {
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "t with 5 degrees of freedom": lambda rng, shape: rng.standard_t(5, shape) * 0.6**0.5,
}


@pytest.mark.slow  # as above
@pytest.mark.parametrize("draw", NOISE.values(), ids=NOISE)
def test_ordinary_curves_have_no_spike_and_ten_standard_deviations_are_one(draw):
    rng = np.random.default_rng(0)
    flat = draw(rng, (150, 100))
    # 3.9 % of 3,000 curves with tails of t had one; this is three standard errors of 150 above
    at_most = 0.039 + 3 * (0.039 * 0.961 / len(flat)) ** 0.5
    assert spikes(flat).any(axis=1).mean() <= at_most
    assert spikes(100 / np.arange(1, 101) + flat).any(axis=1).mean() <= at_most
    flat[:, 60] += 10
    assert spikes(flat)[:, 60].mean() >= 0.88


def test_a_leap_to_the_better_and_a_leap_of_the_first_reports_are_no_spikes():
    steady = 1.0 - 0.01 * np.arange(30)
    steady[25] += 0.5
    assert np.flatnonzero(spikes([steady])).tolist() == [25]
    steady[25] -= 1.0
    assert not spikes([steady]).any()
    assert not spikes([[0.1] * 8 + [9.0]]).any()
    assert np.flatnonzero(spikes([[0.1] * 30 + [9.0]])).tolist() == [30]
