import csv
import io

import pytest

from tests.answers.samples import SAMPLES, from_curves, rising, run_table, twelve
from wbtools.answers.audit.csv_text import COLUMNS, render_csv


def read(audit):
    return list(csv.DictReader(io.StringIO(render_csv(audit), newline="")))


def test_the_columns_are_as_agreed(golden):
    golden("columns.txt", "\n".join(COLUMNS) + "\n")


@pytest.mark.parametrize("name", SAMPLES)
def test_every_row_has_every_column(name):
    audit = SAMPLES[name]()
    rows = list(csv.reader(io.StringIO(render_csv(audit), newline=""), strict=True))
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert len(rows) == len(audit.rows) + 1


def test_one_run_comes_alone():
    audit = twelve()
    text = render_csv(audit, run=audit.rows[7])
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["run_number"] == "8"


def test_a_line_ends_as_unix_tools_want():
    text = render_csv(twelve())
    assert (text.count("\r"), text.count("\n")) == (0, 13)


def test_numbers_keep_their_full_precision():
    audit = twelve()
    rows = read(audit)
    assert [float(row["best"]) for row in rows] == [row.best for row in audit.rows]
    assert rows[7]["cause"] == "unexplained"
    assert rows[7]["gem_rank"] == "1"


def test_what_is_unknown_is_empty():
    rows = read(run_table())
    assert {row["threshold"] for row in rows} == {""}
    assert rows[7]["best"] == "0.966"


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        pytest.param("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0", id="a formula"),
        pytest.param("+1", "'+1", id="a plus"),
        pytest.param("-1", "'-1", id="a minus"),
        pytest.param("@SUM(A1)", "'@SUM(A1)", id="an at sign"),
        pytest.param("  =1", "'  =1", id="a formula behind blanks"),
        pytest.param("\t=1", "'\\t=1", id="a formula behind a tab"),
        pytest.param("\uff1d1", "'\uff1d1", id="a full-width sign"),
        pytest.param('say "hi", twice', 'say "hi", twice', id="quotes and commas are only quoted"),
        pytest.param("two\nlines", "two\\nlines", id="a line break stays in its cell"),
        pytest.param("a=b", "a=b", id="an inner sign is left alone"),
    ],
)
def test_a_spreadsheet_runs_nothing(name, cell):
    audit = from_curves([rising(0.9, 0.1, 22)], names=[name])
    assert read(audit)[0]["run_name"] == cell


def test_a_negative_number_is_no_formula():
    margins = [row["margin"] for row in read(twelve())]
    assert any(margin.startswith("-") for margin in margins)
