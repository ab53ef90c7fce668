"""`to_frame`: a sweep as a data frame, with its columns and types."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

import wbtools
from tests.answers.samples import HOSTILE_NAMES, run, run_table
from wbtools.model import Sweep


def test_a_frame_has_one_row_a_run_and_masks_nothing():
    when = datetime(2026, 3, 1, tzinfo=UTC)
    runs = (
        run(1, config={"lr": 1, "api_key": "s3cret", "layers": [1, 2]}, created_at=when),
        run(2, config={"lr": 0.5}, exit_code=1, created_at=None, summary={"loss": np.inf}),
    )
    frame = wbtools.to_frame(Sweep(ref=run_table().sweep.ref, runs=runs))
    assert frame["config/api_key"].tolist() == ["s3cret", None]
    assert frame["config/layers"].tolist() == [[1, 2], None]
    assert frame["config/lr"].tolist() == [1.0, 0.5]
    assert frame["summary/loss"].tolist()[1] == np.inf
    assert frame["created_at"][0] == when
    assert pd.isna(frame["created_at"][1])
    assert frame["exit_code"].dtype == "Int64"
    assert frame["stopped"].dtype == "boolean"
    assert str(frame["created_at"].dtype) == "datetime64[us, UTC]"


def test_a_frame_of_curves_has_the_reports_of_the_curves():
    sweep = wbtools.load_sweep("demo", ["val/acc", "train/loss"])
    frame = wbtools.to_frame(sweep, curves=True)
    assert frame["metric"].unique().tolist() == ["val/acc", "train/loss"]
    curves = sweep.curves["val/acc"]
    for place, sweep_run in enumerate(sweep.runs):
        rows = frame[(frame["run_id"] == sweep_run.id) & (frame["metric"] == "val/acc")]
        n = int(curves.n_reports[place])
        assert rows["report"].tolist() == list(range(1, n + 1))
        assert rows["value"].tolist() == curves.values[place, :n].tolist()  # noqa: PD011 - no frame's
        assert rows["step"].tolist() == curves.steps[place, :n].tolist()
        assert rows["time_s"].tolist() == curves.times_s[place, :n].tolist()
    assert len(frame) == sum(int(curves.n_reports.sum()) for curves in sweep.curves.values())


def test_frames_of_nothing_have_their_columns():
    nothing = Sweep(ref=run_table().sweep.ref, runs=())
    whole = wbtools.load_sweep("demo")
    assert wbtools.to_frame(nothing).empty
    assert wbtools.to_frame(nothing)["exit_code"].dtype == "Int64"
    empty, full = (wbtools.to_frame(sweep, curves=True) for sweep in (nothing, whole))
    assert empty.empty
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
def test_hostile_names_are_data_in_a_frame(name):
    sweep = Sweep(ref=run_table().sweep.ref, runs=(run(1, name=name, config={name: name}),))
    frame = wbtools.to_frame(sweep)
    assert frame["run_name"][0] == name
    assert frame[f"config/{name}"][0] == name
