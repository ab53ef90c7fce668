"""Tables for spreadsheets."""

import csv
import io

from wbtools.answers.csv_cells import csv_table


def test_rows_stand_under_their_columns_and_no_cell_is_a_formula():
    written = csv_table(["name", "value"], [["=1+1", 0.5], ['a,"b"', None]])
    assert list(csv.reader(io.StringIO(written))) == [
        ["name", "value"],
        ["'=1+1", "0.5"],
        ['a,"b"', ""],
    ]
    assert "\r" not in written
