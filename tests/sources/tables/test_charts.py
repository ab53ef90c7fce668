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


def of_other_sweeps(lines):
    return [line.replace('"t3xtur35"', f'"s{k % 2}"') for k, line in enumerate(lines)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda lines: lines[:2] + lines[3:], "lacks 1 run of the chart, such as 'dusty-sweep-2'"),
        (lambda lines: [*lines, lines[1]], "names 'amber-sweep-1' 2 times"),
        (of_other_sweeps, "holds 2 sweeps"),
    ],
    ids=["a run lacks", "a run stands twice", "two sweeps"],
)
def test_a_table_that_does_not_fit_is_left_alone_and_the_reason_said(tmp_path, change, reason):
    path = write_chart(tmp_path / "acc.csv", runs=[0, 1])
    table = write_runs(tmp_path / "runs.csv")
    table.write_text("\n".join(change(table.read_text().splitlines())))
    sweep = read_charts([path])
    assert not any(run.config for run in sweep.runs)
    assert codes(sweep) == ["WBT130"]
    assert reason in sweep.findings[0].title


def test_a_table_of_other_runs_with_the_same_names_is_left_alone(tmp_path):
    path = write_chart(tmp_path / "acc.csv")
    table = write_runs(tmp_path / "runs.csv")
    head, *rows = table.read_text().splitlines()
    wrong = [",".join([*row.split(",")[:-2], '"7.5"', '"7"']) for row in rows]
    table.write_text("\n".join([head, *wrong]))
    (finding,) = read_charts([path]).findings
    assert "has other values of 'val/acc' than the curves" in finding.title


def test_a_table_of_nothing_alike_is_no_news(tmp_path):
    path = write_chart(tmp_path / "acc.csv")
    (tmp_path / "prices.csv").write_text("name,price\nbread,2\nmilk,1\n")
    assert not codes(read_charts([path]))


def drawn(tmp_path, steps):
    rows = "".join(f"{step},{k}\n" for k, step in enumerate(steps))
    return read_charts([written(tmp_path, "c.csv", f"Step,a-1 - acc\n{rows}")])


def test_a_sample_of_points_is_no_curve(tmp_path):
    irregular = np.cumsum(np.random.default_rng(0).integers(1, 20, 300))
    for steps in (irregular, range(0, 5_000, 10)):
        sweep = drawn(tmp_path, steps)
        assert codes(sweep) == ["WBT133"]
        assert not sweep.curves["acc"].complete
    for steps in (range(0, 3_000, 10), range(499), [*range(0, 500, 5), 1_000]):
        assert not codes(drawn(tmp_path, steps))


def test_rows_count_in_the_order_of_the_axis(tmp_path):
    sweep = drawn(tmp_path, [4, 0, 2])
    assert sweep.curves["acc"].values[0].tolist() == [1, 2, 0]
    assert sweep.curves["acc"].steps[0].tolist() == [0, 2, 4]


@pytest.mark.parametrize(
    ("columns", "runs", "metrics"),
    [
        (["r0 - val - acc", "r1 - val - acc"], ["r0", "r1"], {"val - acc"}),
        (
            ["r0 - train - a", "r1 - train - a", "r2 - train - a", "r0 - b", "r1 - b", "r2 - b"],
            ["r0", "r1", "r2"],
            {"train - a", "b"},
        ),
        (["bert - lr 1 - acc", "bert - lr 2 - acc"], ["bert - lr 1", "bert - lr 2"], {"acc"}),
        (["x - 1 - acc", "y - acc"], ["x - 1", "y"], {"acc"}),
    ],
)
def test_either_name_may_hold_the_separator(tmp_path, columns, runs, metrics):
    rows = f"0{',1' * len(columns)}\n"
    sweep = read_charts([written(tmp_path, "c.csv", f"Step,{','.join(columns)}\n{rows}")])
    assert [run.name for run in sweep.runs] == runs
    assert set(sweep.curves) == metrics


def test_infinities_and_separators_in_names_are_quiet(tmp_path, recwarn):
    text = '"Step","lr=1;bs=2;x=3 - acc","lr=1;bs=2;x=3 - acc__MIN"\n0,Infinity,Infinity\n1,1,1\n'
    sweep = read_charts([written(tmp_path, "c.csv", text)])
    assert [run.name for run in sweep.runs] == ["lr=1;bs=2;x=3"]
    assert not recwarn.list


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
