"""Curves that W&B's charts export: read as curves, joined with the table beside them."""

import numpy as np
import pytest

from tests.sources.tables.exported import DEMO, write_chart, write_runs
from wbtools.errors import DataError, UsageError
from wbtools.sources.tables.chart_sweep import charts_in, read_charts

HEAD = '"Step","a-1 - acc","a-1 - acc__MIN","a-1 - acc__MAX","b - c-2 - acc"\n'


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    return path


def codes(sweep):
    return [finding.code for finding in sweep.findings]


def test_a_chart_alone_holds_curves_and_nothing_else(tmp_path):
    sweep = read_charts(
        [written(tmp_path, "c.csv", HEAD + '"0",".5",".5",".5",""\n"2",".6",".6",".6",".7"\n')]
    )
    assert [(run.id, run.number, run.config) for run in sweep.runs] == [
        ("a-1", 1, {}),
        ("b - c-2", None, {}),
    ]
    curves = sweep.curves["acc"]
    assert curves.n_reports.tolist() == [2, 1]
    assert curves.values[0].tolist() == [0.5, 0.6]
    assert curves.steps.tolist() == [[0, 2], [2, 0]]
    assert np.isnan(curves.times_s).all()
    assert curves.complete
    assert sweep.origin == "c.csv: W&B's export of a chart, 2 curves a metric"
    assert not codes(sweep)


def test_a_nan_is_a_report_and_an_empty_cell_is_none(tmp_path):
    sweep = read_charts([written(tmp_path, "c.csv", HEAD + "0,.5,.5,.5,NaN\n1,,,,.7\n")])
    curves = sweep.curves["acc"]
    assert curves.n_reports.tolist() == [1, 1]
    assert curves.n_nonfinite.tolist() == [0, 1]


@pytest.mark.parametrize("row", ["0,.5,.4,.5,1", "0,.5,.5,.6,1"])
def test_means_of_points_or_groups_are_no_reports(tmp_path, row):
    sweep = read_charts([written(tmp_path, "c.csv", f"{HEAD}{row}\n")])
    assert codes(sweep) == ["WBT132"]
    assert not sweep.curves["acc"].complete
    (finding,) = sweep.findings
    assert finding.evidence["runs"] == ["a-1"]


def test_least_and_greatest_may_differ_by_rounding(tmp_path):
    sweep = read_charts([written(tmp_path, "c.csv", f"{HEAD}0,.3,.30000000000000004,.3,1\n")])
    assert not codes(sweep)


@pytest.mark.parametrize(
    ("axis", "with_times"),
    [("Step", False), ("Relative Time (Process)", True), ("Wall Time", True)],
)
def test_chart_and_table_give_the_recorded_sweep_back(tmp_path, axis, with_times):
    path = write_chart(tmp_path / "chart.csv", axis=axis)
    write_runs(tmp_path / "runs.csv")
    sweep = read_charts([path])
    assert [run.name for run in sweep.runs] == [run.name for run in DEMO.runs]
    got, want = sweep.curves["val/acc"], DEMO.curves["val/acc"]
    np.testing.assert_array_equal(got.values, want.values)
    if axis == "Step":
        np.testing.assert_array_equal(got.steps, want.steps)
    if with_times:
        np.testing.assert_allclose(got.times_s, want.times_s, atol=1e-5)
    else:
        assert np.isnan(got.times_s).all()


def test_charts_of_other_metrics_beside_it_are_read_too(tmp_path):
    path = write_chart(tmp_path / "acc.csv")
    write_chart(tmp_path / "epoch.csv", "epoch")
    (tmp_path / "broken.csv").write_text("Step,x - y\n1,2,3,4,5\n1\n")
    sweep = read_charts([path])
    assert set(sweep.curves) == {"val/acc", "epoch"}
    assert sweep.origin.startswith("acc.csv, epoch.csv: ")


def test_another_chart_of_the_same_metric_is_left_alone(tmp_path):
    path = write_chart(tmp_path / "acc.csv")
    write_chart(tmp_path / "acc-again.csv")
    assert read_charts([path]).origin.startswith("acc.csv: ")
    with pytest.raises(UsageError, match=r"acc-again\.csv and acc\.csv both show 'val/acc' of"):
        read_charts(charts_in(tmp_path))


def test_runs_of_the_table_without_a_curve_are_left_out_and_said(tmp_path):
    path = write_chart(tmp_path / "acc.csv", runs=[3, 5, 9])
    write_runs(tmp_path / "runs.csv")
    sweep = read_charts([path])
    assert [run.name for run in sweep.runs] == [DEMO.runs[k].name for k in (3, 5, 9)]
    assert codes(sweep) == ["WBT131"]
    assert sweep.findings[0].evidence == {"n_runs": 33}


def test_two_tables_that_fit_are_both_left_alone(tmp_path):
    path = write_chart(tmp_path / "acc.csv", runs=[0, 1])
    for name in ("runs.csv", "old.csv"):
        write_runs(tmp_path / name)
    sweep = read_charts([path])
    assert codes(sweep) == ["WBT130"]
    assert not any(run.config for run in sweep.runs)


def test_a_table_that_lacks_a_run_or_repeats_it_does_not_fit(tmp_path):
    path = write_chart(tmp_path / "acc.csv", runs=[0, 1])
    table = write_runs(tmp_path / "runs.csv")
    lines = table.read_text().splitlines()
    for odd in (lines[:2] + lines[3:], [*lines, lines[1]]):
        table.write_text("\n".join(odd))
        assert not any(run.config for run in read_charts([path]).runs)


def test_hostile_files_beside_a_chart_do_no_harm(tmp_path):
    path = write_chart(tmp_path / "acc.csv", runs=[0])
    (tmp_path / "null.csv").write_bytes(b"\0" * 100)
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "dangling.csv").symlink_to(tmp_path / "nowhere")
    (tmp_path / "wide.csv").write_text(",".join(f"c{k} - x" for k in range(30_000)))
    assert len(read_charts([path]).runs) == 1


def test_a_chart_without_rows_is_one_clear_message(tmp_path):
    with pytest.raises(DataError, match="no rows"):
        read_charts([written(tmp_path, "c.csv", HEAD)])
