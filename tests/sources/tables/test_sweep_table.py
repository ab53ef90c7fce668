"""Tables of sweeps are told from tables of runs, and say no more than they hold."""

from pathlib import Path

import pytest

from wbtools.errors import UsageError
from wbtools.sources.tables.sweep_table import SummedSweep, read_sweep_table

DATA = Path(__file__).parents[2] / "data"
HEAD = "stage,sweep_id,runs,finished,best,hours"


def read(tmp_path, *lines, metric="best"):
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines) + "\n")
    return read_sweep_table(path, metric)


def test_the_four_stages():
    rows = read_sweep_table(DATA / "stages" / "polsess_dprnn_stages.csv", "best_si_sdr_db")
    assert [row.name for row in rows][2:] == ["3a (hj7sbz6c)", "3b (1wtvbmiu)"]
    assert rows[0] == SummedSweep(
        name="1 (ocjl0lhr)", n_runs=91, n_finished=42, best=1.75, hours=19.8
    )


def test_what_a_row_does_not_say_is_none(tmp_path):
    rows = read(tmp_path, HEAD, "s,a,3,2,0.5,", "t,b,4,,,2")
    assert rows[0] == SummedSweep(name="s (a)", n_runs=3, n_finished=2, best=0.5, hours=None)
    assert rows[1] == SummedSweep(name="t (b)", n_runs=4, n_finished=None, best=None, hours=2.0)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(("run_id,best", "a,1"), id="runs"),
        pytest.param(("sweep,runs,best", "a,3,1"), id="nothing says how many finished"),
        pytest.param((HEAD, "s,a,3,2,1,1", "t,a,3,2,1,1"), id="a sweep twice"),
    ],
)
def test_other_tables_are_none(tmp_path, lines):
    assert read(tmp_path, *lines) is None


@pytest.mark.parametrize("metric", [None, "loss", "stage"])
def test_a_column_of_best_values_has_to_be_named(tmp_path, metric):
    with pytest.raises(UsageError, match="best values") as error:
        read(tmp_path, HEAD, "s,a,3,2,0.5,1", metric=metric)
    assert "'best'" in error.value.hint


def test_decimal_commas(tmp_path):
    (row,) = read(tmp_path, HEAD.replace(",", ";"), "s;a;3;2;0,5;1,25")
    assert (row.best, row.hours) == (0.5, 1.25)
