"""The moment at which several metrics are read."""

import numpy as np
import pytest

from tests.analysis.ranking.runs import ACC, LOSS
from wbtools.analysis.ranking.reading_moment import parse_at, read_at
from wbtools.errors import DataError, UsageError
from wbtools.model import Curves, Goal, Metric, Run, Series, Sweep, SweepRef

TEST = Metric(name="test", goal=Goal.MAXIMIZE)


def curve(*rows):
    """Of (step, value)."""
    return Series(
        values=np.array([value for _, value in rows], dtype=float),
        steps=np.array([step for step, _ in rows], dtype=np.int64),
        times_s=np.full(len(rows), np.nan),
    )


def values_at(recorded, metrics, at):
    return read_at(recorded, metrics, at).values


def sweep(*runs, summaries=None):
    """Of a mapping from metric name to curve, one a run."""
    ids = [f"r{k}" for k in range(len(runs))]
    names = dict.fromkeys(name for run in runs for name in run)
    summaries = summaries or [{}] * len(runs)
    return Sweep(
        ref=SweepRef(sweep_id="s"),
        runs=tuple(
            Run(id=run_id, name=run_id, number=k + 1, number_from="order", summary=summary)
            for k, (run_id, summary) in enumerate(zip(ids, summaries, strict=True))
        ),
        curves={
            name: Curves.pack(
                name,
                [(run_id, run.get(name, curve())) for run_id, run in zip(ids, runs, strict=True)],
            )
            for name in names
        },
    )


RUN = {
    "acc": curve((9, 0.5), (19, 0.9), (29, 0.7)),
    "loss": curve((5, 3.0), (15, 2.0), (25, 1.0), (35, 4.0)),
    "test": curve((36, 0.8)),
}
MOMENTS = {
    "best": [0.9, 2.0, 0.8],
    "best-each": [0.9, 1.0, 0.8],
    "last": [0.7, 4.0, 0.8],
    "step=19": [0.9, 2.0, np.nan],
    "step=29": [0.7, 1.0, np.nan],
    "step=30": [np.nan, 1.0, np.nan],
    "step=3": [np.nan, np.nan, np.nan],
}


@pytest.mark.parametrize("text", MOMENTS)
def test_a_run_is_read_at_its_moment(text):
    at = parse_at(text)
    assert str(at) == text
    found = values_at(sweep(RUN), [ACC, LOSS, TEST], at)
    np.testing.assert_array_equal(found, [MOMENTS[text]])


def test_a_metric_that_began_after_the_best_moment_has_no_value_there():
    late = {"acc": curve((1, 0.9), (2, 0.5)), "loss": curve((2, 1.0), (3, 0.5))}
    found = values_at(sweep(late), [ACC, LOSS], parse_at("best"))
    np.testing.assert_array_equal(found, [[0.9, np.nan]])


def test_a_run_without_the_first_metric_has_no_best_moment():
    found = values_at(sweep(RUN, {"loss": RUN["loss"]}), [ACC, LOSS], parse_at("best"))
    np.testing.assert_array_equal(found, [[0.9, 2.0], [np.nan, np.nan]])


def test_a_summary_stands_in_for_a_metric_without_reports_but_at_no_step():
    recorded = sweep({"acc": RUN["acc"]}, summaries=[{"loss": 0.25, "acc": 0.1}])
    np.testing.assert_array_equal(values_at(recorded, [ACC, LOSS], parse_at("best")), [[0.9, 0.25]])
    np.testing.assert_array_equal(
        values_at(recorded, [ACC, LOSS], parse_at("step=19")), [[0.9, np.nan]]
    )


def test_a_table_holds_one_value_and_no_steps():
    table = sweep({}, summaries=[{"acc": 0.5, "loss": "n/a"}])
    np.testing.assert_array_equal(values_at(table, [ACC, LOSS], parse_at("last")), [[0.5, np.nan]])
    with pytest.raises(DataError, match="no steps"):
        values_at(table, [ACC], parse_at("step=3"))


@pytest.mark.parametrize("text", ["", "BEST", "step", "step=", "step=-1", "step=1.5", "first"])
def test_no_moment(text):
    with pytest.raises(UsageError, match="is not a moment"):
        parse_at(text)
