"""`Curves` refuses what is not packed, packs what is logged, and cannot be changed."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbtools.model import Curves, Goal, Series


def series(values: list[float], start: float = 0.0) -> Series:
    n = len(values)
    return Series(
        values=np.array(values, dtype=float),
        steps=np.arange(10, 10 + n),
        times_s=start + np.arange(n, dtype=float),
    )


def packed(*curves: list[float]) -> Curves:
    return Curves.pack("loss", [(f"run{k}", series(c)) for k, c in enumerate(curves)])


def test_column_k_is_the_k_plus_first_finite_report():
    curves = packed([np.nan, 1.0, np.inf, 2.0], [], [3.0])
    assert curves.values[0].tolist() == [1.0, 2.0]
    assert curves.steps[0].tolist() == [11, 13]
    assert curves.n_reports.tolist() == [2, 0, 1]
    assert curves.n_nonfinite.tolist() == [2, 0, 0]
    assert curves.first_nonfinite_step.tolist() == [10, -1, -1]


def test_a_run_is_silent_that_made_no_report_at_all():
    curves = packed([np.nan, 1.0], [], [np.inf], [2.0])
    assert curves.n_made.tolist() == [2, 0, 1, 1]
    assert curves.is_silent.tolist() == [False, True, False, False]
    assert packed().is_silent.shape == (0,)


def test_times_count_from_the_sweeps_first_run():
    curves = Curves.pack("loss", [("a", series([1.0], start=105.0))], origin_s=100.0)
    assert curves.times_s.tolist() == [[5.0]]


def test_nothing_at_all_is_a_matrix_too():
    assert packed().values.shape == (0, 0)
    assert packed([], []).values.shape == (2, 0)


def test_arrays_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        packed([1.0]).values[0, 0] = 2.0


WRONG = {
    "values of another number of runs": {"values": np.ones((3, 2))},
    "values that are no matrix": {"values": np.ones(2)},
    "steps of another shape": {"steps": np.zeros((2, 3), dtype=np.int64)},
    "counts of another number of runs": {"n_reports": np.array([2])},
    "a hole in a row": {"values": np.array([[1.0, np.nan], [1.0, 2.0]])},
    "a value behind the last report": {"n_reports": np.array([1, 2])},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_what_does_not_fit_is_refused(change):
    with pytest.raises(ValueError, match="must"):
        replace(packed([1.0, 2.0], [1.0, 2.0]), **change)


@given(st.lists(st.lists(st.floats(), max_size=6), max_size=5))
def test_no_finite_value_is_lost_or_moved(curves):
    out = packed(*curves)
    for row, curve in enumerate(curves):
        finite = [value for value in curve if np.isfinite(value)]
        assert out.values[row, : out.n_reports[row]].tolist() == finite
        assert out.n_reports[row] + out.n_nonfinite[row] == len(curve)


def test_the_goal_is_the_only_sign():
    assert (Goal.MINIMIZE.sign, Goal.MAXIMIZE.sign) == (1.0, -1.0)
