import numpy as np
import pytest
from scipy.stats import rankdata

from tests.analysis.importance.runs import cohort_of
from wbtools.analysis.importance import imputed_outcomes as drawn_from


def test_without_stops_standings_are_shares_of_runs_that_are_beaten():
    runs = cohort_of([3.0, 1.0, 2.0, 2.0])
    assert runs.worst.tolist() == [1.0, 2.0, 2.0, 3.0]
    assert runs.standings.tolist() == [[1.0, 0.5, 0.5, 0.0]]


def test_a_projected_run_is_drawn_within_what_is_known_of_it():
    runs = cohort_of([1.0, 5.0], likely=[None, 3.0], best=[None, 2.0])
    drawn = runs.imputed[:, 1]
    assert len(drawn) > 1
    assert (drawn <= 5.0).all()
    below = drawn[drawn < 5.0].tolist()
    assert len(set(below)) == len(below) > len(drawn) / 2
    assert runs.imputed[:, 0].tolist() == [1.0] * len(drawn)


def test_draws_have_the_middle_and_the_end_that_the_projection_says(monkeypatch):
    monkeypatch.setattr(drawn_from, "N_IMPUTATIONS", 10_000)
    n = 4
    runs = cohort_of([9.0] * n, likely=[3.0] * n, best=[2.0] * n, least=[7.0] * n)
    assert np.median(runs.imputed) == pytest.approx(3.0, abs=0.05)
    assert np.quantile(runs.imputed, 0.05) == pytest.approx(2.0, abs=0.05)
    assert np.quantile(runs.imputed, 0.95) == pytest.approx(7.0, abs=0.15)
    assert runs.imputed.max() == 9.0


def test_half_of_the_error_is_common_to_all_projections(monkeypatch):
    """They rest on the same completed runs, so that more of them do not make it go away."""
    monkeypatch.setattr(drawn_from, "N_IMPUTATIONS", 4_000)
    n = 5
    runs = cohort_of([99.0] * n, likely=[3.0] * n, best=[2.0] * n, least=[4.0] * n)
    together = np.corrcoef(runs.imputed.T)[~np.eye(n, dtype=bool)]
    assert together == pytest.approx(0.5, abs=0.06)


def test_a_run_that_cannot_be_projected_is_worse_than_none_for_sure():
    runs = cohort_of([1.0, 2.0, 3.0], best=[None, -np.inf, None])
    assert runs.bounds.tolist() == [False, True, False]
    # It is surely better than the last, and perhaps better than the first.
    assert runs.standings.tolist() == [[0.75, 0.75, 0.0]]


def test_the_value_at_a_standing():
    runs = cohort_of([float(k) for k in range(11)])
    assert runs.typical(np.array([1.0, 0.5, 0.0])).tolist() == [0.0, 5.0, 10.0]


def test_units_change_nothing():
    values = [0.3, 1.7, 0.2, 0.9]
    likely, best = [None, 0.8, None, 0.7], [None, 0.5, None, 0.1]
    times = [None if x is None else 1000 * x for x in likely]
    ends = [None if x is None else 1000 * x for x in best]
    outcomes = cohort_of(values, likely=likely, best=best)
    scaled = cohort_of([1000 * x for x in values], likely=times, best=ends)
    assert outcomes.standings.tolist() == scaled.standings.tolist()
    assert rankdata(-outcomes.standings[0]).tolist() == rankdata(outcomes.imputed[0]).tolist()
