"""A running replica, report by report: where it stands, and what a spike is."""

import numpy as np
import pytest

from wbtools.analysis.verification.running_replica import APART, Standing, compared_reports
from wbtools.model import Goal

ORIGINAL = np.array([0.2, 0.4, 0.5, 0.6])


@pytest.mark.parametrize(
    ("value", "noise", "standing"),
    [
        (0.2, 0.01, Standing.EQUAL),
        (0.2 - 0.01 * APART + 1e-9, 0.01, Standing.ON_TRACK),
        (0.2 - 0.01 * APART - 1e-9, 0.01, Standing.BEHIND),
        (0.2 + 0.01 * APART + 1e-9, 0.01, Standing.AHEAD),
        (0.1, None, Standing.WORSE),
        (0.3, None, Standing.BETTER),
    ],
)
def test_a_report_stands_by_the_noise_between_seeds(value, noise, standing):
    (report,) = compared_reports(ORIGINAL, np.array([value]), Goal.MAXIMIZE, usual_noise=noise)
    assert report.standing is standing
    assert report.original == 0.2
    assert report.gain == pytest.approx(value - 0.2)
    assert (report.in_noise is None) is (noise is None)
    (falling,) = compared_reports(-ORIGINAL, -np.array([value]), Goal.MINIMIZE, usual_noise=noise)
    assert falling.standing is standing


def test_the_noise_at_the_report_counts_before_the_usual_one():
    noise = np.array([0.1, np.nan, 0.0])
    reports = compared_reports(
        ORIGINAL, ORIGINAL[:3] + 0.05, Goal.MAXIMIZE, noise=noise, usual_noise=0.01
    )
    assert [report.in_noise for report in reports] == pytest.approx([0.5, 5.0, 5.0])


def test_only_what_is_new_is_compared_and_what_lies_beyond_is_said():
    replica = np.array([0.2, 0.4, 0.5, 0.6, 0.55, 0.7])
    reports = compared_reports(ORIGINAL, replica, Goal.MAXIMIZE, after=4)
    assert [(each.report, each.best, each.standing) for each in reports] == [
        (5, 0.6, Standing.BEYOND), (6, 0.7, Standing.BEYOND),
    ]  # fmt: skip
    assert compared_reports(ORIGINAL, replica, Goal.MAXIMIZE, after=6) == []


def test_a_spike_is_a_leap_to_the_worse_beyond_what_reports_change():
    steady = 1.0 - 0.01 * np.arange(8)
    leap = np.append(steady, steady[-1] + 0.06)
    assert [r.is_spike for r in compared_reports(ORIGINAL, leap, Goal.MINIMIZE)] == [False] * 8 + [
        True
    ]
    small = np.append(steady, steady[-1] + 0.04)
    assert not any(r.is_spike for r in compared_reports(ORIGINAL, small, Goal.MINIMIZE))
    good = np.append(steady, steady[-1] - 0.5)
    assert not any(r.is_spike for r in compared_reports(ORIGINAL, good, Goal.MINIMIZE))
    early = compared_reports(ORIGINAL, np.array([0.1, 0.1, 9.0]), Goal.MINIMIZE)
    assert not any(report.is_spike for report in early)
